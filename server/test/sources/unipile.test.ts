import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { newId } from "../../src/domain/id.ts";
import { makeCampaign, makeLead } from "../factories.ts";
import { sourceApi } from "./source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let source: Awaited<ReturnType<typeof given.create>>;
let senderId: string;
let n = 0;
beforeAll(async () => {
  given = await sourceApi({ adapters: [unipile as ChannelAdapter] });
  source = await given.create("unipile");
  const body = {
    ...{ name: "Ada", channel: "linkedin", provider: "unipile", credentials: { apiKey: "key" } },
    config: { dsn: "api8.unipile.com:13443", accountId: "acc_1" },
  };
  senderId = (await given.call("POST", "/v1/senders", { body })).body.id;
});
afterAll(() => given.close());

const own = {
  attendee_id: "a0",
  attendee_name: "Ada",
  attendee_provider_id: "ACoOWN",
  attendee_profile_url: "https://www.linkedin.com/in/ACoOWN",
};
const attendee = (slug: string) => ({
  ...{ attendee_id: "a1", attendee_name: "Grace Hopper", attendee_provider_id: `ACo_${slug}` },
  attendee_profile_url: `https://www.linkedin.com/in/${slug}`,
});
const received = (slug: string, fields: object = {}) => ({
  ...{ event: "message_received", account_id: "acc_1", account_type: "LINKEDIN", webhook_name: "herald" },
  account_info: { type: "LINKEDIN", feature: "classic", user_id: "ACoOWN" },
  ...{
    chat_id: `chat_${slug}`,
    message_id: `um_${++n}`,
    message: "Sounds good",
    timestamp: "2026-01-05T09:30:00.000Z",
  },
  ...{ sender: attendee(slug), attendees: [attendee(slug)], attachments: [] },
  ...fields,
});
const relation = (slug: string) => ({
  ...{ event: "new_relation", account_id: "acc_1", account_type: "LINKEDIN", webhook_name: "herald" },
  ...{ user_full_name: "Grace Hopper", user_provider_id: `ACo_${slug}`, user_public_identifier: slug },
  user_profile_url: `https://www.linkedin.com/in/${slug}/`,
});
const person = (slug: string) =>
  makeLead(given.db, given.workspaceId, { linkedinUrl: `https://www.linkedin.com/in/${slug}` });
const eventsOf = async (leadId: string) => (await given.events()).filter(({ data }) => data.leadId === leadId);
/** What Herald sends, or has sent. */
async function outgoing(leadId: string, status: "sending" | "sent", text: string, action = "message") {
  const id = newId("message");
  await given.db.query(
    `with v as (insert into conversation (workspace_id, id, lead_id, channel, sender_id) values ($1, 'conv_' || $4, $2, 'linkedin', $3)
       on conflict (workspace_id, lead_id, channel, sender_id) do update set unread = 0 returning id)
     insert into message (workspace_id, id, lead_id, conversation_id, channel, action, source, sender_id, to_address, text, status, sent_at)
     select $1, $4, $2, v.id, 'linkedin', $7, 'api', $3, 'x', $6, $5, case when $5 = 'sent' then now() end from v`,
    [given.workspaceId, leadId, senderId, id, status, text, action],
  );
  return id;
}

test("a reply is matched by the provider's conversation, then by the profile; SendPilot's handlers get reply.received", async () => {
  const leadId = await person("grace");
  await given.tell(source, received("grace"));
  // The profile was renamed since; the chat is the same.
  const renamed = {
    chat_id: "chat_grace",
    sender: attendee("grace-new"),
    attendees: [attendee("grace-new")],
    message: "Again",
  };
  await given.tell(source, received("grace", renamed));
  const messages = await given.messages(leadId);
  expect(messages).toMatchObject([{ text: "Sounds good", senderId, direction: "inbound" }, { text: "Again" }]);
  expect(messages[0].sentAt).toBe("2026-01-05T09:30:00.000Z");
  expect(await given.lead(leadId)).toMatchObject({ status: "REPLY_RECEIVED" });
  const [reply] = await eventsOf(leadId);
  // herald and sendpilot: Apten knows no LinkedIn.
  expect(reply).toMatchObject({
    type: "reply.received",
    formats: 3,
    data: { senderId, content: { text: "Sounds good" } },
  });
  const { rows } = await given.db.query(
    "select provider_thread_id, provider_lead_id from conversation where lead_id = $1",
    [leadId],
  );
  expect(rows).toEqual([{ provider_thread_id: "chat_grace", provider_lead_id: "ACo_grace" }]);
});

test("somebody unknown who writes becomes a lead with a name; groups and notices are nobody's reply", async () => {
  await given.tell(source, received("new-here"));
  const { body } = await given.call("GET", "/v1/leads?search=new-here");
  expect(body.leads).toMatchObject([{ firstName: "Grace", lastName: "Hopper", status: "REPLY_RECEIVED" }]);
  await given.tell(
    source,
    received("g", { attendees: [attendee("g"), attendee("h")] }),
    received("i", { is_event: 1 }),
  );
  expect((await given.received(source)).slice(0, 2)).toMatchObject([{ status: "processed" }, { status: "processed" }]);
  expect(
    (await given.call("GET", "/v1/leads?search=/in/g")).body.leads.map((l: { linkedinUrl: string }) => l.linkedinUrl),
  ).not.toContain("https://www.linkedin.com/in/g");
});

test("what the account's owner writes elsewhere is outbound and external, and stops nothing; to strangers it is nobody's business", async () => {
  const leadId = await person("elsewhere");
  await given.tell(source, received("elsewhere", { sender: own, message: "By phone" }));
  expect(await given.messages(leadId)).toMatchObject([
    { direction: "outbound", source: "external", status: "sent", senderId },
  ]);
  const events = await eventsOf(leadId);
  expect(events.map(({ type }) => type)).toEqual(["message.sent", "lead.updated"]);
  expect(events[0]).toMatchObject({ data: { source: "external", content: { text: "By phone" } } });
  await given.tell(source, received("a-friend", { sender: own, message: "Lunch?" }));
  expect(await given.received(source, "unmatched")).toMatchObject([{ detail: expect.stringContaining("a-friend") }]);
  expect((await given.call("GET", "/v1/leads?search=a-friend")).body.leads).toEqual([]);
});

test("where it isn't said whose a message is, it is the lead's only if the lead of that chat wrote it", async () => {
  const leadId = await person("vague");
  const vague = { account_info: undefined, attendees: undefined };
  await given.tell(source, received("vague"));
  await given.tell(
    source,
    received("vague", { ...vague, sender: own, message: "By the owner" }),
    received("vague", { ...vague, message: "By the lead", attachments: [{ id: "att_1", type: "img" }] }),
  );
  const messages = await given.messages(leadId);
  const sides = messages.map(({ text, direction }: { text: string; direction: string }) => [text, direction]);
  expect(sides).toEqual([
    ["Sounds good", "inbound"],
    ["By the owner", "outbound"],
    ["By the lead", "inbound"],
  ]);
  expect((await eventsOf(leadId)).at(-1)).toMatchObject({ data: { attachments: [], hasAttachments: true } });
  expect((await given.call("GET", "/v1/leads?search=ACoOWN")).body.leads).toEqual([]);
});

test("what Herald sends comes back and is recognised: while it is under way it waits, after that it is the same message", async () => {
  const leadId = await person("own-message");
  const id = await outgoing(leadId, "sending", "Hello  there");
  const back = received("own-message", { sender: own, message: "Hello there" });
  await given.tell(source, back);
  expect((await given.received(source))[0]).toMatchObject({ status: "waiting" });
  expect(await given.messages(leadId)).toHaveLength(1);
  await given.db.query("update message set status = 'sent', sent_at = now() where id = $1", [id]);
  await given.db.query("update received set due_at = now() where status = 'waiting'");
  await given.drain();
  expect((await given.received(source))[0]).toMatchObject({ status: "processed", messageId: id });
  expect(await given.messages(leadId)).toMatchObject([{ id, providerMessageId: back.message_id }]);
  expect(await eventsOf(leadId)).toEqual([]);
});

test("a new relation is the accepted invitation: told once, and the sequence that waited for it goes on", async () => {
  const leadId = await person("accepts");
  const steps = [{ channel: "linkedin" as const, action: "wait_for_acceptance" as const }];
  await makeCampaign(given.db, given.workspaceId, { senderIds: [senderId], leadIds: [leadId], steps });
  await given.db.query("update enrollment set next_at = now() + interval '1 day' where lead_id = $1", [leadId]);
  await outgoing(leadId, "sent", "", "connect");
  await given.db.query("update lead set status = 'CONNECTION_SENT' where id = $1", [leadId]);
  await given.tell(source, relation("accepts"));
  await given.db.query("update received set delivery_id = delivery_id || 'x'");
  await given.tell(source, relation("accepts"));
  const events = await eventsOf(leadId);
  expect(events.map(({ type }) => type)).toEqual(["connection_request.accepted", "lead.updated"]);
  expect(events[0]).toMatchObject({
    data: { senderId, linkedinUrl: "https://www.linkedin.com/in/accepts" },
    formats: 3,
  });
  expect(await given.lead(leadId)).toMatchObject({ status: "CONNECTION_ACCEPTED" });
  const due = await given.db.query("select next_at <= now() as due from enrollment where lead_id = $1", [leadId]);
  expect(due.rows).toEqual([{ due: true }]);
  await given.tell(source, relation("a-contact"));
  expect((await given.received(source))[0]).toMatchObject({ status: "unmatched" });
});

test("what SendPilot and Unipile both tell of one account is one message, whoever tells it first, and 'ok' twice is two", async () => {
  const sendpilot = await given.create("sendpilot", { config: { senders: { sp_ada: senderId } } });
  const told = (slug: string, eventType: string, minute: number, data: object, sender = "sp_ada") => ({
    ...{ eventId: `evt_twice_${++n}`, eventType, timestamp: `2026-01-05T09:${minute}:00.000Z`, workspaceId: "theirs" },
    data: {
      leadId: "l",
      campaignId: "c9",
      linkedinUrl: attendee(slug).attendee_profile_url,
      senderId: sender,
      ...data,
    },
  });
  const sent = { message: "Hello Grace", sequenceStep: 2 };
  const texts = async (leadId: string) =>
    (await given.messages(leadId)).map(({ text }: { text: string }) => text.trim()).sort();

  const first = await person("twice-unipile-first");
  const ok = (minute: number) =>
    received("twice-unipile-first", { message: "ok", timestamp: `2026-01-05T09:${minute}:00Z` });
  const own_ = { sender: own, attendees: [attendee("twice-unipile-first")], message: "Hello Grace" };
  const events = [10, 12].map((minute) => told("twice-unipile-first", "reply.received", minute, { reply: "ok " }));
  await given.tell(source, received("twice-unipile-first", own_), ok(40));
  await given.tell(sendpilot, told("twice-unipile-first", "message.sent", 30, sent), ...events);
  // The second one was told by SendPilot alone so far.
  expect(await texts(first)).toEqual(["Hello Grace", "ok", "ok"]);
  await given.tell(source, ok(42));
  expect(await texts(first)).toEqual(["Hello Grace", "ok", "ok"]);
  // What SendPilot said is kept, and its event is known when it comes again after deliveries were forgotten.
  expect((await given.messages(first)).find((m: { text: string }) => m.text === "Hello Grace")).toMatchObject({
    ...{ campaignId: "c9", sequenceStep: 2, external: { senderId: "sp_ada", ...sent } },
  });
  await given.db.query("delete from received where source_id = $1", [sendpilot.id]);
  await given.tell(sendpilot, ...events);
  expect(await texts(first)).toHaveLength(3);
  expect((await eventsOf(first)).map(({ type }) => type).filter((type) => /message|reply/.test(type))).toHaveLength(3);

  const second = await person("twice-sendpilot-first");
  await given.tell(
    sendpilot,
    told("twice-sendpilot-first", "message.sent", 20, sent),
    told("twice-sendpilot-first", "reply.received", 31, { reply: "See the file" }),
  );
  const file = {
    attachments: [{ url: "https://files.example.com/1", mimetype: "image/png" }],
    message: "See the file",
  };
  const reply = received("twice-sendpilot-first", file);
  await given.tell(
    source,
    received("twice-sendpilot-first", { ...own_, attendees: [attendee("twice-sendpilot-first")] }),
  );
  await given.tell(
    source,
    reply,
    received("twice-sendpilot-first", { message: "See the file", message_id: "um_other" }),
  );
  expect(await given.messages(second)).toMatchObject([
    { text: "Hello Grace", senderId, direction: "outbound" },
    { text: "See the file", attachments: [{ url: file.attachments[0]!.url }], providerMessageId: reply.message_id },
    // Written a second time, after the first was told by both.
    { text: "See the file", providerMessageId: "um_other" },
  ]);
  // One conversation, in the provider's chat, so that it can be answered there.
  const { rows } = await given.db.query("select provider_thread_id as t from conversation where lead_id = $1", [
    second,
  ]);
  expect(rows).toEqual([{ t: "chat_twice-sendpilot-first" }]);

  // The assistant answers what its own account's provider tells, also where SendPilot was first; once.
  const answered = await person("twice-assistant");
  await given.call("POST", "/v1/profiles", { body: { name: "Twice", mode: "autopilot", content: {} } });
  await given.db.query("update lead set profile = 'Twice' where id = $1", [answered]);
  const now = { timestamp: new Date().toISOString() };
  const turns = async () =>
    (
      await given.db.query("select inbound, inbound_message_id as id from assistant_turn where lead_id = $1", [
        answered,
      ])
    ).rows;
  await given.tell(sendpilot, { ...told("twice-assistant", "reply.received", 30, { reply: "Price?" }), ...now });
  expect(await turns()).toEqual([]);
  const asked = received("twice-assistant", { message: "Price?", ...now });
  await given.tell(source, asked, { ...asked, webhook_name: "again" });
  const [question, ...others] = await given.messages(answered);
  expect([others, await turns()]).toEqual([[], [{ inbound: 1, id: question.id }]]);

  // Another account of SendPilot's got the same words.
  const third = await person("twice-accounts");
  await given.tell(source, received("twice-accounts", { message: "No thanks" }));
  await given.tell(sendpilot, told("twice-accounts", "reply.received", 30, { reply: "No thanks" }, "sp_other"));
  expect(await texts(third)).toEqual(["No thanks", "No thanks"]);
  const wrong = { kind: "sendpilot", secret: "sendpilot-secret-0123", config: { senders: { a: newId("sender") } } };
  expect((await given.call("POST", "/v1/sources", { body: wrong })).body).toMatchObject({
    message: expect.stringContaining("senders.a"),
  });
});
