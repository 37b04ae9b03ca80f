import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventSchemas } from "../../src/domain/event-schemas.ts";
import { formatOf } from "../../src/domain/formats.ts";
import { makeLead } from "../factories.ts";
import { sourceApi } from "./source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
beforeAll(async () => {
  given = await sourceApi();
});
afterAll(() => given.close());

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
const linkedinUrl = "https://www.linkedin.com/in/john-doe";
const at = "2024-01-15T14:30:00Z";
let n = 0;
const sendpilot = (eventType: string, data: object) => ({
  ...{
    eventId: `evt_1708456789${100 + ++n}_abc123def`,
    eventType,
    timestamp: "2024-02-24T10:30:00.000Z",
    workspaceId: "ws_theirs",
  },
  data: { leadId: "lead_theirs", campaignId: "camp_xyz789", linkedinUrl, senderId: "sender_def456", ...data },
});
const apten = (event: string, data: object) => ({
  event,
  data: { leadId: `theirs-${++n}`, externalLeadId: "003XX", phone: "+12025550189", ...data },
  timestamp: at,
});
const leadBy = async (search: string) =>
  (await given.call("GET", `/v1/leads?search=${encodeURIComponent(search)}`)).body.leads[0];
/** Without those of the lead that each of them makes. */
const eventsButLeads = async () => (await given.events()).filter(({ type }) => type !== "lead.created");
const newEvents = async (from: number) => (await eventsButLeads()).slice(from);

test("SendPilot's message.sent becomes Herald's, with all that it says, and reads the same to SendPilot's handlers", async () => {
  const source = await given.create("sendpilot");
  const text = fixture("sendpilot.message.sent.json");
  await given.tell(source, text);
  const theirs = JSON.parse(text);
  const lead = await leadBy("john-doe");
  expect(lead).toMatchObject({ status: "MESSAGE_SENT", linkedinUrl });
  const [message] = await given.messages(lead.id);
  expect(message).toMatchObject({
    ...{ direction: "outbound", source: "external", status: "sent", text: theirs.data.message, external: theirs.data },
    ...{ campaignId: "camp_xyz789", sequenceStep: 2, senderId: "sender_def456", sentAt: theirs.timestamp },
  });
  const [sent] = await eventsButLeads();
  expect(sent).toMatchObject({
    type: "message.sent",
    data: {
      source: "external",
      campaignId: "camp_xyz789",
      sequenceStep: 2,
      isFollowUp: true,
      followUpStep: 1,
      senderId: "sender_def456",
    },
  });
  expect(Object.keys(sent!.data)).toEqual(Object.keys(eventSchemas["message.sent"].data.shape));
  const { body: listed } = await given.call("GET", "/v1/events?type=message.sent");
  expect(listed.data[0].data.content).toEqual({ subject: null, text: theirs.data.message });
});

test("both generations of SendPilot's names mean the same", async () => {
  const source = await given.create("sendpilot");
  const from = (await eventsButLeads()).length;
  await given.tell(
    source,
    sendpilot("connection.sent", { linkedinUrl: `${linkedinUrl}-2`, note: "Hi" }),
    sendpilot("connection.accepted", { linkedinUrl: `${linkedinUrl}-2` }),
    sendpilot("message.sent", { linkedinUrl: `${linkedinUrl}-2`, messagePreview: "The first 100 characters" }),
    sendpilot("message.received", { linkedinUrl: `${linkedinUrl}-2`, replyPreview: "Sure" }),
    sendpilot("reply.received", { linkedinUrl: `${linkedinUrl}-2`, reply: "Sure, when?" }),
    sendpilot("lead.status.changed", {
      linkedinUrl: `${linkedinUrl}-2`,
      previousStatus: "PENDING",
      newStatus: "MEETING_BOOKED",
      changedBy: "user",
    }),
  );
  expect((await newEvents(from)).at(-1)!.data).toMatchObject({ campaignId: "camp_xyz789", changedBy: "user" });
  expect(
    (await newEvents(from)).map(({ type, data }) => data.newStatus ?? data.note ?? data.content?.text ?? type),
  ).toEqual([
    ...[
      "Hi",
      "CONNECTION_SENT",
      "connection_request.accepted",
      "CONNECTION_ACCEPTED",
      "The first 100 characters",
      "MESSAGE_SENT",
    ],
    ...["Sure", "REPLY_RECEIVED", "Sure, when?", "MEETING_BOOKED"],
  ]);
  const lead = await leadBy("john-doe-2");
  expect(lead).toMatchObject({ status: "MEETING_BOOKED" });
  // One conversation, as all of it was between the lead and one sender.
  expect(new Set((await given.messages(lead.id)).map((m: { conversationId: string }) => m.conversationId)).size).toBe(
    1,
  );
});

test("SendPilot's reply without a text, as of a picture, is a reply; one without the field is not understood", async () => {
  const source = await given.create("sendpilot");
  const of = { linkedinUrl: `${linkedinUrl}-picture` };
  await given.tell(source, sendpilot("reply.received", { ...of, reply: "" }), sendpilot("reply.received", of));
  expect((await given.received(source)).map(({ status }) => status)).toEqual(["unknown", "processed"]);
  const lead = await leadBy("john-doe-picture");
  expect(lead).toMatchObject({ status: "REPLY_RECEIVED" });
  expect(await given.messages(lead.id)).toMatchObject([{ direction: "inbound", text: "" }]);
});

test("SendPilot's campaigns are told on as they were told, and change none of Herald's", async () => {
  const source = await given.create("sendpilot");
  const from = (await eventsButLeads()).length;
  const campaign = { leadId: undefined, linkedinUrl: undefined, senderId: undefined, campaignName: "Spring" };
  const [startedAt, pausedAt] = ["2024-02-24T10:29:00.000Z", "2024-02-24T10:30:00.000Z"];
  await given.tell(
    source,
    sendpilot("campaign.started", { ...campaign, totalLeads: 7, startedAt }),
    sendpilot("campaign.paused", { ...campaign, pausedBy: "system" }),
  );
  const of = { campaignId: "camp_xyz789", campaignName: "Spring" };
  expect((await newEvents(from)).map(({ type, data }) => ({ type, data }))).toEqual([
    { type: "campaign.started", data: { ...of, totalLeads: 7, startedAt } },
    { type: "campaign.paused", data: { ...of, pausedAt, pausedBy: "system" } },
  ]);
});

test("events that Herald doesn't know are kept as they came, and are processed once it does", async () => {
  const source = await given.create("sendpilot");
  const strange = { ...sendpilot("lead_extractor.job.completed", {}), data: { job_id: "j1", lead_count: 7 } };
  await given.tell(source, strange, "not json at all", sendpilot("campaign.started", { campaignName: "Spring" }));
  expect(await given.received(source, "unknown")).toMatchObject([
    { type: null, body: "not json at all" },
    { type: "lead_extractor.job.completed", body: JSON.stringify(strange) },
  ]);
  expect((await given.call("GET", `/v1/sources/${source.id}`)).body.backlog).toMatchObject({ unknown: 2, waiting: 0 });
  // What a later version would make of it.
  const known = sendpilot("reply.received", { linkedinUrl: `${linkedinUrl}-later`, reply: "Known by now" });
  const bytes = Buffer.from(JSON.stringify(known));
  await given.db.query("update received set body = $2 where source_id = $1 and type like 'lead_extractor%'", [
    source.id,
    bytes,
  ]);
  const { body } = await given.call("POST", `/v1/sources/${source.id}/reprocess`, { body: { statuses: ["unknown"] } });
  expect(body).toEqual({ queued: 2, more: false });
  await given.drain();
  expect(await given.messages((await leadBy("john-doe-later")).id)).toMatchObject([{ text: "Known by now" }]);
  expect(await given.received(source, "unknown")).toHaveLength(1);
});

test("Apten's messages by SMS and email become Herald's, with all that they say", async () => {
  const source = await given.create("apten");
  const from = (await eventsButLeads()).length;
  const files = ["apten.message.sent.sms.json", "apten.message.sent.email.json"].map(fixture);
  await given.tell(source, ...files);
  const lead = await leadBy("+12025550189");
  expect(lead).toMatchObject({ externalLeadId: "003XX000004DHPY", profile: "Default Profile", status: "MESSAGE_SENT" });
  const theirs = files.map((text) => JSON.parse(text).data);
  expect((await given.messages(lead.id)).map((m: { external: object }) => m.external)).toEqual(theirs);
  const [sms, , email] = await newEvents(from);
  for (const [event, data] of [
    [sms, theirs[0]],
    [email, theirs[1]],
  ] as const) {
    const { channel, isFollowUp, followUpStep, content, phone, externalLeadId, profile } = data;
    expect(event).toMatchObject({
      ...{ type: "message.sent", formats: 5 },
      data: {
        source: "external",
        channel,
        isFollowUp,
        followUpStep,
        content,
        phone,
        externalLeadId,
        profile,
        sequenceStep: 2,
      },
    });
  }
});

test("what a message tells of who wrote it is on record, with what was known before, once", async () => {
  const source = await given.create("apten");
  const phone = "+12025550179";
  const leadId = await makeLead(given.db, given.workspaceId, { phone, firstName: null });
  for (const text of ["Hi", "Hi again"])
    await given.tell(source, apten("message.received", { phone, channel: "sms", profile: "P", content: { text } }));
  const { body } = await given.call("GET", `/v1/audit?leadId=${leadId}&kind=act`);
  expect(body.data).toMatchObject([
    {
      ...{ action: "lead.described", actor: { kind: "system", id: source.id }, target: leadId },
      content: { before: { profile: null }, after: { profile: "P" } },
    },
  ]);
});

test("who refuses emails at Apten, which knows the phone alone, gets none at an address that is learned later", async () => {
  const source = await given.create("apten");
  const phone = "+12025550193";
  await given.tell(
    source,
    apten("message.received", { phone, channel: "sms", profile: "P", content: { text: "Hi" } }),
    apten("optOut", { phone, channel: "email", optOutReason: "UNSUBSCRIBE_LINK", isTwilioOptOut: null }),
    apten("optOut", { phone: "+12025550194", channel: "email", optOutReason: "BOUNCE", isTwilioOptOut: null }),
  );
  expect((await given.received(source)).map(({ status }) => status)).toEqual(["unmatched", "processed", "processed"]);
  const { id } = await leadBy(phone);
  const of = { channel: "email", address: phone, kind: "unsubscribe" };
  expect((await given.events()).filter(({ data }) => data.leadId === id).at(-1)).toMatchObject({
    ...{ type: "lead.opted_out", data: { ...of, phone, email: null } },
  });
  await given.call("PATCH", `/v1/leads/${id}`, { body: { email: "later@example.com" } });
  for (const [channel, provider] of [
    ["email", "sandbox"],
    ["sms", "sandbox"],
  ]) {
    await given.call("POST", "/v1/senders", { body: { name: `S ${channel}`, channel, provider } });
  }
  const write = (channel: string) =>
    given.call("POST", "/v1/messages", {
      body: { leadId: id, channel, text: "Hi", ...(channel === "email" && { subject: "Hi" }) },
    });
  expect(await write("email")).toMatchObject({ status: 422, body: { code: "suppressed" } });
  expect(await write("sms")).toMatchObject({ status: 202 });
  const address = encodeURIComponent(phone);
  const path = `/v1/suppressions?channel=email&address=${address}&reason=Asked+for+mails`;
  expect((await given.call("DELETE", path)).status).toBe(204);
  expect((await write("email")).status).toBe(202);
});

test("Apten's replies, opt-outs, tags and fields count here, too", async () => {
  const source = await given.create("apten");
  const phone = "+12025550190";
  const content = { text: "Call me" };
  await given.tell(
    source,
    apten("message.received", {
      phone,
      channel: "email",
      profile: "P",
      content: { subject: "Re: Hi", ...content },
      hasAttachments: true,
    }),
    apten("leadTagged", { phone, channel: "sms", tag: "isHot" }),
    apten("lead.additionalInfo.updated", {
      phone,
      additionalInfo: { budget: { old: null, new: "10k" }, "no name!": { old: null, new: "x" } },
    }),
    apten("optOut", { phone, channel: "sms", optOutReason: null, isTwilioOptOut: true, isDoNotContact: false }),
    apten("doNotContact", { phone: "+12025550191", email: "Gone@Example.com", optOutMessage: "stop" }),
    apten("notification", { phone, channel: "sms", notificationName: "n", notificationMessage: "m" }),
    apten("call.completed", { phone }),
    apten("optOut", { phone, channel: "call", optOutReason: null, isTwilioOptOut: false, isDoNotContact: false }),
  );
  const lead = await leadBy(phone);
  expect(lead).toMatchObject({
    status: "REPLY_RECEIVED",
    tags: ["isHot"],
    custom: { budget: "10k", "no name!": "x" },
    externalLeadId: "003XX",
  });
  const { body } = await given.call("GET", "/v1/suppressions");
  expect(body.data.map((s: { channel: string; address: string }) => `${s.channel} ${s.address}`).sort()).toEqual([
    ...["all +12025550191", "all gone@example.com", `sms ${phone}`],
  ]);
  expect((await given.received(source)).map(({ type, status }) => `${type} ${status}`).reverse()).toEqual([
    ...[
      "message.received processed",
      "leadTagged processed",
      "lead.additionalInfo.updated processed",
      "optOut processed",
    ],
    ...["doNotContact processed", "notification processed", "call.completed unknown", "optOut processed"],
  ]);
  await given.tell(source, apten("doNotContact", { phone, optOutMessage: "never again" }));
  expect(await leadBy(phone)).toMatchObject({ doNotContact: true });
  const events = await given.events();
  expect(
    events
      .filter(({ type, data }) => ["message.received", "lead.tag.updated"].includes(type) && data.leadId === lead.id)
      .map(({ data }) => data),
  ).toEqual([
    expect.objectContaining({ attachments: [], hasAttachments: true }),
    expect.objectContaining({ added: ["isHot"], channel: "sms", reason: null }),
  ]);
  const news = ["lead.created", "lead.fields.updated", "notification.created"];
  expect(
    events
      .filter(({ type, data }) => news.includes(type) && data.phone === phone)
      .map(({ type, data }) => ({ type, ...data })),
  ).toEqual([
    expect.objectContaining({ type: "lead.created", leadId: lead.id, phone, origin: "source", campaignId: null }),
    expect.objectContaining({
      ...{ type: "lead.fields.updated", leadId: lead.id, fields: {}, changedBy: "source" },
      custom: { budget: { old: null, new: "10k" }, "no name!": { old: null, new: "x" } },
    }),
    expect.objectContaining({
      ...{ type: "notification.created", leadId: lead.id, channel: "sms", name: "n", message: "m" },
    }),
  ]);
  const told = events
    .filter(({ data }) => data.leadId === lead.id)
    .map(({ type, data }) => [type, data.kind, data.evidence]);
  expect(told.filter(([type]) => String(type).startsWith("lead.opted") || type === "lead.do_not_contact")).toEqual([
    ["lead.opted_out", "provider", { provider: "twilio" }],
    ["lead.do_not_contact", undefined, { text: "never again" }],
    ["lead.opted_out", "do_not_contact", { text: "never again" }],
  ]);
});

test("fields that another system calls in its own way are kept, whatever they are, and come back in Apten's format as they came", async () => {
  const source = await given.create("apten");
  const phone = "+12025550176";
  const odd = {
    "": "empty",
    "a.b": "dots",
    ["__proto__"]: "proto",
    constructor: "c",
    company: "ACME",
    "no name!": "x",
  };
  const info = Object.fromEntries([...Object.entries(odd), ["k".repeat(200), "long"], ["h\u0000", "nul"]]);
  const changes = Object.entries(info).map(([key, value]) => [key, { old: null, new: value }]);
  const others = { n: { old: null, new: 7 }, yes: { old: null, new: true }, list: { old: null, new: ["a", { b: 1 }] } };
  const additionalInfo = Object.fromEntries([...changes, ...Object.entries(others)]);
  await given.tell(source, apten("lead.additionalInfo.updated", { phone, additionalInfo }));
  const kept = Object.fromEntries([
    ...Object.entries(info).map(([key, value]) => [key.replace("\0", "\u2400"), value]),
    ...Object.entries({ n: "7", yes: "true", list: '["a",{"b":1}]' }),
  ]);
  const { id, custom } = await leadBy(phone);
  // Answers of the API leave this one out, which would be an object's prototype where it is read carelessly.
  const shown = Object.entries(kept).filter(([key]) => key !== "__proto__");
  expect(Object.entries(custom).sort()).toEqual(shown.sort());
  const { rows } = await given.db.query<{ data: string }>(
    "select data::text from event where workspace_id = $1 and lead_id = $2 and type = 'lead.fields.updated'",
    [given.workspaceId, id],
  );
  const event = { eventId: "evt_1", eventType: "lead.fields.updated", timestamp: "2026-01-05T09:30:00.000Z" } as const;
  const body = formatOf("apten").body({ ...event, workspaceId: given.workspaceId, data: rows[0]!.data });
  expect(Object.entries(JSON.parse(body).data.additionalInfo).sort()).toEqual(
    Object.entries(kept)
      .map(([key, value]) => [key, { old: null, new: value }])
      .sort(),
  );
});

test("numbers of steps that can be none are none", async () => {
  const source = await given.create("apten");
  const phone = "+12025550177";
  const sent = (step: unknown) =>
    apten("message.sent", {
      ...{
        phone,
        channel: "sms",
        profile: "P",
        isFollowUp: true,
        followUpStep: step,
        content: { text: `step ${step}` },
      },
    });
  await given.tell(source, ...[-1, 0, 2 ** 40, 1.5, 2].map(sent));
  const told = (await given.events()).filter(({ type, data }) => type === "message.sent" && data.phone === phone);
  const steps = told.map(({ data }) => [data.content.text, data.sequenceStep, data.followUpStep]);
  expect(steps.sort()).toEqual([
    ["step -1", null, null],
    ["step 0", null, null],
    ["step 1.5", null, null],
    ["step 1099511627776", null, null],
    ["step 2", 3, 2],
  ]);
});

test("who is told to have opted out of all channels gets nothing on another one, whether the lead is known before or after", async () => {
  const mapping = `{"type": "opt_out", "phone": phone}`;
  const source = await given.create("generic", { mapping });
  for (const channel of ["email", "sms"]) {
    await given.call("POST", "/v1/senders", { body: { name: `S ${channel}`, channel, provider: "sandbox" } });
  }
  const lead = (phone: string) => makeLead(given.db, given.workspaceId, { phone });
  const [known, later] = ["+12025550197", "+12025550198"];
  const ids = [await lead(known)];
  for (const phone of [known, later]) await given.post(given.signed(source, { phone }, { id: `all_${phone}` }));
  await given.drain();
  ids.push(await lead(later));
  for (const leadId of ids) {
    for (const channel of ["email", "sms"]) {
      const body = { leadId, channel, text: "Hi", ...(channel === "email" && { subject: "Hi" }) };
      const answer = await given.call("POST", "/v1/messages", { body });
      expect([leadId, channel, answer]).toMatchObject([leadId, channel, { status: 422, body: { code: "suppressed" } }]);
    }
  }
});

test("Apten's opt-outs of a person who is not to be contacted are one, and what was lifted doesn't come back by what was said before", async () => {
  const source = await given.create("apten");
  const phone = "+12025550199";
  const id = await makeLead(given.db, given.workspaceId, { phone });
  const { email } = await given.lead(id);
  const person = { phone, email, isTwilioOptOut: null, isDoNotContact: true };
  const told = async () =>
    (await given.events())
      .filter(({ data }) => data.leadId === id && data.reason)
      .map(({ type, data }) => `${type} ${data.kind ?? ""} ${data.isDoNotContact ?? ""}`);
  await given.tell(
    source,
    apten("doNotContact", { ...person, optOutMessage: "never" }),
    apten("optOut", { ...person, channel: "sms" }),
    apten("optOut", { ...person, channel: "email" }),
  );
  expect(await told()).toEqual(["lead.do_not_contact  ", ...Array(3).fill("lead.opted_out do_not_contact true")]);
  await given.tell(source, apten("optOut", { phone, email, channel: "email", optOutReason: "UNSUBSCRIBE_LINK" }));
  expect((await given.call("DELETE", `/v1/leads/${id}/do-not-contact?reason=agreed`)).status).toBe(204);
  await given.call("DELETE", `/v1/suppressions?channel=email&address=${email}&reason=agreed`);
  const before = (await told()).length;
  await given.tell(
    source,
    apten("doNotContact", { ...person, optOutMessage: "never " }),
    apten("optOut", { ...person, channel: "sms", optOutMessage: "x" }),
    apten("optOut", { phone, email, channel: "email", optOutReason: "UNSUBSCRIBE_LINK", optOutMessage: "x" }),
  );
  expect((await told()).slice(before)).toEqual([]);
  expect(await given.lead(id)).toMatchObject({ doNotContact: false });
  expect((await given.call("GET", `/v1/suppressions?address=${email}`)).body.data).toEqual([]);
  // What is said after that counts.
  await given.tell(source, { ...apten("doNotContact", person), timestamp: new Date().toISOString() });
  expect(await given.lead(id)).toMatchObject({ doNotContact: true });
});

test("Apten's opt-out by hand stays one, and the ID at Close is the lead's in its CRM", async () => {
  const source = await given.create("apten");
  const byHand = { email: "hand@example.com", channel: "email", optOutReason: "MANUAL", isTwilioOptOut: null };
  await given.tell(
    source,
    apten("optOut", { phone: "+12025550196", ...byHand }),
    apten("leadTagged", { phone: "+12025550196", externalLeadId: undefined, close_crm_leadId: "lead_close", tag: "x" }),
  );
  expect((await given.call("GET", "/v1/suppressions?address=hand@example.com")).body.data).toMatchObject([
    { kind: "manual" },
  ]);
  expect(await leadBy("+12025550196")).toMatchObject({ externalLeadId: "lead_close" });
});

test("a mapping says what a generic source means; where it fails or gives nonsense, the item says so and waits for a better one", async () => {
  const mapping = `type = "sms.in" ? {"type": "message.received", "channel": "sms", "phone": from, "text": text, "id": id}
    : type = "gone" ? [{"type": "opt_out", "channel": "email", "email": who}, {"type": "lead.updated", "email": who, "status": "DONE"}]
    : type = "bad" ? {"type": "message.received", "phone": from} : type = "broken" ? $error("no") : null`;
  const source = await given.create("generic", { mapping });
  const tell = async (id: string, event: object) => {
    expect(await given.post(given.signed(source, event, { id }))).toMatchObject({ status: 200 });
    await given.drain();
    return (await given.received(source))[0];
  };
  expect(await tell("w1", { type: "sms.in", from: "+1 202 555 0195", text: "Hello", id: "x1" })).toMatchObject({
    status: "processed",
  });
  expect(await tell("w2", { type: "sms.in", from: "+1 202 555 0195", text: "Hello", id: "x1" })).toMatchObject({
    detail: expect.stringMatching(/known already/),
  });
  // Empty fields are not given.
  const blank = '{"type": "opt_out", "channel": "sms", "phone": from, "email": "", "firstName": " "}';
  const forms = await given.create("generic", { mapping: blank });
  await given.post(given.signed(forms, { from: "+1 202 555 0194" }));
  await given.drain();
  expect(await given.received(forms)).toMatchObject([{ status: "processed" }]);
  expect((await given.call("GET", "/v1/suppressions?address=%2B12025550194")).body.data).toHaveLength(1);
  expect(await tell("w3", { type: "other" })).toMatchObject({ status: "processed", type: "other" });
  expect(await tell("w4", { type: "bad", from: "+12025550195" })).toMatchObject({
    status: "unknown",
    detail: expect.stringMatching(/channel/),
  });
  expect(await tell("w5", { type: "broken" })).toMatchObject({
    status: "unknown",
    detail: expect.stringMatching(/The mapping failed/),
  });
  // All of it or nothing is a matter of errors; what concerns nobody leaves the rest.
  expect(await tell("w6", { type: "gone", who: "who@example.com" })).toMatchObject({ status: "unmatched" });
  expect((await given.call("GET", "/v1/suppressions?address=who@example.com")).body.data).toHaveLength(1);
  const lead = await leadBy("+12025550195");
  expect(await given.messages(lead.id)).toHaveLength(1);
  const better = '{"type": "message.received", "channel": "sms", "phone": from, "text": "mended"}';
  await given.call("PATCH", `/v1/sources/${source.id}`, { body: { mapping: better } });
  await given.call("POST", `/v1/sources/${source.id}/reprocess`, { body: { statuses: ["unknown"] } });
  await given.drain();
  expect((await given.messages(lead.id)).map((m: { text: string }) => m.text)).toEqual(["Hello", "mended"]);
});

test("a refusal at Apten counts where it doesn't say on which channel", async () => {
  const source = await given.create("apten");
  const [byWord, byEvent, elsewhere] = ["+12025550161", "+12025550162", "+12025550163"];
  await given.tell(
    source,
    apten("message.received", { phone: byWord, content: { text: "UNSUBSCRIBE" } }),
    apten("optOut", { phone: byEvent }),
    apten("optOut", { phone: elsewhere, channel: "whatsapp" }),
  );
  const of = async (phone: string) =>
    (await given.call("GET", `/v1/suppressions?address=${encodeURIComponent(phone)}`)).body.data;
  expect(await of(byWord!)).toMatchObject([{ channel: "sms", kind: "keyword" }]);
  expect(await of(byEvent!)).toMatchObject([{ channel: "all", kind: "provider" }]);
  expect(await of(elsewhere!)).toEqual([]);
});

test("what Apten says in another spelling counts: numbers without a plus sign, capitals, truths and times as texts or numbers", async () => {
  const source = await given.create("apten");
  const phones = ["+12025553161", "+12025553162", "+447400123456"];
  const ids: string[] = [];
  for (const phone of phones) ids.push(await makeLead(given.db, given.workspaceId, { phone }));
  const stop = { channel: "SMS", profile: "P", content: { text: "STOP" } };
  await given.tell(
    source,
    apten("message.received", { ...stop, phone: "(202) 555-3161" }),
    apten("message.received", { ...stop, phone: 12025553162 }),
    apten("optOut", {
      phone: "447400123456",
      channel: "Email",
      email: null,
      optOutReason: null,
      isDoNotContact: "true",
    }),
  );
  const blocked = async (address: string) =>
    (await given.call("GET", `/v1/suppressions?address=${encodeURIComponent(address)}`)).body.data.length > 0;
  expect(await Promise.all(phones.map(blocked))).toEqual([true, true, true]);
  expect((await given.lead(ids[2]!)).doNotContact).toBe(true);
  const [reply] = await given.messages(ids[0]!);
  expect(reply).toMatchObject({ direction: "inbound", channel: "sms", text: "STOP" });
  await given.tell(source, {
    ...apten("message.sent", { phone: phones[1], channel: "sms", profile: "P", content: "In one piece" }),
    timestamp: 1_767_605_400,
  });
  expect((await given.messages(ids[1]!)).find(({ text }: { text: string }) => text === "In one piece")).toMatchObject({
    sentAt: "2026-01-05T09:30:00.000Z",
  });
});

test("SendPilot's tags are taken over where it says which there are, and not what changed", async () => {
  const source = await given.create("sendpilot");
  const url = "https://www.linkedin.com/in/tagged-as-a-whole";
  await given.tell(source, sendpilot("lead.tag.updated", { linkedinUrl: url, tags: ["vip", "warm"] }), {
    ...sendpilot("lead.tag.updated", { linkedinUrl: url, tags: ["warm"], added: [], removed: ["vip"] }),
    timestamp: "2024-02-25T10:30:00.000Z",
  });
  expect((await leadBy("tagged-as-a-whole")).tags).toEqual(["warm"]);
});

test("a whole answer that is a word for STOP counts by email too, where the lead is known by its phone alone", async () => {
  const source = await given.create("apten");
  await given.call("PATCH", "/v1/workspace", { body: { optOutWords: ["ARRET"] } });
  for (const [phone, text] of [
    ["+12025550157", "Cancel."],
    ["+12025550158", "Arrêt !"],
  ] as const) {
    const of = { phone, channel: "email", profile: "P" };
    await given.tell(source, apten("message.received", { ...of, content: { subject: "Re: Hello", text } }));
    const { id, status } = await leadBy(phone);
    expect(status).toBe("PENDING");
    const { data } = (await given.call("GET", `/v1/suppressions?address=${encodeURIComponent(phone)}`)).body;
    expect(data).toMatchObject([{ channel: "email", address: phone, kind: "unsubscribe", source: "lead" }]);
    await given.call("PATCH", `/v1/leads/${id}`, { body: { email: `later${id}@example.com` } });
    const body = { leadId: id, channel: "email", subject: "Hi", text: "Hi" };
    await given.call("POST", "/v1/senders", { body: { name: `S ${id}`, channel: "email", provider: "sandbox" } });
    expect(await given.call("POST", "/v1/messages", { body })).toMatchObject({
      status: 422,
      body: { code: "suppressed" },
    });
  }
});
