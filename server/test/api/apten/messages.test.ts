import { afterAll, beforeAll, expect, test } from "vitest";
import { inboundSms, sourceApi, twilioSender } from "../../sources/source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let source: Awaited<ReturnType<typeof given.create>>;
let n = 0;
beforeAll(async () => {
  given = await sourceApi();
  source = await given.create("twilio");
  await twilioSender(given.call);
  await given.call("POST", "/v1/profiles", { body: { name: "Buyers", mode: "off", content: {} } });
  // Tests run at any hour.
  await given.db.query('update workspace set sms_hours = \'{"from": "00:00", "to": "24:00"}\'');
});
afterAll(() => given.close());

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  await given.call(method, `/apten/v1${path}`, { ...(body !== undefined && { body }), headers });
const sms = (From: string, Body: string, fields: Record<string, string> = {}) =>
  given.tell(source, inboundSms({ MessageSid: `SM${++n}`, From, Body, ...fields }));

async function created() {
  const phone = `+1202555${String(5_000 + ++n)}`;
  const lead = { firstName: "Jane", lastName: "Doe", phone, customerProfile: "Buyers" };
  return { id: (await call("POST", "/leads/create", lead)).body.id as string, phone };
}
const goOut = (leadId: string) =>
  given.db.query(
    "update message set status = 'sent', sent_at = now(), updated_at = now() where lead_id = $1 and status = 'queued'",
    [leadId],
  );
const eventsOf = async (id: string, query = "since=2020-01-01T00:00:00Z") =>
  (await call("GET", `/leads/${id}/events?${query}`)).body;

test("an SMS is accepted once, now or for later, and is in the conversation when it went out", async () => {
  const { id, phone } = await created();
  const once = { "idempotency-key": `key-${id}` };
  for (let i = 0; i < 2; i += 1) {
    expect(
      await call("POST", `/leads/${id}/sendMessage`, { message: "Hi Jane", sendWhenOff: true }, once),
    ).toMatchObject({
      ...{ status: 200, body: { message: "Message sent successfully." } },
    });
  }
  const later = { message: "Later", sendWhenOff: true, scheduledTime: "2027-01-05T09:00:00Z" };
  expect((await call("POST", `/leads/${id}/sendMessage`, later)).status).toBe(200);
  const queued = await given.messages(id);
  expect(queued.map(({ text, scheduledAt }: never) => [text, scheduledAt])).toEqual([
    ["Hi Jane", null],
    ["Later", "2027-01-05T09:00:00.000Z"],
  ]);
  expect((await call("GET", `/leads/${id}/messages`)).body).toEqual({ messages: [] });
  await given.db.query("delete from message where lead_id = $1 and text = 'Later'", [id]);
  await goOut(id);
  await sms(phone, "Who is this?");
  expect((await call("GET", `/leads/${id}/messages`)).body).toEqual({
    messages: [
      { content: { text: "Hi Jane" }, createdAt: expect.any(String), owner: "user" },
      { content: { text: "Who is this?" }, createdAt: expect.any(String), owner: "lead" },
    ],
  });
});

test("the same call again with its key is answered as before, whatever became of the lead, and sets no follow-ups", async () => {
  const followUps = { 1: { hours: 24, channel: "sms" } };
  const profile = { name: "Repeats", mode: "draft", content: { followUps } };
  expect((await given.call("POST", "/v1/profiles", { body: profile })).status).toBe(201);
  const { id, phone } = await created();
  await given.call("PATCH", `/v1/leads/${id}`, { body: { profile: "Repeats" } });
  const once = { "idempotency-key": `again-${id}` };
  const send = (message = "Hi") => call("POST", `/leads/${id}/sendMessage`, { message, scheduleFollowUps: true }, once);
  expect((await send()).status).toBe(200);
  const step = async () => (await given.call("GET", `/v1/leads/${id}/assistant`)).body.followUps;
  expect(await step()).toMatchObject({ step: 1, nextAt: expect.any(String) });
  await goOut(id);
  await sms(phone, "Yes, when?");
  await given.call("PATCH", `/v1/leads/${id}/assistant`, { body: { followUpStep: -1, mode: "off" } });
  expect(await send()).toMatchObject({ status: 200, body: { message: "Message sent successfully." } });
  expect(await step()).toMatchObject({ step: -1, nextAt: null });
  expect(await send("Another")).toMatchObject({ status: 400, body: { code: "idempotency_conflict" } });
  expect((await given.messages(id)).filter(({ direction }: never) => direction === "outbound").length).toBe(1);
});

test("a message and the follow-ups that are asked for with it are stored together, or neither is", async () => {
  const followUps = { 1: { hours: 24, channel: "sms" } };
  const profile = { name: "Together", mode: "draft", content: { followUps } };
  expect((await given.call("POST", "/v1/profiles", { body: profile })).status).toBe(201);
  const { id } = await created();
  await given.call("PATCH", `/v1/leads/${id}`, { body: { profile: "Together" } });
  const send = () =>
    call("POST", `/leads/${id}/sendMessage`, { message: "Hi", scheduleFollowUps: true }, { "idempotency-key": id });
  // What may come between the two: a lock, a crash.
  await given.db.query(`create function refuse_lead() returns trigger language plpgsql as $$
    begin if new.lead_id = '${id}' then raise exception 'locked' using errcode = '55P03'; end if; return new; end $$`);
  await given.db.query(
    "create trigger refuse_lead before insert or update on enrollment for each row execute function refuse_lead()",
  );
  expect((await send()).status).toBe(500);
  expect(await given.messages(id)).toEqual([]);
  await given.db.query("drop trigger refuse_lead on enrollment");
  for (let n = 0; n < 2; n++) expect((await send()).status).toBe(200);
  expect((await given.call("GET", `/v1/leads/${id}/assistant`)).body.followUps.step).toBe(1);
  expect((await given.messages(id)).length).toBe(1);
});

test("an SMS that can't be sent is refused with 400, and a lead that isn't there with 404", async () => {
  const { id, phone } = await created();
  for (const body of [
    {},
    { message: "" },
    { message: "x".repeat(1_601) },
    { message: "x", scheduledTime: "soon" },
    { message: "x", sendWhenOff: true, to: "y" },
  ]) {
    expect((await call("POST", `/leads/${id}/sendMessage`, body)).status).toBe(400);
  }
  const late = { message: "x", sendWhenOff: true, scheduledTime: "2999-01-01T00:00:00Z" };
  expect((await call("POST", `/leads/${id}/sendMessage`, late)).body.details[0].field).toBe("scheduledTime");
  await sms(phone, "STOP");
  expect(await call("POST", `/leads/${id}/sendMessage`, { message: "x", sendWhenOff: true })).toMatchObject({
    ...{ status: 400, body: { code: "suppressed" } },
  });
  expect((await call("POST", "/leads/lead_x/sendMessage", { message: "x" })).status).toBe(404);
  expect((await call("GET", "/leads/lead_x/messages")).status).toBe(404);
});

test("events are the messages by when they changed, in Apten's shape, by page and by type", async () => {
  const { id, phone } = await created();
  await call("POST", `/leads/${id}/sendMessage`, { message: "One", sendWhenOff: true });
  await goOut(id);
  for (const text of ["Two", "Three", "Four"]) await sms(phone, text);
  const { events, nextToken } = await eventsOf(id);
  expect(nextToken).toBe(null);
  expect(events).toHaveLength(4);
  expect(events[0]).toEqual({
    ...{ id: expect.stringMatching(/^msg_/), roomId: id, orgId: given.workspaceId, type: "MESSAGE" },
    ...{ timestamp: expect.any(String), updatedAt: expect.any(String) },
    data: { direction: "OUTBOUND", content: { text: "One" }, isAiGenerated: false, deliveryChannel: "SMS" },
  });
  expect(events[3].data).toMatchObject({ direction: "INBOUND", content: { text: "Four" } });
  const found: string[] = [];
  let token: string | null = "";
  do {
    const page = await eventsOf(id, `since=2020-01-01T00:00:00Z&types=&limit=1&nextToken=${token}`);
    found.push(...page.events.map((event: { data: { content: { text: string } } }) => event.data.content.text));
    token = page.nextToken;
  } while (token !== null);
  expect(found).toEqual(["One", "Two", "Three", "Four"]);
  expect((await eventsOf(id, `since=${events[2].updatedAt}`)).events.map((event: { id: string }) => event.id)).toEqual(
    events.slice(2).map((event: { id: string }) => event.id),
  );
  expect((await eventsOf(id, "since=2020-01-01T00:00:00Z&types=EMAIL,CUSTOM")).events).toEqual([]);
  expect((await eventsOf(id, "since=2020-01-01&types=EMAIL,&types=message&limit=")).events).toHaveLength(4);
  for (const query of [
    "",
    "since=x",
    "since=2020-01-01T00:00:00Z&types=FAX",
    "since=2020-01-01T00:00:00Z&limit=1001",
  ]) {
    expect((await call("GET", `/leads/${id}/events?${query}`)).status, query).toBe(400);
  }
});

test("an email is EMAIL with its subject, and what a compliance check blocked says why", async () => {
  const { id } = await created();
  await call("POST", `/leads/${id}/sendMessage`, { message: "One", sendWhenOff: true });
  await call("POST", `/leads/${id}/sendMessage`, { message: "Two", sendWhenOff: true });
  const [one, two] = await given.messages(id);
  await given.db.query("update message set channel = 'email', subject = 'Hello', status = 'sent' where id = $1", [
    one.id,
  ]);
  await given.db.query(
    "update message set status = 'blocked', status_code = 'compliance_blocked', status_detail = 'STATE_DNC' where id = $1",
    [two.id],
  );
  const { events } = await eventsOf(id);
  // What the claim says of an address that is suppressed; another rule is no matter of compliance.
  const blocked = async (code: string, detail: string) => {
    const say = "update message set status_code = $2, status_detail = $3 where id = $1";
    await given.db.query(say, [two.id, code, detail]);
    const since = "since=2020-01-01T00:00:00Z&types=COMPLIANCE_BLOCKED";
    return (await eventsOf(id, since)).events.map(({ data }: { data: { source: string } }) => data.source);
  };
  expect(await blocked("suppressed", "The address is suppressed (do not contact).")).toEqual(["dnc"]);
  expect(await blocked("suppressed", "The address is suppressed (keyword: STOP).")).toEqual(["opt_out"]);
  expect(await blocked("lead_status", "The lead's status is DONE.")).toEqual([]);
  expect(events.find((event: { id: string }) => event.id === one.id)).toMatchObject({
    ...{ type: "EMAIL", data: { content: { subject: "Hello", text: "One" }, deliveryChannel: "EMAIL" } },
  });
  expect(events.find((event: { id: string }) => event.id === two.id)).toMatchObject({
    type: "COMPLIANCE_BLOCKED",
    data: { channel: "sms", reason: "STATE_DNC", source: "http" },
  });
  expect((await call("GET", `/leads/${id}/messages`)).body.messages).toHaveLength(1);
});

test("a lead that opted out by plain means is resubscribed, and one that sent STOP is not", async () => {
  await given.call("PATCH", "/v1/workspace", { body: { optOutWords: ["ARRET"] } });
  const state = async (id: string) => (await call("GET", `/leads/${id}`)).body.isUnsubscribed;
  const resubscribe = (id: string) => call("POST", `/leads/${id}/resubscribe`);
  const own = await created();
  await sms(own.phone, "Arrêt".normalize("NFD").replace(/\p{M}/gu, ""));
  const byHand = await created();
  await given.call("POST", "/v1/suppressions", { body: { channel: "all", address: byHand.phone } });
  const inWords = await created();
  await sms(inWords.phone, "Please stop contacting me in any way.");
  for (const { id } of [own, byHand, inWords]) {
    expect(await state(id)).toBe(true);
    expect(await resubscribe(id)).toMatchObject({ status: 200, body: { message: "Lead resubscribed successfully." } });
    expect(await state(id)).toBe(false);
  }
  for (const text of ["STOP", "stop all!", "Unsubscribe", "ARRET MAINTENANT"]) {
    const { id, phone } = await created();
    // As Twilio marks what its own list of words has.
    await sms(phone, text, text.startsWith("ARRET") ? { OptOutType: "STOP" } : {});
    // What was entered by hand beside it doesn't go either.
    await given.call("POST", "/v1/suppressions", { body: { channel: "sms", address: phone } });
    const { status, body } = await resubscribe(id);
    expect([status, body.code], text).toEqual([400, "suppressed"]);
    expect(await state(id)).toBe(true);
    const { body: kept } = await given.call("GET", `/v1/suppressions?address=${encodeURIComponent(phone)}`);
    expect(kept.data).toHaveLength(2);
  }
  const registered = await created();
  await call("POST", "/dnc/register", { phone: registered.phone });
  expect((await resubscribe(registered.id)).body.message).toContain("register");
  expect(await state(registered.id)).toBe(true);
  // Also where the lead had asked in words before, in whose own power it is to be written to again.
  for (const path of ["/apten/v1/dnc/register", "/v1/dnc"]) {
    const both = await created();
    await sms(both.phone, "Please stop contacting me in any way.");
    await given.call("POST", path, { body: path === "/v1/dnc" ? { addresses: [both.phone] } : { phone: both.phone } });
    expect((await resubscribe(both.id)).body.message, path).toContain("register");
    expect(await state(both.id)).toBe(true);
  }
  const { secretOf } = given.api;
  const send = await secretOf("send");
  expect((await given.call("POST", `/apten/v1/leads/${own.id}/resubscribe`, { key: send })).status).toBe(403);
});

test("a number that is registered is not written to, whoever has it or gets it", async () => {
  const register = (phone: string) => call("POST", "/dnc/register", { phone });
  const done = { status: 200, body: { message: "Phone number successfully added to DNC list" } };
  const known = await created();
  expect(await register(known.phone.replace("+1", "+1 "))).toMatchObject(done);
  expect((await given.lead(known.id)).doNotContact).toBe(true);
  expect(await register("+1 (202) 555-5999")).toMatchObject(done);
  expect(await register("+1 (202) 555-5999")).toMatchObject(done);
  const lead = { firstName: "J", lastName: "D", phone: "+12025555999", customerProfile: "Buyers" };
  const { id } = (await call("POST", "/leads/create", lead)).body;
  expect((await call("POST", `/leads/${id}/sendMessage`, { message: "x", sendWhenOff: true })).body.code).toBe(
    "suppressed",
  );
  expect((await register("5999")).status).toBe(400);
});

test("who is registered by another address than the phone isn't resubscribed", async () => {
  const email = `registered${++n}@example.com`;
  const { body } = await given.call("POST", "/v1/leads", { body: { leads: [{ email }] } });
  const id = body.leadIds[0];
  expect((await given.call("POST", "/v1/dnc", { body: { addresses: [email] } })).status).toBeLessThan(300);
  const refused = await call("POST", `/leads/${id}/resubscribe`, {});
  expect([refused.status, refused.body.code]).toEqual([400, "suppressed"]);
  expect((await given.lead(id)).doNotContact).toBe(true);
});

test("calls that change something are in the audit trail with the lead as it was and is", async () => {
  const { id } = await created();
  await call("PUT", `/leads/${id}/tags`, { tagIds: ["vip"] });
  const { body } = await given.call("GET", `/v1/audit?leadId=${id}&kind=act`);
  const act = body.data.find(({ action }: { action: string }) => action === "PUT /apten/v1/leads/{id}/tags");
  expect(act).toMatchObject({ content: { before: { tags: [] }, after: { tags: ["vip"] } } });
});
