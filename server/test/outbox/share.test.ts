import { afterAll, expect, test } from "vitest";
import { recordEvents } from "../../src/db/event.ts";
import type { ClaimedItem, Settlement } from "../../src/db/outbox.ts";
import { settle } from "../../src/db/outbox.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, makeDestination, makeWorkspace } from "../factories.ts";

const { db, close } = await testDatabase();
afterAll(() => close());

/** A loop whose work goes on until the test ends it. */
async function heldLoop(maxInFlight: number) {
  const running: { laneId: string; end(): void }[] = [];
  const loop = new OutboxLoop<{ item: ClaimedItem }, Settlement>(
    {
      kind: "delivery",
      ahead: 1,
      settleWaitMs: 2,
      prepare: async (items) => ({ go: items.map((item) => ({ item })), done: [] }),
      perform: ({ item }, ended) =>
        void running.push({ laneId: item.laneId, end: () => ended(item, { item, nextAt: null, attempt: null }) }),
      giveBack: (item) => ({ item, nextAt: Date.now(), attempt: null }),
      settle: async (results) => void (await settle(db, "delivery", results)),
    },
    {
      // Whatever it waits for, it isn't the poll.
      ...{ db, workerNo: await registerWorker(db), maxInFlight, pollMs: 60_000 },
      onError: (_stage, error) => expect.fail(String(error)),
    },
  );
  const endAll = async (count: number) => {
    await expect.poll(() => running.length, { interval: 2 }).toBe(count);
    for (const { end } of running.splice(0)) end();
    await loop.idle();
  };
  return { loop, running, endAll };
}

/** A destination that has proved 1,024 places, with so many deliveries that wait. */
async function provenLane(workspaceId: string, waiting: number): Promise<string> {
  const { id } = await makeDestination(db, workspaceId);
  await db.query("update lane set max_leased = 1024, last_success_at = now() + interval '1 hour' where id = $1", [id]);
  await db.query(
    `insert into outbox (workspace_id, lane_id, ref, due_at)
     select $1, $2, 'evt_1750000000000_' || lpad(n::text, 9, '0'), now() from generate_series(1, $3) n`,
    [workspaceId, id, waiting],
  );
  await db.query("update lane set ready_at = now() - interval '1 hour' where id = $1", [id]);
  return id;
}

test("where there are other processes, one takes its part of a lane's places, and what its connections carry; alone, it takes more", async () => {
  const workspaceId = await makeWorkspace(db);
  const { id } = await makeDestination(db, workspaceId);
  await db.query("update lane set max_leased = 1024, last_success_at = now() + interval '1 hour' where id = $1", [id]);
  await recordEvents(
    db,
    Array.from({ length: 1_400 }, (_, n) => anyEvent(workspaceId, n)),
  );
  const { loop, endAll } = await heldLoop(8_192);
  loop.setPeers(1);
  expect(await loop.runOnce()).toBe(512);
  expect(await loop.runOnce()).toBe(0);
  await endAll(512);
  loop.setPeers(15);
  expect(await loop.runOnce()).toBe(128);
  expect(await loop.runOnce()).toBe(0);
  loop.setPeers(0);
  expect(await loop.runOnce()).toBe(760);
  await endAll(128 + 760);
});

test("however many lanes hang, each takes less of what is left, and who comes later finds room", async () => {
  const workspaceId = await makeWorkspace(db);
  const { loop, running } = await heldLoop(1_024);
  for (let n = 0; n < 24; n++) await provenLane(workspaceId, 300);
  let claimed = 0;
  for (let rows = -1; rows !== 0; claimed += rows) rows = await loop.runOnce();
  const well = await provenLane(workspaceId, 20);
  expect(claimed).toBeLessThan(1_024 - 20);
  expect(claimed).toBeGreaterThan(512);
  const began = await loop.runOnce();
  expect(began).toBeGreaterThanOrEqual(8);
  const ofWell = () => running.filter(({ laneId }) => laneId === well);
  await expect.poll(() => ofWell().length, { interval: 2 }).toBe(began);
  loop.start();
  // Its next rows don't wait for the lanes that hang.
  for (let ended = 0; ended < 20; ) {
    await expect.poll(() => ofWell().length, { timeout: 120_000, interval: 2 }).toBeGreaterThan(0);
    for (const each of ofWell()) {
      running.splice(running.indexOf(each), 1);
      each.end();
      ended++;
    }
  }
  const stopped = loop.stop();
  for (const { end } of running.splice(0)) end();
  await stopped;
});
