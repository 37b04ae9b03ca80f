import { attemptCounts, bucketMs, summedDays } from "./delivery-sum.ts";
import type { Queryable } from "./pool.ts";
import { oldestDay } from "./retention.ts";

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

interface Range {
  from: number;
  to: number;
}

/** Up to here attempts are read one by one, and times are exact. Milliseconds. */
const readMs = 7 * 86_400_000;
const quarterMs = 900_000;

/**
 * Of each destination with attempts in the range (unix ms), those with most failures first. Of a long range, and of one whose
 * attempts are gone, the days that are summed are read from their sums, but for what the range cuts of a quarter of an hour.
 */
export async function deliveryHealth(db: Queryable, workspaceId: string, range: Range): Promise<DeliveryHealth[]> {
  const days = await summedDays(db, workspaceId);
  const gone = (await oldestDay(db, "attempt"))?.getTime() ?? 0;
  if (!days || (range.to - range.from <= readMs && range.from >= gone)) return await readHealth(db, workspaceId, range);
  const from = Math.ceil(Math.max(range.from, days.since) / quarterMs) * quarterMs;
  const to = Math.floor(Math.min(range.to, days.until) / quarterMs) * quarterMs;
  if (from >= to) return await readHealth(db, workspaceId, range);
  return await summedHealth(db, workspaceId, range, { from, to });
}

interface Bucket extends Pick<DeliveryHealth, "attempts" | "succeeded" | "retried" | "failed"> {
  bucket: number;
}

/** `summed`: a part of the range that is read from sums, whole quarters. */
async function summedHealth(
  db: Queryable,
  workspaceId: string,
  range: Range,
  summed: Range,
): Promise<DeliveryHealth[]> {
  const between = (from: number, to: number) =>
    `a.lane_id = d.id and a.started_at >= to_timestamp($${from}::float8 / 1000) and a.started_at < to_timestamp($${to}::float8 / 1000)`;
  const { rows } = await db.query<Pick<DeliveryHealth, "destinationId" | "name" | "status"> & Bucket>(
    `select d.id as "destinationId", d.name, d.status, s.bucket, sum(s.attempts)::float8 as attempts, sum(s.succeeded)::float8 as succeeded,
       sum(s.retried)::float8 as retried, sum(s.failed)::float8 as failed
     from destination d
     cross join lateral (
       select bucket, attempts, succeeded, retried, failed from (${attemptCounts("a.lane_id", between(2, 4))}) before
       union all
       select bucket, attempts, succeeded, retried, failed from (${attemptCounts("a.lane_id", between(5, 3))}) after
       union all
       select bucket, attempts, succeeded, retried, failed from delivery_sum q
       where q.workspace_id = $1 and q.destination_id = d.id
         and q.begins_at >= to_timestamp($4::float8 / 1000) and q.begins_at < to_timestamp($5::float8 / 1000)
     ) s
     where d.workspace_id = $1
     group by d.id, d.name, d.status, s.bucket order by d.id, s.bucket`,
    [workspaceId, range.from, range.to, summed.from, summed.to],
  );
  return [...Map.groupBy(rows, (row) => row.destinationId).values()]
    .map((buckets) => {
      const { destinationId, name, status } = buckets[0]!;
      const sum = (of: "attempts" | "succeeded" | "retried" | "failed") =>
        buckets.reduce((all, bucket) => all + bucket[of], 0);
      return {
        ...{ destinationId, name, status, attempts: sum("attempts"), succeeded: sum("succeeded") },
        ...{ retried: sum("retried"), failed: sum("failed") },
        ...{ p50Ms: percentileOf(buckets, 0.5), p95Ms: percentileOf(buckets, 0.95) },
      };
    })
    .sort((a, b) => b.failed - a.failed || b.retried - a.retried || (a.destinationId < b.destinationId ? -1 : 1));
}

/** `buckets` in their order; those without an answer don't count. */
function percentileOf(buckets: readonly Bucket[], part: number): number | null {
  const answered = buckets.filter(({ bucket }) => bucket >= 0);
  let left = part * answered.reduce((all, { attempts }) => all + attempts, 0);
  for (const { bucket, attempts } of answered) {
    left -= attempts;
    if (left <= 0) return bucketMs(bucket);
  }
  return null;
}

async function readHealth(db: Queryable, workspaceId: string, range: Range): Promise<DeliveryHealth[]> {
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
