import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/pool.ts";
import { testDatabase } from "../database.ts";
import { setup } from "./replay-setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

test("a replay delivers each event of its range once, in order, under the ID that it has", async () => {
  const t = await setup(db);
  const ids = await t.record(3_000);
  const replay = await t.start();
  expect(await t.drain(replay)).toEqual(ids);
  expect(await t.get(replay)).toMatchObject({
    ...{ status: "finished", counted: 3_000, countedAll: true, queued: 3_000, delivered: 3_000, failed: 0, dropped: 0 },
  });
});
