import type { ChannelName } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

/**
 * What takes leads out of their sequences, or lets them rest. A message that is on its way is stopped, too: it finds its
 * lead gone (or paused) when its attempt is about to be recorded (db/sending.ts).
 */

export interface Stop {
  workspaceId: string;
  leadId: string;
  /** For people: "lead_status: The lead's status is DONE." */
  reason: string;
  /** Only there; null: everywhere. */
  campaignId?: string | null;
  /** Whether others of the lead's company stop: in campaigns that ask for it, in all that are meant, or never. */
  colleagues?: "where_asked" | "always" | "never";
  /** Leads of drafts stay: what stops them is judged when the campaign starts. */
  begunOnly?: boolean;
}

/** How a stopped enrollment is written, and its open task called off; `gone` is what was stopped. */
const stopped = `state = 'stopped', wait_reason = null, next_at = null, updated_at = now()`;
const tasksCalledOff = `
called_off as (
  update task t set status = 'cancelled', ended_at = now(), ended_by = 'system', note = 'The lead left the sequence.'
  from gone g
  where t.workspace_id = $1 and t.campaign_id = g.campaign_id and t.lead_id = g.lead_id and t.status = 'open'
)
select count(*)::int as n from gone`;

/** Takes a lead out of its sequences. Answers how many it was in, and how many of colleagues ended with it. */
export async function stopSequences(db: Queryable, stop: Stop): Promise<{ stopped: number; colleagues: number }> {
  const { workspaceId, leadId, reason, campaignId = null, colleagues = "where_asked", begunOnly = false } = stop;
  const { rows } = await db.query<{ n: number }>(
    `with gone as (
       update enrollment e set state_reason = $3, ${stopped}
       from campaign c
       where e.workspace_id = $1 and e.lead_id = $2 and e.state in ('active', 'held') and ($4::text is null or e.campaign_id = $4)
         and c.workspace_id = e.workspace_id and c.id = e.campaign_id and (not $5 or c.status <> 'draft')
       returning e.campaign_id, e.lead_id
     ), ${tasksCalledOff}`,
    [workspaceId, leadId, reason, campaignId, begunOnly],
  );
  if (colleagues === "never") return { stopped: rows[0]!.n, colleagues: 0 };
  // Also when the lead itself had its last message already: a reply to that one counts for the others.
  const mates = await db.query<{ n: number }>(
    `with mates as materialized (
       select o.campaign_id, o.lead_id from enrollment e
       join campaign c on c.workspace_id = e.workspace_id and c.id = e.campaign_id and (c.stop_company or $6)
       join lead l on l.workspace_id = e.workspace_id and l.id = e.lead_id
       join lead m on lower(m.company) = lower(l.company) and m.workspace_id = l.workspace_id and m.company is not null and m.id <> l.id
       join enrollment o on o.workspace_id = e.workspace_id and o.campaign_id = e.campaign_id and o.lead_id = m.id and o.state in ('active', 'held')
       where e.workspace_id = $1 and e.lead_id = $2 and l.company is not null and ($4::text is null or e.campaign_id = $4)
         and (not $5 or c.status <> 'draft')
       order by 1, 2
     ),
     gone as (
       update enrollment e set state_reason = $3, ${stopped}
       from mates m
       where e.workspace_id = $1 and e.campaign_id = m.campaign_id and e.lead_id = m.lead_id and e.state in ('active', 'held')
       returning e.campaign_id, e.lead_id
     ), ${tasksCalledOff}`,
    [workspaceId, leadId, `company: A colleague stopped (${reason})`, campaignId, begunOnly, colleagues === "always"],
  );
  return { stopped: rows[0]!.n, colleagues: mates.rows[0]!.n };
}

/** Stops a lead in campaigns that stop at one of its tags. Answers in how many. */
export async function stopByTags(db: Queryable, workspaceId: string, leadId: string): Promise<number> {
  const { rows } = await db.query<{ campaignId: string; tag: string }>(
    `select c.id as "campaignId", (select t from unnest(c.stop_tags) t where lower(t) = any(select lower(x) from unnest(l.tags) x) limit 1) as tag
     from lead l
     join enrollment e on e.workspace_id = l.workspace_id and e.lead_id = l.id and e.state in ('active', 'held')
     join campaign c on c.workspace_id = e.workspace_id and c.id = e.campaign_id and c.stop_tags <> '{}'
     where l.workspace_id = $1 and l.id = $2 and exists (
       select 1 from unnest(c.stop_tags) t where lower(t) = any(select lower(x) from unnest(l.tags) x))`,
    [workspaceId, leadId],
  );
  for (const { campaignId, tag } of rows) {
    await stopSequences(db, { workspaceId, leadId, campaignId, reason: `stop_tag: The lead has the tag ${tag}.` });
  }
  return rows.length;
}

/** The IDs of the leads that use this (normalised) address on the channel. */
export async function leadsWithAddress(
  db: Queryable,
  workspaceId: string,
  channel: ChannelName | "all",
  address: string,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from lead where workspace_id = $1 and phone = $2 and $3 in ('sms', 'all')
     union select id from lead where workspace_id = $1 and email = $2 and $3 in ('email', 'all')
     union select id from lead where workspace_id = $1 and linkedin_url = $2 and $3 in ('linkedin', 'all')
     order by 1`,
    [workspaceId, address, channel],
  );
  return rows.map(({ id }) => id);
}

/**
 * Lets a lead rest: no campaign writes to it before `until`. Null lifts that. Answers in how many sequences it is; null:
 * there is no such lead.
 */
export async function pauseLead(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  pause: { until: Date; reason: string } | null,
): Promise<number | null> {
  const { rowCount } = await db.query(
    "update lead set paused_until = $3, pause_reason = $4, updated_at = now() where workspace_id = $1 and id = $2",
    [workspaceId, leadId, pause?.until ?? null, pause?.reason ?? null],
  );
  if (!rowCount) return null;
  // Whoever waits for the end of a pause is looked at again, now that it is another one.
  await db.query(
    `update enrollment set next_at = now(), wait_reason = null, updated_at = now()
     where workspace_id = $1 and lead_id = $2 and state = 'active' and next_at > now() and wait_reason like 'paused:%'`,
    [workspaceId, leadId],
  );
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from enrollment where workspace_id = $1 and lead_id = $2 and state in ('active', 'held')",
    [workspaceId, leadId],
  );
  return rows[0]!.n;
}

/**
 * The lead accepted an invitation: of `senderId`, else of whoever sent it one, else of nobody in particular. Leads that wait
 * for it go on.
 */
export async function markConnected(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderId: string | null = null,
): Promise<void> {
  const { rowCount } = await db.query(
    `update conversation v set connected_at = coalesce(v.connected_at, now())
     where v.workspace_id = $1 and v.lead_id = $2 and v.channel = 'linkedin' and ($3::text is null or v.sender_id = $3)
       and ($3::text is not null or exists (select 1 from message m where m.workspace_id = v.workspace_id and m.lead_id = v.lead_id
         and m.sender_id = v.sender_id and m.action = 'connect' and m.status in ('sent', 'uncertain')))`,
    [workspaceId, leadId, senderId],
  );
  if (!rowCount) {
    await db.query("update lead set connected_at = coalesce(connected_at, now()) where workspace_id = $1 and id = $2", [
      workspaceId,
      leadId,
    ]);
  }
  await db.query(
    `update enrollment e set next_at = now(), wait_reason = null, updated_at = now()
     from step s
     where e.workspace_id = $1 and e.lead_id = $2 and e.state = 'active' and e.next_at > now() and s.workspace_id = e.workspace_id
       and s.campaign_id = e.campaign_id and s.id = e.next_step_id and s.action = 'wait_for_acceptance'`,
    [workspaceId, leadId],
  );
}

/** The pause that a lead is in; null: none. */
export async function leadPause(
  db: Queryable,
  workspaceId: string,
  leadId: string,
): Promise<{ until: Date; reason: string } | null> {
  const { rows } = await db.query<{ until: Date; reason: string }>(
    `select paused_until as until, coalesce(pause_reason, 'paused') as reason from lead
     where workspace_id = $1 and id = $2 and paused_until > now()`,
    [workspaceId, leadId],
  );
  return rows[0] ?? null;
}
