import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { awaitOutcome } from "../../src/api/message-outcome.ts";
import { startCampaign } from "../../src/campaigns/control.ts";
import type { OutboundMessage, SendResult } from "../../src/channels/channel.ts";
import { addSuppression } from "../../src/db/suppression.ts";
import { makeCampaign, makeLead, makeSender, scriptedAdapter } from "../factories.ts";
import { outreachApi } from "./outreach-api.ts";

let api: Awaited<ReturnType<typeof outreachApi>>;
let onSend: (message: OutboundMessage) => SendResult | Promise<SendResult>;
let sent: OutboundMessage[];
beforeAll(async () => {
  const adapter = scriptedAdapter({
    onSend: (message) => {
      sent.push(message);
      return onSend(message);
    },
  });
  api = await outreachApi(adapter);
  api.engine.messages.start();
});
afterAll(async () => await api.close());
beforeEach(() => {
  sent = [];
  onSend = () => ({ outcome: "sent", providerMessageId: `P${Math.random()}` });
});

const profile = "https://www.linkedin.com/in/jane-doe";

async function setup() {
  const { workspaceId, call } = await api.workspace();
  const senderId = await makeSender(api.db, workspaceId, "linkedin", "scripted");
  return { workspaceId, call, senderId };
}

describe("sending", () => {
  test("a message by profile is answered when it is out, in SendPilot's fields; the lead is made once", async () => {
    const { call, senderId } = await setup();
    const body = { senderId, recipientLinkedinUrl: "http://linkedin.com/in/Jane-Doe?a=b", message: "Hi Jane" };
    const first = await call("POST", "/v1/inbox/send", body);
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      ...{ success: true, messageId: expect.stringMatching(/^msg_/), recipientLinkedinUrl: profile, status: "sent" },
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(sent).toMatchObject([{ to: profile, text: "Hi Jane", action: "message" }]);
    await call("POST", "/v1/inbox/send", { ...body, message: "And again" });
    const leads = await call("GET", "/v1/leads");
    expect(leads.body).toMatchObject({ leads: [{ linkedinUrl: profile }], pagination: { total: 1 } });
  });

  test("a message to a known lead goes to its profile", async () => {
    const { workspaceId, call, senderId } = await setup();
    const leadId = await makeLead(api.db, workspaceId, { linkedinUrl: profile });
    const { body } = await call("POST", `/v1/inbox/send/lead/${leadId}`, { senderId, message: "Hi" });
    expect(body).toMatchObject({ success: true, status: "sent", recipientLinkedinUrl: profile });
    expect(sent).toMatchObject([{ leadId, to: profile }]);
    const nowhere = await makeLead(api.db, workspaceId, { linkedinUrl: null });
    const refused = await call("POST", `/v1/inbox/send/lead/${nowhere}`, { senderId, message: "Hi" });
    expect(refused.body).toMatchObject({ statusCode: 422, code: "unprocessable" });
  });

  test("an invitation carries its note, or none, and says when it wasn't needed", async () => {
    const { call, senderId } = await setup();
    const body = { senderId, recipientLinkedinUrl: profile };
    const first = await call("POST", "/v1/inbox/connect", { ...body, message: "Let's connect" });
    expect(first.body).toEqual({
      ...{ success: true, requestId: expect.stringMatching(/^msg_/), recipientLinkedinUrl: profile, status: "sent" },
      timestamp: expect.any(String),
    });
    onSend = () => ({ outcome: "sent", providerMessageId: null, note: "already_connected" });
    const again = await call("POST", "/v1/inbox/connect", body);
    expect(again.body).toMatchObject({ success: true, status: "already_connected" });
    expect(sent.map(({ action, text }) => [action, text])).toEqual([
      ["connect", "Let's connect"],
      ["connect", ""],
    ]);
  });

  test("the provider's refusal is 502 with its words", async () => {
    const { call, senderId } = await setup();
    onSend = () => ({ outcome: "failed", code: "invalid_recipient", detail: "Unipile 422: nobody there." });
    const { status, body } = await call("POST", "/v1/inbox/send", {
      senderId,
      recipientLinkedinUrl: profile,
      message: "Hi",
    });
    expect([status, body.code]).toEqual([502, "provider_error"]);
    expect(body.message).toContain("Unipile 422: nobody there.");
  });

  test("a suppressed profile is 422, and the provider isn't called", async () => {
    const { workspaceId, call, senderId } = await setup();
    await addSuppression(api.db, workspaceId, {
      channel: "linkedin",
      address: profile,
      reason: "asked",
      source: "api",
    });
    const { body } = await call("POST", "/v1/inbox/send", { senderId, recipientLinkedinUrl: profile, message: "Hi" });
    expect(body).toMatchObject({ statusCode: 422, code: "suppressed" });
    expect(sent).toEqual([]);
  });

  test("the same Idempotency-Key waits for the same message and sends it once", async () => {
    const { call, senderId } = await setup();
    const body = { senderId, recipientLinkedinUrl: profile, message: "Once" };
    const key = { "idempotency-key": `k-${Math.random()}` };
    const [one, other] = await Promise.all([
      call("POST", "/v1/inbox/send", body, key),
      call("POST", "/v1/inbox/send", body, key),
    ]);
    expect(one.body).toEqual(other.body);
    expect(sent).toHaveLength(1);
  });

  test("the same request again is answered as before where its sender was deleted since", async () => {
    const { workspaceId, call, senderId } = await setup();
    const admin = await api.callAs(workspaceId, ["admin"]);
    const body = { senderId, recipientLinkedinUrl: profile, message: "Once" };
    const key = { "idempotency-key": `k-${Math.random()}` };
    const first = await call("POST", "/v1/inbox/send", body, key);
    const { conversationId } = (await call("GET", `/v1/messages/${first.body.messageId}`)).body;
    const answer = `/v1/conversations/${conversationId}/messages`;
    const answerKey = { "idempotency-key": `k-${Math.random()}` };
    const answered = await call("POST", answer, { text: "And this" }, answerKey);
    await expect.poll(() => sent.length).toBe(2);
    await api.engine.messages.idle();
    expect((await admin("DELETE", `/v1/senders/${senderId}`)).status).toBe(204);
    expect(await call("POST", "/v1/inbox/send", body, key)).toMatchObject({ status: 200, body: first.body });
    expect(await call("POST", answer, { text: "And this" }, answerKey)).toMatchObject({
      ...{ status: 202, body: answered.body },
    });
    expect((await call("POST", "/v1/inbox/send", body)).status).toBe(404);
    expect((await call("POST", answer, { text: "More" })).status).toBe(422);
    expect(sent).toHaveLength(2);
  });

  test("senders that aren't there, of another workspace, or of another channel are told apart; no lead is made for them", async () => {
    const { workspaceId, call } = await setup();
    const theirs = (await setup()).senderId;
    const sms = await makeSender(api.db, workspaceId, "sms", "scripted");
    const send = (senderId: string, path = "send") =>
      call("POST", `/v1/inbox/${path}`, { senderId, recipientLinkedinUrl: profile, message: "Hi" });
    for (const id of [theirs, "sender_00000000000000000000000000"]) {
      for (const path of ["send", "connect"]) {
        const { status, body } = await send(id, path);
        expect([status, body.message]).toEqual([404, `There is no sender ${id} in this workspace.`]);
      }
    }
    expect((await send(sms)).body).toMatchObject({ statusCode: 422, details: [{ field: "senderId" }] });
    expect((await call("GET", "/v1/leads")).body).toMatchObject({ pagination: { total: 0 } });
  });

  test("texts beyond LinkedIn's limits and addresses that are no profile are refused by their field", async () => {
    const { call, senderId } = await setup();
    const send = async (path: string, body: Record<string, unknown>) => {
      const full = { senderId, recipientLinkedinUrl: profile, message: "Hi", ...body };
      const { status, body: answer } = await call("POST", `/v1/inbox/${path}`, full);
      return [status, (answer.details as { field: string }[] | undefined)?.[0]?.field];
    };
    expect(await send("send", { message: "x".repeat(8_001) })).toEqual([400, "message"]);
    expect(await send("send", { message: "" })).toEqual([400, "message"]);
    expect(await send("connect", { message: "x".repeat(301) })).toEqual([400, "message"]);
    expect(await send("send", { recipientLinkedinUrl: "https://www.linkedin.com/company/acme" })).toEqual([
      400,
      "recipientLinkedinUrl",
    ]);
    expect(await send("send", { message: "x".repeat(8_000) })).toEqual([200, undefined]);
  });
});

describe("waiting for an outcome", () => {
  test("ends with the message as it is when the time is over, and at once when nobody waits any more", async () => {
    const { workspaceId, call, senderId } = await setup();
    const leadId = await makeLead(api.db, workspaceId);
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const { body } = await call("POST", "/v1/messages", {
      leadId,
      channel: "linkedin",
      senderId,
      text: "Hi",
      scheduledAt,
    });
    const wait = (waitMs: number, signal: AbortSignal) =>
      awaitOutcome(api.db, workspaceId, body.messageId as string, { waitMs, signal });
    expect(await wait(30, new AbortController().signal)).toMatchObject({ status: "queued" });
    expect(await wait(60_000, AbortSignal.timeout(20))).toMatchObject({ status: "queued" });
  });
});

describe("conversations", () => {
  test("are listed with the latest first, by account and token, each once; their messages too", async () => {
    const { workspaceId, call, senderId } = await setup();
    for (const name of ["a", "b", "c"]) {
      const recipientLinkedinUrl = `https://www.linkedin.com/in/${name}`;
      await call("POST", "/v1/inbox/send", { senderId, recipientLinkedinUrl, message: `Hi ${name}` });
    }
    await call("POST", "/v1/inbox/send", {
      senderId,
      recipientLinkedinUrl: "linkedin.com/in/a",
      message: "Still there?",
    });
    // The same lead through another account is another conversation.
    const other = await makeSender(api.db, workspaceId, "linkedin", "scripted");
    await call("POST", "/v1/inbox/send", {
      senderId: other,
      recipientLinkedinUrl: "linkedin.com/in/a",
      message: "Elsewhere",
    });
    const list = (query: string) => call("GET", `/v1/inbox/conversations?${query}`);
    const first = await list(`accountId=${senderId}&limit=2`);
    const rest = await list(`accountId=${senderId}&limit=2&continuationToken=${first.body.continuationToken}`);
    type Conversation = { id: string; accountId: string; lastMessageText: string };
    const all = [first, rest].flatMap((answer) => answer.body.conversations as Conversation[]);
    expect(all.map((conversation) => conversation.lastMessageText)).toEqual(["Still there?", "Hi c", "Hi b"]);
    expect(all[0]).toMatchObject({ accountId: senderId, channel: "linkedin", unreadCount: 0 });
    expect(rest.body.continuationToken).toBeNull();

    const path = `/v1/inbox/conversations/${all[0]!.id}/messages`;
    const newest = await call("GET", `${path}?limit=1`);
    const older = await call("GET", `${path}?limit=1&continuationToken=${newest.body.continuationToken}`);
    expect([newest, older].flatMap((answer) => answer.body.messages)).toMatchObject([
      { text: "Still there?", direction: "outbound", status: "sent" },
      { text: "Hi a" },
    ]);
    expect(older.body.continuationToken).toBeNull();
  });

  test("are listed once something went out: not for a step that was skipped, nor for a message that waits or is blocked", async () => {
    const { workspaceId, call } = await setup();
    const [sms, email] = [await makeSender(api.db, workspaceId, "sms"), await makeSender(api.db, workspaceId, "email")];
    const noAddress = await makeLead(api.db, workspaceId, { email: null });
    const noName = await makeLead(api.db, workspaceId, { firstName: null });
    const steps = [{ channel: "email" as const }, { channel: "sms" as const, text: "Step 2" }];
    const leadIds = [noAddress, noName];
    const campaignId = await makeCampaign(api.db, workspaceId, { senderIds: [sms, email], leadIds, steps });
    await startCampaign(api.db, workspaceId, campaignId, "api");
    const waiting = await makeLead(api.db, workspaceId);
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    await call("POST", "/v1/messages", { leadId: waiting, channel: "sms", text: "Later", scheduledAt });
    const states = async () => {
      await api.engine.planner.runOnce();
      const { data } = (await call("GET", "/v1/messages")).body as { data: { status: string; leadId: string }[] };
      return data.map(({ status, leadId }) => `${status} ${leadId}`).sort();
    };
    const blocked = [`blocked ${noAddress}`, `blocked ${noName}`].sort();
    await expect.poll(states).toEqual([...blocked, `queued ${waiting}`, `sent ${noAddress}`]);
    const { body } = await call("GET", "/v1/inbox/conversations");
    expect(body.conversations).toMatchObject([{ leadId: noAddress, channel: "sms", lastMessageText: "Step 2" }]);
  });

  test("of another workspace, or of another account, are not found; a token that wasn't given out is refused", async () => {
    const { call, senderId } = await setup();
    await call("POST", "/v1/inbox/send", { senderId, recipientLinkedinUrl: profile, message: "Hi" });
    const { body } = await call("GET", "/v1/inbox/conversations");
    const { id } = (body.conversations as { id: string }[])[0]!;
    const stranger = await setup();
    expect((await stranger.call("GET", `/v1/inbox/conversations/${id}/messages`)).status).toBe(404);
    expect((await stranger.call("GET", "/v1/inbox/conversations")).body).toEqual({
      conversations: [],
      continuationToken: null,
    });
    expect((await call("GET", `/v1/inbox/conversations/${id}/messages?accountId=${stranger.senderId}`)).status).toBe(
      404,
    );
    expect((await call("GET", "/v1/inbox/conversations?continuationToken=abc")).status).toBe(400);
  });
});
