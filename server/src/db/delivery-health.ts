import type { Queryable } from "./pool.ts";

/** How a destination did: its attempts of a range. */
export interface DeliveryHealth {
  destinationId: string;
  name: string | null;
  status: string | null;
  attempts: number;
  succeeded: number;
  /** Attempts that failed and are made again. */
  retried: number;
  /** Given up. */
  failed: number;
  /** Milliseconds; of attempts that got an answer. */
  p50Ms: number | null;
  p95Ms: number | null;
}

/** Of each destination with attempts in the range (unix ms), those with most failures first. Reads each attempt of it. */
export async function deliveryHealth(
  db: Queryable,
  workspaceId: string,
  range: { from: number; to: number },
): Promise<DeliveryHealth[]> {
  const { rows } = await db.query<DeliveryHealth>(
    `select d.id as "destinationId", d.name, d.status, a.* from destination d
     cross join lateral (
       select count(*)::float8 as attempts, count(*) filter (where outcome = 'succeeded')::float8 as succeeded,
         count(*) filter (where outcome <> 'succeeded' and not final)::float8 as retried,
         count(*) filter (where outcome <> 'succeeded' and final)::float8 as failed,
         percentile_disc(0.5) within group (order by duration_ms) filter (where status_code is not null) as "p50Ms",
         percentile_disc(0.95) within group (order by duration_ms) filter (where status_code is not null) as "p95Ms"
       from attempt a
       where a.workspace_id = $1 and a.lane_id = d.id and a.kind = 'delivery' and a.outcome <> 'filtered'
         and a.started_at >= to_timestamp($2::float8 / 1000) and a.started_at < to_timestamp($3::float8 / 1000)
     ) a
     where d.workspace_id = $1 and a.attempts > 0
     order by a.failed desc, a.retried desc, d.id`,
    [workspaceId, range.from, range.to],
  );
  return rows;
}
