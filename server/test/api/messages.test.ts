import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SendResult } from "../../src/channels/channel.ts";
import { addSuppression } from "../../src/db/suppression.ts";
import { makeLead, makeSender, scriptedAdapter } from "../factories.ts";
import { outreachApi } from "./outreach-api.ts";

let api: Awaited<ReturnType<typeof outreachApi>>;
let onSend: () => SendResult;
let sent: string[];
beforeAll(async () => {
  const adapter = scriptedAdapter({
    onSend: (message) => {
      sent.push(message.text);
      return onSend();
    },
  });
  api = await outreachApi(adapter);
});
afterAll(async () => await api.close());
beforeEach(async () => {
  sent = [];
  onSend = () => ({ outcome: "sent", providerMessageId: `P${Math.random()}` });
  // What a test left waiting is not the next one's.
  await api.db.query("delete from outbox");
});

async function setup() {
  const { workspaceId, call } = await api.workspace();
  const sms = await makeSender(api.db, workspaceId, "sms", "scripted");
  const leadId = await makeLead(api.db, workspaceId);
  const send = async (body: Record<string, unknown>, headers?: Record<string, string>) =>
    await call("POST", "/v1/messages", { channel: "sms", leadId, text: "Hi", ...body }, headers);
  return { workspaceId, call, sms, leadId, send };
}
const fieldsOf = (body: Record<string, unknown>) => (body.details as { field: string }[]).map((detail) => detail.field);

describe("POST /v1/messages", () => {
  test("a message is accepted, goes out once, and its attempts can be read with what came back", async () => {
    const { call, sms, leadId, send } = await setup();
    const { status, body } = await send({ text: "Hello" });
    expect(status).toBe(202);
    expect(body).toEqual({
      messageId: expect.stringMatching(/^msg_/),
      ...{ status: "queued", leadId, senderId: sms, conversationId: expect.stringMatching(/^conv_/), channel: "sms" },
      ...{ scheduledAt: null, createdAt: expect.stringMatching(/Z$/) },
    });
    onSend = () => ({ outcome: "failed", code: "21211", detail: "No such number." });
    await api.engine.drain();
    expect(sent).toEqual(["Hello"]);
    const message = await call("GET", `/v1/messages/${body.messageId}`);
    expect(message.body).toMatchObject({
      ...{ status: "failed", statusCode: "21211", statusDetail: "No such number.", attempts: 1, text: "Hello" },
      attemptLog: [{ n: 1, outcome: "failed", final: true, code: "21211", detail: "No such number." }],
    });
  });

  test("the same Idempotency-Key gives the first answer again and sends nothing more; another request under it is refused", async () => {
    const { send } = await setup();
    const key = { "idempotency-key": `k-${Math.random()}` };
    const first = await send({ text: "Once" }, key);
    const again = await send({ text: "Once" }, key);
    expect([again.status, again.body]).toEqual([202, { ...first.body, createdAt: expect.any(String) }]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect((await send({ text: "Twice" }, key)).body).toMatchObject({ statusCode: 409, code: "idempotency_conflict" });
    await api.engine.drain();
    expect(sent).toEqual(["Once"]);
  });

  test("a recipient is found by address in any spelling, and made if nobody has it", async () => {
    const { workspaceId, call, send } = await setup();
    const known = await makeLead(api.db, workspaceId, { phone: "+12025550143" });
    const found = await send({ leadId: undefined, recipient: { phone: "+1 (202) 555-0143" } });
    expect(found.body).toMatchObject({ leadId: known });
    const made = await send({ leadId: undefined, recipient: { phone: "+442071838750" } });
    expect((await call("GET", `/v1/leads/${made.body.leadId}`)).body).toMatchObject({ phone: "+442071838750" });
    const many = await Promise.all(
      Array.from({ length: 5 }, () => send({ leadId: undefined, recipient: { phone: "+442071838751" } })),
    );
    expect(new Set(many.map((answer) => answer.body.leadId)).size).toBe(1);
  });

  test("the same key gives the first answer again, whatever became of the recipient's address and the sender", async () => {
    const { call, send, sms, workspaceId } = await setup();
    const key = { "idempotency-key": `k-${Math.random()}` };
    const to = { leadId: undefined, recipient: { phone: "+442071838760" } };
    const first = await send(to, key);
    expect(first.status).toBe(202);
    await call("PATCH", `/v1/leads/${first.body.leadId}`, { phone: "+442071838761" });
    const leads = async () =>
      (await api.db.query<{ n: number }>("select count(*)::int as n from lead where workspace_id = $1", [workspaceId]))
        .rows[0]!.n;
    const before = await leads();
    for (const then of [null, "update sender set status = 'paused' where id = $1"]) {
      if (then) await api.db.query(then, [sms]);
      const again = await send(to, key);
      expect([again.status, again.body.messageId, again.body.leadId]).toEqual([
        ...[202, first.body.messageId, first.body.leadId],
      ]);
    }
    expect(await leads()).toBe(before);
  });

  test("a request to somebody new that is refused leaves no lead and no event behind", async () => {
    const { workspaceId, send } = await setup();
    await makeSender(api.db, workspaceId, "email", "scripted");
    const toNew = (recipient: object, more: object = {}, headers?: Record<string, string>) =>
      send({ leadId: undefined, recipient, ...more }, headers);
    const key = { "idempotency-key": `k-${Math.random()}` };
    await send({ text: "Once" }, key);
    const count = async () => {
      const sql =
        "select (select count(*) from lead where workspace_id = $1) + (select count(*) from event where workspace_id = $1) as n";
      return (await api.db.query<{ n: number }>(sql, [workspaceId])).rows[0]!.n;
    };
    const before = await count();
    const email = "new@example.com";
    expect(fieldsOf((await toNew({ email }, { channel: "email" })).body)).toEqual(["subject"]);
    await addSuppression(api.db, workspaceId, { channel: "email", address: email, reason: "No.", source: "api" });
    const suppressed = await toNew({ email }, { channel: "email", subject: "Hello" });
    expect(suppressed.body).toMatchObject({ statusCode: 422, code: "suppressed" });
    expect((await toNew({ phone: "+442071838759" }, {}, key)).body).toMatchObject({ code: "idempotency_conflict" });
    expect(await count()).toBe(before);
  });

  test("of two requests with one key at the same time, the one that is refused leaves no lead behind", async () => {
    const { workspaceId, send } = await setup();
    for (let round = 0; round < 5; round++) {
      const key = { "idempotency-key": `k-${Math.random()}` };
      const phones = [1, 2, 3].map((n) => `+44207183${6000 + 10 * round + n}`);
      const answers = await Promise.all(phones.map((phone) => send({ leadId: undefined, recipient: { phone } }, key)));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
      const taken = answers.findIndex(({ status }) => status === 202);
      const sql = "select id, phone from lead where workspace_id = $1 and phone = any($2)";
      const { rows } = await api.db.query(sql, [workspaceId, phones]);
      expect(rows).toEqual([{ id: answers[taken]!.body.leadId, phone: phones[taken] }]);
    }
  });

  test("what can't be sent is refused by field", async () => {
    const { leadId, send } = await setup();
    const bad: [Record<string, unknown>, string][] = [
      [{ text: "x".repeat(1_601) }, "text"],
      [{ text: " " }, "text"],
      [{ subject: "s" }, "subject"],
      [{ channel: "fax" }, "channel"],
      [{ leadId, recipient: { phone: "+12025550143" } }, "leadId"],
      [{ leadId: undefined }, "leadId"],
      [{ leadId: undefined, recipient: { email: "a@example.com" } }, "recipient.phone"],
      [{ leadId: undefined, recipient: { phone: "12" } }, "recipient.phone"],
      [{ scheduledAt: new Date(Date.now() + 367 * 86_400_000).toISOString() }, "scheduledAt"],
      [{ scheduledAt: "2030-01-01T09:00:00" }, "scheduledAt"],
      [{ channel: "linkedin", text: "x".repeat(8_001) }, "text"],
      [{ channel: "linkedin", text: " \u200b\ufeff" }, "text"],
    ];
    for (const [body, field] of bad) {
      const answer = await send(body);
      expect([answer.status, fieldsOf(answer.body)], JSON.stringify(body).slice(0, 80)).toEqual([400, [field]]);
    }
    expect((await send({ text: "x".repeat(1_600) })).status).toBe(202);
  });

  test("a first email needs a subject, an email in a thread doesn't", async () => {
    const { workspaceId, send } = await setup();
    await makeSender(api.db, workspaceId, "email", "scripted");
    const first = await send({ channel: "email" });
    expect(fieldsOf(first.body)).toEqual(["subject"]);
    expect((await send({ channel: "email", subject: "Hello" })).status).toBe(202);
    expect((await send({ channel: "email" })).status).toBe(202);
  });

  test("a message for later waits; a time in the past means now", async () => {
    const { send } = await setup();
    const later = new Date(Date.now() + 3_600_000);
    expect((await send({ text: "later", scheduledAt: later.toISOString() })).body).toMatchObject({
      scheduledAt: later.toISOString(),
    });
    expect((await send({ text: "now", scheduledAt: "2020-01-01T00:00:00+02:00" })).body).toMatchObject({
      scheduledAt: null,
    });
    await api.engine.drain();
    expect(sent).toEqual(["now"]);
  });

  test("leads and senders of other workspaces are unknown, missing addresses and suppressed ones are said to be that", async () => {
    const { workspaceId, send } = await setup();
    const other = await setup();
    expect((await send({ leadId: other.leadId })).status).toBe(404);
    expect((await send({ senderId: other.sms })).status).toBe(404);
    const phoneless = await makeLead(api.db, workspaceId, { phone: null });
    expect((await send({ leadId: phoneless })).body).toMatchObject({ statusCode: 422, code: "unprocessable" });
    const address = "+12025550199";
    const stopped = await makeLead(api.db, workspaceId, { phone: address });
    await addSuppression(api.db, workspaceId, { channel: "sms", address, reason: "STOP", source: "lead" });
    expect((await send({ leadId: stopped })).body).toMatchObject({ statusCode: 422, code: "suppressed" });
  });
});

describe("GET /v1/messages", () => {
  test("lists by filter and cursor, newest first, each once, and nothing of other workspaces", async () => {
    const { call, leadId, workspaceId, send } = await setup();
    const ids = [];
    for (let n = 0; n < 5; n++) ids.push((await send({ text: `m${n}` })).body.messageId);
    const someone = await makeLead(api.db, workspaceId);
    await send({ leadId: someone });
    const first = await call("GET", `/v1/messages?leadId=${leadId}&limit=3`);
    const rest = await call("GET", `/v1/messages?leadId=${leadId}&limit=3&cursor=${first.body.nextCursor}`);
    const listed = [first, rest].flatMap((answer) =>
      (answer.body.data as { id: string }[]).map((message) => message.id),
    );
    expect(listed.sort()).toEqual(ids.sort());
    expect(rest.body.nextCursor).toBeNull();
    expect((await call("GET", "/v1/messages?status=sent")).body.data).toEqual([]);
    const stranger = await setup();
    expect((await stranger.call("GET", "/v1/messages")).body.data).toEqual([]);
    expect((await stranger.call("GET", `/v1/messages/${ids[0]}`)).status).toBe(404);
  });
});

describe("cancelling and resolving", () => {
  test("a queued message is cancelled and never goes out; a sent one can't be cancelled", async () => {
    const { call, send } = await setup();
    const queued = (await send({ text: "no" })).body.messageId;
    expect((await call("POST", `/v1/messages/${queued}/cancel`)).body).toMatchObject({ status: "cancelled" });
    expect((await call("POST", `/v1/messages/${queued}/cancel`)).status).toBe(200);
    const other = (await send({ text: "yes" })).body.messageId;
    await api.engine.drain();
    expect(sent).toEqual(["yes"]);
    expect((await call("POST", `/v1/messages/${other}/cancel`)).body).toMatchObject({
      statusCode: 409,
      code: "invalid_state",
    });
  });

  test("an uncertain message is resolved by a person, once: not_sent sends it again, sent doesn't", async () => {
    const { call, send } = await setup();
    const ids = [(await send({ text: "a" })).body.messageId, (await send({ text: "b" })).body.messageId];
    onSend = () => ({ outcome: "uncertain", code: "timeout", detail: "No answer." });
    await api.engine.drain();
    expect(sent.sort()).toEqual(["a", "b"]);
    onSend = () => ({ outcome: "sent", providerMessageId: `P${Math.random()}` });
    expect((await call("POST", `/v1/messages/${ids[0]}/resolve`, { outcome: "sent" })).body).toMatchObject({
      status: "sent",
    });
    api.woken.length = 0;
    const again = await call("POST", `/v1/messages/${ids[1]}/resolve`, { outcome: "not_sent" });
    expect(again.body).toMatchObject({ status: "queued" });
    expect(api.woken).toContain("message");
    expect((await call("POST", `/v1/messages/${ids[0]}/resolve`, { outcome: "not_sent" })).status).toBe(409);
    await api.engine.drain();
    expect(sent.sort()).toEqual(["a", "b", "b"]);
    expect((await call("GET", `/v1/messages/${ids[1]}`)).body).toMatchObject({ status: "sent" });
  });

  test("messages of another workspace can be neither cancelled nor resolved", async () => {
    const { send, call } = await setup();
    const stranger = await setup();
    const id = (await send({})).body.messageId;
    expect((await stranger.call("POST", `/v1/messages/${id}/cancel`)).status).toBe(404);
    expect((await stranger.call("POST", `/v1/messages/${id}/resolve`, { outcome: "sent" })).status).toBe(404);
    expect((await call("GET", `/v1/messages/${id}`)).body).toMatchObject({ status: "queued" });
  });
});
