import type { Queryable } from "./pool.ts";

/**
 * Rules of time or caps have changed: messages that were planned by the old ones and still wait go back to their queues when
 * their turn comes, and are planned by the new ones; also what is under way now and may come back to be sent again. (`send_before` is judged where an attempt is committed.) `campaignId` null:
 * those of all campaigns.
 */
export async function replanQueued(tx: Queryable, workspaceId: string, campaignId: string | null): Promise<void> {
  await tx.query(
    `update message m set send_before = now()
     from campaign c
     where c.workspace_id = $1 and ($2::text is null or c.id = $2) and c.status in ('active', 'paused')
       and m.campaign_id = c.id and m.workspace_id = $1 and m.status in ('queued', 'sending', 'uncertain')`,
    [workspaceId, campaignId],
  );
}

/** Leads that are made due by one statement: a second or less of work. */
const perStatement = 20_000;

/**
 * Leads that wait for a time which the old rules gave are due at once, because the new ones may let them go earlier. Not in
 * a transaction: of a million leads each part is on record when it is done. One that is not reached waits for the old time,
 * and is then judged by the new rules. Answers how many it were.
 */
export async function replanWaiting(
  db: Queryable,
  workspaceId: string,
  campaignId: string | null,
  most = perStatement,
): Promise<number> {
  for (let all = 0; ; ) {
    const { rowCount } = await db.query(
      `with waiting as materialized (
         select e.campaign_id, e.lead_id from campaign c
         cross join lateral (
           select x.campaign_id, x.lead_id from enrollment x
           where x.workspace_id = $1 and x.campaign_id = c.id and x.state = 'active' and x.next_at > now() and x.wait_reason is not null
           limit $3 for no key update
         ) e
         where c.workspace_id = $1 and ($2::text is null or c.id = $2) and c.status in ('active', 'paused')
         limit $3
       )
       update enrollment e set next_at = now(), wait_reason = null, updated_at = now()
       from waiting w where e.workspace_id = $1 and e.campaign_id = w.campaign_id and e.lead_id = w.lead_id`,
      [workspaceId, campaignId, most],
    );
    all += rowCount ?? 0;
    if ((rowCount ?? 0) < most) return all;
  }
}

/** Both, for the sequences of one lead: its time zone has changed. */
export async function replanLead(tx: Queryable, workspaceId: string, leadId: string): Promise<void> {
  await tx.query(
    `update message set send_before = now()
     where lead_id = $2 and workspace_id = $1 and status in ('queued', 'sending', 'uncertain') and campaign_id is not null`,
    [workspaceId, leadId],
  );
  await tx.query(
    `update enrollment set next_at = now(), wait_reason = null, updated_at = now()
     where lead_id = $2 and workspace_id = $1 and state = 'active' and next_at > now() and wait_reason is not null`,
    [workspaceId, leadId],
  );
}

/**
 * A sender's limits (null: those of all senders of the workspace) have changed: messages that wait for a slot by the old
 * ones have their turn at once, or at the time for which they are scheduled, and the gate says anew whether they may go.
 * What waits for another attempt goes on waiting for it.
 */
export async function replanPaced(tx: Queryable, workspaceId: string, senderId: string | null): Promise<void> {
  await tx.query(
    `with again as (
       update outbox o set due_at = greatest(now(), m.scheduled_at)
       from lane l, message m
       where l.workspace_id = $1 and l.kind = 'message' and ($2::text is null or l.id = $2)
         and o.workspace_id = l.workspace_id and o.lane_id = l.id and o.lease is null and o.attempts = 0 and o.due_at > now()
         and m.workspace_id = o.workspace_id and m.id = o.ref and m.status = 'queued'
       returning o.lane_id, o.due_at
     )
     update lane l set ready_at = least(l.ready_at, a.due_at)
     from (select lane_id, min(due_at) as due_at from again group by 1) a where l.workspace_id = $1 and l.id = a.lane_id`,
    [workspaceId, senderId],
  );
}
