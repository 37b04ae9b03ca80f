import { afterAll, beforeAll, expect, test } from "vitest";
import { suppress } from "../../src/campaigns/consent.ts";
import { leadsOfAuthors } from "../../src/db/from-lead.ts";
import { Database } from "../../src/db/pool.ts";
import { insertReceived } from "../../src/db/received.ts";
import { newId } from "../../src/domain/id.ts";
import { authorOf, leadsOfMail } from "../../src/sources/author.ts";
import { sourceApi } from "../sources/source-setup.ts";
import { race, seeded } from "./race/race.ts";
import { sentResult, setup } from "./setup.ts";

/** `npm run test:race -- --rounds 10000` for as many as one likes. */
const rounds = Number(process.env.HERALD_RACE_ROUNDS ?? 240);
const seed = Number(process.env.HERALD_RACE_SEED ?? 1);

let test_: Awaited<ReturnType<typeof sourceApi>>;
let other: Database;
beforeAll(async () => {
  test_ = await sourceApi();
  other = new Database(test_.config, 10);
});
afterAll(async () => {
  await other.close();
  await test_.close();
});

test("a STOP or a reply that is on record before the provider is called prevents the message, whatever the timing", {
  timeout: 3_600_000,
}, async () => {
  const result = await race(test_, other, rounds, seeded(seed));
  if (rounds > 240) console.log(result);
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

test("what waits to be processed holds the leads whom it names, for an hour at most; of a mail that is its author", async () => {
  const { db } = test_;
  const given = await setup(db, () => sentResult(2));
  const { engine, leadId } = given;
  const { rows } = await db.query<{ email: string }>("select email from lead where id = $1", [leadId]);
  const { email } = rows[0]!;
  const source = { workspaceId: given.workspaceId, kind: "generic" as const, config: {}, mapping: "$" };
  // It names two leads: the number is another one's.
  const otherId = newId("lead");
  const phone = "+12025550143";
  await db.query("insert into lead (workspace_id, id, phone) values ($1, $2, $3)", [given.workspaceId, otherId, phone]);
  await db.query("insert into lead_standing (workspace_id, status, lead_id) values ($1, 'PENDING', $2)", [
    given.workspaceId,
    otherId,
  ]);
  const body = Buffer.from(JSON.stringify({ to: "us", who: { mail: email, phone } }));
  const item = { deliveryId: "d1", contentType: "application/json", body, receivedAt: new Date() };
  const author = authorOf(source, item)!;
  const fromLeadIds = (await leadsOfAuthors(db, [author])).get(0)!;
  expect(fromLeadIds).toEqual([otherId, leadId]);
  await insertReceived(db, given.workspaceId, {
    ...item,
    id: newId("received"),
    sourceId: newId("source"),
    fromLeadIds,
  });
  await given.submit("held");
  await given.dueNow();
  await engine.messages.runOnce();
  await engine.messages.idle();
  expect(given.calls).toEqual([]);
  await db.query("update received set received_at = now() - interval '61 minutes' where also_lead_id = $1", [leadId]);
  await given.dueNow();
  await engine.drain();
  expect(given.calls).toHaveLength(1);
  const mail = {
    contentType: "message/rfc822; folder=inbox; size=1",
    body: Buffer.from(`To: a@b.example\r\nFrom: "X, Y" <${email}>\r\n\r\nSTOP`),
  };
  expect(await leadsOfMail(db, given.workspaceId, mail)).toEqual([leadId]);
  expect(await leadsOfMail(db, test_.workspaceId, mail)).toEqual([]);
  await engine.stop();
});
