import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChannelName } from "../../src/domain/event.ts";
import { newId } from "../../src/domain/id.ts";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { outreachApi } from "./outreach-api.ts";

let api: Awaited<ReturnType<typeof outreachApi>>;
beforeAll(async () => {
  api = await outreachApi();
});
afterAll(() => api.close());

/** A campaign of two steps a day apart, of which the first has arrived in the sandbox. */
async function begun(channel: ChannelName, action: "message" | "connect" = "message") {
  const { workspaceId, call } = await api.workspace();
  const senderId = await makeSender(api.db, workspaceId, channel);
  const leadId = await makeLead(api.db, workspaceId);
  const campaignId = await makeCampaign(api.db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [
      { channel, action },
      { channel, delay: { amount: 1, unit: "days" }, delayMs: 86_400_000 },
    ],
  });
  const admin = await api.callAs(workspaceId, ["admin"]);
  const started = await admin("POST", `/v1/campaigns/${campaignId}/start`, {});
  expect(started.body).toMatchObject({ newStatus: "active" });
  await api.engine.drain();
  const { body } = await call("GET", `/v1/senders/${senderId}/sandbox-messages`);
  const [arrived] = body.data as { id: string }[];
  const answer = (given: object) =>
    call("POST", `/v1/senders/${senderId}/sandbox-replies`, { messageId: arrived!.id, ...given });
  const lead = async () => (await call("GET", `/v1/leads/${leadId}`)).body;
  const enrolment = async () => {
    const { rows } = await api.db.query("select state from enrollment where workspace_id = $1 and lead_id = $2", [
      workspaceId,
      leadId,
    ]);
    return rows[0]!.state as string;
  };
  return { workspaceId, call, senderId, leadId, messageId: arrived!.id, answer, lead, enrolment };
}

test.each(["sms", "email", "linkedin"] as const)(
  "a reply by %s ends the sequence and is in the conversation",
  async (channel) => {
    const { call, leadId, answer, lead, enrolment } = await begun(channel);
    expect(await enrolment()).toBe("active");
    const { status, body } = await answer({ text: "Sounds good. When?" });
    expect([status, body]).toEqual([200, { detail: null, leadId, messageId: expect.stringMatching(/^msg_/) }]);
    expect(await lead()).toMatchObject({ status: "REPLY_RECEIVED" });
    expect(await enrolment()).not.toBe("active");
    const { data } = (await call("GET", `/v1/conversations?leadId=${leadId}`)).body as { data: { id: string }[] };
    expect(data).toMatchObject([{ channel, unread: 1, status: "open" }]);
    const { body: messages } = await call("GET", `/v1/conversations/${data[0]!.id}/messages?order=asc`);
    expect(messages.data).toMatchObject([
      { direction: "outbound" },
      { direction: "inbound", id: body.messageId, text: "Sounds good. When?" },
    ]);
  },
);

test("STOP opts out by SMS; what was planned isn't sent", async () => {
  const { call, answer, enrolment } = await begun("sms");
  expect((await answer({ text: "STOP" })).status).toBe(200);
  expect(await enrolment()).not.toBe("active");
  const { body } = await call("GET", "/v1/suppressions");
  expect(body.data).toMatchObject([{ channel: "sms", kind: "keyword" }]);
});

test("a bounce fails the mail and suppresses its address; again it changes nothing", async () => {
  const { call, messageId, answer } = await begun("email");
  expect((await answer({ kind: "bounce" })).body).toMatchObject({
    detail: expect.stringMatching(/^Bounced/),
    messageId,
  });
  expect((await call("GET", `/v1/messages/${messageId}`)).body).toMatchObject({ status: "failed" });
  const suppressed = async () => (await call("GET", "/v1/suppressions")).body.data;
  expect(await suppressed()).toMatchObject([{ channel: "email", kind: "bounce" }]);
  expect((await answer({ kind: "bounce" })).status).toBe(200);
  expect(await suppressed()).toHaveLength(1);
});

test("an accepted invitation connects the lead", async () => {
  const { answer, lead } = await begun("linkedin", "connect");
  expect((await answer({ kind: "accept" })).status).toBe(200);
  expect(await lead()).toMatchObject({ status: "CONNECTION_ACCEPTED" });
});

test("what can't be is refused with reasons, and changes nothing", async () => {
  const { call, senderId, workspaceId, answer, lead } = await begun("sms");
  const before = await lead();
  const refused = async (given: object) => {
    const { status, body } = await answer(given);
    return [status, (body.details as { field: string }[] | undefined)?.[0]?.field];
  };
  expect(await refused({ text: "  " })).toEqual([400, "text"]);
  expect(await refused({ kind: "accept" })).toEqual([400, "kind"]);
  expect(await refused({ kind: "bounce" })).toEqual([400, "kind"]);
  expect((await refused({ messageId: newId("message"), text: "Hi" }))[0]).toBe(404);
  const theirs = await begun("sms");
  expect((await refused({ messageId: theirs.messageId, text: "Hi" }))[0]).toBe(404);
  expect(
    (await call("POST", `/v1/senders/${theirs.senderId}/sandbox-replies`, { messageId: theirs.messageId, text: "Hi" }))
      .status,
  ).toBe(404);
  await api.db.query("update sender set provider = 'twilio' where workspace_id = $1 and id = $2", [
    workspaceId,
    senderId,
  ]);
  expect(await refused({ text: "Hi" })).toEqual([422, "id"]);
  expect(await lead()).toEqual(before);
});
