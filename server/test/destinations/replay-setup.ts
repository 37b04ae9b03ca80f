import { expect } from "vitest";
import type { NewEvent } from "../../src/db/event.ts";
import { type ClaimedItem, claim, type Settlement, settle } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { getReplay, insertReplay, type NewReplay, replayTargets } from "../../src/db/replay.ts";
import { ReplayFeeder, type ReplayFeederOptions } from "../../src/destinations/replay-feeder.ts";
import { newId } from "../../src/domain/id.ts";
import { anyEvent, makeDestination, makeWorkspace, storePastEvents } from "../factories.ts";

/** A replay in a database of its own, whose feeder and deliveries are driven by hand. */

let lease = 77 * 100_000_000;

/** Deliveries that are due, of any lane. */
export const take = (db: Database, limit = 10_000) =>
  claim(db, {
    ...{ kind: "delivery", lanes: 64, perLane: limit, limit, lease: lease++, leaseSeconds: 60, ahead: 1 },
  } as Parameters<typeof claim>[1]);

export function outcome(item: ClaimedItem, how: "succeeded" | "failed" | "retry", startedAt = Date.now()): Settlement {
  return {
    item,
    nextAt: how === "retry" ? Date.now() + 3_600_000 : null,
    attempt: {
      ...{ startedAt, durationMs: 1, outcome: how, statusCode: how === "succeeded" ? 200 : 500, code: null },
      ...{ detail: null, requestHeaders: null, responseHeaders: null, responseBody: null },
    },
  };
}

export async function setup(db: Database, options: { destinations?: number; concurrency?: number } = {}) {
  await db.query("truncate outbox, lane, destination, event, attempt, replay, replay_target, replay_tally");
  const workspaceId = await makeWorkspace(db);
  const destinations: string[] = [];
  for (let n = 0; n < (options.destinations ?? 1); n++)
    destinations.push((await makeDestination(db, workspaceId, { concurrency: options.concurrency ?? 100_000 })).id);
  const errors: unknown[] = [];
  const feederOn = (on: Database, more: Partial<ReplayFeederOptions> = {}) =>
    new ReplayFeeder({ db: on, wakeDeliveries: () => {}, onError: (_stage, error) => errors.push(error), ...more });
  const feeder = feederOn(db);

  return {
    workspaceId,
    destinations,
    feeder,
    feederOn,
    errors,
    /**
     * Stores `count` events of half a minute ago and more, oldest first, one a millisecond. Without `queue` nothing is
     * queued for anybody, as for a destination that comes later.
     */
    async record(count: number, { queue = false, agoMs = 30_000 + count }: { queue?: boolean; agoMs?: number } = {}) {
      const from = Date.now() - agoMs;
      const events: NewEvent[] = Array.from({ length: count }, (_, n) => anyEvent(workspaceId, n, from + n));
      for (let n = 0; n < count; n += 5_000) {
        await storePastEvents(db, events.slice(n, n + 5_000));
      }
      if (queue) {
        await db.query(
          `insert into outbox (workspace_id, lane_id, ref, due_at)
           select $1, d, e, now() from unnest($2::text[]) d, unnest($3::text[]) with ordinality as e (e, n) order by n`,
          [workspaceId, destinations, events.map((event) => event.id)],
        );
        await db.query("update lane set ready_at = now() where id = any($1)", [destinations]);
      }
      return events.map((event) => event.id);
    },
    async start(replay: Partial<NewReplay> = {}, to: readonly string[] = destinations): Promise<string> {
      const id = newId("replay");
      const all: NewReplay = {
        ...{ id, origin: "request", eventId: null, from: null, to: new Date(Date.now() - 10_000), eventTypes: null },
        ...{ leadId: null, campaignId: null, selection: "all", rate: null },
        ...replay,
      } as NewReplay;
      await db.transaction((tx) => insertReplay(tx, workspaceId, all, to));
      return id;
    },
    /** Feeds and settles until the replay is over; returns what was delivered, in order. */
    async drain(id: string, how: (item: ClaimedItem) => "succeeded" | "failed" = () => "succeeded", with_ = feeder) {
      const refs: string[] = [];
      await expect
        .poll(
          async () => {
            // The time between looks is the test's to pass.
            await db.query("update replay_target set next_at = now() where next_at > now()");
            await with_.runOnce();
            const items = await take(db);
            refs.push(...items.map((item) => item.ref));
            if (items.length > 0)
              await settle(
                db,
                "delivery",
                items.map((item) => outcome(item, how(item))),
              );
            return (await getReplay(db, workspaceId, id))!.status;
          },
          { timeout: 120_000, interval: 1 },
        )
        .not.toBe("running");
      return refs;
    },
    get: async (id: string) => (await getReplay(db, workspaceId, id))!,
    targets: (id: string) => replayTargets(db, workspaceId, id, 100),
    dueNow: () => db.query("update replay_target set next_at = now()"),
  };
}
