import type { Database, Queryable } from "./pool.ts";
import { oldestDay } from "./retention.ts";

/**
 * Attempts, summed by days: those of a month can't be read for each question. A day is summed once it has been over for a day:
 * an attempt is on record minutes after it began. What is asked of later times is read from the attempts.
 */

const dayMs = 86_400_000;
/** Longer than any question may take: a day of a busy workspace has millions of attempts. Milliseconds. */
const sumWithinMs = 120_000;

/** Of each factor of e twelve: what is told of a bucket is off by 4 % at most. */
const bucketsOfE = 12;
export const bucketMs = (bucket: number): number => Math.round(Math.exp(bucket / bucketsOfE));

/** SQL of an attempt's counts by bucket, from `source`, grouped by `by`. */
export const attemptCounts = (by: string, source: string) => `
  select ${by}, case when status_code is null then -1 else round(ln(greatest(duration_ms, 1)) * ${bucketsOfE})::int end as bucket,
    count(*)::int as attempts, count(*) filter (where outcome = 'succeeded')::int as succeeded,
    count(*) filter (where outcome <> 'succeeded' and not final)::int as retried,
    count(*) filter (where outcome <> 'succeeded' and final)::int as failed
  from attempt a where a.workspace_id = $1 and a.kind = 'delivery' and a.outcome <> 'filtered' and ${source}
  group by 1, 2`;

/** Which whole days (UTC) of a workspace are summed: from, and before; unix ms. Null: none are. */
export async function summedDays(db: Queryable, workspaceId: string): Promise<{ since: number; until: number } | null> {
  const { rows } = await db.query<{ since: number; until: number }>(
    `select since_ms as since, until_ms as until from delivery_sum_head where workspace_id = $1`,
    [workspaceId],
  );
  return rows[0] ?? null;
}

/** Sums the days that are over, of all workspaces; ends early where `stopping` says so. Again, or in two processes: changes nothing. */
export async function sumDeliveries(db: Database, now: number, stopping: () => boolean = () => false): Promise<void> {
  const cut = Math.floor(now / dayMs) * dayMs - dayMs;
  const oldest = (await oldestDay(db, "attempt"))?.getTime() ?? cut;
  if (oldest >= cut) return;
  const { rows: workspaces } = await db.query<{ workspace_id: string }>({
    name: "delivery.sum.workspaces",
    text: "select id as workspace_id from workspace order by 1",
  });
  const { rows: heads } = await db.query<{ workspace_id: string }>({
    name: "delivery.sum.done",
    text: "select workspace_id from delivery_sum_head where until_ms >= $1",
    values: [cut],
  });
  const done = new Set(heads.map((head) => head.workspace_id));
  for (const { workspace_id: id } of workspaces) {
    if (done.has(id)) continue;
    while (!stopping() && (await db.transaction((tx) => sumNextDay(tx, id, oldest, cut))));
    if (stopping()) return;
  }
}

/** Whether there is more to sum, and nobody else does it. */
async function sumNextDay(tx: Queryable, workspaceId: string, oldest: number, cut: number): Promise<boolean> {
  await tx.query(
    `insert into delivery_sum_head (workspace_id, since_ms, until_ms) values ($1, $2, $2) on conflict do nothing`,
    [workspaceId, oldest],
  );
  const { rows } = await tx.query<{ until: number }>(
    `select until_ms as until from delivery_sum_head where workspace_id = $1 for update skip locked`,
    [workspaceId],
  );
  const from = rows[0]?.until ?? cut;
  if (from >= cut) return false;
  // The time is a quarter's number of seconds, so that no zone has a say.
  const quarter = "to_timestamp(floor(extract(epoch from a.started_at) / 900) * 900)";
  const text = `insert into delivery_sum (workspace_id, destination_id, begins_at, bucket, attempts, succeeded, retried, failed)
    select $1, split_part(c.of, ' ', 1), to_timestamp(split_part(c.of, ' ', 2)::float8), c.bucket, c.attempts, c.succeeded, c.retried, c.failed
    from (${attemptCounts(
      `a.lane_id || ' ' || extract(epoch from ${quarter})::bigint as of`,
      "a.started_at >= to_timestamp($2::float8 / 1000) and a.started_at < to_timestamp($3::float8 / 1000)",
    )}) c`;
  const statement = { text, values: [workspaceId, from, from + dayMs], query_timeout: sumWithinMs };
  await tx.query(statement);
  await tx.query("update delivery_sum_head set until_ms = $2 where workspace_id = $1", [workspaceId, from + dayMs]);
  return from + dayMs < cut;
}
