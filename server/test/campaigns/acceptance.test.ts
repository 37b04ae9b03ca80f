import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/pool.ts";
import { addSuppression } from "../../src/db/suppression.ts";
import { testDatabase } from "../database.ts";
import { makeLead } from "../factories.ts";
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
