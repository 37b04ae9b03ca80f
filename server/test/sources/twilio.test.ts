import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/domain/id.ts";
import { keywordOf } from "../../src/domain/opt-out-words.ts";
import { makeCampaign, makeLead } from "../factories.ts";
import { accountSid, inboundSms, sourceApi, twilioSender } from "./source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let source: Awaited<ReturnType<typeof given.create>>;
let senderId: string;
let sids = 0;
beforeAll(async () => {
  given = await sourceApi();
  source = await given.create("twilio");
  senderId = await twilioSender(given.call);
});
afterAll(() => given.close());

const sms = (phone: string, Body: string, more: Record<string, string> = {}) =>
  inboundSms({ MessageSid: `SMin${++sids}`, From: phone, Body, ...more });
const report = (MessageSid: string, MessageStatus: string, more: Record<string, string> = {}) => ({
  ...{ MessageSid, MessageStatus, AccountSid: accountSid, From: "+15005550006", To: "+12025550100", ...more },
});

/** A lead in a running sequence. */
async function inSequence(phone: string) {
  const leadId = await makeLead(given.db, given.workspaceId, { phone });
  const steps = [{ channel: "sms" as const }, { channel: "sms" as const }];
  const campaignId = await makeCampaign(given.db, given.workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps,
  });
  await given.db.query("update campaign set status = 'active' where id = $1", [campaignId]);
  return { leadId, campaignId };
}

/** A message that went out, as the sending side leaves it. */
async function sent(leadId: string, sid: string, campaignId: string | null = null, text = "Hi") {
  const id = newId("message");
  await given.db.query(
    `with v as (insert into conversation (workspace_id, id, lead_id, channel, sender_id) values ($1, 'conv_' || $2, $2, 'sms', $3)
       on conflict (workspace_id, lead_id, channel, sender_id) do update set unread = 0 returning id)
     insert into message (workspace_id, id, lead_id, conversation_id, channel, source, sender_id, to_address, text, status, sent_at,
       provider_message_id, campaign_id)
     select $1, $4, $2, v.id, 'sms', 'campaign', $3, (select phone from lead where id = $2), $7, 'sent', now(), $5, $6 from v`,
    [given.workspaceId, leadId, senderId, id, sid, campaignId, text],
  );
  return id;
}
const stateOf = async (leadId: string) =>
  (await given.db.query("select state, state_reason from enrollment where lead_id = $1", [leadId])).rows[0];
const suppressed = async (phone: string) =>
  (await given.call("GET", `/v1/suppressions?address=${encodeURIComponent(phone)}`)).body.data;

test("each reply makes the lead's row another one, once: an attempt that began before it finds that out", async () => {
  const { leadId } = await inSequence("+12025550199");
  const stops = async () =>
    (await given.db.query<{ n: number }>("select stop_no as n from lead where id = $1", [leadId])).rows[0]!.n;
  await given.db.query("update lead set hold_until = now() + interval '40 seconds' where id = $1", [leadId]);
  // The first moves the status, the second notes no more than that the lead wrote.
  for (const n of [1, 2]) {
    await given.tell(source, sms("+12025550199", `Yes, ${n}`));
    expect(await stops()).toBe(n);
  }
  const { rows } = await given.db.query("select hold_until from lead where id = $1", [leadId]);
  expect(rows[0]).toEqual({ hold_until: null });
});

test("a reply enters its conversation, stops the sequence, changes the status and is told, with its files", async () => {
  const { leadId, campaignId } = await inSequence("+12025550101");
  await sent(leadId, "SMout1", campaignId);
  const media = { NumMedia: "1", MediaUrl0: "https://api.twilio.com/m/1", MediaContentType0: "image/jpeg" };
  await given.tell(source, sms("+12025550101", "Yes please, Tuesday", media));
  const attachments = [{ url: "https://api.twilio.com/m/1", contentType: "image/jpeg" }];
  const [first, reply] = await given.messages(leadId);
  expect(reply).toMatchObject({
    direction: "inbound",
    status: "received",
    text: "Yes please, Tuesday",
    senderId,
    attachments,
  });
  expect(reply.conversationId).toBe(first.conversationId);
  expect(await given.lead(leadId)).toMatchObject({ status: "REPLY_RECEIVED" });
  expect(await stateOf(leadId)).toMatchObject({
    state: "stopped",
    state_reason: expect.stringMatching(/REPLY_RECEIVED/),
  });
  const { body } = await given.call("GET", "/v1/inbox/conversations");
  expect(body.conversations[0]).toMatchObject({ leadId, lastMessageText: "Yes please, Tuesday", unreadCount: 1 });
  const events = (await given.events()).filter(({ data }) => data.leadId === leadId);
  expect(events.map(({ type }) => type)).toEqual(["message.received", "lead.updated"]);
  expect(events[0]).toMatchObject({
    // herald and apten: SendPilot knows LinkedIn only.
    formats: 5,
    data: { ...{ messageId: reply.id, campaignId, senderId, phone: "+12025550101", keyword: null }, attachments },
  });
  expect(given.moved).toContain("planner");
});

test("the same message by another delivery is one message", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550102" });
  const form = sms("+12025550102", "Once");
  await given.tell(source, form);
  await given.db.query("update received set delivery_id = delivery_id || 'x'");
  await given.tell(source, form);
  expect(await given.messages(leadId)).toHaveLength(1);
  expect((await given.received(source))[0]).toMatchObject({
    status: "processed",
    detail: "This message is known already.",
  });
});

test("somebody unknown becomes a lead, or is kept as unmatched until there is one", async () => {
  await given.tell(source, sms("+12025550103", "Who is this?"));
  const made = (await given.received(source))[0]!;
  const [message] = (await given.call("GET", "/v1/messages?limit=1")).body.data;
  expect(made).toMatchObject({ status: "processed", messageId: message.id });
  expect(await given.lead(message.leadId)).toMatchObject({ phone: "+12025550103", status: "REPLY_RECEIVED" });

  const strict = await given.create("twilio", { createLeads: false });
  await given.tell(strict, sms("+12025550104", "And this?"));
  expect(await given.received(strict, "unmatched")).toMatchObject([
    { detail: expect.stringContaining("+12025550104") },
  ]);
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550104" });
  expect((await given.call("POST", `/v1/sources/${strict.id}/reprocess`, { body: {} })).body).toEqual({
    queued: 1,
    more: false,
  });
  await given.drain();
  expect(await given.messages(leadId)).toMatchObject([{ text: "And this?" }]);
});

test("keywords: the whole message, in any case, with punctuation", () => {
  for (const word of [
    "STOP",
    "stop.",
    " Stop all! ",
    "STOPALL",
    "unsubscribe",
    "Cancel",
    "end",
    "QUIT",
    "revoke",
    "optout",
  ])
    expect(keywordOf(word), word).toBe("stop");
  for (const word of ["START", "yes!", "unstop"]) expect(keywordOf(word), word).toBe("start");
  for (const word of ["help?", "INFO"]) expect(keywordOf(word), word).toBe("help");
  for (const text of ["Stop by tomorrow", "", "the end", "yes please", "stopp", "…", "👍"])
    expect(keywordOf(text), text).toBe(null);
});

test("STOP suppresses the number and ends the sequence, and is no reply; START lifts exactly that", async () => {
  const phone = "+12025550105";
  const { leadId } = await inSequence(phone);
  const stop = sms(phone, "Stop.");
  await given.tell(source, stop);
  expect(await suppressed(phone)).toMatchObject([{ channel: "sms", source: "lead", reason: "keyword: Stop." }]);
  expect(await stateOf(leadId)).toMatchObject({ state: "stopped" });
  expect(await given.lead(leadId)).toMatchObject({ status: "PENDING" });
  const send = () => given.call("POST", "/v1/messages", { body: { leadId, channel: "sms", text: "Hi" } });
  expect(await send()).toMatchObject({ status: 422, body: { code: "suppressed" } });
  await given.tell(source, sms(phone, "start"));
  // The old message by another delivery doesn't bring it back.
  await given.db.query("update received set delivery_id = delivery_id || 'y'");
  await given.tell(source, stop);
  expect(await suppressed(phone)).toEqual([]);
  expect(await send()).toMatchObject({ status: 202 });

  // What somebody else asked for stays, whatever the lead writes.
  await given.call("POST", "/v1/suppressions", { body: { channel: "sms", address: phone, reason: "asked by phone" } });
  await given.tell(source, sms(phone, "STOP"), sms(phone, "START"));
  expect(await suppressed(phone)).toMatchObject([{ reason: "asked by phone", source: "api" }]);
});

test("who likes a message that says how to opt out has replied, and refuses nothing; who adds that they want no more does", async () => {
  const text = "Hi Jane, this is Ada from Analytical. Reply STOP to opt out";
  const [likes, refuses] = [await inSequence("+12025550171"), await inSequence("+12025550172")];
  for (const [n, { leadId, campaignId }] of [likes, refuses].entries()) {
    await sent(leadId, `SMliked${n}`, campaignId, text);
  }
  await given.tell(source, sms("+12025550171", `Liked \u201c${text}\u201d`));
  expect(await given.lead(likes.leadId)).toMatchObject({ status: "REPLY_RECEIVED", doNotContact: false });
  expect(await suppressed("+12025550171")).toEqual([]);
  await given.tell(source, sms("+12025550172", `\u201c${text}\u201d: I want no more texts from you, please stop.`));
  expect(await given.lead(refuses.leadId)).toMatchObject({ doNotContact: true });
});

test("Twilio's own word counts for more than the text; STOP of somebody unknown counts, and makes no lead", async () => {
  const phone = "+12025550106";
  await given.tell(source, sms(phone, "No more of this", { OptOutType: "STOP" }));
  expect(await suppressed(phone)).toHaveLength(1);
  const { body } = await given.call("GET", `/v1/leads?search=${encodeURIComponent(phone)}`);
  expect(body.leads).toEqual([]);
  await given.tell(source, sms(phone, "ok then", { OptOutType: "START" }));
  expect(await suppressed(phone)).toEqual([]);
});

test("without its account a message comes through the number that it was written to, and a report by its SID", async () => {
  const phone = "+12025550110";
  const { leadId } = await inSequence(phone);
  const arrived = await sent(leadId, "SMnoaccount");
  const { AccountSid: _, ...stop } = sms(phone, "STOP");
  await given.tell(source, stop, { MessageSid: "SMnoaccount", MessageStatus: "delivered", To: phone });
  expect(await suppressed(phone)).toMatchObject([{ channel: "sms", source: "lead" }]);
  expect(await stateOf(leadId)).toMatchObject({ state: "stopped" });
  const [message] = (await given.messages(leadId)).filter(({ text }: { text: string }) => text === "STOP");
  expect(message).toMatchObject({ senderId });
  expect((await given.call("GET", `/v1/messages/${arrived}`)).body.deliveredAt).not.toBeNull();
});

test("reports: delivered stays delivered, a failure is told with its meaning, and an opt-out that it reports is kept", async () => {
  const { leadId, campaignId } = await inSequence("+12025550107");
  const arrived = await sent(leadId, "SMr1", campaignId);
  const refused = await sent(leadId, "SMr2");
  await given.tell(
    source,
    report("SMr1", "sent"),
    report("SMr1", "delivered"),
    report("SMr1", "failed", { ErrorCode: "30003" }),
  );
  await given.tell(source, report("SMr2", "undelivered", { ErrorCode: "21610" }), report("SMr2", "delivered"));
  expect((await given.call("GET", `/v1/messages/${arrived}`)).body).toMatchObject({
    status: "sent",
    deliveredAt: expect.any(String),
  });
  expect((await given.call("GET", `/v1/messages/${refused}`)).body).toMatchObject({
    ...{ status: "failed", statusCode: "opted_out", deliveredAt: null },
  });
  expect(await suppressed("+12025550107")).toMatchObject([{ source: "provider" }]);
  const failures = (await given.events()).filter(
    ({ type, data }) => type === "message.failed" && data.leadId === leadId,
  );
  expect(failures).toMatchObject([{ data: { messageId: refused, code: "opted_out", providerMessageId: "SMr2" } }]);
});

test("a report under an ID that the provider gave to several messages counts for none, and its opt-out is kept", async () => {
  const To = "+12025550177";
  const { leadId } = await inSequence(To);
  const message = await sent(leadId, "SMtwice");
  await given.db.query("update message set provider_id_shared = true where id = $1", [message]);
  await given.tell(
    source,
    report("SMtwice", "delivered", { To }),
    report("SMtwice", "undelivered", { ErrorCode: "21610", To }),
  );
  expect((await given.call("GET", `/v1/messages/${message}`)).body).toMatchObject({
    status: "sent",
    deliveredAt: null,
  });
  expect(await suppressed(To)).toMatchObject([{ source: "provider" }]);
  const details = (await given.received(source)).map(({ detail }) => String(detail));
  const said = "called several messages SMtwice: which of them it means can't be told";
  expect(details.filter((detail) => detail.includes(said))).toHaveLength(2);
});

test("who refuses a message that is none of Herald's is written to no more", async () => {
  const To = "+12025550131";
  const { leadId } = await inSequence(To);
  await given.tell(source, report("SMforeign", "undelivered", { ErrorCode: "21610", To }));
  expect(await suppressed(To)).toMatchObject([{ channel: "sms", source: "provider" }]);
  expect(await stateOf(leadId)).toMatchObject({ state: "stopped" });
  // One that can't be reached has said nothing.
  await given.tell(source, report("SMforeign2", "undelivered", { ErrorCode: "30003", To: "+12025550132" }));
  expect(await suppressed("+12025550132")).toEqual([]);
  const { data: consent } = (await given.call("GET", `/v1/consent-changes?address=${encodeURIComponent(To)}`)).body;
  expect(consent).toMatchObject([{ change: "opted_out", source: "provider", leadId, evidence: { code: "opted_out" } }]);
  const giveUp = async () => {
    await given.db.query("update received set due_at = now(), attempts = 8 where status = 'waiting'");
    await given.drain();
  };
  const details = async (status: string) => (await given.received(source, status)).map(({ detail }) => detail);
  await giveUp();
  expect(await details("unmatched")).toEqual(["No message is known as SMforeign2."]);
  expect((await given.received(source, "processed"))[0]).toMatchObject({
    ...{ leadId, detail: "No message is known as SMforeign. Its recipient is opted out." },
  });
  const lift = `/v1/suppressions?channel=sms&reason=Agreed.&address=${encodeURIComponent(To)}`;
  expect(await given.call("DELETE", lift)).toMatchObject({ status: 204 });
  // Allowed again by hand, though the report is looked at once more.
  await given.tell(source, report("SMforeign3", "undelivered", { ErrorCode: "21610", To }));
  expect(await given.call("DELETE", lift)).toMatchObject({ status: 204 });
  await giveUp();
  expect(await suppressed(To)).toEqual([]);
  // What is reported after that counts, and outlives the lead.
  await given.tell(source, report("SMforeign4", "undelivered", { ErrorCode: "21610", To }));
  await giveUp();
  await given.db.query("delete from lead where id = $1", [leadId]);
  await makeLead(given.db, given.workspaceId, { phone: To });
  expect(await suppressed(To)).toMatchObject([{ channel: "sms", source: "provider" }]);
});

test("a report that comes before the message is on record waits for it", async () => {
  await given.tell(source, report("SMearly", "delivered"));
  expect((await given.received(source))[0]).toMatchObject({
    status: "waiting",
    detail: expect.stringMatching(/SMearly/),
  });
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550108" });
  const id = await sent(leadId, "SMearly");
  await given.db.query("update received set due_at = now() where status = 'waiting'");
  await given.drain();
  expect((await given.call("GET", `/v1/messages/${id}`)).body.deliveredAt).not.toBeNull();
});

test("a number that doesn't work is written to no more, and ends nothing on other channels", async () => {
  const phone = "+12025550121";
  const { leadId, campaignId } = await inSequence(phone);
  await sent(leadId, "SMr3", campaignId);
  await given.tell(source, report("SMr3", "undelivered", { ErrorCode: "21614" }));
  expect(await suppressed(phone)).toMatchObject([{ kind: "invalid" }]);
  const { rows } = await given.db.query("select state from enrollment where lead_id = $1", [leadId]);
  expect(rows).toEqual([{ state: "active" }]);
});

test("a report waits for as long as a message of the sender's may have gone out, and no longer", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550111" });
  const id = await sent(leadId, "SMlater");
  await given.db.query(
    "update message set status = 'uncertain', provider_message_id = null, attempted_at = t.at, doubted_at = t.at from (select now() - interval '1 minute' as at) t where id = $1",
    [id],
  );
  await given.tell(source, report("SMlater", "undelivered", { ErrorCode: "21610" }), report("SMolder", "delivered"));
  const later = async () => {
    await given.db.query("update received set due_at = now(), attempts = 8 where status = 'waiting'");
    await given.drain();
  };
  await later();
  const waiting = await given.received(source, "waiting");
  expect(waiting.map(({ detail }) => /(SM\w+)\. It may be one/.exec(detail)?.[1])).toEqual(["SMolder", "SMlater"]);
  await given.db.query("update message set status = 'sent', provider_message_id = 'SMlater' where id = $1", [id]);
  await later();
  expect((await given.call("GET", `/v1/messages/${id}`)).body).toMatchObject({
    status: "failed",
    statusCode: "opted_out",
  });
  expect(await suppressed("+12025550111")).toHaveLength(1);
  expect((await given.received(source, "unmatched"))[0]).toMatchObject({ detail: expect.stringContaining("SMolder") });
});

test("a delivery is told once, though it is reported twice and as read; a report of nothing of ours is given up in the end", async () => {
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550109" });
  const id = await sent(leadId, "SMd1");
  await given.tell(source, report("SMd1", "delivered"), report("SMd1", "read"), report("SMd1", "sent"));
  await given.db.query("update received set delivery_id = delivery_id || 'z'");
  await given.tell(source, report("SMd1", "delivered"));
  const told = (await given.events()).filter(({ type }) => type === "message.delivered");
  expect(told.filter(({ data }) => data.messageId === id)).toMatchObject([
    { formats: 1, data: { providerMessageId: "SMd1", deliveredAt: expect.any(String), content: { text: "Hi" } } },
  ]);
  await given.tell(source, report("SMstranger", "failed", { ErrorCode: "30003" }));
  for (let i = 0; i < 8; i++) {
    await given.db.query("update received set due_at = now() where status = 'waiting'");
    await given.drain();
  }
  expect((await given.received(source, "unmatched"))[0]).toMatchObject({
    detail: expect.stringContaining("SMstranger"),
  });
});

test("what a program answers by SMS is no reply, and its advice about STOP no opt-out; a person's own words beside it are", async () => {
  const { leadId } = await inSequence("+12025550641");
  await given.tell(
    source,
    sms("+12025550641", "This number isn't monitored. Reply STOP to unsubscribe."),
    sms("+12025550641", "I'm driving right now. I'll get back to you later."),
  );
  expect(await stateOf(leadId)).toMatchObject({ state: "active" });
  expect(await given.lead(leadId)).toMatchObject({ status: "PENDING", tags: [] });
  expect(await suppressed("+12025550641")).toEqual([]);
  expect(await given.messages(leadId)).toMatchObject([{ automatic: "auto_reply" }, { automatic: "auto_reply" }]);
  const events = (await given.events()).filter(({ data }) => data.leadId === leadId);
  expect(events.map(({ type }) => type)).toEqual(["message.auto_replied", "message.auto_replied"]);

  await given.tell(source, sms("+12025550641", "I'm driving right now, stop texting me"));
  expect(await stateOf(leadId)).toMatchObject({ state: "stopped" });
  expect((await given.messages(leadId)).at(-1)).toMatchObject({ automatic: null });
  expect(await suppressed("+12025550641")).not.toEqual([]);
});
