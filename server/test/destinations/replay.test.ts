import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Delivery, retryDelivery } from "../../src/db/delivery.ts";
import { deleteDestination, updateDestination } from "../../src/db/destination.ts";
import { recordEvents } from "../../src/db/event.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import { settle } from "../../src/db/outbox.ts";
import { Database, type DatabaseConfig } from "../../src/db/pool.ts";
import { cancelReplay } from "../../src/db/replay.ts";
import { nextTargetDue } from "../../src/db/replay-feed.ts";
import { disableDestination } from "../../src/destinations/disable.ts";
import { type LaneSignal, laneSignal } from "../../src/domain/lane-health.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, makeDestination, storePastEvents } from "../factories.ts";
import { outcome, setup, take } from "./replay-setup.ts";

let db: Database;
let config: DatabaseConfig;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, config, close } = await testDatabase());
});
afterAll(async () => await close());

const count = async (what: string) =>
  (await db.query<{ n: number }>(`select count(*)::int as n from ${what}`)).rows[0]!.n;

test("a replay delivers each event of its range once, in order, under the ID that it has", async () => {
  const t = await setup(db);
  // Null: the feeder of a Herald without a replay rests. (It once looked a hundred times a second.)
  expect(await nextTargetDue(db)).toBeNull();
  const ids = await t.record(3_000);
  const replay = await t.start();
  expect(await nextTargetDue(db)).toBe(0);
  expect(await t.drain(replay)).toEqual(ids);
  expect(await nextTargetDue(db)).toBeNull();
  expect(await t.get(replay)).toMatchObject({
    ...{ status: "finished", counted: 3_000, countedAll: true, queued: 3_000, delivered: 3_000, failed: 0, dropped: 0 },
  });
});

test("the range's ends are exact, also where many events are of one millisecond", async () => {
  const t = await setup(db);
  const at = Date.now() - 60_000;
  const events = [at - 1, ...Array(500).fill(at), at + 1, at + 2].map((time: number, n) =>
    anyEvent(t.workspaceId, n, time),
  );
  await storePastEvents(db, events);
  const idsAt = (...times: number[]) =>
    events
      .filter((event) => times.includes(event.at))
      .map((event) => event.id)
      .sort();
  const one = await t.start({ from: new Date(at), to: new Date(at + 1) });
  expect((await t.drain(one)).sort()).toEqual(idsAt(at));
  const two = await t.start({ from: new Date(at + 1), to: new Date(at + 2) });
  expect(await t.drain(two)).toEqual(idsAt(at + 1));
  const none = await t.start({ from: new Date(at + 3), to: new Date(at + 10) });
  expect(await t.drain(none)).toEqual([]);
  expect(await t.get(none)).toMatchObject({ status: "finished", counted: 0, queued: 0 });
});

test("filters: type, lead, campaign, one event, and what the destination takes at all", async () => {
  const t = await setup(db);
  const at = Date.now() - 60_000;
  const make = (n: number, more: object) => ({ ...anyEvent(t.workspaceId, n, at + n), ...more });
  const events = [
    make(0, { type: "message.sent", leadId: "lead_a" }),
    make(1, { type: "message.failed", leadId: "lead_a", campaignId: "camp_a" }),
    make(2, { type: "lead.updated", leadId: "lead_b", campaignId: "camp_a" }),
    // Herald's own format can't say it.
    make(3, { type: "message.sent", formats: 6 }),
  ];
  await storePastEvents(db, events);
  const picked = async (filter: object) =>
    (await t.drain(await t.start(filter))).map((id) => events.findIndex((event) => event.id === id));
  expect(await picked({})).toEqual([0, 1, 2]);
  expect(await picked({ eventTypes: ["message.sent", "message.failed"] })).toEqual([0, 1]);
  expect(await picked({ leadId: "lead_a" })).toEqual([0, 1]);
  expect(await picked({ campaignId: "camp_a" })).toEqual([1, 2]);
  expect(await picked({ campaignId: "camp_a", leadId: "lead_b" })).toEqual([2]);
  expect(await picked({ eventId: events[1]!.id, from: new Date(at + 1), to: new Date(at + 2) })).toEqual([1]);
  await updateDestination(db, t.workspaceId, t.destinations[0]!, { eventTypes: ["lead.updated"] });
  expect(await picked({})).toEqual([2]);
});

test("failed, never attempted, undelivered: by the deliveries to this destination; what waits or is under way is left out", async () => {
  const t = await setup(db, { destinations: 2 });
  const [mine, other] = t.destinations as [string, string];
  const ids = await t.record(7, { queue: true });
  const items = (await take(db)).filter((item) => item.laneId === mine);
  const item = (n: number) => items.find((one) => one.ref === ids[n])!;
  await settle(db, "delivery", [
    outcome(item(0), "succeeded"),
    outcome(item(1), "failed"),
    // Waits for its next attempt.
    outcome(item(2), "retry"),
  ]);
  // 3 is under way. 4 and 5 were never queued for it; 6 failed once, and was delivered later.
  await db.query("delete from outbox where lane_id = $1 and ref = any($2)", [mine, [ids[4], ids[5], ids[6]]]);
  await db.query("delete from outbox where lane_id = $1", [other]);
  await settle(db, "delivery", [outcome(item(6), "failed", Date.now() - 5_000)]);
  await settle(db, "delivery", [outcome(item(6), "succeeded")]);
  const picked = async (selection: "all" | "failed" | "never_attempted" | "undelivered") => {
    const replay = await t.start({ selection }, [mine]);
    await t.feeder.runOnce();
    const { rows } = await db.query<{ ref: string }>("select ref from outbox where replay_no is not null");
    await db.transaction((tx) => cancelReplay(tx, t.workspaceId, replay));
    expect((await t.get(replay)).counted).toBe(rows.length);
    return rows.map((row) => ids.indexOf(row.ref)).sort();
  };
  expect(await picked("all")).toEqual([0, 1, 4, 5, 6]);
  expect(await picked("failed")).toEqual([1]);
  expect(await picked("never_attempted")).toEqual([4, 5]);
  expect(await picked("undelivered")).toEqual([1, 4, 5]);
});

test("what fails for good is counted as failed; a delivery taken back from a dead process counts once", async () => {
  const t = await setup(db);
  const ids = await t.record(20);
  const replay = await t.start();
  await t.feeder.runOnce();
  expect(await take(db, 5)).toHaveLength(5);
  await db.query("update outbox set lease_until = now() - interval '1 second' where lease is not null");
  expect(await rescueLeases(db)).toBe(5);
  await t.drain(replay, (item) => (ids.indexOf(item.ref) % 4 === 0 ? "failed" : "succeeded"));
  expect(await t.get(replay)).toMatchObject({ status: "finished", queued: 20, delivered: 15, failed: 5, dropped: 0 });
});

test("a replay to all goes at each destination's pace: one that takes nothing holds up no other", async () => {
  const t = await setup(db, { destinations: 3 });
  const [slow] = t.destinations as [string];
  await t.record(2_000);
  const replay = await t.start();
  await db.query("update lane set parked_until = now() + interval '1 hour' where id = $1", [slow]);
  await expect
    .poll(
      async () => {
        await t.dueNow();
        await t.feeder.runOnce();
        const items = await take(db);
        if (items.length > 0)
          await settle(
            db,
            "delivery",
            items.map((item) => outcome(item, "succeeded")),
          );
        return (await t.targets(replay)).filter((target) => target.status === "finished").length;
      },
      { timeout: 120_000, interval: 1 },
    )
    .toBe(2);
  expect((await t.targets(replay)).find((target) => target.destinationId === slow)).toMatchObject({
    ...{ status: "feeding", counted: 2_000, queued: 0 },
  });
  expect((await t.get(replay)).status).toBe("running");
});

test("little of a replay is in the outbox while nobody takes it, and a live event is behind that little only", async () => {
  const t = await setup(db);
  await t.record(5_000);
  await t.start();
  for (let n = 0; n < 20; n++) {
    await t.dueNow();
    await t.feeder.runOnce();
  }
  expect(await count("outbox")).toBe(32);
  const live = anyEvent(t.workspaceId);
  await recordEvents(db, [live]);
  expect((await take(db)).map((item) => item.ref).indexOf(live.id)).toBe(32);
});

test("while live events wait, a replay queues nothing", async () => {
  const t = await setup(db);
  await t.record(500);
  const replay = await t.start();
  const live = Array.from({ length: 100 }, (_, n) => anyEvent(t.workspaceId, n));
  await recordEvents(db, live);
  await t.feeder.runOnce();
  expect(await count("outbox where replay_no is not null")).toBe(0);
  expect((await t.get(replay)).counted).toBe(500);
  const items = await take(db);
  await settle(
    db,
    "delivery",
    items.map((item) => outcome(item, "succeeded")),
  );
  await t.dueNow();
  await t.feeder.runOnce();
  expect(await count("outbox where replay_no is not null")).toBeGreaterThan(0);
});

test("at a destination that fails a replay queues one event now and then, to see whether it works again", async () => {
  const t = await setup(db);
  await t.record(1_000);
  const replay = await t.start();
  const settleAs = async (how: "succeeded" | "retry", signal: LaneSignal) => {
    await settle(
      db,
      "delivery",
      (await take(db)).map((item) => ({ ...outcome(item, how), signal })),
    );
    // The breaker's pause is over.
    await db.query("update lane set parked_until = null");
  };
  const queued = async () => (await t.get(replay)).queued;
  await t.feeder.runOnce();
  expect(await queued()).toBe(32);
  // It refuses what is in the events, as 422 says, and works.
  await settleAs("retry", laneSignal.works);
  await t.dueNow();
  await t.feeder.runOnce();
  const before = await queued();
  expect(before).toBeGreaterThan(60);
  await settleAs("retry", laneSignal.ill);
  for (let n = 0; n < 5; n++) {
    await t.dueNow();
    await t.feeder.runOnce();
  }
  expect(await queued()).toBe(before);
  await db.query("update replay_target set fed_last_at = now() - interval '31 seconds'");
  for (let n = 0; n < 5; n++) {
    await t.dueNow();
    await t.feeder.runOnce();
  }
  expect(await queued()).toBe(before + 1);
  // The probe arrives: on at full speed.
  await settleAs("succeeded", laneSignal.takesMore);
  await t.dueNow();
  await t.feeder.runOnce();
  expect(await queued()).toBeGreaterThan(before + 8);
});

test("a rate is kept: no more are queued than its time allows", async () => {
  const t = await setup(db);
  await t.record(1_000);
  const replay = await t.start({ rate: 50 });
  const after = async (ms: number) => {
    await db.query(
      "update replay_target set fed_last_at = now() - make_interval(secs => $1::float8 / 1000), next_at = now()",
      [ms],
    );
    await t.feeder.runOnce();
    await settle(
      db,
      "delivery",
      (await take(db)).map((item) => outcome(item, "succeeded")),
    );
    return (await t.get(replay)).queued;
  };
  await t.feeder.runOnce();
  expect((await t.get(replay)).queued).toBe(2);
  expect(await after(100)).toBeLessThanOrEqual(2 + 6);
  const before = (await t.get(replay)).queued;
  // Of an outage a second at most is made good.
  expect((await after(3_600_000)) - before).toBeLessThanOrEqual(50);
});

test("cancelling withdraws what waits and lets end what is under way; live deliveries stay", async () => {
  const t = await setup(db);
  await t.record(500);
  const replay = await t.start();
  await t.feeder.runOnce();
  const under = await take(db, 10);
  const live = anyEvent(t.workspaceId);
  await recordEvents(db, [live]);
  expect(await db.transaction((tx) => cancelReplay(tx, t.workspaceId, replay))).toBe(true);
  expect(await t.get(replay)).toMatchObject({ status: "cancelled", queued: 32, dropped: 22, delivered: 0 });
  await settle(
    db,
    "delivery",
    under.map((item) => outcome(item, "succeeded")),
  );
  expect(await t.get(replay)).toMatchObject({ status: "cancelled", delivered: 10, dropped: 22 });
  await t.dueNow();
  expect(await t.feeder.runOnce()).toEqual({ looked: 0, queued: 0 });
  expect((await take(db)).map((item) => item.ref)).toEqual([live.id]);
  expect(await db.transaction((tx) => cancelReplay(tx, t.workspaceId, replay))).toBe(false);
});

test("disabling a destination stops its replay with the reason, and no other", async () => {
  const t = await setup(db, { destinations: 2 });
  const [gone, stays] = t.destinations as [string, string];
  await t.record(100);
  const replay = await t.start();
  await t.feeder.runOnce();
  await db.transaction((tx) => disableDestination(tx, t.workspaceId, gone, { by: "api", reason: "Enough." }));
  expect(await t.targets(replay)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ destinationId: gone, status: "stopped", reason: expect.stringContaining("Enough.") }),
      expect.objectContaining({ destinationId: stays, status: "feeding" }),
    ]),
  );
  await t.drain(replay);
  expect(await t.get(replay)).toMatchObject({ status: "stopped", reason: expect.stringContaining("Enough.") });
});

test("deleting a destination stops its replay, and leaves no row of it", async () => {
  const t = await setup(db);
  await t.record(100);
  const replay = await t.start();
  await t.feeder.runOnce();
  await db.transaction((tx) => deleteDestination(tx, t.workspaceId, t.destinations[0]!));
  await t.dueNow();
  await t.feeder.runOnce();
  const { queued, dropped, ...stopped } = await t.get(replay);
  expect(stopped).toMatchObject({ status: "stopped", reason: "The destination was deleted." });
  // Nothing waits any more.
  expect([queued > 0, dropped]).toEqual([true, queued]);
  expect(await count("outbox")).toBe(0);
});

test("however a destination was disabled, the feeder sees it", async () => {
  const t = await setup(db);
  await t.record(10);
  const replay = await t.start();
  await db.query("update destination set status = 'disabled'");
  await t.feeder.runOnce();
  expect(await t.get(replay)).toMatchObject({ status: "stopped", queued: 0, reason: "The destination was disabled." });
});

test("an event that is committed late is not missed: a replay waits for the log's horizon", async () => {
  const t = await setup(db);
  const late = anyEvent(t.workspaceId, 1, Date.now() - 50);
  const client = await db.connect();
  onTestFinished(() => client.end());
  await client.query("begin");
  await client.query("select pg_current_xact_id()");
  await recordEvents(client, [late]);
  const replay = await t.start({ to: new Date(late.at + 1), selection: "never_attempted" });
  await t.feeder.runOnce();
  expect(await t.get(replay)).toMatchObject({ status: "running", countedAll: false });
  await client.query("delete from outbox");
  await client.query("commit");
  expect(await t.drain(replay)).toEqual([late.id]);
});

/** A database whose `n`th transaction of each `every` dies before its commit, as its process would. */
function dyingDatabase(every: number): Database {
  const dying = new Database(config, 2);
  const transaction = dying.transaction.bind(dying);
  let n = 0;
  dying.transaction = (work) =>
    transaction(async (tx) => {
      const result = await work(tx);
      if (++n % every === 0) throw Object.assign(new Error("died"), { code: "40001" });
      return result;
    });
  return dying;
}

test("over several processes that die before their commits, 20,000 events are queued once each, and none is forgotten", {
  timeout: 240_000,
}, async () => {
  const t = await setup(db);
  const ids = await t.record(20_000);
  const replay = await t.start();
  // Odd: a round is mostly two transactions, a look and one that finds nothing due, so that an even one could always hit the look.
  const databases = [dyingDatabase(3), dyingDatabase(5), new Database(config, 2)];
  const feeders = databases.map((database) => t.feederOn(database, { feedChunk: 300, countChunk: 700 }));
  // What was queued is delivered in any case: where a death ended the round, one that comes in every round left the lane full for ever.
  const all = {
    runOnce: async () => {
      for (const ended of await Promise.allSettled(feeders.map((feeder) => feeder.runOnce())))
        if (ended.status === "rejected" && ended.reason.message !== "died") throw ended.reason;
    },
  };
  const refs = await t.drain(replay, () => "succeeded", all as never);
  expect(refs).toHaveLength(20_000);
  expect(new Set(refs)).toEqual(new Set(ids));
  expect(await t.get(replay)).toMatchObject({ counted: 20_000, queued: 20_000, delivered: 20_000, dropped: 0 });
  expect(t.errors).toEqual([]);
  for (const database of databases) await database.close();
});

/** A database on which a look of a replay at this destination takes ages where it reads more than 1,000 events. */
function slowDatabase(destinationId: string): Database {
  const slow = new Database(config, 2);
  const transaction = slow.transaction.bind(slow);
  slow.transaction = (work) =>
    transaction((tx) => {
      const query = tx.query.bind(tx) as (...args: unknown[]) => Promise<unknown>;
      const slowly = async (text: unknown, values?: unknown[]) => {
        if (values?.[10] === destinationId && (values[5] as number) > 1_000) await query("select pg_sleep(60)");
        return await query(text, values);
      };
      return work({ query: slowly } as typeof tx);
    });
  return slow;
}

test("a look that takes too long is given up and reads less the next time, and other replays go on in the same round", async () => {
  const t = await setup(db, { destinations: 2 });
  const [slow, other] = t.destinations as [string, string];
  await t.record(3_000);
  const one = await t.start({}, [slow]);
  await db.query("update replay_target set next_at = now() - interval '1 second'");
  const two = await t.start({}, [other]);
  const database = slowDatabase(slow);
  onTestFinished(() => database.close());
  const feeder = t.feederOn(database, { statementMs: 150 });
  expect((await feeder.runOnce()).queued).toBeGreaterThan(0);
  expect((await t.get(two)).counted).toBe(3_000);
  await t.drain(one, () => "succeeded", feeder);
  expect(await t.get(one)).toMatchObject({ status: "finished", counted: 3_000, delivered: 3_000 });
  expect(t.errors).toEqual([]);
});

test("a look that fails holds up no other replay, and is said", async () => {
  const t = await setup(db, { destinations: 2 });
  const [ill, other] = t.destinations as [string, string];
  await t.record(10);
  const one = await t.start({}, [ill]);
  await db.query("update replay_target set next_at = now() - interval '1 second'");
  const two = await t.start({}, [other]);
  const database = new Database(config, 2);
  onTestFinished(() => database.close());
  const transaction = database.transaction.bind(database);
  for (const code of ["40P01", "22000"]) {
    await t.dueNow();
    database.transaction = (work) =>
      transaction(async (tx) => {
        const query = tx.query.bind(tx) as (...args: unknown[]) => Promise<unknown>;
        const fails = async (text: unknown, values?: unknown[]) => {
          if (values?.[10] === ill) throw Object.assign(new Error("No."), { code });
          return await query(text, values);
        };
        return await work({ query: fails } as typeof tx);
      });
    await t.feederOn(database).runOnce();
    expect(await nextTargetDue(db)).toBeGreaterThan(0);
  }
  expect(await t.get(one)).toMatchObject({ status: "running", counted: 0 });
  expect(await t.get(two)).toMatchObject({ counted: 10, queued: 10 });
  expect(t.errors).toEqual([expect.objectContaining({ code: "22000" })]);
});

test("of two replays of the same events, fed by two processes at once, each event is queued once; so it is with a retry by hand", async () => {
  const t = await setup(db);
  const [destinationId] = t.destinations as [string];
  const ids = await t.record(20);
  await t.start();
  await t.start();
  const held = new Database(config, 2);
  onTestFinished(() => held.close());
  const transaction = held.transaction.bind(held);
  const queued = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  onTestFinished(() => goOn.resolve());
  held.transaction = (work) =>
    transaction(async (tx) => {
      const result = await work(tx);
      queued.resolve();
      await goOn.promise;
      return result;
    });
  const first = t.feederOn(held).runOnce();
  await queued.promise;
  // What the first one has queued nobody else can see yet. The others end, or wait for it.
  const waiting: Promise<unknown>[] = [];
  let ended = 0;
  const begin = async (work: Promise<unknown>) => {
    waiting.push(work.then(() => ended++));
    await expect
      .poll(async () => ended + (await count("pg_locks where not granted")), { timeout: 120_000, interval: 1 })
      .toBe(waiting.length);
  };
  await begin(t.feeder.runOnce());
  const delivery = { eventId: ids[0], destinationId, attempts: 1 } as Delivery;
  await begin(db.transaction((tx) => retryDelivery(tx, t.workspaceId, delivery)));
  goOn.resolve();
  await Promise.all([first, ...waiting]);
  await t.dueNow();
  await t.feeder.runOnce();
  const { rows } = await db.query<{ ref: string }>("select ref from outbox order by ref");
  expect(rows.map(({ ref }) => ref)).toEqual(ids);
});

test("a replay of few among many reads on without waiting", async () => {
  const t = await setup(db);
  const ids = await t.record(12_000);
  await db.query("update event set lead_id = 'lead_rare' where id = any($1)", [[ids[0], ids[6_000], ids[11_999]]]);
  const replay = await t.start({ leadId: "lead_rare" });
  expect(await t.drain(replay)).toEqual([ids[0], ids[6_000], ids[11_999]]);
  expect(await t.get(replay)).toMatchObject({ counted: 3, queued: 3 });
});

test("a destination that comes later gets what was before it, in its own format", async () => {
  const t = await setup(db, { destinations: 0 });
  const at = Date.now() - 60_000;
  const sms = { ...anyEvent(t.workspaceId, 1, at), type: "message.sent", formats: 5 };
  await storePastEvents(db, [sms, anyEvent(t.workspaceId, 2, at + 1)]);
  const { id } = await makeDestination(db, t.workspaceId, { format: "apten", concurrency: 100 });
  const replay = await t.start({ selection: "never_attempted", origin: "history" }, [id]);
  // campaign.started is nothing that apten can say.
  expect(await t.drain(replay)).toEqual([sms.id]);
});
