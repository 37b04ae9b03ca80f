import type { Queryable } from "./pool.ts";

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
  /** Deliveries that are held behind another one for the same lead. */
  held: number;
}

export async function laneHealth(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, LaneHealth>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<LaneHealth>(
    `select id, failures, last_success_at as "lastSuccessAt", last_failure_at as "lastFailureAt",
       case when parked_until > now() then parked_until end as "parkedUntil",
       case when parked_until > now() then parked_reason end as "parkedReason",
       (select count(*)::int from outbox o
        where o.workspace_id = lane.workspace_id and o.lane_id = lane.id and o.lease is null and o.due_at = 'infinity'
          and o.order_key is not null) as held
     from lane where workspace_id = $1 and id = any($2::text[])`,
    [workspaceId, ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
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
