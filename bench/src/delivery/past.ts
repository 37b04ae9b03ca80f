import type { Scratch } from "../scratch.ts";
import type { Target } from "./settings.ts";

/** As many at once as are stored within a statement's time limit. */
const chunk = 100_000;

/**
 * Fills the log with events of yesterday and their deliveries, each an attempt: short ones, since it is their number that
 * counts. In the partitions that are there; with statistics, as autovacuum would have made them.
 */
export async function fillPast({ db }: Scratch, target: Target, count: number): Promise<void> {
  const day = 86_400_000;
  const begin = Math.floor(Date.now() / day) * day - day;
  for (let from = 0; from < count; from += chunk) {
    await db.query(
      `with stored as (
         insert into event (workspace_id, at, id, type, channel, formats, data)
         select $1, to_timestamp(ms / 1000.0), 'evt_' || ms || '_' || lpad(to_hex(n), 9, '0'), 'message.sent', 'sms', 7, '{"past":true}'
         from generate_series($3::bigint, $4::bigint - 1) n, lateral (select $2::bigint + n * ${day - 1} / $5::bigint as ms) t
         returning id, at
       )
       insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, status_code)
       select $1, $6, id, 'delivery', 1, at, 5, 'succeeded', true, 200 from stored`,
      [target.workspaceId, begin, from, Math.min(count, from + chunk), count, target.destinationId],
    );
  }
  await db.query("analyze");
}

/** A report that reads the outbox and the log, and holds its snapshot until it is let go: vacuum clears nothing meanwhile. */
export async function holdSnapshot({ db }: Scratch): Promise<AsyncDisposable> {
  const client = await db.connect();
  client.on("error", () => {});
  await client.query("begin isolation level repeatable read read only");
  await client.query("select count(*) from outbox");
  return { [Symbol.asyncDispose]: async () => void (await client.end()) };
}
