import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEvents } from "../../src/db/event.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import {
  type ClaimedItem,
  claim,
  claimAboveForms,
  leasesPerWorker,
  nextReady,
  type Settlement,
  settle,
  wakeLanes,
} from "../../src/db/outbox.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { laneSignal } from "../../src/domain/lane-health.ts";
import { sharded, testDatabase } from "../database.ts";
import { anyEvent, makeDestination, makeWorkspace } from "../factories.ts";
import { rowsReadWithin } from "../rows-read.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

let lease = 5 * leasesPerWorker;
const take = (
  limit: number,
  options: { lanes?: number; perLane?: number; on?: Queryable; floors?: ReadonlyMap<string, string> } = {},
) =>
  claim(options.on ?? db, {
    kind: "delivery",
    lanes: options.lanes ?? 64,
    perLane: options.perLane ?? limit,
    limit,
    lease: lease++,
    leaseSeconds: 60,
    ahead: 1,
    ...(options.floors && { floors: options.floors }),
  });

const done = (item: ClaimedItem): Settlement => ({
  item,
  nextAt: null,
  attempt: {
    startedAt: Date.now(),
    durationMs: 3,
    outcome: "succeeded",
    statusCode: 200,
    code: null,
    detail: null,
    requestHeaders: 'a: "quoted \\ value"\n',
    responseHeaders: null,
    responseBody: '{"ok":true}\\',
  },
});

/** Each test has its own workspace in the same database: what a test leaves behind would be claimed by the next. */
async function setup(destinations: number, eventsEach: number, concurrency = 1_000) {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  await db.query("delete from destination");
  const workspaceId = await makeWorkspace(db);
  const lanes: string[] = [];
  for (let i = 0; i < destinations; i++) lanes.push((await makeDestination(db, workspaceId, { concurrency })).id);
  // One workspace a destination count: every destination gets every event.
  await recordEvents(
    db,
    Array.from({ length: eventsEach }, (_, n) => anyEvent(workspaceId, n)),
  );
  return { workspaceId, lanes };
}

const leasedOf = async (id: string) =>
  (await db.query<{ leased: number }>("select leased from lane where id = $1", [id])).rows[0]!.leased;

test("an event and its deliveries are stored together, and each waiting row is claimed exactly once", async () => {
  const { lanes } = await setup(2, 10);
  const first = await take(12);
  const second = await take(100);
  expect(first).toHaveLength(12);
  expect(second).toHaveLength(8);
  expect(new Set([...first, ...second].map((item) => item.id)).size).toBe(20);
  expect(await take(100)).toEqual([]);
  expect((await leasedOf(lanes[0]!)) + (await leasedOf(lanes[1]!))).toBe(20);
});

test("a lane with a long backlog does not keep a lane with one row waiting", async () => {
  const { workspaceId, lanes } = await setup(1, 3_000);
  const quick = await makeDestination(db, workspaceId);
  await recordEvents(db, [anyEvent(workspaceId)]);
  const claims: ClaimedItem[][] = [];
  // The long lane was there first; the other one must come in the very next visit.
  claims.push(await take(50), await take(50));
  expect(claims.flat().map((item) => item.laneId)).toContain(quick.id);
  expect(claims.flat().filter((item) => item.laneId === lanes[0])).not.toHaveLength(0);
});

test("a lane never has more rows leased than its concurrency, whoever claims", async () => {
  const { lanes } = await setup(1, 30, 7);
  const claims = await Promise.all([take(10), take(10), take(10), take(10)]);
  expect(claims.flat()).toHaveLength(7);
  expect(await leasedOf(lanes[0]!)).toBe(7);
  await settle(db, "delivery", claims.flat().slice(0, 3).map(done));
  expect(await take(10)).toHaveLength(3);
});

test("behind a snapshot that is held, a claim above a floor walks over little; what came in below it is found a second later", async () => {
  const { workspaceId, lanes } = await setup(1, 4_000, 1_024);
  const laneId = lanes[0]!;
  const report = await db.connect();
  await report.query("begin isolation level repeatable read");
  await report.query("select count(*) from outbox");
  for (let items = await take(1_000); items.length > 0; items = await take(1_000))
    await settle(db, "delivery", items.map(done));
  await recordEvents(db, [anyEvent(workspaceId, 1), anyEvent(workspaceId, 2)]);
  // Above all of it, whatever a claim allows for transactions that last.
  const { rows } = await db.query<{ floor: string }>("select (now() + interval '1 second')::text as floor");
  const floors = new Map([[laneId, rows[0]!.floor]]);
  // Pages that a claim reads, on a connection that knows the tables already.
  const reads = async (floors: ReadonlyMap<string, string>) => {
    const values = ["delivery", 64, 10, 10, lease++, 60, 1, null, 1, [...floors.keys()], [...floors.values()]];
    const session = await db.connect();
    let pages = 0;
    for (let time = 1; time <= 2; time++) {
      await session.query("begin");
      const { rows } = await session.query(
        `explain (analyze, buffers, format json) ${claimAboveForms.set.text}`,
        values,
      );
      await session.query("rollback");
      pages = rows[0]["QUERY PLAN"][0].Plan["Shared Hit Blocks"];
    }
    await session.end();
    return pages;
  };
  const whole = await reads(new Map());
  expect(whole).toBeGreaterThan(60);
  expect(await reads(floors)).toBeLessThan(whole / 3);
  // Nothing is seen there; the lane is not put to sleep.
  expect(await take(10, { floors })).toEqual([]);
  const wait = "select extract(epoch from ready_at - now())::float8 as seconds from lane where id = $1";
  const [{ seconds }] = (await db.query<{ seconds: number }>(wait, [laneId])).rows as [{ seconds: number }];
  expect(seconds).toBeGreaterThan(0.5);
  expect(seconds).toBeLessThanOrEqual(1);
  await db.query("update lane set ready_at = now() where id = $1", [laneId]);
  const found = await take(10, { floors: new Map() });
  expect(found.map(({ dueAt }) => typeof dueAt)).toEqual(["string", "string"]);
  await report.query("rollback");
  await report.end();
});

test("a result whose lease was lost doesn't count beside that of whoever has the row now, though they come together", async () => {
  const { lanes } = await setup(1, 3);
  const [late] = await take(1);
  await rescueLeases(db, { leases: [late!.lease] });
  const again = await take(10);
  expect(again).toHaveLength(3);
  const same = again.find((item) => item.id === late!.id)!;
  // Nor does what it says of its lane: it was to be parked.
  const failed: Settlement = {
    ...done(late!),
    attempt: { ...done(late!).attempt!, outcome: "failed", detail: "late" },
    park: { until: Number.POSITIVE_INFINITY, reason: "late" },
    signal: laneSignal.ill,
  };
  expect(await settle(db, "delivery", [failed, done(same)])).toBe(1);
  expect(await leasedOf(lanes[0]!)).toBe(2);
  const lane = async () =>
    (await db.query(`select parked_until as "parkedUntil", failures, bad_streak as bad from lane where id = $1`, lanes))
      .rows;
  expect(await lane()).toEqual([{ parkedUntil: null, failures: 0, bad: 0 }]);
  const [next] = again.filter((item) => item !== same);
  expect(await settle(db, "delivery", [{ ...failed, item: next! }])).toBe(1);
  expect(await lane()).toEqual([{ parkedUntil: Number.POSITIVE_INFINITY, failures: 1, bad: 1 }]);
});

test("what is settled is gone, logged with what came back, and frees its place", async () => {
  const { workspaceId, lanes } = await setup(1, 2);
  const [item, other] = await take(10);
  expect(await settle(db, "delivery", [done(item!)])).toBe(1);
  expect(await leasedOf(lanes[0]!)).toBe(1);
  const { rows } = await db.query(
    "select ref, n, outcome, final, status_code, request_headers, response_body from attempt where workspace_id = $1",
    [workspaceId],
  );
  expect(rows).toEqual([
    {
      ref: item!.ref,
      n: 1,
      outcome: "succeeded",
      final: true,
      status_code: 200,
      request_headers: 'a: "quoted \\ value"\n',
      response_body: '{"ok":true}\\',
    },
  ]);
  expect((await db.query("select id from outbox where workspace_id = $1", [workspaceId])).rows).toEqual([
    { id: other!.id },
  ]);
});

test("a retry is due again at its time, not before, and counts its attempts", async () => {
  await setup(1, 1);
  const [item] = await take(1);
  const retry = (from: ClaimedItem, nextAt: number): Settlement => ({
    ...done(from),
    nextAt,
    attempt: { ...done(from).attempt!, outcome: "retry", statusCode: 500 },
  });
  await settle(db, "delivery", [retry(item!, Date.now() + 60_000)]);
  expect(await take(1)).toEqual([]);
  const next = await nextReady(db, { kind: "delivery", workerNo: 5, ahead: 1 });
  expect(next!.inMs).toBeGreaterThan(55_000);
  await db.query("update outbox set due_at = now()");
  await db.query("update lane set ready_at = now()");
  const [again] = await take(1);
  expect(again!.attempts).toBe(1);
});

// On a sharded database each is planned anew.
test.skipIf(sharded.on)(
  "what is to be tried again is found among all that is leased, also as planned while nothing was leased",
  async () => {
    const { lanes } = await setup(1, 301);
    const retry = (item: ClaimedItem): Settlement => ({ ...done(item), nextAt: Date.now() + 60_000 });
    await db.transaction(async (tx) => {
      await tx.query("analyze outbox");
      await settle(tx, "delivery", (await take(1, { on: tx })).map(retry));
      const [one, ...others] = await take(300, { on: tx });
      expect(others).toHaveLength(299);
      const { result, read } = await rowsReadWithin(tx, "outbox", () => settle(tx, "delivery", [retry(one!)]));
      expect(result).toBe(1);
      expect(read).toBeLessThan(10);
    });
    expect(await leasedOf(lanes[0]!)).toBe(299);
  },
);

test("a result whose lease was lost changes nothing but the log", async () => {
  const { lanes } = await setup(1, 1);
  const [item] = await take(1);
  await db.query("update outbox set lease_until = now() - interval '1 second' where lease is not null");
  expect(await rescueLeases(db)).toBe(1);
  expect(await leasedOf(lanes[0]!)).toBe(0);
  const [second] = await take(1);
  expect(second!.id).toBe(item!.id);
  expect(await settle(db, "delivery", [done(item!)])).toBe(0);
  expect(await leasedOf(lanes[0]!)).toBe(1);
  expect((await db.query("select count(*) as n from outbox")).rows).toEqual([{ n: 1 }]);
  expect(await settle(db, "delivery", [done(second!)])).toBe(1);
});

test("a row that a crash of the database gave back, and its own process claimed again, is counted once for both results", async () => {
  const { lanes } = await setup(1, 3);
  const lost = await take(10);
  // The claim need not have reached the disk: after a crash it has not been, and its process doesn't know.
  await db.query("update outbox set lease = null, lease_until = null");
  await db.query("update lane set leased = 0, ready_at = now()");
  const again = await take(10);
  expect(again).toHaveLength(3);
  expect(await settle(db, "delivery", [...lost, ...again].map(done))).toBe(3);
  expect(await leasedOf(lanes[0]!)).toBe(0);
});

test("work of a dead worker is taken back at once, with an attempt that says so; that of the living is not", async () => {
  const { workspaceId } = await setup(1, 4);
  await claim(db, {
    kind: "delivery",
    lanes: 1,
    perLane: 2,
    limit: 2,
    lease: 8 * leasesPerWorker + 3,
    leaseSeconds: 60,
    ahead: 1,
  });
  await claim(db, {
    kind: "delivery",
    lanes: 1,
    perLane: 2,
    limit: 2,
    lease: 9 * leasesPerWorker,
    leaseSeconds: 60,
    ahead: 1,
  });
  expect(await rescueLeases(db, { deadWorkers: [8] })).toBe(2);
  const { rows } = await db.query("select outcome, final from attempt where workspace_id = $1", [workspaceId]);
  expect(rows).toEqual([
    { outcome: "interrupted", final: false },
    { outcome: "interrupted", final: false },
  ]);
  // An interrupted attempt doesn't count against the retries.
  expect((await take(10)).map((item) => item.attempts)).toEqual([0, 0]);
});

test("a parked lane is not visited before its time, and costs the others nothing", async () => {
  const { lanes } = await setup(2, 2);
  await db.query("update lane set parked_until = now() + interval '1 hour' where id = $1", [lanes[0]]);
  expect((await take(10)).map((item) => item.laneId)).toEqual([lanes[1], lanes[1]]);
  await db.query("update lane set parked_until = now() - interval '1 second' where id = $1", [lanes[0]]);
  expect(await take(10)).toHaveLength(2);
});

test("an insert that a claim could not see does not sleep: its lane is named after the commit and looked at again", async () => {
  const { workspaceId, lanes } = await setup(1, 1);
  // The insert sees `ready_at` set and leaves it alone; before it commits, a claim drains the lane and clears `ready_at`.
  const client = await db.connect();
  await client.query("begin");
  const touched = await recordEvents(client, [anyEvent(workspaceId)]);
  expect(touched).toEqual([{ workspaceId, laneId: lanes[0] }]);
  expect(await take(10)).toHaveLength(1);
  await client.query("commit");
  await client.end();
  expect(await take(10)).toEqual([]);
  expect(await wakeLanes(db, touched)).toBe(1);
  expect(await take(10)).toHaveLength(1);
});

test("a destination gets only what its format can say and what it asked for", async () => {
  await setup(0, 0);
  const workspaceId = await makeWorkspace(db);
  const apten = await makeDestination(db, workspaceId, { format: "apten" });
  const other = await makeDestination(db, workspaceId, { eventTypes: ["message.sent"] });
  const all = await makeDestination(db, workspaceId);
  const touched = await recordEvents(db, [anyEvent(workspaceId)]);
  expect(touched.map((lane) => lane.laneId)).toEqual([all.id]);
  expect(touched.map((lane) => lane.laneId)).not.toContain(apten.id);
  expect(touched.map((lane) => lane.laneId)).not.toContain(other.id);
});

test("what was queued together is handed out in the order in which it was queued, however it lies in the table", async () => {
  await setup(0, 0);
  const workspaceId = await makeWorkspace(db);
  const { id } = await makeDestination(db, workspaceId, { concurrency: 1_000 });
  // The latest lies first.
  await db.query(
    `insert into outbox (workspace_id, id, lane_id, ref, due_at) overriding system value
     select $1, n, $2, 'evt_' || lpad(n::text, 13, '0') || '_aaaaaaaaa', now() from generate_series(300, 1, -1) n`,
    [workspaceId, id],
  );
  await db.query("update lane set ready_at = now() where id = $1", [id]);
  const refs = (await take(300)).map((item) => item.ref);
  expect(refs).toHaveLength(300);
  expect(refs).toEqual(refs.toSorted());
});
