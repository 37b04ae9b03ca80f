import { afterAll, beforeAll, expect, test } from "vitest";
import type { OutboundMessage } from "../../src/channels/channel.ts";
import { getMessage } from "../../src/db/message.ts";
import type { Database } from "../../src/db/pool.ts";
import { testDatabase } from "../database.ts";
import { makeDestination, makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";
import { sentResult, setup } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

test("a message that was sent is one event, with everything known about it", async () => {
  const { engine, submit, events, leadId, senderId, workspaceId } = await setup(db, sentResult);
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

test("a throttled sender parks its lane; the message waits and goes out once", async () => {
  const { engine, submit, calls, dueNow, senderId, workspaceId } = await setup(db, (n) =>
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

test("of what waits for a sender, no more is begun than is worth it at its pace", async () => {
  await db.query("delete from outbox");
  const third = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let calls = 0;
  const onSend = async () => {
    calls += 1;
    // The first one opens the sender.
    if (calls === 1 + 3) third.resolve();
    if (calls > 1) await answer.promise;
    return sentResult(calls);
  };
  const engine = await makeEngine(db, scriptedAdapter({ onSend, worthBegun: 3 }));
  const workspaceId = await makeWorkspace(db);
  await makeSender(db, workspaceId, "sms", "scripted");
  const submit = async () => {
    const leadId = await makeLead(db, workspaceId);
    const content = { channel: "sms", action: "message", subject: null, text: "Hello", html: null } as const;
    await engine.desk.submit(
      { workspaceId, leadId, senderId: null, ...content, scheduledAt: null, source: "api" },
      null,
    );
  };
  const count = async (status: string) =>
    (await db.query("select 1 from message where workspace_id = $1 and status = $2", [workspaceId, status])).rowCount;
  await submit();
  await engine.drain();
  for (let n = 0; n < 9; n++) await submit();
  await engine.messages.runOnce();
  await third.promise;
  expect([await count("sending"), await count("queued")]).toEqual([3, 6]);
  answer.resolve();
  await engine.drain();
  expect([await count("sent"), calls]).toEqual([10, 10]);
});

test("a broken sender is paused with the reason, and its message waits for a person", async () => {
  const { engine, submit, workspaceId, senderId } = await setup(db, () => ({
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

test("deliveries of what was sent are queued in the same transaction as the outcome", async () => {
  const { engine, submit, workspaceId } = await setup(db, sentResult);
  const destination = await makeDestination(db, workspaceId, { eventTypes: ["message.sent"] });
  await submit("Hello");
  await engine.drain();
  expect((await db.query("select 1 from outbox where lane_id = $1", [destination.id])).rowCount).toBe(1);
});

test("a sender that can't be opened holds up its own messages, and nobody else's", async () => {
  const { engine, submit, calls, workspaceId } = await setup(db, sentResult);
  const other = await makeWorkspace(db);
  const sealedElsewhere = await makeSender(db, other, "sms", "scripted");
  await db.query("update sender set credentials = '\\x00ff00ff' where id = $1", [sealedElsewhere]);
  const leadId = await makeLead(db, other);
  const waits = await engine.desk.submit(
    {
      ...{ workspaceId: other, leadId, channel: "sms", action: "message", senderId: null, subject: null, text: "Hi" },
      ...{ html: null, scheduledAt: null, source: "api" },
    },
    null,
  );
  const { messageId } = await submit("Hello");
  await engine.messages.runOnce();
  await engine.messages.idle();
  expect((await getMessage(db, workspaceId, messageId))!.status).toBe("sent");
  expect(calls).toHaveLength(1);
  expect(await getMessage(db, other, waits.messageId)).toMatchObject({ status: "queued", attempts: 0 });
  expect(engine.errors).toEqual([expect.stringContaining(`sender ${sealedElsewhere}`)]);
  // It is due, for a process that can; this one leaves it alone for a while, however many wait behind it.
  const due = "select due_at <= now() as due, lease from outbox where lane_id = $1";
  expect((await db.query(due, [sealedElsewhere])).rows).toEqual([{ due: true, lease: null }]);
  expect(await engine.messages.runOnce()).toBe(0);
});

test("an email goes on with the thread that was begun last, whose subject may be another one; without any it isn't sent", async () => {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  const mails: OutboundMessage[] = [];
  const adapter = scriptedAdapter({
    onSend: (message) => {
      mails.push(message);
      const subject = message.subject ?? `Re: ${message.thread.subject}`;
      return { outcome: "sent", providerMessageId: `<${mails.length}@example.com>`, subject };
    },
  });
  const engine = await makeEngine(db, adapter);
  const workspaceId = await makeWorkspace(db);
  await makeSender(db, workspaceId, "email", "scripted");
  const leadId = await makeLead(db, workspaceId);
  const send = async (subject: string | null) => {
    const { messageId } = await engine.desk.submit(
      {
        ...{ workspaceId, leadId, channel: "email", action: "message", senderId: null, subject, text: "Hi" },
        ...{ html: null, scheduledAt: null, source: "api" },
      },
      null,
    );
    await engine.drain();
    return (await getMessage(db, workspaceId, messageId))!;
  };
  expect(await send(null)).toMatchObject({ status: "failed", statusCode: "no_subject" });
  for (const subject of ["Pricing", null, "Webinar", "Re: Webinar", null])
    expect(await send(subject), String(subject)).toMatchObject({ status: "sent" });
  expect(mails.map(({ subject, thread }) => [subject, thread.subject, thread.references.length])).toEqual([
    ["Pricing", null, 0],
    [null, "Pricing", 1],
    ["Webinar", "Pricing", 2],
    ["Re: Webinar", "Webinar", 1],
    [null, "Webinar", 2],
  ]);
  expect(mails.at(-1)!.thread).toMatchObject({
    inReplyTo: "<4@example.com>",
    references: ["<3@example.com>", "<4@example.com>"],
  });
});

test("mails to one lead that are claimed together go out one after the other, each in the thread that the one before led to", async () => {
  await db.query("delete from outbox");
  await db.query("delete from lane");
  const mails: OutboundMessage[] = [];
  let underWay = 0;
  const engine = await makeEngine(
    db,
    scriptedAdapter({
      onSend: async (message) => {
        expect(underWay++, "mails under way").toBe(0);
        mails.push(message);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        if (message.text === "refused") return { outcome: "failed", code: "550", detail: "No" };
        const subject = message.subject ?? `Re: ${message.thread.subject}`;
        return { outcome: "sent", providerMessageId: `<${mails.length}@example.com>`, subject };
      },
    }),
  );
  const workspaceId = await makeWorkspace(db);
  await makeSender(db, workspaceId, "email", "scripted");
  const leadId = await makeLead(db, workspaceId);
  const submit = (subject: string | null, text = "Hi") =>
    engine.desk.submit(
      {
        ...{ workspaceId, leadId, channel: "email", action: "message", senderId: null, subject, text },
        ...{ html: null, scheduledAt: null, source: "api" },
      },
      null,
    );
  const accepted: Awaited<ReturnType<typeof submit>>[] = [];
  for (const subject of ["Pricing", null, "Webinar", null]) accepted.push(await submit(subject));
  await submit(null, "refused");
  await submit(null);
  expect(await engine.messages.runOnce()).toBe(6);
  await engine.messages.idle();
  expect(mails.map(({ text, thread }) => [text, thread.subject, thread.inReplyTo, thread.references])).toEqual([
    ["Hi", null, null, []],
    ["Hi", "Pricing", "<1@example.com>", ["<1@example.com>"]],
    ["Hi", "Pricing", "<2@example.com>", ["<1@example.com>", "<2@example.com>"]],
    ["Hi", "Webinar", "<3@example.com>", ["<3@example.com>"]],
    ["refused", "Webinar", "<4@example.com>", ["<3@example.com>", "<4@example.com>"]],
    ["Hi", "Webinar", "<4@example.com>", ["<3@example.com>", "<4@example.com>"]],
  ]);
  const { rows } = await db.query("select subject, message_ids from conversation where id = $1", [
    accepted[0]!.conversationId,
  ]);
  expect(rows).toEqual([
    { subject: "Webinar", message_ids: ["<3@example.com>", "<4@example.com>", "<6@example.com>"] },
  ]);
});

test("two results of one message in a batch are one event: a crash of the database may have a process claim it twice", async () => {
  const { engine, submit, events } = await setup(db, sentResult);
  const settle = engine.sending.settle.bind(engine.sending);
  engine.sending.settle = (results) => settle([...results, ...results]);
  await submit("Hello");
  await engine.drain();
  expect(await events("message.sent")).toHaveLength(1);
  expect(await events("lead.updated")).toHaveLength(1);
});
