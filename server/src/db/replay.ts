import { int8Array, textArray } from "./array.ts";
import { arrange } from "./order.ts";
import type { Queryable } from "./pool.ts";

/**
 * Replays: rows that say which events are to be delivered again, and how far that is. What feeds them into the outbox is
 * in `replay-feed.ts`.
 *
 * Lock order: destinations, targets (in the order of their numbers), lanes, rows of the outbox that wait, tallies.
 */

/**
 * Which deliveries of the events. failed: the last one failed for good. never_attempted: nothing was ever sent.
 * undelivered: it never arrived, whether tried or not. What waits in the outbox is left out by all of them.
 */
export const replaySelections = ["all", "failed", "never_attempted", "undelivered"] as const;
export type ReplaySelection = (typeof replaySelections)[number];

export type ReplayOrigin = "request" | "history" | "recovery";

/** Which events. Null: no condition. */
export interface ReplayFilter {
  eventId: string | null;
  /** The first moment; null: the beginning of the log. */
  from: Date | null;
  /** The first moment that is not part of it. */
  to: Date;
  eventTypes: readonly string[] | null;
  leadId: string | null;
  campaignId: string | null;
  selection: ReplaySelection;
}

export interface NewReplay extends ReplayFilter {
  id: string;
  origin: ReplayOrigin;
  /** Events a second to each destination; null: as fast as the destination takes them. */
  rate: number | null;
}

/** What became of the events so far. */
export interface ReplayProgress {
  /** Events that the filter matches, as far as they are counted. */
  counted: number;
  countedAll: boolean;
  queued: number;
  delivered: number;
  failed: number;
  /** Left the outbox unsent: withdrawn, held back by a filter, or past the log's retention. */
  dropped: number;
}

export type TargetStatus = "feeding" | "delivering" | "finished" | "stopped" | "cancelled";

export interface ReplayTarget extends ReplayProgress {
  destinationId: string;
  status: TargetStatus;
  reason: string | null;
  finishedAt: Date | null;
}

export interface Replay extends NewReplay, ReplayProgress {
  status: "running" | "finished" | "stopped" | "cancelled";
  /** Why it stopped, or queued nothing; null otherwise. */
  reason: string | null;
  createdAt: Date;
  finishedAt: Date | null;
  /** How many destinations it has. */
  destinations: number;
}

/** Stores a replay for these destinations. It runs from the commit on. */
export async function insertReplay(
  tx: Queryable,
  workspaceId: string,
  replay: NewReplay,
  destinationIds: readonly string[],
): Promise<void> {
  await tx.query(
    `with made as (
       insert into replay (workspace_id, id, origin, event_id, from_at, to_at, event_types, lead_id, campaign_id, selection, rate)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ),
     target as (
       insert into replay_target (workspace_id, replay_id, destination_id, counted_at, fed_at)
       select $1, $2, d.id, coalesce($5, 'epoch'), coalesce($5, 'epoch') from unnest($12::text[]) as d (id)
       returning no
     )
     insert into replay_tally (workspace_id, no) select $1, no from target`,
    [
      workspaceId,
      replay.id,
      replay.origin,
      replay.eventId,
      replay.from,
      replay.to,
      replay.eventTypes,
      replay.leadId,
      replay.campaignId,
      replay.selection,
      replay.rate,
      destinationIds,
    ],
  );
}

const selectReplays = (condition: string) => `
select r.id, r.origin, r.event_id as "eventId", r.from_at as "from", r.to_at as "to", r.event_types as "eventTypes",
  r.lead_id as "leadId", r.campaign_id as "campaignId", r.selection, r.rate, r.created_at as "createdAt",
  case when r.cancelled_at is not null then 'cancelled' when t.open > 0 then 'running' when t.stopped > 0 then 'stopped'
    else 'finished' end as status,
  case when t.stopped > 0 or t.queued = 0 then t.reason end as reason, t.destinations, t.counted, t.counted_all as "countedAll", t.queued, t.delivered, t.failed, t.dropped,
  case when t.open = 0 then t.finished_at end as "finishedAt"
from (select * from replay r where ${condition}) r
cross join lateral (
  select count(*)::int as destinations, count(*) filter (where t.status in ('feeding', 'delivering')) as open,
    count(*) filter (where t.status = 'stopped') as stopped, coalesce(min(t.reason) filter (where t.status = 'stopped'), min(t.reason)) as reason,
    coalesce(sum(t.counted), 0)::bigint as counted, coalesce(bool_and(t.counted_all), true) as counted_all,
    coalesce(sum(t.queued), 0)::bigint as queued, coalesce(sum(y.delivered), 0)::bigint as delivered,
    coalesce(sum(y.failed), 0)::bigint as failed, coalesce(sum(y.dropped), 0)::bigint as dropped,
    max(t.finished_at) as finished_at
  from replay_target t join replay_tally y on y.workspace_id = $1 and y.no = t.no
  where t.workspace_id = $1 and t.replay_id = r.id
) t
order by r.id desc`;

export async function getReplay(db: Queryable, workspaceId: string, id: string): Promise<Replay | null> {
  const { rows } = await db.query<Replay>(selectReplays("workspace_id = $1 and id = $2"), [workspaceId, id]);
  return rows[0] ?? null;
}

/** Newest first; `before` is the ID of the last one of the previous page. `destinationId`: those that deliver to it. */
export async function listReplays(
  db: Queryable,
  workspaceId: string,
  { before, destinationId, limit }: { before: string | null; destinationId: string | null; limit: number },
): Promise<Replay[]> {
  const { rows } = await db.query<Replay>(
    selectReplays(`workspace_id = $1 and ($2::text is null or id < $2) and ($4::text is null or exists (
  select from replay_target x where x.workspace_id = $1 and x.replay_id = r.id and x.destination_id = $4))
  order by id desc limit $3`),
    [workspaceId, before, limit, destinationId],
  );
  return rows;
}

/** A replay's destinations, at most `limit`. */
export async function replayTargets(
  db: Queryable,
  workspaceId: string,
  id: string,
  limit: number,
): Promise<ReplayTarget[]> {
  const { rows } = await db.query<ReplayTarget>(
    `select t.destination_id as "destinationId", t.status, t.reason, t.finished_at as "finishedAt", t.counted,
       t.counted_all as "countedAll", t.queued, y.delivered, y.failed, y.dropped
     from replay_target t join replay_tally y on y.workspace_id = t.workspace_id and y.no = t.no
     where t.workspace_id = $1 and t.replay_id = $2 order by t.destination_id limit $3`,
    [workspaceId, id, limit],
  );
  return rows;
}

/** How many replays of a workspace are not over. */
export async function runningReplays(db: Queryable, workspaceId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(distinct replay_id)::int as n from replay_target
     where workspace_id = $1 and status = 'feeding'`,
    [workspaceId],
  );
  return rows[0]!.n;
}

/**
 * Ends a replay: nothing more is queued, and what waits is withdrawn. What is under way is delivered; where that fails it
 * is tried again, as any delivery. False: it was over already. Inside a transaction.
 */
export async function cancelReplay(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  // The feeder holds this lock while it queues: from here on it queues no more, and what it queued is visible below.
  const { rows: open } = await tx.query<{ no: number; destinationId: string }>(
    `select no, destination_id as "destinationId" from replay_target
     where workspace_id = $1 and replay_id = $2 and status in ('feeding', 'delivering') order by no for no key update`,
    [workspaceId, id],
  );
  if (open.length === 0) return false;
  await tx.query("update replay set cancelled_at = now() where workspace_id = $1 and id = $2", [workspaceId, id]);
  await tx.query(`select 1 from lane where workspace_id = $1 and id = any($2::text[]) order by id for no key update`, [
    workspaceId,
    open.map((target) => target.destinationId),
  ]);
  const { rows: held } = await tx.query<{ laneId: string; keys: string[] }>(
    `with target as materialized (select * from unnest($2::bigint[], $3::text[]) as t (no, destination_id)),
     withdrawn as (
       delete from outbox o using target t
       where o.workspace_id = $1 and o.lane_id = t.destination_id and o.replay_no = t.no and o.lease is null
       returning t.no, o.lane_id, o.order_key
     ),
     counted as (select no, count(*) as n from withdrawn group by no),
     tallied as (
       update replay_tally y set dropped = y.dropped + c.n from counted c where y.workspace_id = $1 and y.no = c.no
     ),
     cancelled as (
       update replay_target t set status = 'cancelled', finished_at = now() from target o
       where t.workspace_id = $1 and t.replay_id = $4 and t.destination_id = o.destination_id
     )
     select lane_id as "laneId", array_agg(distinct order_key) as keys from withdrawn where order_key is not null
     group by lane_id order by lane_id`,
    [workspaceId, int8Array(open, (target) => target.no), textArray(open, (target) => target.destinationId), id],
  );
  // What was held behind what was withdrawn goes on.
  for (const { laneId, keys } of held) await arrange(tx, workspaceId, laneId, keys);
  return true;
}

/**
 * Stops all replays at a destination, before it is disabled or deleted in the same transaction: the feeder then queues
 * nothing more for it. `reason` is for people. Returns how far those had come that give it what it should have had anyway
 * (recoveries and its history): from then on events are missing again. Null: none was stopped.
 */
export async function stopReplays(
  tx: Queryable,
  workspaceId: string,
  destinationId: string,
  reason: string,
): Promise<Date | null> {
  const { rows } = await tx.query<{ at: Date | null }>(
    `with open as materialized (
       select replay_id from replay_target
       where destination_id = $2 and workspace_id = $1 and status in ('feeding', 'delivering') order by no for no key update
     ),
     stopped as (
       update replay_target t set status = 'stopped', reason = $3, finished_at = now() from open o
       where t.workspace_id = $1 and t.replay_id = o.replay_id and t.destination_id = $2
       returning t.replay_id, t.fed_at
     )
     select min(s.fed_at) as at from stopped s join replay r on r.workspace_id = $1 and r.id = s.replay_id
     where r.origin <> 'request'`,
    [workspaceId, destinationId, reason],
  );
  return rows[0]!.at;
}

/** Counts what was withdrawn of replays, by their targets' numbers. After the lanes and rows that are locked for it. */
export async function tallyDropped(
  tx: Queryable,
  workspaceId: string,
  dropped: ReadonlyMap<number, number>,
): Promise<void> {
  for (const [no, n] of [...dropped].sort(([a], [b]) => a - b))
    await tx.query("update replay_tally set dropped = dropped + $3 where workspace_id = $1 and no = $2", [
      workspaceId,
      no,
      n,
    ]);
}
