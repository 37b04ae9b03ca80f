import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../../src/db/pool.ts";
import { seeded } from "../campaigns/race/race.ts";
import { testDatabase } from "../database.ts";
import { race } from "./race/race.ts";

/** `npm run test:assistant-race -- --rounds 5000` for as many as one likes. */
const rounds = Number(process.env.HERALD_RACE_ROUNDS ?? 50);
const seed = Number(process.env.HERALD_RACE_SEED ?? 1);

let test_: Awaited<ReturnType<typeof testDatabase>>;
let other: Database;
beforeAll(async () => {
  test_ = await testDatabase();
  other = new Database(test_.config, 20);
});
afterAll(async () => {
  await other.close();
  await test_.close();
});

test("whatever the timing of replies, opt-outs, people, modes and the model: nothing after an opt-out, one answer to a burst", {
  timeout: 3_600_000,
}, async () => {
  const result = await race(test_.db, other, rounds, seeded(seed));
  if (rounds > 50) console.log(result);
  expect(result.wrong).toEqual([]);
  // The moments are worth something: on both sides of what is sent. Of few, on a busy machine, all may be on one.
  const few = rounds < 500;
  expect(result.sent).toBeGreaterThan(rounds / (few ? 20 : 4));
  expect(result.approved).toBeGreaterThan(0);
  expect(result.byHand).toBeGreaterThan(0);
  expect(result.prevented).toBeGreaterThan(rounds / 20);
  if (!few) expect(result.prevented).toBeLessThan(result.optedOut);
});
