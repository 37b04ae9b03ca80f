import { afterAll, beforeAll, expect, test } from "vitest";
import { listTurns } from "../../../src/db/assistant-turn.ts";
import { inboundSms, sourceApi, twilioSender } from "../../sources/source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let source: Awaited<ReturnType<typeof given.create>>;
let n = 0;
const anyHour = '{"from": "00:00", "to": "24:00"}';
const never = { from: "03:00", to: "03:01" };
const followUps = { "1": { hours: 24, channel: "sms" }, "2": { hours: 48, channel: "sms" } };
beforeAll(async () => {
  given = await sourceApi();
  source = await given.create("twilio");
  await twilioSender(given.call);
  await given.db.query("update workspace set sms_hours = $1", [anyHour]);
  for (const body of [
    { name: "Buyers", mode: "draft", content: { followUps } },
    { name: "Sellers", mode: "off", content: {} },
    { name: "Night", mode: "draft", content: { schedule: { windows: { monday: [never] } } } },
  ]) {
    const made = await given.call("POST", "/v1/profiles", { body });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
  }
});
afterAll(() => given.close());

const call = async (method: string, path: string, body?: unknown) =>
  await given.call(method, `/apten/v1${path}`, { ...(body !== undefined && { body }) });
async function created(customerProfile = "Buyers") {
  const phone = `+1202555${String(6_000 + ++n)}`;
  const lead = { firstName: "Jane", lastName: "Doe", phone, customerProfile };
  return { id: (await call("POST", "/leads/create", lead)).body.id as string, phone };
}
const get = async (id: string) => (await call("GET", `/leads/${id}`)).body;
const turns = async (leadId: string) => await listTurns(given.db, given.workspaceId, { leadId, limit: 10 });
const state = async (id: string) => (await given.call("GET", `/v1/leads/${id}/assistant`)).body;

test("with a lead that is created the assistant begins the conversation, unless its profile is off", async () => {
  const [on, off] = [await created("Buyers"), await created("Sellers")];
  expect((await turns(on.id)).map(({ kind }) => kind)).toEqual(["opening"]);
  expect(await turns(off.id)).toEqual([]);
  expect([(await get(on.id)).isAiOn, (await get(off.id)).isAiOn]).toEqual([true, false]);
  await given.call("PATCH", `/v1/leads/${on.id}/assistant`, { body: { handedOver: { reason: "Ada does it" } } });
  expect((await get(on.id)).isAiOn).toBe(false);
  // Resubscribing turns it on again.
  await call("POST", `/leads/${on.id}/resubscribe`);
  expect((await get(on.id)).isAiOn).toBe(true);
});

test("a switch that makes the assistant write ends a hand-over; follow-ups of a message that is scheduled count from then", async () => {
  const { id } = await created("Sellers");
  await given.call("PATCH", `/v1/leads/${id}/assistant`, { body: { handedOver: { reason: "Ada does it" } } });
  await call("POST", `/leads/${id}/switchCustomerProfile`, { profile: "Buyers", sendMessage: true });
  expect(await state(id)).toMatchObject({ handedOver: null, effectiveMode: "draft" });

  const scheduledTime = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const scheduled = { message: "Hi", scheduledTime, scheduleFollowUps: true };
  expect((await call("POST", `/leads/${id}/sendMessage`, scheduled)).status).toBe(200);
  const nextAt = Date.parse((await state(id)).followUps.nextAt);
  expect((nextAt - Date.parse(scheduledTime)) / 3_600_000).toBeGreaterThan(23.9);
  // What can't be done is found before anything is.
  const other = await created("Sellers");
  const before = (await given.messages(other.id)).length;
  expect((await call("POST", `/leads/${other.id}/sendMessage`, { ...scheduled, sendWhenOff: true })).status).toBe(400);
  expect((await given.messages(other.id)).length).toBe(before);
});

test("a profile that is changed as a field of the lead ends what the old one was at, and answers what the lead has just written", async () => {
  const { id, phone } = await created();
  const [opening] = await turns(id);
  await given.call("POST", "/v1/profiles", { body: { name: "Renters", mode: "draft", content: {} } });
  await given.call("PATCH", `/v1/leads/${id}`, { body: { profile: "Renters", title: "CTO" } });
  expect((await turns(id)).map(({ id, state }) => [id, state])).toEqual([[opening!.id, "superseded"]]);
  await given.tell(source, inboundSms({ MessageSid: `SMa${++n}`, From: phone, Body: "How much is it?" }));
  await given.call("PATCH", `/v1/leads/${id}`, { body: { profile: "Buyers" } });
  const [now, before] = await turns(id);
  expect([before!.state, now!.state, now!.kind, now!.inbound]).toEqual(["superseded", "gathering", "reply", 1]);
  expect(now!.profileId).toBe(opening!.profileId);
  // The same again changes nothing.
  await given.call("PATCH", `/v1/leads/${id}`, { body: { profile: "Buyers" } });
  expect((await turns(id))[0]).toMatchObject({ id: now!.id, state: "gathering" });
});

test("the profile is switched, with a first message after a delay and without memory", async () => {
  const { id } = await created("Sellers");
  const body = { profile: "Buyers", sendMessage: true, messageDelayHours: 1, messageDelayMins: 30, clearMemory: true };
  expect(await call("POST", `/leads/${id}/switchCustomerProfile`, body)).toMatchObject({ status: 200 });
  const { body: again } = await call("POST", `/leads/${id}/switchCustomerProfile`, { profile: "Buyers" });
  expect(again).toEqual({
    ...{ message: "Switched profile successfully.", sendMessage: false, messageDelayHours: 0, messageDelayMins: 0 },
  });
  const [opening] = await turns(id);
  const waits = opening!.dueAt.getTime() - opening!.createdAt.getTime();
  expect([opening!.kind, Math.round(waits / 60_000)]).toEqual(["opening", 90]);
  expect(await get(id)).toMatchObject({ customerProfile: "Buyers", isAiOn: true });
  expect((await state(id)).memorySince).not.toBe(null);
  // It would write nothing: that is said, and nothing of it done.
  const silent = { ...body, profile: "Sellers" };
  expect(await call("POST", `/leads/${id}/switchCustomerProfile`, silent)).toMatchObject({
    ...{ status: 400, body: { code: "invalid_state" } },
  });
  expect((await get(id)).customerProfile).toBe("Buyers");
  expect((await call("POST", `/leads/${id}/switchCustomerProfile`, { profile: "Nobody's" })).status).toBe(404);
  expect((await call("POST", `/leads/${id}/switchCustomerProfile`, {})).status).toBe(400);
  expect((await call("POST", `/leads/${id}/switchCustomerProfile`, { ...body, messageDelayMins: -1 })).status).toBe(
    400,
  );
});

test("what the assistant is told is kept, merged and obeyed, or nothing of it where a part is wrong", async () => {
  const { id } = await created();
  const body = { context: "Met us in Berlin.", additionalInfo: { colour: "blue" }, command: "Thank her." };
  expect(await call("POST", `/leads/${id}/addContext`, body)).toMatchObject({
    status: 200,
    body: { message: "Success" },
  });
  expect((await state(id)).context).toMatchObject([{ text: "Met us in Berlin." }]);
  expect((await get(id)).additionalInfo).toEqual({ colour: "blue" });
  expect((await turns(id)).find(({ kind }) => kind === "command")).toMatchObject({ instruction: "Thank her." });
  const off = await created("Sellers");
  expect((await call("POST", `/leads/${off.id}/addContext`, body)).status).toBe(400);
  expect((await state(off.id)).context).toEqual([]);
  expect((await get(off.id)).additionalInfo).toEqual({});
  for (const wrong of [{}, { context: "" }, { context: 1 }, { more: "x" }]) {
    expect((await call("POST", `/leads/${id}/addContext`, wrong)).status).toBe(400);
  }
  const { events } = (await call("GET", `/leads/${id}/events?since=2020-01-01T00:00:00Z&types=CUSTOM`)).body;
  expect(events).toMatchObject([{ roomId: id, type: "CUSTOM", data: { context: "Met us in Berlin." } }]);
  // All of it, by pages, though the assistant is told the latest only.
  for (let n = 0; n < 22; n++) await call("POST", `/leads/${id}/addContext`, { context: `No ${n}` });
  const all: string[] = [];
  for (let token: string | null = ""; token !== null; ) {
    const next: string = token === "" ? "" : `&nextToken=${token}`;
    const page = await call("GET", `/leads/${id}/events?since=2020-01-01T00:00:00Z&types=CUSTOM&limit=5${next}`);
    all.push(...page.body.events.map((event: { data: { context: string } }) => event.data.context));
    token = page.body.nextToken;
  }
  expect(all.sort()).toEqual(["Met us in Berlin.", ...Array.from({ length: 22 }, (_, n) => `No ${n}`)].sort());
});

test("what the assistant did beside writing is a TOOL_CALL", async () => {
  const { id } = await created();
  const [turn] = await turns(id);
  const notes = {
    conditions: [
      { id: "isHot", name: "isHot", kind: "tag", met: true, reason: "Asks for a price" },
      { id: "x", name: "x", kind: "tag", met: false, reason: "" },
    ],
    ...{ handOver: "Wants a person", stop: null, booked: true, searches: ["price"] },
  };
  await given.db.query("update assistant_turn set notes = $2 where id = $1", [turn!.id, JSON.stringify(notes)]);
  const { events } = (await call("GET", `/leads/${id}/events?since=2020-01-01T00:00:00Z&types=TOOL_CALL`)).body;
  expect(events[0].data.tools.map(({ name }: { name: string }) => name)).toEqual([
    ...["search_knowledge", "tag", "book", "hand_over"],
  ]);
});

test("follow-ups are configured, set to a step, stopped and put into nurture as Apten's numbers say", async () => {
  const { id } = await created();
  const patch = (body: object) => call("PATCH", `/leads/${id}`, body);
  expect((await patch({ followUpStep: 2 })).status).toBe(200);
  expect((await state(id)).followUps.step).toBe(2);
  const config = { "1": { hours: 5, channel: "text" }, "2": { hours: 6, channel: "text" } };
  expect((await patch({ followUpConfig: config })).status).toBe(200);
  const { followUps: now } = await state(id);
  expect([now.step, now.config["1"]]).toMatchObject([2, { hours: 5, channel: "sms" }]);
  const inHours = (Date.parse(now.nextAt) - Date.now()) / 3_600_000;
  expect(inHours).toBeGreaterThan(5.9);
  expect(inHours).toBeLessThan(6.1);
  expect((await patch({ followUpStep: -1 })).status).toBe(200);
  expect((await state(id)).followUps.step).toBe(-1);
  const wrong = [
    { followUpStep: 0 },
    { followUpStep: -3 },
    { followUpStep: 3 },
    { followUpStep: -2 },
    { followUpConfig: { "1": { hours: 5, channel: "call" } } },
    { followUpConfig: { "2": { hours: 5, channel: "text" } } },
    { followUpConfig: { "1": { hours: 0, channel: "text" } } },
  ];
  for (const body of wrong)
    expect((await patch({ email: "new@example.com", ...body })).status, JSON.stringify(body)).toBe(400);
  expect((await patch({ followUpStep: 3 })).body.message).toBe(
    "The lead has follow-ups of its own, and no follow-up 3 among them.",
  );
  // Refused as a whole.
  expect((await get(id)).email).toBe(null);
});

test("an SMS waits for the profile's hours unless it says otherwise, and needs the assistant to be on unless it says so", async () => {
  const { id } = await created("Night");
  const send = (body: object) => call("POST", `/leads/${id}/sendMessage`, { message: "Hi", ...body });
  expect((await send({})).status).toBe(200);
  expect((await send({ overrideBusinessHours: true })).status).toBe(200);
  const [waits, atOnce] = await given.messages(id);
  expect([waits.scheduledAt.slice(11, 16), atOnce.scheduledAt]).toEqual(["03:00", null]);
  // Nor does the workspace's own time for SMS hold it.
  const { rows } = await given.api.db.query<{ over: boolean }>(
    "select hours_override is not null as over from message where lead_id = $1 order by id",
    [id],
  );
  expect(rows.map(({ over }) => over)).toEqual([false, true]);
  // A key that may not send makes nothing go out by these either.
  const key = await given.api.secretOf("write");
  const lead = { firstName: "J", lastName: "D", phone: "+12025556999", customerProfile: "Buyers" };
  const made = await given.call("POST", "/apten/v1/leads/create", { body: lead, key });
  expect([made.status, made.body.message]).toEqual([403, expect.stringContaining("assistant.write")]);
  const step = await given.call("PATCH", `/apten/v1/leads/${id}`, { body: { followUpStep: 1 }, key });
  expect(step.status).toBe(403);
  const off = await created("Sellers");
  expect((await call("POST", `/leads/${off.id}/sendMessage`, { message: "Hi" })).body.message).toContain("sendWhenOff");
  const on = await created("Buyers");
  expect((await call("POST", `/leads/${on.id}/sendMessage`, { message: "Hi", scheduleFollowUps: true })).status).toBe(
    200,
  );
  expect((await state(on.id)).followUps.step).toBe(1);
});

test("a tag that the assistant gives has its condition", async () => {
  const made = await given.call("POST", "/v1/assistant/conditions", {
    body: { kind: "tag", name: "wants-loan", condition: "Asks for a loan." },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const { id, phone } = await created();
  await call("PUT", `/leads/${id}/tags`, { tagIds: ["wants-loan", "vip"] });
  await given.tell(source, inboundSms({ MessageSid: `SM${++n}`, From: phone, Body: "Hello" }));
  expect((await get(id)).tags).toEqual([
    { id: "wants-loan", name: "wants-loan", condition: "Asks for a loan." },
    { id: "vip", name: "vip", condition: null },
  ]);
});
