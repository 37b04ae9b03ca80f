import type { DailyRange } from "../domain/schedule/schedule.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readByWorkspace } from "./sharding.ts";

/** An SMS that is no campaign's, waits to be sent and keeps the workspace's hours for SMS. */
export interface HourlySms {
  id: string;
  workspaceId: string;
  leadId: string;
  /** By whose clock: the lead's zone, else the workspace's. */
  leadZone: string | null;
  workspaceZone: string;
  smsHours: DailyRange;
}

export const smsHoursForms = inForms(
  "message.sms_hours",
  2,
  (within) => `
select m.id, m.workspace_id as "workspaceId", m.lead_id as "leadId", l.time_zone as "leadZone", w.time_zone as "workspaceZone", w.sms_hours as "smsHours"
from unnest($1::text[], $2::text[]) as i (workspace_id, id)
-- Each look-up is a LATERAL with a LIMIT: as a join, planned on small tables, it would walk over the workspace's messages and leads.
cross join lateral (
  select m.id, m.workspace_id, m.lead_id from message m
  where m.workspace_id = i.workspace_id and m.id = i.id and m.status = 'queued' and m.channel = 'sms' and m.campaign_id is null
    and m.hours_override is null${within("m")} limit 1
) m
cross join lateral (
  select l.time_zone from lead l where l.workspace_id = m.workspace_id and l.id = m.lead_id${within("l")} limit 1
) l
join workspace w on w.id = m.workspace_id`,
);

/** Of claimed messages those that keep the hours. */
export async function hourlySms(
  db: Queryable,
  items: readonly { workspaceId: string; ref: string }[],
): Promise<HourlySms[]> {
  if (items.length === 0) return [];
  return await readByWorkspace(
    db,
    items,
    (item) => item.workspaceId,
    async (on, part, workspaceId) => {
      const ids = [part.map((item) => item.workspaceId), part.map((item) => item.ref)];
      return (await on.query<HourlySms>(inForm(smsHoursForms, ids, workspaceId))).rows;
    },
  );
}

/** Of these leads of a workspace, who wrote by SMS within so many hours: what is sent to them is an answer. */
export async function wroteLately(
  db: Queryable,
  workspaceId: string,
  leadIds: readonly string[],
  hours: number,
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select k.id from unnest($2::text[]) as k (id)
     cross join lateral (
       select 1 from message m where m.lead_id = k.id and m.workspace_id = $1 and m.direction = 'inbound' and m.channel = 'sms'
         and m.sent_at > now() - make_interval(hours => $3) limit 1
     ) m`,
    [workspaceId, leadIds, hours],
  );
  return new Set(rows.map(({ id }) => id));
}
