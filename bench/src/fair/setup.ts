import type { Target } from "../delivery/settings.ts";
import { sampleEventData } from "../sample.ts";
import type { Scratch } from "../scratch.ts";

/** Queues `count` deliveries over these destinations, with events of the last hour. */
export async function queueBacklog({ db }: Scratch, targets: readonly Target[], count: number): Promise<void> {
  const begin = Date.now() - 3_600_000;
  const each = Math.ceil(count / targets.length);
  for (const { workspaceId, destinationId } of targets) {
    await db.query(
      `with stored as (
         insert into event (workspace_id, at, id, type, channel, formats, data)
         select $1, to_timestamp(($2::bigint + n) / 1000.0),
           'evt_' || ($2::bigint + n) || '_' || lpad(to_hex(n), 9, '0'), 'message.sent', 'sms', 7, $3
         from generate_series(1, $4::int) n
         returning id
       )
       insert into outbox (workspace_id, lane_id, ref, due_at) select $1, $5, id, now() from stored`,
      [workspaceId, begin, sampleEventData(), each, destinationId],
    );
  }
  await db.query("analyze");
}

/**
 * Makes these destinations fall ill now: as new ones, or as ones that have proved all the places there are; with their
 * breakers closed, and all that waits due.
 */
export async function fallIll({ db }: Scratch, targets: readonly Target[], as: "new" | "proven"): Promise<void> {
  await db.query(
    `update lane set max_leased = case when $2 then concurrency_limit else 8 end, slow_start_until = null, place_credit = 0,
       broken_at = null, broken_reason = null, bad_streak = 0, breaker_pauses = 0, window_at = null, cut_at = null,
       parked_until = null, parked_reason = null, ready_at = now() - interval '1 hour'
     where id = any($1::text[])`,
    [targets.map(({ destinationId }) => destinationId), as === "proven"],
  );
}

/** Holds their deliveries: nothing more is begun. */
export async function rest({ db }: Scratch, targets: readonly Target[]): Promise<void> {
  await db.query("update lane set parked_until = 'infinity' where id = any($1::text[])", [
    targets.map(({ destinationId }) => destinationId),
  ]);
}
