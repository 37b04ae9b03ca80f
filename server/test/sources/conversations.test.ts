import { afterAll, beforeAll, expect, test } from "vitest";
import { OpenSenders } from "../../src/campaigns/senders.ts";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { twilio } from "../../src/channels/sms/twilio.ts";
import { startTwilio, type TwilioLoopback } from "../../src/loopback/twilio.ts";
import { ownId, startUnipile, type UnipileLoopback, type UnipileMessage } from "../../src/loopback/unipile.ts";
import { memberId } from "../../src/loopback/unipile-people.ts";
import { Poller } from "../../src/sources/poller.ts";
import { box, makeEngine, makeLead } from "../factories.ts";
import { accountSid, inboundSms, sourceApi, twilioToken } from "./source-setup.ts";

/** Conversations from end to end, with fake providers that are as strict as the real ones. */

let given: Awaited<ReturnType<typeof sourceApi>>;
let linkedin: UnipileLoopback;
let phones: TwilioLoopback;
let engine: Awaited<ReturnType<typeof makeEngine>>;
let smsEngine: typeof engine;
let poller: Poller;
let source: Awaited<ReturnType<typeof given.create>>;
let twilioSource: typeof source;
let senderId: string;
let smsSenderId: string;

beforeAll(async () => {
  given = await sourceApi({ adapters: [unipile as ChannelAdapter] });
  linkedin = await startUnipile({
    ...{ apiKey: "key", accountId: "acc_1" },
    relationOf: (slug) => (slug.startsWith("open") ? "open" : "second"),
  });
  phones = await startTwilio({ accountSid, authToken: twilioToken });
  source = await given.create("unipile");
  twilioSource = await given.create("twilio");
  const freely = { perDay: null, perWeek: null, minGapSeconds: 0 };
  const make = async (body: object) => {
    const made = await given.call("POST", "/v1/senders", { body });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    return made.body.id as string;
  };
  senderId = await make({
    ...{ name: "Ada", channel: "linkedin", provider: "unipile", credentials: { apiKey: "key" } },
    ...{ config: { dsn: linkedin.url, accountId: "acc_1" }, limits: { message: freely, connect: freely } },
  });
  smsSenderId = await make({
    ...{ name: "SMS", channel: "sms", provider: "twilio", credentials: { authToken: twilioToken } },
    config: { accountSid, from: "+15005550006", baseUrl: phones.url },
  });
  engine = await makeEngine(given.db, unipile as ChannelAdapter);
  smsEngine = await makeEngine(given.db, twilio as ChannelAdapter);
  const senders = new OpenSenders({ db: given.db, box, adapters: new Map([["unipile", unipile as ChannelAdapter]]) });
  const onError = (_: string, error: unknown) => given.errors.push((error as Error).message);
  poller = new Poller({
    db: given.db,
    box,
    senders,
    everyMs: 900_000,
    wakeSources: () => {},
    wakeDeliveries: () => {},
    onError,
  });
});
afterAll(async () => {
  await poller.stop();
  await Promise.all([engine.stop(), smsEngine.stop()]);
  await Promise.all([linkedin.close(), phones.close()]);
  await given.close();
});

const profile = (slug: string) => `https://www.linkedin.com/in/${slug}`;
const eventsOf = async (leadId: string, type: string) =>
  (await given.events()).filter((event) => event.data.leadId === leadId && event.type === type);
const conversationOf = async (leadId: string) =>
  (await given.call("GET", `/v1/conversations?leadId=${leadId}`)).body.data[0];
const messagesOf = async (leadId: string) =>
  (await given.call("GET", `/v1/conversations/${(await conversationOf(leadId)).id}/messages?order=asc`)).body.data;

async function poll(): Promise<void> {
  await poller.runOnce();
  await given.db.query("update poll set next_at = now()");
  await poller.runOnce();
  await given.drain();
}

/** As Unipile's webhook tells of a message that it has. */
const toldMessage = ({ id, chatId, to, body, is_sender, timestamp }: UnipileMessage) => {
  const person = {
    ...{ attendee_id: "a1", attendee_name: to, attendee_provider_id: memberId(to) },
    attendee_profile_url: profile(to),
  };
  return {
    ...{ event: "message_received", account_id: "acc_1", account_type: "LINKEDIN" },
    account_info: { type: "LINKEDIN", feature: "classic", user_id: ownId },
    ...{ chat_id: chatId, message_id: id, message: body, timestamp, attendees: [person], attachments: [] },
    sender: is_sender === 1 ? { attendee_provider_id: ownId } : person,
  };
};
const toldRelation = (slug: string) => ({
  ...{ event: "new_relation", account_id: "acc_1", account_type: "LINKEDIN" },
  ...{ user_full_name: slug, user_provider_id: memberId(slug), user_public_identifier: slug },
});

test("LinkedIn: a reply that is told and asked for is one; the answer goes into the same chat; receipts come late", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("open-grace") });
  const body = { leadId, channel: "linkedin", senderId, text: "Hello Grace" };
  const first = await given.call("POST", "/v1/messages", { body });
  await engine.drain();
  const out = linkedin.messages.find(({ to }) => to === "open-grace")!;
  const reply = linkedin.receive("open-grace", "Sounds good");
  await given.tell(source, toldMessage(reply));
  await poll();
  expect(await eventsOf(leadId, "reply.received")).toHaveLength(1);

  // The other way round: asked for first.
  const second = linkedin.receive("open-grace", "Tuesday?");
  await poll();
  await given.tell(source, toldMessage(second));
  expect((await eventsOf(leadId, "reply.received")).map(({ data }) => data.content.text)).toEqual([
    "Sounds good",
    "Tuesday?",
  ]);
  const elsewhere = linkedin.writeElsewhere("open-grace", "By phone");
  await poll();

  const conversation = await conversationOf(leadId);
  expect(conversation).toMatchObject({ unread: 2, lastMessageText: "By phone", lead: { status: "REPLY_RECEIVED" } });
  const path = `/v1/conversations/${conversation.id}/messages`;
  const answer = () =>
    given.call("POST", path, { body: { text: "Ten it is." }, headers: { "idempotency-key": "ten" } });
  const [accepted, again] = [await answer(), await answer()];
  expect(accepted.body).toMatchObject({ conversationId: conversation.id, leadId, senderId, channel: "linkedin" });
  expect(again.body).toEqual(accepted.body);
  await engine.drain();
  const answered = linkedin.messages.filter(({ body: text }) => text === "Ten it is.");
  expect(answered).toMatchObject([{ chatId: out.chatId, to: "open-grace" }]);
  // What Herald sent is not taken for somebody else's when it comes back.
  await poll();

  const receipt = (event: string, message_id: string) => ({ event, account_id: "acc_1", message_id });
  await given.tell(source, receipt("message_read", answered[0]!.id), receipt("message_delivered", answered[0]!.id));
  await given.tell(source, receipt("message_reaction", reply.id), receipt("message_edited", reply.id));
  const messages = await messagesOf(leadId);
  expect(messages.map((m: { text: string }) => m.text)).toEqual([
    ...["Hello Grace", "Sounds good", "Tuesday?", "By phone", "Ten it is."],
  ]);
  expect(messages).toMatchObject([
    { id: first.body.messageId, direction: "outbound", status: "sent", providerMessageId: out.id },
    { direction: "inbound", providerMessageId: reply.id },
    { direction: "inbound", providerMessageId: second.id },
    { direction: "outbound", source: "external", providerMessageId: elsewhere.id },
    { direction: "outbound", source: "api", readAt: expect.any(String), deliveredAt: expect.any(String) },
  ]);
  expect((await given.received(source)).filter(({ status }) => status !== "processed")).toEqual([]);
  expect(given.errors).toEqual([]);
});

test("an accepted invitation is one event: told, asked for, and shown by a message that can be sent, in any order and at once", async () => {
  const slugs = ["told-first", "asked-first", "message-first", "all-at-once"];
  const leads = new Map<string, string>();
  for (const slug of slugs) {
    const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile(slug) });
    leads.set(slug, leadId);
    const order = {
      leadId,
      channel: "linkedin",
      action: "connect",
      senderId,
      subject: null,
      text: "",
      html: null,
    } as const;
    await engine.desk.submit({ ...order, workspaceId: given.workspaceId, scheduledAt: null, source: "api" }, null);
    await engine.drain();
    linkedin.people.accept(slug);
  }
  const write = (slug: string) =>
    given.call("POST", "/v1/messages", {
      body: { leadId: leads.get(slug), channel: "linkedin", senderId, text: "Hi" },
    });
  const accepted = async (slug: string) => (await eventsOf(leads.get(slug)!, "connection_request.accepted")).length;
  await given.tell(source, toldRelation("told-first"));
  expect(await accepted("told-first")).toBe(1);
  await write("message-first");
  await engine.drain();
  expect(await accepted("message-first")).toBe(1);
  await write("all-at-once");
  await given.post(given.signed(source, toldRelation("all-at-once")));
  await given.db.query("update poll set next_at = now()");
  await poller.runOnce();
  await Promise.all([given.drain(), given.newProcessor().runOnce(), engine.drain()]);
  await given.drain();
  await given.tell(source, ...slugs.map(toldRelation));
  for (const slug of slugs) await write(slug);
  await Promise.all([engine.drain(), poll()]);
  for (const slug of slugs) expect([slug, await accepted(slug)]).toEqual([slug, 1]);
  const [event] = await eventsOf(leads.get("message-first")!, "connection_request.accepted");
  expect(event!.data).toMatchObject({ senderId, linkedinUrl: profile("message-first") });
});

test("an account that Unipile calls broken stops its sender with the reason, and goes on when it works again", async () => {
  const account = (message: string) => ({ AccountStatus: { account_id: "acc_1", account_type: "LINKEDIN", message } });
  const sender = async () => (await given.call("GET", `/v1/senders/${senderId}`)).body;
  const told = async () => (await given.events()).flatMap(({ type }) => (type.startsWith("sender.") ? type : []));
  await given.tell(source, account("CREDENTIALS"));
  expect(await sender()).toMatchObject({ status: "broken", statusReason: expect.stringContaining("CREDENTIALS") });
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl: profile("open-later") });
  await given.call("POST", "/v1/messages", { body: { leadId, channel: "linkedin", senderId, text: "Later" } });
  await engine.drain();
  expect(linkedin.messages.filter(({ to }) => to === "open-later")).toEqual([]);
  await given.tell(source, account("CONNECTING"), account("ERROR"), account("OK"));
  expect(await sender()).toMatchObject({ status: "active", statusReason: null });
  expect(await told()).toEqual(["sender.paused", "sender.resumed"]);
  await engine.drain();
  expect(linkedin.messages.filter(({ to }) => to === "open-later")).toHaveLength(1);
  // Who paused it decides.
  await given.call("PATCH", `/v1/senders/${senderId}`, { body: { status: "paused" } });
  await given.tell(source, account("RECONNECTED"));
  expect(await sender()).toMatchObject({ status: "paused" });
  await given.call("PATCH", `/v1/senders/${senderId}`, { body: { status: "active" } });
});

test("SMS: a reply with a picture, then STOP: the opt-out shows, and an answer is refused with the reason", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550190" });
  const body = { leadId, channel: "sms", senderId: smsSenderId, text: "Hello" };
  await given.call("POST", "/v1/messages", { body });
  await smsEngine.drain();
  const { sid } = phones.messages[0]!;
  const from = (MessageSid: string, Body: string, more = {}) =>
    given.tell(twilioSource, inboundSms({ MessageSid, From: "+12025550190", Body, ...more }));
  const picture = { NumMedia: "1", MediaUrl0: "https://api.twilio.com/m/1", MediaContentType0: "image/png" };
  await from("SMr1", "Look", picture);
  await given.tell(twilioSource, {
    ...{
      MessageSid: sid,
      MessageStatus: "delivered",
      AccountSid: accountSid,
      From: "+15005550006",
      To: "+12025550190",
    },
  });
  const { id } = await conversationOf(leadId);
  const answer = (text: string) => given.call("POST", `/v1/conversations/${id}/messages`, { body: { text } });
  expect((await answer("Nice")).status).toBe(202);
  await smsEngine.drain();
  await from("SMr2", "STOP");
  expect(await conversationOf(leadId)).toMatchObject({ optOut: { reason: "keyword: STOP" }, unread: 2 });
  const refused = await answer("One more thing");
  expect([refused.status, refused.body.code]).toEqual([422, "suppressed"]);
  expect(refused.body.message).toContain("(keyword: STOP)");
  expect(phones.messages.map((message) => message.body)).toEqual(["Hello", "Nice"]);
  expect(await messagesOf(leadId)).toMatchObject([
    { text: "Hello", deliveredAt: expect.any(String) },
    { text: "Look", attachments: [{ url: "https://api.twilio.com/m/1", contentType: "image/png" }] },
    { text: "Nice", direction: "outbound" },
    { text: "STOP", direction: "inbound" },
  ]);
});
