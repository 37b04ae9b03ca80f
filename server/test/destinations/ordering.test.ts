import { afterAll, beforeAll, expect, test } from "vitest";
import { updateDestination } from "../../src/db/destination.ts";
import { recordEvents } from "../../src/db/event.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import { leasesPerWorker, settle, wakeLanes } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { cancelReplay } from "../../src/db/replay.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { type Answer, type Receiver, startReceiver } from "../../src/loopback/receiver.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, box, makeDestination, makeWorkspace, storePastEvents } from "../factories.ts";
import { outcome, setup as replaySetup, take } from "./replay-setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

/** Numbers from 0 to 1, the same in each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("with receivers that fail, time out and cut off, two processes, and leases taken away, each lead's events arrive first in order", async () => {
  const workspaceId = await makeWorkspace(db);
  const random = randomOf(7);
  const answers: Answer[] = [{ status: 500 }, { reset: true }, { delayMs: 150 }, { status: 503 }];
  const receivers = new Map<string, Receiver>();
  for (const ordering of ["lead", "none"] as const) {
    const { id, secret } = await makeDestination(db, workspaceId, { ordering });
    const receiver = await startReceiver({ format: "herald", secret });
    receiver.events.on("request", () => {
      receiver.next(random() < 0.25 ? answers[Math.floor(random() * answers.length)]! : {});
    });
    await updateDestination(db, workspaceId, id, { url: receiver.url });
    receivers.set(ordering, receiver);
  }
  const client = new HttpClient({ timeoutMs: 100, connections: 64 });
  const errors: unknown[] = [];
  const workers = [await registerWorker(db), await registerWorker(db)];
  const loops = workers.map(
    (workerNo) =>
      new OutboxLoop(new WebhookDeliveries({ db, box, client }), {
        ...{ db, workerNo, maxInFlight: 200, onError: (_stage: string, error: unknown) => void errors.push(error) },
      }),
  );

  const leads = ["a", "b", "c", "d", null];
  const leadOf = new Map<string, string | null>();
  let made = 0;
  const record = async (count: number) => {
    const events = Array.from({ length: count }, () => {
      const leadId = leads[Math.floor(random() * leads.length)]!;
      const event = { ...anyEvent(workspaceId, made++), leadId };
      leadOf.set(event.id, leadId);
      return event;
    });
    await recordEvents(db, events);
  };
  await record(10);
  const unkeyed = await db.query(
    `select 1 from outbox o join destination d on d.id = o.lane_id
     where d.ordering = 'none' and (o.order_key is not null or o.due_at = 'infinity')`,
  );
  expect(unkeyed.rowCount).toBe(0);

  const left = async () => (await db.query("select 1 from outbox")).rowCount ?? 0;
  while (leadOf.size < 50 || (await left()) > 0) {
    const busy = Promise.all(loops.map((loop) => loop.runOnce()));
    if (leadOf.size < 50) await record(4);
    await busy;
    if (random() < 0.4) {
      const first = workers[Math.floor(random() * 2)]! * leasesPerWorker;
      await rescueLeases(db, { leases: Array.from({ length: 100 }, (_, n) => first + n) });
      await loops[0]!.runOnce();
    }
    await Promise.all(loops.map((loop) => loop.idle()));
    await db.query("update outbox set due_at = now() where due_at < 'infinity' and lease is null");
    await db.query("update lane set ready_at = now(), parked_until = null");
  }
  expect(errors).toEqual([]);
  for (const receiver of receivers.values()) {
    const arrived = [...new Set(receiver.requests.map((request) => request.eventId!))];
    expect(new Set(arrived)).toEqual(new Set(leadOf.keys()));
  }
  const { requests } = receivers.get("lead")!;
  const firsts = [...new Set(requests.map((request) => request.eventId!))];
  expect(requests.length).toBeGreaterThan(firsts.length);
  for (const lead of ["a", "b", "c", "d"]) {
    const mine = firsts.filter((id) => leadOf.get(id) === lead);
    expect(mine).toEqual([...leadOf.keys()].filter((id) => leadOf.get(id) === lead));
  }
  const { rows: lanes } = await db.query("select leased from lane where workspace_id = $1", [workspaceId]);
  expect(lanes).toEqual([{ leased: 0 }, { leased: 0 }]);
  await client.close();
  for (const receiver of receivers.values()) await receiver.close();
});

test("who records waits for no lane that another transaction has, in whatever order they come to them; what waits is let go after the commit", async () => {
  const workspaceId = await makeWorkspace(db);
  // The first two are asleep, the others keep each lead's events in order.
  const types = ["message.sent", "lead.updated", "campaign.started", "message.failed"];
  const lanes: string[] = [];
  for (const [n, type] of types.entries()) {
    const ordering = n < 2 ? "none" : "lead";
    lanes.push((await makeDestination(db, workspaceId, { eventTypes: [type], ordering })).id);
  }
  const event = (type: string, n: number) => ({ ...anyEvent(workspaceId, n), type, leadId: "lead_a" });
  let meet = () => {};
  const both = new Promise<void>((resolve) => {
    let come = 0;
    meet = () => ++come === 2 && resolve();
  });
  const ids: string[] = [];
  /** One by one, and in the middle both have what the other one wants next. */
  const recordAll = (inOrder: readonly string[]) =>
    db.transaction(async (tx) => {
      for (const [n, type] of inOrder.entries()) {
        const one = event(type, ids.length);
        ids.push(one.id);
        await recordEvents(tx, [one]);
        if (n === 1) {
          meet();
          await both;
        }
      }
    });
  await Promise.all([recordAll(types), recordAll(types.toReversed())]);
  const { rows } = await db.query(
    `select l.id, l.ready_at <= now() as ready, count(*)::int as waiting, count(*) filter (where o.due_at <= now())::int as due
     from lane l join outbox o on o.lane_id = l.id where l.workspace_id = $1 group by l.workspace_id, l.id`,
    [workspaceId],
  );
  const expected = lanes.map((id, n) => ({ id, ready: true, waiting: 2, due: n < 2 ? 2 : 1 }));
  expect(new Map(rows.map((row) => [row.id, row]))).toEqual(new Map(expected.map((row) => [row.id, row])));
  await db.query("delete from outbox where workspace_id = $1", [workspaceId]);
  // Outside of a transaction, too: what is committed with the statement is seen to behind it.
  const { recorded } = await db.transaction(async (tx) => {
    await tx.query("update lane set ready_at = null where workspace_id = $1", [workspaceId]);
    const record = recordEvents(
      db,
      types.map((type, n) => event(type, 100 + n)),
    );
    await expect
      .poll(async () => (await db.query("select 1 from outbox where workspace_id = $1", [workspaceId])).rowCount)
      .toBe(4);
    return { recorded: record };
  });
  await wakeLanes(db, await recorded);
  const { rows: later } = await db.query<{ due: number }>(
    `select count(*)::int as due from outbox o join lane l on l.id = o.lane_id
     where o.workspace_id = $1 and o.due_at <= now() and l.ready_at <= now()`,
    [workspaceId],
  );
  expect(later).toEqual([{ due: 4 }]);
  await db.query("delete from outbox where workspace_id = $1", [workspaceId]);
});

test("a replay of a lead's events arrives in their order, one by one; cancelled, it holds nothing up", async () => {
  const t = await replaySetup(db);
  const [destination] = t.destinations;
  await db.query("update destination set ordering = 'lead' where id = $1", [destination]);
  const from = Date.now() - 60_000;
  const past = Array.from({ length: 12 }, (_, n) => ({
    ...anyEvent(t.workspaceId, n, from + n),
    leadId: n % 3 ? "lead_a" : "lead_b",
  }));
  await storePastEvents(db, past);
  const replay = await t.start({ leadId: "lead_a" });
  const wanted = past.filter((event) => event.leadId === "lead_a").map((event) => event.id);
  const rounds: number[] = [];
  expect(
    await t.drain(replay, (item) => {
      rounds.push(wanted.indexOf(item.ref));
      return "succeeded";
    }),
  ).toEqual(wanted);
  expect(rounds).toEqual(wanted.map((_, n) => n));

  const second = await t.start();
  await t.feeder.runOnce();
  const live = { ...anyEvent(t.workspaceId), leadId: "lead_b" };
  await recordEvents(db, [live]);
  // Of each lead one is under way; of lead_b it ends, so that the next of the replay waits before the live one.
  const items = await take(db);
  expect(items.map((item) => item.ref).sort()).toEqual([past[0]!.id, past[1]!.id]);
  await settle(
    db,
    "delivery",
    items.filter((item) => item.ref === past[0]!.id).map((item) => outcome(item, "succeeded")),
  );
  await db.transaction((tx) => cancelReplay(tx, t.workspaceId, second));
  expect((await take(db)).map((item) => item.ref)).toEqual([live.id]);
});
