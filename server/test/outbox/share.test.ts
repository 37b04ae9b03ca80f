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

test("where there are other processes, one leaves of a lane what its connections don't carry; alone, it takes more", async () => {
  const workspaceId = await makeWorkspace(db);
  const { id } = await makeDestination(db, workspaceId);
  await db.query("update lane set max_leased = 1024, last_success_at = now() + interval '1 hour' where id = $1", [id]);
  await recordEvents(
    db,
    Array.from({ length: 600 }, (_, n) => anyEvent(workspaceId, n)),
  );
  const running: (() => void)[] = [];
  const loop = new OutboxLoop<{ item: ClaimedItem }, Settlement>(
    {
      kind: "delivery",
      ahead: 1,
      settleWaitMs: 2,
      prepare: async (items) => ({ go: items.map((item) => ({ item })), done: [] }),
      perform: ({ item }, ended) => void running.push(() => ended(item, { item, nextAt: null, attempt: null })),
      giveBack: (item) => ({ item, nextAt: Date.now(), attempt: null }),
      settle: async (results) => void (await settle(db, "delivery", results)),
    },
    {
      db,
      workerNo: await registerWorker(db),
      maxInFlight: 8_192,
      onError: (_stage, error) => expect.fail(String(error)),
    },
  );
  const endAll = async (count: number) => {
    await expect.poll(() => running.length, { interval: 2 }).toBe(count);
    for (const end of running.splice(0)) end();
    await loop.idle();
  };
  loop.setPeers(1);
  expect(await loop.runOnce()).toBe(128);
  expect(await loop.runOnce()).toBe(0);
  await endAll(128);
  expect(await loop.runOnce()).toBe(128);
  loop.setPeers(0);
  expect(await loop.runOnce()).toBe(344);
  await endAll(128 + 344);
});
