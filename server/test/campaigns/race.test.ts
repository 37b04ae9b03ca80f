import { afterAll, beforeAll, expect, test } from "vitest";
import { suppress } from "../../src/campaigns/consent.ts";
import { Database } from "../../src/db/pool.ts";
import { testDatabase } from "../database.ts";
import { race, seeded } from "./race/race.ts";
import { sentResult, setup } from "./setup.ts";

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

test("an opt-out waits for a call that is under way, holds back what comes meanwhile, and is on record after it", async () => {
  const { db } = test_;
  let called = () => {};
  const calling = new Promise<void>((resolve) => {
    called = resolve;
  });
  let answer = () => {};
  const given = await setup(db, async () => {
    called();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return sentResult(1);
  });
  const { engine, workspaceId, leadId } = given;
  const { rows } = await db.query<{ phone: string }>("select phone from lead where id = $1", [leadId]);
  await given.submit("one");
  await engine.messages.runOnce();
  await calling;
  const optOut = { channel: "sms", address: rows[0]!.phone, kind: "manual", reason: "asked", source: "api" } as const;
  const suppressed = other.transaction((tx) => suppress(tx, workspaceId, optOut));
  const held = "select hold_until > now() as held from lead where id = $1";
  while (!(await db.query(held, [leadId])).rows[0]?.held);
  await given.submit("two");
  await engine.messages.runOnce();
  expect((await db.query("select 1 from suppression where workspace_id = $1", [workspaceId])).rows).toEqual([]);
  answer();
  expect(await suppressed).toMatchObject({ changed: true, leadIds: [leadId] });
  await engine.messages.idle();
  await given.dueNow();
  await engine.drain();
  expect(given.calls).toHaveLength(1);
  expect((await db.query("select status, status_code from message where text = 'two'")).rows).toEqual([
    { status: "blocked", status_code: "suppressed" },
  ]);
  await engine.stop();
});
