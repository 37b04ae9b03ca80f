import { afterAll, beforeAll, expect, test } from "vitest";
import { acceptMessages, type MessageToAccept } from "../../src/db/message.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { addSuppression } from "../../src/db/suppression.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeLead } from "../factories.ts";
import { rowsRead } from "../rows-read.ts";
import { sentResult, setup } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

test("the same idempotency key and request gives the first answer again, also within one batch; another request is refused", async () => {
  const { engine, submit, calls } = await setup(db, sentResult);
  const [first, twin, other] = await Promise.allSettled([
    submit("A", { key: "k" }),
    submit("A", { key: "k" }),
    submit("B", { key: "k", hash: 2 }),
  ]);
  const later = await submit("A", { key: "k" });
  const ids = [first, twin].map((result) => (result.status === "fulfilled" ? result.value.messageId : null));
  expect(new Set([...ids, later.messageId]).size).toBe(1);
  expect(later.replayed).toBe(true);
  expect(other).toMatchObject({ status: "rejected", reason: { code: "idempotency_conflict" } });
  await expect(submit("B", { key: "k", hash: 2 })).rejects.toMatchObject({ code: "idempotency_conflict" });
  await engine.drain();
  expect(calls).toHaveLength(1);
});

test("one bad request in a batch harms no other, and its key is free again", async () => {
  const { submit, workspaceId } = await setup(db, sentResult);
  const noPhone = await makeLead(db, workspaceId, { phone: null });
  const results = await Promise.allSettled([
    submit("good"),
    submit("bad", { leadId: noPhone, key: "kk" }),
    submit("good too"),
  ]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: "unprocessable" });
  await db.query("update lead set phone = '+12025550199' where id = $1", [noPhone]);
  await expect(submit("bad", { leadId: noPhone, key: "kk" })).resolves.toMatchObject({ replayed: false });
});

test("a repeated request gets its first answer, whatever has changed since", async () => {
  const { submit, workspaceId } = await setup(db, sentResult);
  const leadId = await makeLead(db, workspaceId, { phone: "+12025550666" });
  const first = await submit("Hello", { leadId, key: "again" });
  await addSuppression(db, workspaceId, { channel: "all", address: "+12025550666", reason: "STOP", source: "lead" });
  expect(await submit("Hello", { leadId, key: "again" })).toEqual({ ...first, replayed: true });
  await expect(submit("Other", { leadId, key: "again", hash: 2 })).rejects.toMatchObject({
    code: "idempotency_conflict",
  });
  const many = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => submit("x", { leadId, key: "again", hash: i % 2 === 0 ? 1 : 2 })),
  );
  expect(many.map((result) => result.status === "fulfilled")).toEqual(
    Array.from({ length: 20 }, (_, i) => i % 2 === 0),
  );
});

test.for(["lead", "conversation"])(
  "acceptance is planned once a connection, and reads no %s but those that it is about",
  async (table) => {
    const { workspaceId, senderId } = await setup(db, sentResult);
    const ids = Array.from({ length: 2_000 }, () => newId("lead"));
    const accept = (tx: Queryable, leadIds: readonly string[]) =>
      acceptMessages(
        tx,
        leadIds.map((id, n) => toAccept(workspaceId, id, n)),
      );
    const leads = (from: number, to: number) =>
      db.query(
        `with people as (
         insert into lead (workspace_id, id, first_name, phone)
         select $1, id, 'Jane', '+1303' || (3000000 + n) from unnest($2::text[]) with ordinality as l (id, n) where n > $3 and n <= $4
         returning id
       )
       insert into conversation (workspace_id, id, lead_id, channel, sender_id) select $1, 'conv' || id, id, 'sms', $5 from people`,
        [workspaceId, ids, from, to, senderId],
      );
    await leads(0, 1);
    const { result, read } = await rowsRead(db, table, async (tx) => {
      // Planned while there is next to nothing, as on the first day.
      await accept(tx, ids.slice(0, 1));
      await leads(1, ids.length);
      const verdicts = await accept(tx, ids.slice(1, 21));
      const { rows } = await tx.query<{ uses: number }>(
        "select (generic_plans + custom_plans)::int as uses from pg_prepared_statements where name like 'message.accept%'",
      );
      return { verdicts, uses: rows.map(({ uses }) => uses) };
    });
    expect(result.verdicts.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 20 }, () => "ok"));
    expect(result.uses.length === 1 && result.uses[0]! >= 2).toBe(true);
    // Of each its own, twice at most.
    expect(read).toBeLessThanOrEqual(2 * 21);
  },
);

function toAccept(workspaceId: string, leadId: string, n: number): MessageToAccept {
  return {
    n,
    workspaceId,
    messageId: newId("message"),
    conversationId: newId("conversation"),
    leadId,
    channel: "sms",
    action: "message",
    senderId: null,
    subject: null,
    text: "Hello",
    html: null,
    scheduledAt: null,
    source: "api",
    hoursOverride: null,
    idempotencyKey: null,
    requestHash: null,
    act: null,
  };
}
