import { type CampaignHealth, guardRails } from "../domain/guard-rails.ts";
import { byTime } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { forbidding } from "./suppression.ts";

/** Codes that say: there is no such recipient. */
const bounces = ["bounced", "recipient_unknown", "invalid_recipient", "invalid_number", "unreachable"];

export async function campaignHealth(db: Queryable, workspaceId: string, campaignId: string): Promise<CampaignHealth> {
  const { rows } = await db.query<CampaignHealth>({
    name: "guard.health",
    text: `
select (count(*) filter (where m.status = 'sent'))::int as sent, (count(*) filter (where m.status = 'failed'))::int as failed,
  (count(*) filter (where m.status = 'failed' and m.status_code = any($3)))::int as bounced,
  (count(*) filter (where m.status_code = 'complaint'))::int as complaints
from message m join campaign c on c.workspace_id = m.workspace_id and c.id = m.campaign_id
where m.campaign_id = $2 and m.workspace_id = $1 and m.created_at >= greatest(now() - make_interval(days => ${guardRails.days}), c.guarded_from) and ${byTime("m")}`,
    values: [workspaceId, campaignId, bounces],
  });
  return rows[0]!;
}

/** Why none of a campaign's leads can be sent to, counted; null: at least one can, or there is none at all. */
export async function unsendableLeads(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  stoppingStatuses: readonly string[],
): Promise<{ reason: string; count: number }[] | null> {
  const judged = `
select e.lead_id, case
    when l.status = any($3) then 'status'
    when e.state in ('stopped', 'finished') then 'stopped'
    when not exists (select 1 from step s where s.workspace_id = $1 and s.campaign_id = $2 and s.action in ('message', 'connect')
      and case s.channel when 'sms' then l.phone when 'email' then l.email else l.linkedin_url end is not null) then 'no_address'
    when not exists (
      select 1 from step s
      cross join lateral (select case s.channel when 'sms' then l.phone when 'email' then l.email else l.linkedin_url end as address) a
      where s.workspace_id = $1 and s.campaign_id = $2 and s.action in ('message', 'connect') and a.address is not null and not exists (${forbidding("l", "s.channel", "$1")})
    ) then 'suppressed' end as reason
  from enrollment e join lead l on l.workspace_id = e.workspace_id and l.id = e.lead_id
  where e.workspace_id = $1 and e.campaign_id = $2`;
  const values = [workspaceId, campaignId, stoppingStatuses];
  // One that can be sent to is enough, and most campaigns have it among the first.
  const { rows: some } = await db.query(`select 1 from (${judged}) j where reason is null limit 1`, values);
  if (some.length > 0) return null;
  const { rows } = await db.query<{ reason: string; count: number }>(
    `select reason, count(*)::int as count from (${judged}) j group by 1 order by 2 desc`,
    values,
  );
  return rows.length === 0 ? null : rows;
}
