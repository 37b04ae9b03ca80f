import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { inboundSms, sourceApi, twilioSender } from "../sources/source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let twilio: Awaited<ReturnType<typeof given.create>>;
const senders: string[] = [];
beforeAll(async () => {
  given = await sourceApi();
  twilio = await given.create("twilio");
  await twilioSender(given.call);
  for (const channel of ["sms", "email", "linkedin"] as const)
    senders.push(await makeSender(given.db, given.workspaceId, channel));
});
afterAll(() => given.close());

let sids = 0;
const say = (phone: string, Body: string, more: Record<string, string> = {}) =>
  given.tell(twilio, inboundSms({ MessageSid: `SMc${++sids}`, From: phone, Body, ...more }));
const suppressions = async (address: string) =>
  (await given.call("GET", `/v1/suppressions?address=${encodeURIComponent(address)}`)).body.data as { kind: string }[];
const kinds = async (address: string) => (await suppressions(address)).map(({ kind }) => kind).sort();
const send = async (leadId: string, channel: string) =>
  (
    await given.call("POST", "/v1/messages", {
      body: { leadId, channel, text: "Hi", subject: channel === "email" ? "Hi" : undefined },
    })
  ).body.code ?? "ok";
const lift = (channel: string, address: string, more = "") =>
  given.call(
    "DELETE",
    `/v1/suppressions?channel=${channel}&address=${encodeURIComponent(address)}&reason=agreed${more}`,
  );
const eventsOf = async (leadId: string) => (await given.events()).filter(({ data }) => data.leadId === leadId);

test("START lifts what a keyword made, and nothing else: not the API's, a provider's, do-not-contact or another channel's", async () => {
  const phone = "+12025550201";
  const leadId = await makeLead(given.db, given.workspaceId, { phone });
  await say(phone, "STOP");
  for (const kind of ["manual", "provider"])
    await given.call("POST", "/v1/suppressions", { body: { channel: "sms", address: phone, kind } });
  await given.call("POST", "/v1/suppressions", { body: { address: phone } });
  await given.call("POST", `/v1/leads/${leadId}/do-not-contact`, { body: {} });
  expect(await kinds(phone)).toEqual(["do_not_contact", "keyword", "manual", "manual", "provider"]);
  await say(phone, "Start!");
  expect(await kinds(phone)).toEqual(["do_not_contact", "manual", "manual", "provider"]);
  // Twilio's word decides, whatever the text is.
  await say(phone, "no more", { OptOutType: "STOP" });
  await say(phone, "stop", { OptOutType: "START" });
  expect(await kinds(phone)).toEqual(["do_not_contact", "manual", "manual", "provider"]);
});

test("a change of consent is told and stays on record, with who, why and by what", async () => {
  const phone = "+12025550202";
  const leadId = await makeLead(given.db, given.workspaceId, { phone });
  await say(phone, " stop ");
  await say(phone, "stop");
  const body = {
    channel: "sms",
    address: phone,
    reason: "Called us",
    note: "Ticket 7",
    by: "Ada",
    evidence: { ticket: "7" },
  };
  await given.call("POST", "/v1/suppressions", { body });
  expect((await lift("sms", phone, "&kind=manual&by=Bob")).status).toBe(204);
  await say(phone, "START");
  const told = (await eventsOf(leadId)).filter(({ type }) => type.startsWith("lead.opted"));
  expect(told).toMatchObject([
    {
      ...{ type: "lead.opted_out", formats: 5 },
      data: {
        ...{ channel: "sms", address: phone, kind: "keyword", source: "lead", isDoNotContact: false },
        evidence: { text: "stop", provider: "twilio", providerMessageId: expect.stringMatching(/^SMc/) },
      },
    },
    {
      type: "lead.opted_out",
      data: { kind: "manual", source: "user", changedBy: "Ada", note: "Ticket 7", evidence: { ticket: "7" } },
    },
    { type: "lead.opted_in", data: { kind: "manual", source: "user", changedBy: "Bob", reason: "agreed" } },
    { type: "lead.opted_in", data: { kind: "keyword", source: "lead", evidence: { text: "START" } } },
  ]);
  const { body: record } = await given.call("GET", `/v1/consent-changes?address=${encodeURIComponent(phone)}`);
  expect(
    record.data.map((one: { change: string; kind: string; leadId: string }) => [one.change, one.kind, one.leadId]),
  ).toEqual([
    ["opted_in", "keyword", leadId],
    ["opted_in", "manual", leadId],
    ["opted_out", "manual", leadId],
    ["opted_out", "keyword", leadId],
  ]);
  // Of somebody who is no lead, too.
  await say("+12025550203", "STOP");
  expect((await given.events()).at(-1)).toMatchObject({
    type: "lead.opted_out",
    formats: 1,
    data: { leadId: null, phone: "+12025550203" },
  });
});

test("a workspace's own words are STOP; standard ones keep their meaning, and the change is on record", async () => {
  const patch = (optOutWords: string[]) => given.call("PATCH", "/v1/workspace", { body: { optOutWords } });
  expect((await patch(["ok", "start"])).body.details).toMatchObject([{ field: "optOutWords.1" }]);
  expect((await patch(["!!"])).status).toBe(400);
  expect((await patch(["arrêt", " No  more. "])).body.optOutWords).toEqual(["ARRÊT", "NO MORE"]);
  const phone = "+12025550204";
  await makeLead(given.db, given.workspaceId, { phone });
  await say(phone, "no more of this nonsense");
  expect(await kinds(phone)).toEqual([]);
  await say(phone, "No more!");
  expect(await kinds(phone)).toEqual(["keyword"]);
  await say(phone, "START");
  await say(phone, "Arre\u0302t");
  expect(await kinds(phone)).toEqual(["keyword"]);
  const { body } = await given.call("GET", "/v1/workspace/setting-changes");
  expect(body.data[0]).toMatchObject({ setting: "optOutWords", after: ["ARRÊT", "NO MORE"] });
});

test("a STOP that is processed after a later word of Twilio's own for START doesn't count any more", async () => {
  const phone = "+12025550209";
  await makeLead(given.db, given.workspaceId, { phone });
  await say(phone, "JOIN", { OptOutType: "START" });
  await given.post(given.signed(twilio, inboundSms({ MessageSid: "SMlate", From: phone, Body: "STOP" })));
  await given.db.query("update received set received_at = now() - interval '1 hour' where status = 'waiting'");
  await given.tell(twilio);
  expect(await kinds(phone)).toEqual([]);
  await say(phone, "STOP");
  expect(await kinds(phone)).toEqual(["keyword"]);
});

test("linked channels: an opt-out counts for the others named, in that direction, and a bounce doesn't", async () => {
  const person = { phone: "+12025550205", email: "linked@example.com" };
  const leadId = await makeLead(given.db, given.workspaceId, person);
  await say(person.phone, "STOP");
  expect([await send(leadId, "sms"), await send(leadId, "email")]).toEqual(["suppressed", "ok"]);
  await given.call("PATCH", "/v1/workspace", { body: { linkedChannels: { sms: ["email"] } } });
  expect([await send(leadId, "email"), await send(leadId, "linkedin")]).toEqual(["suppressed", "ok"]);
  await say(person.phone, "START");
  await given.call("POST", "/v1/suppressions", { body: { channel: "sms", address: person.phone, kind: "invalid" } });
  expect([await send(leadId, "sms"), await send(leadId, "email")]).toEqual(["suppressed", "ok"]);
  await given.call("POST", "/v1/suppressions", { body: { channel: "email", address: person.email } });
  expect(await send(leadId, "linkedin")).toBe("ok");
  const other = { phone: "+12025550206", email: "linked2@example.com" };
  const id = await makeLead(given.db, given.workspaceId, other);
  await say(other.phone, "STOP");
  const [told, message] = await eventsOf(id);
  expect(told!.data).toMatchObject({ linkedChannels: ["email"], evidence: { messageId: message!.data.messageId } });
  await given.call("PATCH", "/v1/workspace", { body: { linkedChannels: {} } });
});

test("do-not-contact is for the whole person, at addresses that come later too, and outlives the lead", async () => {
  const person = { phone: "+12025550207", email: "dnc@example.com", linkedinUrl: "https://www.linkedin.com/in/dnc" };
  const leadId = await makeLead(given.db, given.workspaceId, person);
  const [, emails] = senders as [string, string];
  const campaignId = await makeCampaign(given.db, given.workspaceId, {
    senderIds: [emails],
    leadIds: [leadId],
    steps: [{ channel: "email" }],
  });
  await given.db.query("update campaign set status = 'active' where id = $1", [campaignId]);
  const asked = () =>
    given.call("POST", `/v1/leads/${leadId}/do-not-contact`, { body: { reason: "asked", by: "Ada" } });
  expect((await asked()).body).toMatchObject({ changed: true, doNotContact: true });
  expect((await asked()).body.changed).toBe(false);
  const told = await eventsOf(leadId);
  expect(told.map(({ type, data, formats }) => [type, data.channel, data.isDoNotContact, formats])).toEqual([
    ["lead.do_not_contact", undefined, undefined, 5],
    ["lead.opted_out", "linkedin", true, 1],
    ["lead.opted_out", "sms", true, 5],
    ["lead.opted_out", "email", true, 5],
  ]);
  const { rows } = await given.db.query("select state, state_reason from enrollment where lead_id = $1", [leadId]);
  expect(rows).toEqual([{ state: "stopped", state_reason: "do_not_contact: asked" }]);
  expect(await given.lead(leadId)).toMatchObject({ doNotContact: true });
  await given.call("PATCH", `/v1/leads/${leadId}`, { body: { email: "dnc-new@example.com", phone: null } });
  expect(await send(leadId, "email")).toBe("suppressed");

  // It comes back by API, by list and by hand: with one of its addresses, and one that nobody has seen.
  await given.db.query("delete from lead where id = $1", [leadId]);
  const added = await given.call("POST", "/v1/leads", {
    body: { leads: [{ email: "dnc@example.com", phone: "+12025550299" }] },
  });
  expect(added.body).toMatchObject({ leadsAdded: 1 });
  const csv = "email,linkedinUrl\nfresh@example.com,https://www.linkedin.com/in/dnc\ndnc-new@example.com,\n";
  const imported = await given.api.app.inject({
    ...{ method: "POST", url: "/v1/leads/import", payload: csv },
    headers: { "x-api-key": given.api.keys.send, "content-type": "text/csv" },
  });
  expect(imported.statusCode).toBe(200);
  const again = await given.db.query<{ id: string; email: string }>(
    "select id, email from lead where email like '%dnc%' or email like 'fresh%'",
  );
  expect(again.rows).toHaveLength(3);
  for (const { id } of again.rows) {
    expect(await send(id, "email")).toBe("suppressed");
    await given.call("POST", `/v1/campaigns/${campaignId}/leads`, { body: { leadIds: [id] } });
  }
  const [phoned] = again.rows.filter(({ email }) => email === "dnc@example.com");
  expect(await send(phoned!.id, "sms")).toBe("suppressed");
});

test("it is taken back with a reason; what else the person said stays", async () => {
  const person = { phone: "+12025550208", email: "back@example.com" };
  const leadId = await makeLead(given.db, given.workspaceId, person);
  await say(person.phone, "STOP");
  expect((await given.call("PATCH", `/v1/leads/${leadId}`, { body: { doNotContact: true } })).body.doNotContact).toBe(
    true,
  );
  expect((await given.call("PATCH", `/v1/leads/${leadId}`, { body: { doNotContact: false } })).status).toBe(400);
  const free = (query: string, key?: string) =>
    given.call("DELETE", `/v1/leads/${leadId}/do-not-contact${query}`, { ...(key && { key }) });
  expect((await free("")).status).toBe(400);
  expect((await free("?reason=agreed", given.api.keys.send)).status).toBe(403);
  expect((await free("?reason=agreed")).status).toBe(204);
  expect([await send(leadId, "email"), await send(leadId, "sms")]).toEqual(["ok", "suppressed"]);
  expect((await eventsOf(leadId)).filter(({ type }) => type === "lead.opted_in")).toHaveLength(3);
  // By one address it is lifted for the person.
  await given.call("POST", `/v1/leads/${leadId}/do-not-contact`, { body: {} });
  expect((await lift("all", person.email)).status).toBe(204);
  expect([await send(leadId, "email"), await send(leadId, "linkedin"), await kinds(person.phone)]).toEqual([
    "ok",
    "ok",
    ["keyword"],
  ]);
  expect(await given.lead(leadId)).toMatchObject({ doNotContact: false });
});

test("tags that change are told once, each that was added by itself, so that each format can say it", async () => {
  const leadId = await makeLead(given.db, given.workspaceId);
  const patch = (tags: unknown) => given.call("PATCH", `/v1/leads/${leadId}`, { body: { tags } });
  await patch(["a", "b"]);
  await patch(["b", "a"]);
  await patch({ add: ["c"], remove: ["a"] });
  await patch({ add: ["d"] });
  expect((await eventsOf(leadId)).map(({ data, formats }) => [data.tags, data.added, data.removed, formats])).toEqual([
    [["a"], ["a"], [], 7],
    [["a", "b"], ["b"], [], 7],
    [["b"], [], ["a"], 3],
    [["b", "c"], ["c"], [], 7],
    [["b", "c", "d"], ["d"], [], 7],
  ]);
});

test("a sender that is paused or resumed is told", async () => {
  const [sms] = senders as [string];
  const set = (status: string) => given.call("PATCH", `/v1/senders/${sms}`, { body: { status } });
  for (const status of ["paused", "paused", "active", "active"]) await set(status);
  const told = (await given.events()).filter(({ data }) => data.senderId === sms && !data.messageId);
  expect(told).toMatchObject([
    { type: "sender.paused", data: { channel: "sms", reason: "Paused by the API.", until: null } },
    { type: "sender.resumed", data: { channel: "sms", resumedBy: "api" } },
  ]);
});
