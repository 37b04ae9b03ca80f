import { afterAll, beforeAll, expect, test } from "vitest";
import { startCampaign } from "../../src/campaigns/control.ts";
import { makeCampaign, makeEngine, makeLead, makeSender, scriptedAdapter } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(async () => await api.close());

const fieldsOf = (body: { details?: { field: string }[] }) => body.details?.map(({ field }) => field);
const open = { windows: { monday: [{ from: "09:00", to: "17:00" }] }, holidays: ["2026-12-25"] };
const createCampaign = (body: object) => api.call("POST", "/v1/campaigns", { body: { name: "Spring", ...body } });

/** Tests run at any hour, so SMS go out at any (`setup`); some are about the hours themselves. */
const anyHour = `'{"from": "00:00", "to": "24:00"}'`;
const keepSmsHours = (hours: string) =>
  api.db.query(`update workspace set sms_hours = ${hours} where id = $1`, [api.workspaceId]);

test("a campaign's rules are stored and given back, and each can be changed alone while it runs", async () => {
  const rules = {
    schedule: open,
    limits: { newLeadsPerDay: 20 },
    maxLateness: "2d",
    rotation: "longest_idle",
    onSenderPaused: "move",
    allowParallel: true,
  };
  const created = await createCampaign(rules);
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    ...{ schedule: open, rotation: "longest_idle", onSenderPaused: "move", allowParallel: true },
    limits: { newLeadsPerDay: 20, messagesPerDay: null },
    maxLatenessSeconds: 172_800,
  });
  const changed = await api.call("PATCH", `/v1/campaigns/${created.body.id}`, {
    body: { limits: { messagesPerDay: 5 }, schedule: null, maxLateness: null },
  });
  expect(changed.body).toMatchObject({
    ...{ schedule: null, limits: { newLeadsPerDay: 20, messagesPerDay: 5 }, maxLatenessSeconds: null },
    rotation: "longest_idle",
  });
});

test("bad rules are refused with the field, and nothing of the campaign is stored", async () => {
  const before = (await api.call("GET", "/v1/campaigns")).body.meta.total;
  const schedule = (windows: object, holidays: string[] = []) => ({ schedule: { windows, holidays } });
  const overlap = [
    { from: "09:00", to: "12:00" },
    { from: "11:00", to: "13:00" },
  ];
  const cases: [object, RegExp][] = [
    [schedule({}), /^schedule\.windows$/],
    [schedule({ monday: overlap }), /^schedule\.windows\.monday\.1/],
    [schedule({ monday: [{ from: "12:00", to: "09:00" }] }), /^schedule\.windows\.monday\.0\.to$/],
    [schedule({ funday: [] }), /^schedule\.windows/],
    [schedule({ monday: [{ from: "09:00", to: "10:00" }] }, ["2026-02-30"]), /^schedule\.holidays\.0$/],
    [{ maxLateness: "soon" }, /^maxLateness$/],
    [{ limits: { messagesPerDay: 0 } }, /^limits\.messagesPerDay$/],
    [{ senderWeights: { sender_x: 1 } }, /^senderWeights\.sender_x$/],
    [{ steps: [{ channel: "sms", text: "Hi", delay: "400d" }] }, /^steps\.0\.delay$/],
    [
      { steps: [{ channel: "sms", text: "Hi" }], ...schedule({ monday: [{ from: "22:00", to: "23:00" }] }) },
      /^schedule\.windows$/,
    ],
  ];
  await keepSmsHours("default");
  for (const [body, field] of cases) {
    const answer = await createCampaign(body);
    expect([answer.status, JSON.stringify(body)]).toEqual([400, JSON.stringify(body)]);
    expect(fieldsOf(answer.body)![0]).toMatch(field);
  }
  await keepSmsHours(anyHour);
  expect((await api.call("GET", "/v1/campaigns")).body.meta.total).toBe(before);
});

test("a delay in days and business days keeps its unit", async () => {
  const steps = [
    { channel: "email", subject: "Hi", text: "Hi" },
    { channel: "email", text: "Again", delay: "3bd" },
  ];
  const { body } = await createCampaign({ steps });
  expect(body.steps[1]).toMatchObject({ delay: { amount: 3, unit: "business_days" }, delaySeconds: 259_200 });
});

test("a sender shows the safe pace of its provider, and what was set in its place", async () => {
  const sandbox = { name: "A", channel: "sms", provider: "sandbox" };
  const made = await api.call("POST", "/v1/senders", { body: { ...sandbox, limits: { message: { perDay: 40 } } } });
  expect(made.body).toMatchObject({
    limits: { message: { perDay: 40 } },
    pace: { message: { perDay: 40, minGapSeconds: 0 } },
  });
  expect(made.body.pace.connect).toBeUndefined();
  const bad = await api.call("PATCH", `/v1/senders/${made.body.id}`, {
    body: { limits: { message: { perDay: 2_000, minGapSeconds: 60 } } },
  });
  expect([bad.status, fieldsOf(bad.body)]).toEqual([400, ["limits.message.perDay"]]);
  expect((await api.call("GET", `/v1/senders/${made.body.id}`)).body.limits).toEqual({ message: { perDay: 40 } });
});

test("what went out before a sender had a limit counts as soon as it has one", async () => {
  const senderId = await makeSender(api.db, api.workspaceId, "sms");
  const engine = await makeEngine(api.db);
  const leadId = await makeLead(api.db, api.workspaceId);
  const text = { subject: null, text: "Hello", html: null, scheduledAt: null };
  const message = {
    workspaceId: api.workspaceId,
    leadId,
    channel: "sms" as const,
    action: "message" as const,
    senderId,
    ...text,
  };
  await engine.desk.submit({ ...message, source: "api" }, null);
  await engine.drain();
  await api.call("PATCH", `/v1/senders/${senderId}`, { body: { limits: { message: { perDay: 1 } } } });
  const second = await engine.desk.submit({ ...message, source: "api" }, null);
  await engine.drain();
  const explained = await api.call("GET", `/v1/messages/${second.messageId}/explain`);
  expect(explained.body).toMatchObject({
    status: "queued",
    reasons: [{ rule: "sender", detail: "the sender is at 1 of 1 today" }],
  });
});

test("SMS hours are made narrower freely; wider ones need an override with a reason, which is on record", async () => {
  await keepSmsHours("default");
  const patch = (body: object) => api.call("PATCH", "/v1/workspace", { body });
  expect((await patch({ smsHours: { from: "09:00", to: "18:00" } })).body.smsHours).toEqual({
    from: "09:00",
    to: "18:00",
  });
  const wide = { smsHours: { from: "06:00", to: "22:00" } };
  expect(fieldsOf((await patch(wide)).body)).toEqual(["smsHours"]);
  expect(fieldsOf((await patch({ ...wide, override: true })).body)).toEqual(["reason"]);
  expect((await api.call("GET", "/v1/workspace")).body.smsHours).toEqual({ from: "09:00", to: "18:00" });
  expect((await patch({ ...wide, override: true, reason: "Night shift workers, with consent." })).status).toBe(200);
  const { data } = (await api.call("GET", "/v1/workspace/setting-changes")).body;
  expect(data[0]).toMatchObject({
    ...{ setting: "smsHours", before: { from: "09:00", to: "18:00" }, after: { from: "06:00", to: "22:00" } },
    reason: "Night shift workers, with consent.",
    changedBy: expect.stringMatching(/^key_/),
  });
  expect((await api.call("PATCH", "/v1/workspace", { body: { name: "x" }, key: api.keys.send })).status).toBe(403);
});

test("a lead is left where it is active, and stops, or is told why it waits, by call", async () => {
  const { db, workspaceId } = api;
  const senderId = await makeSender(db, workspaceId, "sms");
  const leadId = await makeLead(db, workspaceId);
  const steps = [{ channel: "sms" as const, delayMs: 3_600_000 }];
  const first = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds: [leadId], steps });
  const second = (await createCampaign({})).body.id;
  const enrolled = await api.call("POST", `/v1/campaigns/${second}/leads`, { body: { leadIds: [leadId] } });
  expect(enrolled.body).toMatchObject({ enrolled: 0, alreadyEnrolled: 0, inOtherCampaign: 1 });
  await startCampaign(db, workspaceId, first, "api");
  const next = (await api.call("GET", `/v1/leads/${leadId}/next`)).body.next;
  expect(next).toEqual([
    expect.objectContaining({
      campaignId: first,
      step: expect.objectContaining({ position: 1, channel: "sms" }),
      reasons: expect.arrayContaining([expect.objectContaining({ rule: "schedule" })]),
    }),
  ]);
  const stopped = await api.call("POST", `/v1/campaigns/${first}/leads/${leadId}/stop`, {
    body: { reason: "Called us." },
  });
  expect(stopped.status).toBe(200);
  expect((await api.call("GET", `/v1/leads/${leadId}/next`)).body.next).toEqual([]);
  expect((await api.call("POST", `/v1/campaigns/${first}/leads/${leadId}/release`)).status).toBe(404);
  expect((await api.call("POST", `/v1/campaigns/${second}/leads`, { body: { leadIds: [leadId] } })).body.enrolled).toBe(
    1,
  );
});

test("a campaign none of whose leads can be sent to does not start, and says why, counted", async () => {
  const { db, workspaceId } = api;
  const senderId = await makeSender(db, workspaceId, "sms");
  const leadIds = [
    await makeLead(db, workspaceId, { phone: null }),
    await makeLead(db, workspaceId, { phone: null }),
    await makeLead(db, workspaceId),
  ];
  await db.query("update lead set status = 'DONE' where id = $1", [leadIds[2]]);
  const id = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds, steps: [{ channel: "sms" }] });
  const refused = await api.call("POST", `/v1/campaigns/${id}/start`);
  expect(refused.status).toBe(422);
  expect(refused.body.details).toEqual([
    { field: "leads", reason: "2 have no address for any channel of the steps." },
    { field: "leads", reason: expect.stringMatching(/^1 have a status/) },
  ]);
});

test("a campaign that bounces pauses itself, with the figures", async () => {
  const { db, workspaceId } = api;
  const { Guard } = await import("../../src/campaigns/guard.ts");
  const senderId = await makeSender(db, workspaceId, "email", "scripted");
  const leadIds = await Promise.all(Array.from({ length: 60 }, () => makeLead(db, workspaceId)));
  const id = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds, steps: [{ channel: "email" }] });
  let calls = 0;
  const engine = await makeEngine(
    db,
    scriptedAdapter({
      onSend: () =>
        ++calls % 10 === 0
          ? { outcome: "failed", code: "recipient_unknown", detail: "No such mailbox." }
          : { outcome: "sent", providerMessageId: `P${calls}` },
    }),
  );
  await startCampaign(db, workspaceId, id, "api");
  await engine.drain();
  const guard = new Guard({ db, wakeDeliveries: () => {}, onError: () => {}, everyMs: 3_600_000 });
  guard.failed([{ workspaceId, campaignId: id }]);
  // All were sent to: it is over by now. One more lead brings it back.
  await api.call("POST", `/v1/campaigns/${id}/leads`, { body: { leadIds: [await makeLead(db, workspaceId)] } });
  expect(await guard.runOnce()).toBe(1);
  await guard.stop();
  const campaign = (await api.call("GET", `/v1/campaigns/${id}`)).body;
  expect(campaign).toMatchObject({
    status: "paused",
    pausedBy: "system",
    pauseReason: "6 of 60 messages bounced in 7 days (10 %; the limit is 5 %)",
  });
});

test("a preview is what the planner would write for the lead, with what would block it; and it stores nothing", async () => {
  const { db, workspaceId } = api;
  const senderId = await makeSender(db, workspaceId, "sms");
  const leadId = await makeLead(db, workspaceId, { firstName: "Ada", email: null });
  const steps = [
    { channel: "sms", text: "Hi {{ firstName }}" },
    { channel: "sms", text: "About {{ topic }}", delay: "1d" },
    { channel: "email", subject: "Hi", text: "Hello" },
  ];
  const { id } = (await createCampaign({ senderIds: [senderId], steps })).body;
  const counts = () => db.query("select (select count(*) from message) as m, (select count(*) from conversation) as c");
  const before = (await counts()).rows;
  const { body } = await api.call("GET", `/v1/campaigns/${id}/preview?leadId=${leadId}`);
  expect(body.messages).toMatchObject([
    { position: 1, senderId, text: "Hi Ada", blocked: null },
    { position: 2, blocked: { code: "missing_variable", reason: expect.stringContaining("topic") } },
    { position: 3, senderId: null, to: null, blocked: { code: "no_address" } },
  ]);
  expect((await counts()).rows).toEqual(before);
  expect((await api.call("GET", `/v1/campaigns/${id}/preview?leadId=lead_x`)).status).toBe(404);
  expect((await api.call("GET", `/v1/campaigns/camp_x/preview?leadId=${leadId}`)).status).toBe(404);
});
