import { afterAll, beforeAll, expect, test } from "vitest";
import { resolveMessage, startCampaign } from "../../src/campaigns/control.ts";
import type { MessageResult } from "../../src/campaigns/message-result.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import { getMessage } from "../../src/db/message.ts";
import { claim, leasesPerWorker } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeEngine, scriptedAdapter } from "../factories.ts";
import { sentResult, setup } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

test("a crash before the attempt was committed sends again; after it, the provider is asked first", async () => {
  const provider: string[] = [];
  const { engine, submit, die, calls, workspaceId, events } = await setup(
    db,
    async (n) => {
      if (n === 1) {
        // The provider took it, and this process dies before the outcome is written.
        provider.push("P-crash");
        await new Promise(() => {});
      }
      return sentResult(n);
    },
    () => ({ outcome: "found", candidates: provider.map((id) => ({ providerMessageId: id })) }),
  );
  const { messageId } = await submit("Hello");
  await engine.messages.runOnce();
  await expect.poll(async () => (await getMessage(db, workspaceId, messageId))?.status).toBe("sending");
  await expect.poll(() => calls.length).toBe(1);
  expect(await die()).toBe(1);
  const survivor = await makeEngine(
    db,
    scriptedAdapter({
      onSend: () => {
        calls.push("sent again");
        return sentResult(2);
      },
      onReconcile: () => ({ outcome: "found", candidates: provider.map((id) => ({ providerMessageId: id })) }),
    }),
  );
  await survivor.drain();
  expect(calls).toHaveLength(1);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({
    status: "sent",
    providerMessageId: "P-crash",
    attempts: 1,
  });
  expect(await events("message.sent")).toHaveLength(1);
});

test("a message that is found out about late went out when it was tried, and doesn't stand before what the lead answered", async () => {
  let found: { providerMessageId: string }[] = [];
  const { engine, submit, dueNow, workspaceId, events } = await setup(
    db,
    () => ({ outcome: "uncertain", code: "connection_lost", detail: "reset" }),
    () => ({ outcome: "found", candidates: found }),
  );
  const { messageId } = await submit("Hello");
  await engine.drain();
  const { conversationId, attemptedAt } = (await getMessage(db, workspaceId, messageId))!;
  await db.query("update conversation set last_message_at = now(), last_message_text = 'The answer.' where id = $1", [
    conversationId,
  ]);
  found = [{ providerMessageId: "P-late" }];
  await dueNow();
  await engine.drain();
  const message = (await getMessage(db, workspaceId, messageId))!;
  expect([message.status, message.sentAt]).toEqual(["sent", attemptedAt]);
  expect(await events("message.sent")).toMatchObject([{ sentAt: attemptedAt!.toISOString() }]);
  const { rows } = await db.query("select last_message_text as text from conversation where id = $1", [conversationId]);
  expect(rows).toEqual([{ text: "The answer." }]);
});

test("a message that a person resolves as sent doesn't stand before what the lead answered either", async () => {
  const { engine, submit, workspaceId } = await setup(db, () => ({
    ...{ outcome: "uncertain", code: "connection_lost", detail: "reset" },
  }));
  const { messageId } = await submit("Hello");
  await engine.drain();
  const { conversationId } = (await getMessage(db, workspaceId, messageId))!;
  await db.query("update conversation set last_message_at = now(), last_message_text = 'The answer.' where id = $1", [
    conversationId,
  ]);
  await resolveMessage(db, workspaceId, messageId, "sent");
  expect((await getMessage(db, workspaceId, messageId))!.status).toBe("sent");
  const { rows } = await db.query("select last_message_text as text from conversation where id = $1", [conversationId]);
  expect(rows).toEqual([{ text: "The answer." }]);
});

test("what the provider does not have, after the time that its word is believed, is sent again", async () => {
  let found: { providerMessageId: string }[] = [];
  const { engine, submit, dueNow, calls, workspaceId } = await setup(
    db,
    (n) => (n === 1 ? { outcome: "uncertain", code: "connection_lost", detail: "reset" } : sentResult(n)),
    () => ({ outcome: "found", candidates: found }),
  );
  found = [];
  const { messageId } = await submit("Hello");
  await engine.drain();
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "uncertain", attempts: 1 });
  await dueNow();
  await engine.drain();
  await dueNow();
  await engine.drain();
  expect(calls).toHaveLength(2);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "sent", attempts: 2 });
});

test("one message at the provider settles one uncertain message, not two with the same text", async () => {
  const { engine, submit, dueNow, workspaceId } = await setup(
    db,
    () => ({ outcome: "uncertain", code: "connection_lost", detail: "reset" }),
    () => ({ outcome: "found", candidates: [{ providerMessageId: "P-only" }] }),
  );
  const a = await submit("Same text");
  const b = await submit("Same text");
  await engine.drain();
  for (let i = 0; i < 3; i++) {
    await dueNow();
    await engine.drain();
  }
  const messages = await Promise.all([
    getMessage(db, workspaceId, a.messageId),
    getMessage(db, workspaceId, b.messageId),
  ]);
  expect(messages.filter((m) => m!.providerMessageId === "P-only")).toHaveLength(1);
});

test("messages to which the provider gives one ID are sent, once each, and what it reports under that ID counts for none", async () => {
  const { engine, submit, calls, events, die, dueNow, workspaceId } = await setup(
    db,
    () => ({ outcome: "sent", providerMessageId: "P-same" }),
    () => ({ outcome: "found", candidates: [{ providerMessageId: "P-same" }, { providerMessageId: "P-same" }] }),
  );
  const accepted = [await submit("First"), await submit("Second")];
  await engine.drain();
  accepted.push(await submit("Third"));
  await engine.drain();
  // What could not be written would be looked up, not found, and sent again.
  await die();
  await dueNow();
  await engine.drain();
  expect(calls).toHaveLength(3);
  const messages = await Promise.all(accepted.map(({ messageId }) => getMessage(db, workspaceId, messageId)));
  const told = expect.stringContaining(`the ID P-same, which ${accepted[0]!.messageId} has`);
  expect(messages).toMatchObject([
    { status: "sent", providerMessageId: "P-same", statusDetail: null },
    { status: "sent", providerMessageId: null, statusDetail: told },
    { status: "sent", providerMessageId: null, statusDetail: told },
  ]);
  expect((await events("message.sent")).map(({ providerMessageId }) => providerMessageId)).toEqual([
    "P-same",
    null,
    null,
  ]);
  const { rows } = await db.query(
    "select text from message where workspace_id = $1 and provider_id_shared order by text",
    [workspaceId],
  );
  expect(rows).toEqual([{ text: "First" }]);
});

test("where the provider can't be asked, an uncertain message stays so until a person decides, and its lead waits", async () => {
  const { engine, workspaceId, senderId, leadId, events, dueNow } = await setup(db, () => ({
    outcome: "uncertain",
    code: "connection_lost",
    detail: "reset",
  }));
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  await dueNow();
  await engine.drain();
  const { rows } = await db.query<{ id: string; status: string }>(
    "select id, status from message where workspace_id = $1",
    [workspaceId],
  );
  expect(rows).toMatchObject([{ status: "uncertain" }]);
  expect((await db.query("select 1 from outbox where workspace_id = $1", [workspaceId])).rowCount).toBe(0);
  await resolveMessage(db, workspaceId, rows[0]!.id, "sent");
  expect(await events("message.sent")).toHaveLength(1);
  await engine.drain();
  expect((await db.query("select 1 from message where workspace_id = $1", [workspaceId])).rowCount).toBe(2);
});

test("a process that was taken for dead, and says that it sent nothing, doesn't leave its message forgotten", async () => {
  const { engine, submit, die, calls, workspaceId, senderId } = await setup(db, sentResult);
  const { messageId } = await submit("Hello");
  const lease = engine.workerNo * leasesPerWorker;
  const claimed = { kind: "message" as const, lanes: 1, perLane: 1, limit: 1, lease, leaseSeconds: 60, ahead: 16 };
  const { go } = await engine.sending.prepare(await claim(db, claimed));
  expect(go).toHaveLength(1);
  // It stands still; the work goes to another one, which can't ask what became of the message.
  expect(await die()).toBe(1);
  const survivor = await makeEngine(db, scriptedAdapter({ onSend: () => sentResult(calls.push("by the survivor")) }));
  await survivor.drain();
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "uncertain" });
  // Too late for a call, and it says so.
  const prepared = { ...go[0]!, begunAt: performance.now() - 20_000 };
  const late = await new Promise<MessageResult>((ended) =>
    engine.sending.perform(prepared, (_item, result) => ended(result)),
  );
  await engine.sending.settle([late]);
  survivor.messages.wake([{ workspaceId, laneId: senderId }]);
  await survivor.drain();
  expect(calls).toEqual(["by the survivor"]);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "sent", attempts: 2 });
});

// Stays green without the guard in beginMessages as long as PostgreSQL runs that statement in its present order (it skips a
// row that the statement has changed already); the guard is there so that no plan decides over it.
test("two places in the outbox for one message make one message", async () => {
  const { engine, submit, calls, workspaceId, senderId } = await setup(db, sentResult);
  const { messageId } = await submit("Hello");
  await db.query("insert into outbox (workspace_id, lane_id, ref, due_at) values ($1, $2, $3, now())", [
    workspaceId,
    senderId,
    messageId,
  ]);
  await engine.drain();
  expect(calls).toHaveLength(1);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "sent", attempts: 1 });
  expect((await db.query("select 1 from outbox where workspace_id = $1", [workspaceId])).rowCount).toBe(0);
});

// A crash of the database forgets a claim that had not reached its disk; the process that made it has the message in hand all
// the same, gets it again, and prepares both together.
test("a message that is claimed again after its claim was forgotten is sent, and keeps its place until then", async () => {
  const { engine, submit, calls, workspaceId } = await setup(db, sentResult);
  const { messageId } = await submit("Hello");
  const claimed = (lease: number) =>
    claim(db, { kind: "message", lanes: 1, perLane: 1, limit: 1, lease, leaseSeconds: 60, ahead: 16 });
  const first = engine.workerNo * leasesPerWorker;
  const forgotten = await claimed(first);
  await rescueLeases(db, { leases: [first] });
  await db.query("update lane set ready_at = now() where kind = 'message'");
  const again = await claimed(first + 1);
  expect([forgotten, again].map(([item]) => item?.ref)).toEqual([messageId, messageId]);
  const { go, done } = await engine.sending.prepare([...forgotten, ...again]);
  await engine.sending.settle(done.map(({ result }) => result));
  expect(go.map(({ item }) => item)).toEqual(again);
  const result = await new Promise<MessageResult>((ended) =>
    engine.sending.perform(go[0]!, (_item, its) => ended(its)),
  );
  await engine.sending.settle([result]);
  expect(calls).toHaveLength(1);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "sent", attempts: 1 });
  expect((await db.query("select 1 from outbox where workspace_id = $1", [workspaceId])).rowCount).toBe(0);
});

test("where the database goes away behind the commit of an attempt the message is surely not sent, and is sent later", async () => {
  const { engine, submit, calls, workspaceId, dueNow } = await setup(db, sentResult);
  const { messageId } = await submit("Hello");
  const lease = engine.workerNo * leasesPerWorker;
  const items = await claim(db, {
    kind: "message",
    lanes: 1,
    perLane: 1,
    limit: 1,
    lease,
    leaseSeconds: 60,
    ahead: 16,
  });
  const query = db.query.bind(db);
  db.query = (async (statement: { name?: string }, ...more: unknown[]) => {
    if (statement.name?.startsWith("received.wrote")) throw Object.assign(new Error("gone"), { code: "57P01" });
    return await (query as (...given: unknown[]) => unknown)(statement, ...more);
  }) as typeof db.query;
  const { go } = await engine.sending.prepare(items).finally(() => {
    db.query = query;
  });
  const result = await new Promise<MessageResult>((ended) =>
    engine.sending.perform(go[0]!, (_item, its) => ended(its)),
  );
  await engine.sending.settle([result]);
  expect(calls).toEqual([]);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "queued" });
  await dueNow();
  await engine.drain();
  expect(calls).toHaveLength(1);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "sent" });
});
