import { afterAll, beforeAll, expect, test } from "vitest";
import {
  cancelMessage,
  enrollLeads,
  pauseCampaign,
  resolveMessage,
  resumeCampaign,
  retryBlockedSteps,
  setLeadStatus,
  startCampaign,
} from "../../src/campaigns/control.ts";
import type { SendResult } from "../../src/channels/channel.ts";
import { updateCampaign } from "../../src/db/campaign.ts";
import { getMessage } from "../../src/db/message.ts";
import { rescueLeases } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { addSuppression } from "../../src/db/suppression.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import {
  makeCampaign,
  makeDestination,
  makeEngine,
  makeLead,
  makeSender,
  makeWorkspace,
  scriptedAdapter,
} from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

const sentResult = (n: number): SendResult => ({ outcome: "sent", providerMessageId: `P${n}-${Math.random()}` });

/** A workspace with one scripted SMS sender, and an engine whose provider does what `onSend` says. */
async function setup(
  onSend: (calls: number) => SendResult | Promise<SendResult>,
  onReconcile?: () => { outcome: "found"; candidates: { providerMessageId: string }[] },
) {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  await db.query("update enrollment set state = 'stopped' where state = 'active'");
  await db.query("update campaign set status = 'finished' where status = 'active'");
  const calls: string[] = [];
  const adapter = scriptedAdapter({
    onSend: (message) => {
      calls.push(`${message.to} ${message.text}`);
      return onSend(calls.length);
    },
    ...(onReconcile ? { onReconcile } : {}),
  });
  const engine = await makeEngine(db, adapter);
  const workspaceId = await makeWorkspace(db);
  const senderId = await makeSender(db, workspaceId, "sms", "scripted");
  const leadId = await makeLead(db, workspaceId);
  const submit = (text: string, options: { leadId?: string; key?: string; hash?: number } = {}) =>
    engine.desk.submit(
      {
        workspaceId,
        leadId: options.leadId ?? leadId,
        channel: "sms",
        action: "message",
        senderId: null,
        subject: null,
        text,
        html: null,
        scheduledAt: null,
        source: "api",
      },
      options.key ? { key: options.key, requestHash: Buffer.alloc(32, options.hash ?? 1) } : null,
    );
  const events = async (type: string) =>
    (
      await db.query<{ data: string }>("select data from event where workspace_id = $1 and type = $2 order by at, id", [
        workspaceId,
        type,
      ])
    ).rows.map((row) => JSON.parse(row.data));
  /** As if the process had died: what it leased is taken back. */
  const die = async () => await rescueLeases(db, { deadWorkers: [engine.workerNo] });
  const dueNow = async () => {
    await db.query("update outbox set due_at = now() where lease is null");
    await db.query(
      "update lane set ready_at = now(), parked_until = null where parked_until is distinct from 'infinity'",
    );
  };
  return { engine, workspaceId, senderId, leadId, submit, events, calls, die, dueNow };
}

test("a message that was sent is one event, with everything known about it", async () => {
  const { engine, submit, events, leadId, senderId, workspaceId } = await setup(sentResult);
  const accepted = await submit("Hello");
  await engine.drain();
  const message = await getMessage(db, workspaceId, accepted.messageId);
  expect(message).toMatchObject({ status: "sent", attempts: 1, senderId });
  const [event, ...more] = await events("message.sent");
  expect(more).toEqual([]);
  expect(event).toMatchObject({
    messageId: accepted.messageId,
    leadId,
    channel: "sms",
    source: "api",
    campaignId: null,
    sequenceStep: null,
    isFollowUp: false,
    followUpStep: null,
    content: { subject: null, text: "Hello" },
    conversationId: accepted.conversationId,
    providerMessageId: message!.providerMessageId,
  });
  expect((await events("lead.updated")).map((data) => [data.previousStatus, data.newStatus])).toEqual([
    ["PENDING", "MESSAGE_SENT"],
  ]);
});

test("the same idempotency key and request gives the first answer again, also within one batch; another request is refused", async () => {
  const { engine, submit, calls } = await setup(sentResult);
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
  const { submit, workspaceId } = await setup(sentResult);
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

test("a crash before the attempt was committed sends again; after it, the provider is asked first", async () => {
  const provider: string[] = [];
  const { engine, submit, die, calls, workspaceId, events } = await setup(
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

test("what the provider does not have, after the time that its word is believed, is sent again", async () => {
  let found: { providerMessageId: string }[] = [];
  const { engine, submit, dueNow, calls, workspaceId } = await setup(
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

test("where the provider can't be asked, an uncertain message stays so until a person decides, and its lead waits", async () => {
  const { engine, workspaceId, senderId, leadId, events, dueNow } = await setup(() => ({
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

test("an opt-out, a status or a cancellation that is recorded before the call prevents the message", async () => {
  const { engine, submit, calls, workspaceId, events } = await setup(sentResult);
  const suppressed = await makeLead(db, workspaceId, { phone: "+12025550777" });
  const first = await submit("no", { leadId: suppressed });
  await addSuppression(db, workspaceId, { channel: "all", address: "+12025550777", reason: "STOP", source: "lead" });
  const second = await submit("cancelled");
  expect(await cancelMessage(db, workspaceId, second.messageId)).toBe(true);
  await engine.drain();
  expect(calls).toEqual([]);
  expect(await getMessage(db, workspaceId, first.messageId)).toMatchObject({
    status: "blocked",
    statusCode: "suppressed",
    attempts: 0,
  });
  expect(await events("message.failed")).toMatchObject([{ code: "suppressed", messageId: first.messageId }]);
  await expect(submit("again", { leadId: suppressed })).rejects.toMatchObject({ code: "suppressed" });
});

test("a lead whose status says stop gets no more of its sequence", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  await db.transaction(async (tx) => await setLeadStatus(tx, workspaceId, leadId, "NOT_INTERESTED", "user", null));
  await engine.drain();
  expect(calls).toEqual([]);
  const { rows } = await db.query("select state, state_reason from enrollment where campaign_id = $1", [campaignId]);
  expect(rows).toEqual([{ state: "stopped", state_reason: "lead_status: The lead's status is NOT_INTERESTED." }]);
});

test("pausing holds what is queued, resuming goes on from there and starts nothing over", async () => {
  const { engine, calls, workspaceId, senderId, events } = await setup(sentResult);
  const leadIds = await Promise.all(Array.from({ length: 5 }, () => makeLead(db, workspaceId)));
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, campaignId, "user");
  await engine.drain();
  expect(calls).toEqual([]);
  const held = await db.query("select 1 from message where campaign_id = $1 and status = 'held'", [campaignId]);
  expect(held.rowCount).toBe(5);
  await resumeCampaign(db, workspaceId, campaignId, "user");
  await engine.drain();
  expect(calls).toHaveLength(10);
  expect(new Set(calls).size).toBe(10);
  expect(await events("campaign.finished")).toHaveLength(1);
  expect((await events("message.sent")).filter((data) => data.isFollowUp).map((data) => data.followUpStep)).toEqual([
    1, 1, 1, 1, 1,
  ]);
});

test("a throttled sender parks its lane; the message waits and goes out once", async () => {
  const { engine, submit, calls, dueNow, senderId, workspaceId } = await setup((n) =>
    n === 1
      ? { outcome: "retry", code: "20429", detail: "Too many requests", retryAfterMs: 60_000, throttled: true }
      : sentResult(n),
  );
  const { messageId } = await submit("Hello");
  const other = await submit("Other");
  await engine.messages.runOnce();
  await engine.messages.idle();
  const lane = (
    await db.query<{ parked: boolean; parked_reason: string }>(
      "select parked_until > now() + interval '50 seconds' as parked, parked_reason from lane where id = $1",
      [senderId],
    )
  ).rows[0]!;
  expect(lane).toMatchObject({ parked: true, parked_reason: expect.stringContaining("Too many requests") });
  await dueNow();
  await engine.drain();
  for (const id of [messageId, other.messageId])
    expect(await getMessage(db, workspaceId, id)).toMatchObject({ status: "sent" });
  expect(calls).toHaveLength(3);
});

test("a broken sender is paused with the reason, and its message waits for a person", async () => {
  const { engine, submit, workspaceId, senderId } = await setup(() => ({
    outcome: "sender_broken",
    code: "20003",
    detail: "Authenticate",
  }));
  const { messageId } = await submit("Hello");
  await engine.drain();
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ status: "queued", statusCode: "20003" });
  const { rows } = await db.query(
    "select s.status, l.parked_until from sender s join lane l on l.id = s.id where s.id = $1",
    [senderId],
  );
  expect(rows).toEqual([{ status: "broken", parked_until: Number.POSITIVE_INFINITY }]);
});

test("a recipient that the provider says has opted out is suppressed, and the failure is an event", async () => {
  const { engine, submit, events, leadId } = await setup(() => ({
    outcome: "failed",
    code: "21610",
    detail: "Unsubscribed",
    suppress: "opted_out",
  }));
  await submit("Hello");
  await engine.drain();
  expect(await events("message.failed")).toMatchObject([{ code: "21610", reason: "Unsubscribed", leadId }]);
  await expect(submit("Again")).rejects.toMatchObject({ code: "suppressed" });
});

test("a message that a lead's data leaves a hole in is blocked with the reason, and written once the data is there", async () => {
  const { engine, calls, workspaceId, senderId, events } = await setup(sentResult);
  const leadId = await makeLead(db, workspaceId, { firstName: null });
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toEqual([]);
  expect(await events("message.failed")).toMatchObject([
    { code: "missing_variable", reason: expect.stringContaining("firstName") },
  ]);
  await db.query("update lead set first_name = 'Ada' where id = $1", [leadId]);
  expect(await events("campaign.finished")).toHaveLength(1);
  expect(await db.transaction(async (tx) => await retryBlockedSteps(tx, workspaceId, leadId))).toMatchObject({
    retried: 1,
  });
  await engine.drain();
  expect(calls).toEqual([expect.stringContaining("Step 1 for Ada")]);
});

test("a step whose channel the lead has no address for is skipped, with the reason on record", async () => {
  const { engine, calls, workspaceId, senderId } = await setup(sentResult);
  const leadId = await makeLead(db, workspaceId, { email: null });
  const email = await makeSender(db, workspaceId, "email");
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId, email],
    leadIds: [leadId],
    steps: [{ channel: "email" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toHaveLength(1);
  const { rows } = await db.query(
    "select status, status_code from message where campaign_id = $1 order by sequence_step",
    [campaignId],
  );
  expect(rows).toEqual([
    { status: "blocked", status_code: "no_address" },
    { status: "sent", status_code: null },
  ]);
});

test("deliveries of what was sent are queued in the same transaction as the outcome", async () => {
  const { engine, submit, workspaceId } = await setup(sentResult);
  const destination = await makeDestination(db, workspaceId, { eventTypes: ["message.sent"] });
  await submit("Hello");
  await engine.drain();
  expect((await db.query("select 1 from outbox where lane_id = $1", [destination.id])).rowCount).toBe(1);
});

test("a cancelled step is skipped: its lead goes on to the next one", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  const { rows } = await db.query<{ id: string }>("select id from message where campaign_id = $1", [campaignId]);
  expect(await db.transaction(async (tx) => await cancelMessage(tx, workspaceId, rows[0]!.id))).toBe(true);
  await engine.drain();
  expect(calls).toEqual([expect.stringContaining("Step 2")]);
});

test("a campaign does not finish while leads are being enrolled, and a finished one goes on with new leads", async () => {
  const { engine, calls, workspaceId, senderId, leadId, events } = await setup(sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  const second = await makeLead(db, workspaceId);
  await db.transaction(async (tx) => {
    await enrollLeads(tx, workspaceId, campaignId, [second]);
    await engine.drain();
    expect(await events("campaign.finished")).toEqual([]);
  });
  await engine.drain();
  expect(calls).toHaveLength(2);
  expect(await events("campaign.finished")).toHaveLength(1);
  const third = await makeLead(db, workspaceId);
  await db.transaction(async (tx) => await enrollLeads(tx, workspaceId, campaignId, [third, third, second]));
  await engine.drain();
  expect(calls).toHaveLength(3);
  expect(await events("campaign.resumed")).toHaveLength(1);
  expect(await events("campaign.finished")).toHaveLength(2);
});

// Stays green without the guard in beginMessages as long as PostgreSQL runs that statement in its present order (it skips a
// row that the statement has changed already); the guard is there so that no plan decides over it.
test("two places in the outbox for one message make one message", async () => {
  const { engine, submit, calls, workspaceId, senderId } = await setup(sentResult);
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

test("a lead whose data makes no valid text, too long a text or none blocks itself and nobody else", async () => {
  const { engine, calls, workspaceId, senderId, events } = await setup(sentResult);
  const lead = (firstName: string) => makeLead(db, workspaceId, { firstName });
  const leadIds = [await lead("😀Bob"), await lead("Ada"), await lead("x".repeat(1_700)), await lead("Eve")];
  const half = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "sms", text: '{{ firstName | split: "" | first }}' }],
  });
  const whole = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "sms", text: "{{ firstName }}" }],
  });
  const empty = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "sms", text: '{{ nobody | default: "" }}' }],
  });
  for (const id of [half, whole, empty]) await startCampaign(db, workspaceId, id, "api");
  await engine.drain();
  expect(calls.map((call) => call.split(" ").slice(1).join(" ")).sort()).toEqual(
    ["A", "Ada", "E", "Eve", "x", "😀Bob"].sort(),
  );
  const reasons = (await events("message.failed")).map((data) => data.code).sort();
  expect(reasons).toEqual([
    "invalid_content",
    "invalid_content",
    "invalid_content",
    "invalid_content",
    "invalid_content",
    "render_failed",
  ]);
});

test("a message that is held though its campaign goes on is found and sent", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  // As a resume leaves it that commits while the message is being held.
  await db.query("update message set status = 'held' where campaign_id = $1", [campaignId]);
  await db.query("delete from outbox where workspace_id = $1", [workspaceId]);
  await resumeCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toHaveLength(1);
});

test("a repeated request gets its first answer, whatever has changed since", async () => {
  const { submit, workspaceId } = await setup(sentResult);
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

test("a change of a lead that doesn't bring what is missing tries nothing again", async () => {
  const { engine, workspaceId, senderId, events } = await setup(sentResult);
  const leadId = await makeLead(db, workspaceId, { firstName: null });
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(await db.transaction(async (tx) => await retryBlockedSteps(tx, workspaceId, leadId))).toMatchObject({
    retried: 0,
  });
  expect(await events("campaign.resumed")).toEqual([]);
});

test("a message goes to the lead's address as it is when it is sent", async () => {
  const { engine, submit, calls, workspaceId, leadId } = await setup(sentResult);
  const { messageId } = await submit("Hello");
  await db.query("update lead set phone = '+12025550888' where id = $1", [leadId]);
  await engine.drain();
  expect(calls).toEqual(["+12025550888 Hello"]);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ toAddress: "+12025550888" });
});

test("editing a draft's first delay reaches the leads that are in it already", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms", delayMs: 30 * 86_400_000 }],
  });
  const step = {
    id: newId("step"),
    position: 1,
    channel: "sms" as const,
    action: "message" as const,
    subject: null,
    html: null,
  };
  await db.transaction(
    async (tx) => await updateCampaign(tx, workspaceId, campaignId, { steps: [{ ...step, delayMs: 0, text: "Now" }] }),
  );
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toHaveLength(1);
});
