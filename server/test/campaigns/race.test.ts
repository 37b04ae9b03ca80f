import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../../src/db/pool.ts";
import { testDatabase } from "../database.ts";
import { race, seeded } from "./race/race.ts";

/** `npm run test:race -- --rounds 10000` for as many as one likes. */
const rounds = Number(process.env.HERALD_RACE_ROUNDS ?? 300);
const seed = Number(process.env.HERALD_RACE_SEED ?? 1);

let test_: Awaited<ReturnType<typeof testDatabase>>;
let other: Database;
beforeAll(async () => {
  test_ = await testDatabase();
  other = new Database(test_.config, 10);
});
afterAll(async () => {
  await other.close();
  await test_.close();
});

test("a STOP or a reply that is on record before the provider is called prevents the message, whatever the timing", {
  timeout: 3_600_000,
}, async () => {
  const result = await race(test_.db, other, rounds, seeded(seed));
  if (rounds > 300) console.log(result);
  expect(result.against).toEqual([]);
  // The moments are worth something: on both sides of the call.
  expect(result.prevented).toBeGreaterThan(rounds / 20);
  expect(result.sentBefore).toBeGreaterThan(rounds / 20);
});
