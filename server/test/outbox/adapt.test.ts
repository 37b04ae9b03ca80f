import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { laneHealth, setLaneLimits } from "../../src/db/lane.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import { type ClaimedItem, claim, leasesPerWorker, type Settlement, settle } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { type LaneSignal, laneSignal, places } from "../../src/domain/lane-health.ts";
import { testDatabase } from "../database.ts";
import { makeDestination, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

let claims = 0;
/** What worker `no` of two gets. */
const take = (no = 1, limit = 1_024): Promise<ClaimedItem[]> =>
  claim(db, {
    ...{ kind: "delivery", lanes: 64, perLane: limit, limit, leaseSeconds: 60, ahead: 1 },
    lease: no * leasesPerWorker + claims++,
  });

/** One destination for which so many deliveries wait. */
async function setup(waiting: number, limits: Parameters<typeof setLaneLimits>[3] = {}) {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  const workspaceId = await makeWorkspace(db);
  const { id } = await makeDestination(db, workspaceId);
  await setLaneLimits(db, workspaceId, id, limits);
  await db.query(
    `insert into outbox (workspace_id, lane_id, ref, due_at)
     select $1, $2, 'evt_1750000000000_' || lpad(n::text, 9, '0'), now() from generate_series(1, $3) n`,
    [workspaceId, id, waiting],
  );
  await db.query("update lane set ready_at = now()");
  return {
    id,
    lane: async () => (await db.query("select * from lane")).rows[0]!,
    health: async () => (await laneHealth(db, workspaceId, [id])).get(id)!,
    /** As if so much time had passed. */
    later: (seconds: number) =>
      db.query(
        `update lane set parked_until = parked_until - make_interval(secs => $1), tokens_at = tokens_at - make_interval(secs => $1),
           window_at = window_at - make_interval(secs => $1), ready_at = least(ready_at, now()),
           last_success_at = last_success_at - make_interval(secs => $1), last_failure_at = last_failure_at - make_interval(secs => $1)`,
        [seconds],
      ),
  };
}

let clock = Date.now();
function result(item: ClaimedItem, signal: LaneSignal, startedAt = clock): Settlement {
  if (signal === laneSignal.waited) return { item, nextAt: 0, attempt: null, signal, waitedSince: startedAt };
  const attempt = {
    ...{ startedAt, durationMs: 5, statusCode: null, code: null, detail: signal > 0 ? null : "It was ill." },
    ...{ requestHeaders: null, responseHeaders: null, responseBody: null },
  };
  if (signal > 0) return { item, nextAt: null, attempt: { ...attempt, outcome: "succeeded" }, signal };
  return { item, nextAt: Date.now() + 3_600_000, attempt: { ...attempt, outcome: "retry" }, signal };
}
const finish = (items: ClaimedItem[], signal: LaneSignal, startedAt?: number) =>
  settle(
    db,
    "delivery",
    items.map((item) => result(item, signal, startedAt)),
  );

test("places grow with what succeeds, double first, are halved once a round, and never leave their bounds, over two processes", async () => {
  const step = fc.record({
    worker: fc.constantFrom(1, 2),
    limit: fc.integer({ min: 1, max: 40 }),
    signal: fc.constantFrom(
      laneSignal.takesMore,
      laneSignal.takesMore,
      laneSignal.works,
      laneSignal.overloaded,
      laneSignal.waited,
    ),
    // Of the calls under way, how many have begun before the last cut.
    old: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.array(step, { minLength: 5, maxLength: 25 }),
      async (most, steps) => {
        const t = await setup(600, { maxConcurrency: most });
        // That nothing comes back is another test.
        await db.query("update lane set last_success_at = now() + interval '1 hour'");
        const model = { places: Math.min(places.first, most), slowStart: most, cutAt: 0, leased: 0, streak: 0 };
        const held: ClaimedItem[] = [];
        for (const { worker, limit, signal, old } of steps) {
          const items = await take(worker, limit);
          expect(items.length).toBe(Math.min(limit, Math.max(0, Math.floor(model.places) - model.leased)));
          held.push(...items);
          model.leased += items.length;
          const batch = held.splice(0, Math.ceil(held.length / 2));
          if (batch.length === 0) continue;
          // Below the number of failures that opens the breaker: that is another test.
          const ill = signal === laneSignal.overloaded;
          if (ill && model.streak + batch.length >= 10) {
            held.unshift(...batch);
            continue;
          }
          clock += 100;
          const begun = old && model.cutAt > 0 ? model.cutAt - 1 : clock;
          await finish(batch, signal, begun);
          model.streak = signal > 0 ? 0 : model.streak + (ill ? batch.length : 0);
          const whole = Math.floor(model.places);
          if (signal <= laneSignal.overloaded && begun > model.cutAt) {
            model.slowStart = Math.max(places.leastSlowStart, Math.floor(whole / 2));
            const underWay = ill ? whole : model.leased - batch.length;
            model.places = Math.max(1, Math.min(Math.floor(whole / 2), underWay));
            model.cutAt = begun + (ill ? 5 : 0);
          } else if (signal === laneSignal.takesMore && model.leased * 2 >= whole) {
            model.places =
              whole < model.slowStart
                ? Math.min(whole + batch.length, most, model.slowStart)
                : Math.min(model.places + batch.length / whole, most);
          }
          model.leased -= batch.length;
          const lane = await t.lane();
          expect(lane.leased).toBe(model.leased);
          expect(lane.max_leased + lane.place_credit).toBeCloseTo(model.places, 3);
          expect(lane.max_leased).toBeGreaterThanOrEqual(1);
          expect(lane.max_leased).toBeLessThanOrEqual(most);
        }
      },
    ),
    { numRuns: 12 },
  );
});

test("a rate limit is exact over two processes that claim at once: a full bucket, and then what has flowed in", async () => {
  const t = await setup(500, { rateLimit: { requests: 6, perSeconds: 60 } });
  const both = async () => (await Promise.all([take(1), take(2)])).flat();
  let taken = 0;
  let allowed = 6;
  for (const seconds of [0, 10, 0, 5, 25, 600, 15, 0]) {
    await t.later(seconds);
    allowed = Math.min(taken + 6, allowed + seconds / 10);
    const items = [...(await both()), ...(await both())];
    taken += items.length;
    expect(taken).toBe(Math.floor(allowed + 0.05));
    await finish(items, laneSignal.takesMore);
    // It isn't looked at before there is a token.
    const lane = await t.lane();
    expect(lane.ready_at.getTime()).toBeGreaterThan(Date.now() + 2_000);
  }
});

test("what was not sent after all gives its token back", async () => {
  const t = await setup(20, { rateLimit: { requests: 3, perSeconds: 3_600 } });
  const items = await take();
  expect(items).toHaveLength(3);
  await settle(
    db,
    "delivery",
    items.map((item) => ({ item, nextAt: 0, attempt: null })),
  );
  await t.later(0);
  expect(await take()).toHaveLength(3);
  await t.later(0);
  expect(await take()).toHaveLength(0);
});

test("ten failures in a row open the breaker: what waits keeps its attempts, one probe is let through, and its success closes it", async () => {
  const t = await setup(100);
  await finish(await take(), laneSignal.ill);
  expect((await t.health()).broken).toBeNull();
  await finish(await take(), laneSignal.ill);
  const open = await t.health();
  expect(open).toMatchObject({ broken: { reason: "It was ill." }, parkedReason: "It was ill.", places: 1 });
  const pause = (open.parkedUntil as Date).getTime() - Date.now();
  expect(pause).toBeGreaterThan(9_000);
  expect(pause).toBeLessThan(12_500);
  expect(await take()).toEqual([]);
  await t.later(15);
  expect((await t.health()).broken).toMatchObject({ until: null });
  const [probe, ...more] = [...(await take(1)), ...(await take(2))];
  expect([probe?.attempts, more]).toEqual([0, []]);
  // A probe that fails: twice the pause.
  clock += 1_000;
  await finish([probe!], laneSignal.overloaded);
  expect(((await t.health()).parkedUntil as Date).getTime() - Date.now()).toBeGreaterThan(18_000);
  await t.later(30);
  const [second] = await take();
  await finish([second!], laneSignal.takesMore);
  expect(await t.health()).toMatchObject({ broken: null, parkedUntil: null, places: 8 });
  expect((await take()).map((item) => item.attempts)).toEqual(Array(8).fill(0));
});

test("pauses grow to five minutes", async () => {
  const t = await setup(40);
  await finish(await take(), laneSignal.ill);
  await finish(await take(), laneSignal.ill);
  await db.query("update lane set breaker_pauses = 9");
  await t.later(60);
  await finish(await take(), laneSignal.ill);
  const pause = (((await t.health()).parkedUntil as Date).getTime() - Date.now()) / 1_000;
  expect(pause).toBeGreaterThan(299);
  expect(pause).toBeLessThan(361);
});

test("nine in ten failures of a hundred answers open it, also where some succeed between", async () => {
  const t = await setup(400);
  await db.query("update lane set max_leased = 100");
  for (let round = 1; round <= 11; round++) {
    expect((await t.health()).broken).toBeNull();
    const items = await take(1, 10);
    await settle(
      db,
      "delivery",
      items.map((item, i) => result(item, i === 0 ? laneSignal.works : laneSignal.ill)),
    );
    if (round >= 10) break;
  }
  expect((await t.health()).broken).not.toBeNull();
});

test("a process that dies with the probe leaves the lane half-open: the next one probes", async () => {
  const t = await setup(30);
  await finish(await take(), laneSignal.ill);
  await finish(await take(), laneSignal.ill);
  await t.later(15);
  expect(await take(3)).toHaveLength(1);
  expect(await take(4)).toEqual([]);
  await rescueLeases(db, { deadWorkers: [3] });
  const [probe, ...more] = await take(4);
  expect(more).toEqual([]);
  await finish([probe!], laneSignal.takesMore);
  expect((await t.health()).broken).toBeNull();
});

test("a lane of which many are leased and nothing comes back gets no more than 16, whatever it has proved, and neither if all fails", async () => {
  await setup(2_000);
  await db.query("update lane set max_leased = 1024, last_success_at = now() - interval '1 hour'");
  const items = await take();
  expect(items).toHaveLength(16);
  expect(await take()).toEqual([]);
  await finish(items.slice(0, 9), laneSignal.ill);
  expect(await take()).toHaveLength(9);
  await finish(items.slice(9, 10), laneSignal.takesMore);
  expect(await take()).toHaveLength(1_024 - 15);
});
