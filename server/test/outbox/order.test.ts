import fc from "fast-check";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { deliveriesOfEvent, pendingDeliveries, retryDelivery } from "../../src/db/delivery.ts";
import { recordEvents } from "../../src/db/event.ts";
import { laneHealth } from "../../src/db/lane.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import { newEvent } from "../../src/db/new-event.ts";
import { arrange, releaseForgotten } from "../../src/db/order.ts";
import { type ClaimedItem, claim, leasesPerWorker, nextReady, settle } from "../../src/db/outbox.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { changeOrdering } from "../../src/db/reorder.ts";
import { testDatabase } from "../database.ts";
import { outcome } from "../destinations/replay-setup.ts";
import { makeDestination, makeWorkspace, storePastEvents } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

let lease = 5 * leasesPerWorker;
const take = (limit = 1_000) =>
  claim(db, {
    ...{ kind: "delivery" as const, lanes: 64, perLane: limit, limit, lease: lease++, leaseSeconds: 60, ahead: 1 },
  });
const ended = (items: ClaimedItem[], how: "succeeded" | "failed" | "retry" = "succeeded") =>
  settle(
    db,
    "delivery",
    items.map((item) => outcome(item, how)),
  );

/** An ordered destination beside one that isn't, and events of a few leads, named by lead and time: `a1` is before `a2`. */
async function setup(ordering: "lead" | "none" = "lead") {
  await db.query("truncate outbox, lane, destination, event, attempt");
  const workspaceId = await makeWorkspace(db);
  const { id } = await makeDestination(db, workspaceId, { ordering });
  const start = Date.now() - 60_000;
  const names = new Map<string, string>();
  const event = (name: string, from = start) => {
    const leadId = name.startsWith("-") ? null : `lead_${name[0]}`;
    const made = newEvent(
      workspaceId,
      "campaign.started",
      { campaignId: "camp", campaignName: name, totalLeads: 1, startedAt: new Date(0).toISOString() },
      { leadId },
      from + Number(name.slice(1)),
    );
    names.set(made.id, name);
    return made;
  };
  const idOf = (name: string) => [...names].find(([, known]) => known === name)![0];
  return {
    workspaceId,
    id,
    idOf,
    nameOf: (ref: string) => names.get(ref)!,
    /** As it is done, with times of now: of one call in the order of their names. */
    recordNow: (on: Queryable, ...given: string[]) => {
      const now = Date.now();
      return recordEvents(
        on,
        given.map((name) => event(name, now)),
      );
    },
    /** With times of their own, as of transactions that took long. (`recordEvents` would give them a time of now.) */
    record: (...given: string[]) =>
      db.transaction(async (tx) => {
        const events = given.map((name) => event(name));
        await storePastEvents(tx, events);
        await tx.query("select 1 from lane where id = $1 for no key update", [id]);
        const { rows } = await tx.query<{ leadId: string | null }>(
          `insert into outbox (workspace_id, lane_id, ref, order_key, due_at)
           select $1, $2, e.id, k.key, case when k.key is null then now() else 'infinity' end
           from event e join destination d on d.id = $2
           cross join lateral (select case when d.ordering = 'lead' then e.lead_id end as key) k
           where e.workspace_id = $1 and e.id = any($3) returning order_key as "leadId"`,
          [workspaceId, id, events.map((each) => each.id)],
        );
        await tx.query("update lane set ready_at = now() where id = $1", [id]);
        const keys = new Set(rows.flatMap(({ leadId }) => leadId ?? []));
        await arrange(tx, workspaceId, id, [...keys]);
      }),
    /** Claims what is due; in the order of the names. */
    async taken() {
      const items = (await take()).filter((item) => item.laneId === id);
      return { items, names: items.map((item) => names.get(item.ref)).sort() };
    },
    held: async () => (await laneHealth(db, workspaceId, [id])).get(id)!.held,
    /** What is held behind what, as the API tells it. */
    async behind() {
      const pending = await pendingDeliveries(db, workspaceId, id, null, 1_000);
      return Object.fromEntries(
        pending.flatMap(({ eventId, heldBehind }) =>
          heldBehind ? [[names.get(eventId), names.get(heldBehind.eventId)]] : [],
        ),
      );
    },
  };
}

test("a lead's next event is let go when the one before it has ended, delivered or failed for good; other leads and events without one don't wait", async () => {
  const t = await setup();
  await t.recordNow(db, "a2", "b1", "a1", "-1", "a3", "-2");
  const first = await t.taken();
  expect(first.names).toEqual(["-1", "-2", "a1", "b1"]);
  expect((await t.taken()).names).toEqual([]);
  // Nothing is due any more: nobody looks at the lane until something ends.
  expect(await nextReady(db, { kind: "delivery", workerNo: 5, ahead: 1 })).toBeNull();
  expect(await t.behind()).toEqual({ a2: "a1", a3: "a1" });
  expect(await t.held()).toBe(2);

  await ended(first.items);
  const second = await t.taken();
  expect(second.names).toEqual(["a2"]);
  await ended(second.items, "retry");
  expect((await t.taken()).names).toEqual([]);
  const [held] = await deliveriesOfEvent(db, t.workspaceId, t.idOf("a3"));
  expect(held).toMatchObject({
    status: "pending",
    inFlight: false,
    heldBehind: { eventId: t.idOf("a2"), attempts: 1, nextAttemptAt: expect.any(Date) },
  });
  await db.query("update outbox set due_at = now() where ref = $1", [t.idOf("a2")]);
  await db.query("update lane set ready_at = now()");
  await ended((await t.taken()).items, "failed");
  expect((await t.taken()).names).toEqual(["a3"]);
});

test("what comes late goes before later events of its lead that wait, and after one that is under way", async () => {
  const t = await setup();
  await t.record("a5");
  await t.record("a3");
  expect(await t.behind()).toEqual({ a5: "a3" });
  const { items } = await t.taken();
  await t.record("a4", "a1");
  expect(await t.behind()).toEqual({ a1: "a3", a4: "a3", a5: "a3" });
  await ended(items, "retry");
  expect(await t.behind()).toEqual({ a3: "a1", a4: "a1", a5: "a1" });
  const late = await t.taken();
  expect(late.names).toEqual(["a1"]);
  await t.record("a0");
  await rescueLeases(db, { leases: [late.items[0]!.lease] });
  expect(await t.behind()).toEqual({ a1: "a0", a3: "a0", a4: "a0", a5: "a0" });
});

test("retried by hand, a delivery that failed goes before the later ones that wait, and one that is held stays where it is", async () => {
  const t = await setup();
  const retry = async (name: string) => {
    const [delivery] = await deliveriesOfEvent(db, t.workspaceId, t.idOf(name));
    await db.transaction((tx) => retryDelivery(tx, t.workspaceId, delivery!));
  };
  await t.record("a1", "a2", "a3");
  await ended((await t.taken()).items, "failed");
  await ended((await t.taken()).items, "retry");
  await retry("a1");
  expect(await t.behind()).toEqual({ a2: "a1", a3: "a1" });
  await retry("a3");
  expect(await t.behind()).toEqual({ a2: "a1", a3: "a1" });
  expect((await t.taken()).names).toEqual(["a1"]);
});

test("a list of what is pending goes on from page to page where much of it is held", async () => {
  const t = await setup();
  const names = Array.from({ length: 9 }, (_, n) => `a${n}`);
  await t.record("b1", ...names);
  const seen: string[] = [];
  for (let after = null as Parameters<typeof pendingDeliveries>[3]; ; ) {
    const page = await pendingDeliveries(db, t.workspaceId, t.id, after, 3);
    seen.push(...page.map((delivery) => t.nameOf(delivery.eventId)));
    if (page.length < 3) break;
    after = page.at(-1)!.position;
  }
  expect(seen.slice(0, 2).sort()).toEqual(["a0", "b1"]);
  expect(seen.slice(2)).toEqual(names.slice(1));
});

test("an insert and the end of the one in front wait for each other: whichever is first, nothing is held behind nothing", async () => {
  const t = await setup();
  for (const insertFirst of [true, false]) {
    await t.record("a1");
    const { items } = await t.taken();
    // Something else waits in the lane: the insert has no other reason to lock it.
    await db.query("update lane set ready_at = now()");
    const session = await db.connect();
    onTestFinished(async () => await session.end());
    await session.query("begin");
    let other: Promise<unknown>;
    if (insertFirst) {
      await t.recordNow(session, "a2");
      other = ended(items);
    } else {
      await settle(
        session,
        "delivery",
        items.map((item) => outcome(item, "succeeded")),
      );
      other = t.recordNow(db, "a2");
    }
    await blocked(1);
    await session.query("commit");
    await other;
    expect((await t.taken()).names).toEqual(["a2"]);
    await db.query("truncate outbox");
    await db.query("update lane set leased = 0");
  }
});

/** Resolves when so many sessions of this database wait for a lock. */
async function blocked(sessions: number): Promise<number[]> {
  let pids: number[] = [];
  await expect
    .poll(
      async () => {
        const { rows } = await db.query<{ pid: number }>(
          "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        pids = rows.map((row) => row.pid);
        return pids.length;
      },
      { timeout: 120_000, interval: 2 },
    )
    .toBe(sessions);
  return pids;
}

test("a server process that dies in the middle of a settle has neither ended the one in front nor let the next one go", async () => {
  const t = await setup();
  await t.record("a1", "a2");
  const { items } = await t.taken();
  const session = await db.connect();
  onTestFinished(async () => await session.end());
  await session.query("begin");
  await session.query("select 1 from lane for update");
  // It has deleted the row, and waits for the lane.
  const settling = ended(items).catch((error: unknown) => error);
  for (const pid of await blocked(1)) await db.query("select pg_terminate_backend($1)", [pid]);
  expect(await settling).toBeInstanceOf(Error);
  await session.query("commit");
  expect(await t.behind()).toEqual({ a2: "a1" });
  expect((await t.taken()).names).toEqual([]);
  expect(await ended(items)).toBe(1);
  expect((await t.taken()).names).toEqual(["a2"]);
});

test("a change to `lead` orders what waits, keeps the time of each lead's first one, and leaves alone what is under way; a change back lets all go", async () => {
  const t = await setup("none");
  await t.record("a1");
  const { items } = await t.taken();
  await t.record("b2", "b1", "a3", "a2", "-1", "c1");
  await db.query("update outbox set due_at = now() + interval '1 hour' where ref = $1", [t.idOf("b1")]);
  const change = (ordering: "lead" | "none") =>
    db.transaction((tx) => changeOrdering(tx, t.workspaceId, t.id, ordering));
  await change("lead");
  expect(await t.behind()).toEqual({ a3: "a2", b2: "b1" });
  expect((await t.taken()).names).toEqual(["-1", "a2", "c1"]);
  await ended(items, "retry");
  await change("none");
  expect(await t.held()).toBe(0);
  expect((await t.taken()).names).toEqual(["a3", "b2"]);
  // One of the first time of order is still under way.
  await t.record("a4");
  await change("lead");
  await t.record("a5");
  expect(await t.behind()).toMatchObject({ a4: "a2", a5: "a2" });
});

test("letting a lead's next one go costs a few look-ups, however many are held in its lane", async () => {
  const t = await setup();
  const rows = await db.transaction(async (tx) => {
    await tx.query(
      `insert into outbox (workspace_id, lane_id, ref, due_at, order_key)
       select $1, $2, 'evt_' || n, case when n < 300 then now() else 'infinity'::timestamptz end, 'lead_' || n % 300
       from generate_series(0, 2999) as n`,
      [t.workspaceId, t.id],
    );
    const read = async () => {
      const { rows } = await tx.query<{ n: number }>(
        "select idx_tup_fetch as n from pg_stat_xact_user_tables where relname = 'outbox'",
      );
      return rows[0]!.n;
    };
    const before = await read();
    await arrange(
      tx,
      t.workspaceId,
      t.id,
      Array.from({ length: 10 }, (_, n) => `lead_${n}`),
    );
    return (await read()) - before;
  });
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(100);
});

test("what a version without order left held behind nothing is found and let go", async () => {
  const t = await setup();
  await t.record("a1", "a2", "b1", "b2");
  await db.query("delete from outbox where ref = $1", [t.idOf("a1")]);
  expect(await releaseForgotten(db)).toBe(1);
  expect((await t.taken()).names).toEqual(["a2", "b1"]);
  expect(await releaseForgotten(db)).toBe(0);
});

const step = fc.tuple(fc.constantFrom("record", "claim", "end", "retry", "kill", "dueNow"), fc.nat(60), fc.nat(60));

test("random histories: what is held behind what is what a few lines of rules say, and in the end nothing is left", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60, size: "max" }), async (steps) => {
      const t = await setup();
      const waiting = new Set<string>();
      const busy = new Map<string, ClaimedItem>();
      const front = (lead: string) => {
        const mine = (names: Iterable<string>) => [...names].filter((name) => name[0] === lead).sort();
        return mine(busy.keys())[0] ?? mine(waiting)[0];
      };
      const doing = {
        async record(a: number, b: number) {
          // Transactions commit in another order than their events have.
          const name = `${"abc"[b % 3]}${100 + a}`;
          if (waiting.has(name) || busy.has(name)) return;
          waiting.add(name);
          await t.record(name);
        },
        async claim() {
          for (const item of (await t.taken()).items) {
            const name = t.nameOf(item.ref);
            busy.set(name, item);
            waiting.delete(name);
          }
        },
        async end(a: number, b: number) {
          const chosen = [...busy].filter((_, n) => (n + a) % 2 === 0);
          for (const [name] of chosen) busy.delete(name);
          await ended(
            chosen.map(([, item]) => item),
            b % 3 ? "succeeded" : "failed",
          );
        },
        async retry(a: number) {
          const [name, item] = [...busy][a % Math.max(1, busy.size)] ?? [];
          if (!name || !item) return;
          busy.delete(name);
          waiting.add(name);
          await ended([item], "retry");
        },
        async kill(a: number) {
          const chosen = [...busy.values()][a % Math.max(1, busy.size)];
          await rescueLeases(db, { leases: chosen ? [chosen.lease] : [] });
          for (const [name, item] of [...busy]) {
            if (item.lease !== chosen?.lease) continue;
            busy.delete(name);
            waiting.add(name);
          }
        },
        async dueNow() {
          await db.query("update outbox set due_at = now() where due_at < 'infinity' and lease is null");
          await db.query("update lane set ready_at = now()");
        },
      };
      const check = async () => {
        const expected: Record<string, string> = {};
        for (const name of waiting) {
          const first = front(name[0]!)!;
          if (name !== first) expected[name] = first;
        }
        expect(await t.behind()).toEqual(expected);
        expect(await t.held()).toBe(Object.keys(expected).length);
        for (const name of busy.keys()) expect(front(name[0]!)).toBe(name);
      };
      for (const [what, a, b] of steps) {
        await doing[what as keyof typeof doing](a, b);
        await check();
      }
      while (waiting.size + busy.size > 0) {
        const before = waiting.size + busy.size;
        await doing.dueNow();
        await doing.claim();
        await doing.end(0, 1);
        await doing.end(1, 1);
        await check();
        expect(waiting.size + busy.size).toBeLessThan(before);
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
});
