import { places } from "../domain/lane-health.ts";
import { type NotifierState, notifierStates } from "./notification.ts";
import type { Queryable } from "./pool.ts";

/** Requests a receiver may get: a bucket of `requests` tokens that fills evenly in `perSeconds`. */
export interface RateLimit {
  requests: number;
  perSeconds: number;
}

/** How a sender or destination is doing. */
export interface LaneHealth {
  id: string;
  /** Failed attempts since the last one that succeeded. */
  failures: number;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  /** Nothing goes out before this. Null: not parked; Infinity: until somebody acts. */
  parkedUntil: Date | number | null;
  parkedReason: string | null;
  /** Deliveries that are held behind another one for the same lead; counted up to `mostHeld`, which stands for so many or more. */
  held: number;
  /** Attempts that may be under way at once now, over all processes; and at most (null: it doesn't move). */
  places: number;
  maxConcurrency: number | null;
  rateLimit: RateLimit | null;
  /** Null: closed. `until`: null where it is half-open. */
  broken: { since: Date; reason: string; until: Date | number | null } | null;
  /** Of a chat that was ever told of something; else null. */
  notifications: NotifierState | null;
}

/** So far what is held is counted: a million would be walked over for each look at a destination. */
export const mostHeld = 10_000;

export async function laneHealth(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, LaneHealth>> {
  if (ids.length === 0) return new Map();
  const notifiers = await notifierStates(db, workspaceId, ids);
  const { rows } = await db.query<
    Omit<LaneHealth, "broken" | "notifications"> & { brokenAt: Date | null; brokenReason: string }
  >(
    `select id, failures, last_success_at as "lastSuccessAt", last_failure_at as "lastFailureAt",
       case when parked_until > now() then parked_until end as "parkedUntil",
       (select count(*)::int from (
          select 1 from outbox o where o.workspace_id = $1 and o.lane_id = lane.id and o.lease is null and o.due_at = 'infinity'
            and o.order_key is not null limit ${mostHeld}) h) as held,
       case when parked_until > now() then parked_reason end as "parkedReason", max_leased as places,
       concurrency_limit as "maxConcurrency", broken_at as "brokenAt", broken_reason as "brokenReason",
       case when rate_requests is not null then json_build_object('requests', rate_requests, 'perSeconds', rate_seconds) end as "rateLimit"
     from lane where workspace_id = $1 and id = any($2::text[])`,
    [workspaceId, ids],
  );
  return new Map(
    rows.map(({ brokenAt, brokenReason, ...row }) => [
      row.id,
      {
        ...{ ...row, notifications: notifiers.get(row.id) ?? null },
        broken: brokenAt && { since: brokenAt, reason: brokenReason, until: row.parkedUntil },
      },
    ]),
  );
}

/** SQL of a lane's update that closes its breaker: assignments with a comma at their end, and what `parked_until` becomes. */
export const closedBreaker = {
  assignments: `broken_at = null, broken_reason = null, bad_streak = 0, breaker_pauses = 0, window_at = null,
    max_leased = case when broken_at is null then max_leased else least(concurrency_limit, ${places.first}) end,`,
  parkedUntil:
    "case when broken_at is not null and parked_reason = broken_reason and parked_until < 'infinity' then null else parked_until end",
} as const;

/** What a destination's receiver is spared. Undefined leaves it as it is; null: the default, and no limit. */
export interface LaneLimits {
  /** 1 to 2,048. */
  maxConcurrency?: number | null | undefined;
  rateLimit?: RateLimit | null | undefined;
}

/** The version of a lane's settings; null: there is none. */
export async function laneVersion(tx: Queryable, workspaceId: string, id: string): Promise<number | null> {
  const { rows } = await tx.query<{ version: number }>("select version from lane where workspace_id = $1 and id = $2", [
    workspaceId,
    id,
  ]);
  return rows[0]?.version ?? null;
}

/** Sets the limits of a destination's lane. A new rate limit begins with a full bucket. */
export async function setLaneLimits(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { maxConcurrency, rateLimit }: LaneLimits,
): Promise<void> {
  if (maxConcurrency !== undefined) {
    await tx.query(
      `update lane set concurrency_limit = $3, max_leased = least(max_leased, $3)
       where workspace_id = $1 and id = $2 and concurrency_limit is distinct from $3`,
      [workspaceId, id, maxConcurrency ?? places.most],
    );
  }
  if (rateLimit !== undefined) {
    await tx.query(
      `update lane set rate_requests = $3, rate_seconds = $4, tokens = $3, tokens_at = now()
       where workspace_id = $1 and id = $2 and (rate_requests, rate_seconds) is distinct from ($3::int, $4::int)`,
      [workspaceId, id, rateLimit?.requests ?? null, rateLimit?.perSeconds ?? null],
    );
  }
}

/** What waits in the outbox, over all workspaces: for metrics. */
export interface QueueDepth {
  kind: "message" | "delivery";
  /** Lanes that a claim would visit now. */
  lanesReady: number;
  /** Due and waiting in those lanes; counted up to 10,000 a lane, so that a look never costs more than a claim or two. */
  due: number;
  /** Seconds since the oldest of these became due. */
  oldestSeconds: number;
}

/** Of parked lanes nothing counts: what waits in them waits on purpose. */
export async function queueDepth(db: Queryable): Promise<QueueDepth[]> {
  if (db.sharded) {
    // Over all nodes, where no look-up of each lane's first rows is to be had: all that is due is counted.
    const { rows } = await db.query<QueueDepth>({
      name: "lane.depth.all",
      text: `
select kind, count(*)::int as "lanesReady", coalesce(sum(n), 0)::int as due,
  greatest(0, coalesce(extract(epoch from now() - min(oldest)), 0))::float8 as "oldestSeconds"
from (
  select l.workspace_id, l.id, l.kind, count(o.id) as n, min(o.due_at) as oldest
  from lane l
  left join outbox o on o.workspace_id = l.workspace_id and o.lane_id = l.id and o.lease is null and o.due_at <= now()
  where l.ready_at <= now() and (l.parked_until is null or l.parked_until <= now())
  group by l.workspace_id, l.id, l.kind
) w
group by kind`,
    });
    return rows;
  }
  const { rows } = await db.query<QueueDepth>({
    name: "lane.depth",
    text: `
select l.kind, count(*)::int as "lanesReady", coalesce(sum(w.n), 0)::int as due,
  greatest(0, coalesce(extract(epoch from now() - min(w.oldest)), 0))::float8 as "oldestSeconds"
from lane l
cross join lateral (
  select count(*) as n, min(due_at) as oldest from (
    select o.due_at from outbox o
    where o.workspace_id = l.workspace_id and o.lane_id = l.id and o.lease is null and o.due_at <= now()
    order by o.due_at limit 10000
  ) d
) w
where l.ready_at <= now() and (l.parked_until is null or l.parked_until <= now())
group by l.kind`,
  });
  return rows;
}

/** Lanes whose breaker is not closed, over all workspaces. */
export async function brokenLanes(db: Queryable): Promise<{ breakersOpen: number; breakersHalfOpen: number }> {
  const { rows } = await db.query<{ breakersOpen: number; breakersHalfOpen: number }>({
    name: "lane.broken",
    text: `
select count(*) filter (where parked_until > now())::int as "breakersOpen",
  count(*) filter (where (parked_until > now()) is not true)::int as "breakersHalfOpen"
from lane where broken_at is not null`,
  });
  return rows[0]!;
}
