import { countAsNew, moveOn } from "./enrollment.ts";
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

/**
 * The IDs of a campaign's messages ($1, $2) that wait or are under way, of those that meet a condition: by the leads that wait
 * for them, since those that are done are too many to look through. What somebody has locked is passed over.
 */
const onTheirWay = (condition: string) => `
  select m.id from enrollment e
  cross join lateral (
    select m.id from message m
    where m.campaign_id = e.campaign_id and m.lead_id = e.lead_id and m.workspace_id = $1 and m.status in ('queued', 'sending', 'uncertain')
      and ${condition} for no key update skip locked
  ) m
  where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'active' and e.next_at is null`;

/**
 * The same for messages by these steps, which say something else now. Those that are just begun or settled are passed over:
 * that holds a message and waits for its lead, and an edit has the leads by now.
 */
export async function replanByStep(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  stepIds: readonly string[],
): Promise<void> {
  await tx.query(
    `update message set send_before = now() where workspace_id = $1 and id in (${onTheirWay("step_id = any($3)")})`,
    [workspaceId, campaignId, stepIds],
  );
}

/**
 * Senders have left a campaign, whose senders are these now: of its messages those that wait at one of them go back, also where
 * it is broken and nobody may ever mend it, and their leads choose a sender anew. What is under way there goes back when it comes
 * to another attempt.
 */
export async function recallFromLeft(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  senderIds: readonly string[],
): Promise<void> {
  const values = [workspaceId, campaignId, senderIds];
  const left = "source = 'campaign' and sender_id <> all($3)";
  await tx.query(
    `update message set send_before = now() where workspace_id = $1 and id in (${onTheirWay(left)})`,
    values,
  );
  const { rows } = await tx.query<{ leadId: string; stands: boolean }>(
    `with waiting as materialized (
       select m.id, m.sender_id, m.lead_id, e.next_step_id is not distinct from m.step_id as stands
       from message m join enrollment e on e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = m.lead_id
       where m.workspace_id = $1 and m.status = 'queued' and m.id in (${onTheirWay(left)})
     ),
     recalled as (
       delete from outbox o using waiting w where o.workspace_id = $1 and o.lane_id = w.sender_id and o.ref = w.id and o.lease is null
       returning w.*
     ),
     ended as (
       update message m set status = case when r.stands then 'held' else 'cancelled' end, status_code = 'sender_left', updated_at = now(),
         status_detail = 'Its sender was taken out of the campaign.'
       from recalled r where m.workspace_id = $1 and m.id = r.id and m.status = 'queued'
       returning r.*
     ),
     put_back as (
       update enrollment e set next_at = now(), next_sender = '', updated_at = now()
       from ended x where x.stands and e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = x.lead_id
     )
     select lead_id as "leadId", stands from ended`,
    values,
  );
  const places = rows.map((row) => ({ workspaceId, campaignId, ...row }));
  // The step of their message was removed, too: they go on behind the one that stands before it.
  const onward = places.filter(({ stands }) => !stands);
  await moveOn(
    tx,
    onward.map(({ leadId }) => ({ workspaceId, campaignId, leadId, move: "advance", reason: null })),
  );
  await countAsNew(tx, places);
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
 * A sender's limits or hours (null: those of all senders of the workspace) have changed: messages that wait for a slot by the old
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
