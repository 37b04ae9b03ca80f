import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCampaign } from "../../src/campaigns/control.ts";
import { leastMs } from "../../src/domain/schedule/delay.ts";
import { makeCampaign, makeLead, makeSender, makeWorkspace } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(async () => await api.close());

const fieldsOf = (body: { details?: { field: string }[] }) => body.details?.map(({ field }) => field);
const create = (body: object) => api.call("POST", "/v1/campaigns", { body: { name: "Spring", ...body } });
const edit = (id: string, body: object) => api.call("PATCH", `/v1/campaigns/${id}`, { body });
const get = async (id: string) => (await api.call("GET", `/v1/campaigns/${id}`)).body;
const monday = (from: string, to: string) => ({ windows: { monday: [{ from, to }] }, holidays: [] });

describe("delays", () => {
  test("each form is read, and given back as amount and unit and in seconds; what is stored surely passes", async () => {
    const cases = [
      ["90m", { amount: 90, unit: "minutes" }, 5_400],
      [90, { amount: 90, unit: "seconds" }, 90],
      [{ amount: 2, unit: "days" }, { amount: 2, unit: "days" }, 172_800],
      ["1bd", { amount: 1, unit: "business_days" }, 86_400],
      ["366d", { amount: 366, unit: "days" }, 31_622_400],
    ] as const;
    const steps = cases.map(([delay]) => ({ channel: "sms", text: "Hi", delay }));
    const { body } = await create({ steps });
    expect(body.steps.map((s: { delay: object; delaySeconds: number }) => [s.delay, s.delaySeconds])).toEqual(
      cases.map(([, delay, seconds]) => [delay, seconds]),
    );
    const { rows } = await api.db.query("select delay, delay_ms as ms from step where campaign_id = $1", [body.id]);
    expect(rows.map((row) => Number(row.ms))).toEqual(rows.map((row) => leastMs(row.delay)));
    expect(leastMs({ amount: 1, unit: "business_days" })).toBe(0);
  });

  test("one over a year, or of no unit, is refused with field and reason", async () => {
    const year = /at most a year/;
    for (const [delay, field, reason] of [
      ["367d", "steps.0.delay", year],
      ["367bd", "steps.0.delay", year],
      [31_622_401, "steps.0.delay", year],
      [{ amount: 8_785, unit: "hours" }, "steps.0.delay", year],
      [{ amount: 1.5, unit: "hours" }, "steps.0.delay", /whole number/],
      [-1, "steps.0.delay", /Give a delay/],
      [{ amount: 1, unit: "weeks" }, "steps.0.delay.unit", /one of/],
    ] as const) {
      const { status, body } = await create({ steps: [{ channel: "sms", text: "Hi", delay }] });
      expect([status, fieldsOf(body)]).toEqual([400, [field]]);
      expect(body.details[0].reason).toMatch(reason);
    }
  });

  test("leads of a draft whose steps are replaced wait from when they came in, for whoever sends", async () => {
    const { db, workspaceId } = api;
    const senderId = await makeSender(db, workspaceId, "sms");
    const leadIds = [await makeLead(db, workspaceId)];
    const id = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds, steps: [{ channel: "sms" }] });
    await db.query(
      "update enrollment set next_sender = $2, anchor_at = now() + interval '1 hour' where campaign_id = $1",
      [id, senderId],
    );
    await edit(id, { steps: [{ channel: "sms", text: "Later", delay: "3h" }] });
    const { rows } = await db.query(
      `select next_sender as sender, anchor_at = enrolled_at as anchored, next_at - enrolled_at = interval '3 hours' as due
       from enrollment where campaign_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ sender: "", anchored: true, due: true }]);
  });
});

describe("rules", () => {
  test("what is wrong in them is named, on create and on edit, and an edit that is refused changes nothing", async () => {
    const { id } = (await create({ schedule: monday("09:00", "17:00"), limits: { messagesPerDay: 7 } })).body;
    const before = await get(id);
    const cases: [object, string][] = [
      [{ schedule: monday("9:00", "17:00") }, "schedule.windows.monday.0.from"],
      [{ schedule: monday("09:00", "25:00") }, "schedule.windows.monday.0.to"],
      [{ schedule: { ...monday("09:00", "10:00"), zone: "UTC" } }, "schedule.zone"],
      [
        { schedule: { windows: { monday: [{ from: "09:00", to: "10:00", days: 1 }] } } },
        "schedule.windows.monday.0.days",
      ],
      [{ schedule: { holidays: [] } }, "schedule.windows"],
      [{ limits: { messagesPerDay: 1_000_001 } }, "limits.messagesPerDay"],
      [{ limits: { newLeadsPerDay: 1.5 } }, "limits.newLeadsPerDay"],
      [{ limits: { perDay: 1 } }, "limits.perDay"],
      [{ maxLateness: "30s" }, "maxLateness"],
      [{ maxLateness: "400d" }, "maxLateness"],
      [{ rotation: "random" }, "rotation"],
      [{ onSenderPaused: "stop" }, "onSenderPaused"],
      [{ allowParallel: "yes" }, "allowParallel"],
    ];
    for (const [body, field] of cases) {
      for (const answer of [await create(body), await edit(id, { name: "Changed", ...body })]) {
        expect([answer.status, fieldsOf(answer.body)]).toEqual([400, [field]]);
      }
    }
    expect(await get(id)).toEqual(before);
  });

  test("all of them can be changed while the campaign runs, and lifted again", async () => {
    const { db, workspaceId } = api;
    const senderId = await makeSender(db, workspaceId, "sms");
    const leadIds = [await makeLead(db, workspaceId)];
    const id = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds, steps: [{ channel: "sms" }] });
    await startCampaign(db, workspaceId, id, "api");
    const rules = {
      schedule: { windows: { friday: [{ from: "09:00", to: "12:30" }] }, holidays: ["2026-12-25"] },
      limits: { messagesPerDay: 1_000_000, newLeadsPerDay: 1 },
      rotation: "weighted",
      senderWeights: { [senderId]: 0.5 },
      onSenderPaused: "move",
      allowParallel: true,
    };
    const changed = await edit(id, { ...rules, maxLateness: 3_600 });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ status: "active", ...rules, maxLatenessSeconds: 3_600, pausedBy: null });
    const none = { schedule: null, limits: { messagesPerDay: null, newLeadsPerDay: null } };
    const lifted = await edit(id, { ...none, maxLateness: null });
    expect(lifted.body).toMatchObject({ ...rules, ...none, maxLatenessSeconds: null });
    await edit(id, { action: "pause" });
    expect(await get(id)).toMatchObject({ status: "paused", pausedBy: "api" });
  });

  test("a schedule whose longest day is too short for a sender's day is refused, on create and on edit", async () => {
    // The hours that a workspace has by default; tests' workspaces have all.
    await api.db.query("update workspace set sms_hours = default where id = $1", [api.workspaceId]);
    const limits = { message: { perDay: 7, minGapSeconds: 600 } };
    const sender = { name: "Slow", channel: "sms", provider: "sandbox", limits };
    const { id: senderId } = (await api.call("POST", "/v1/senders", { body: sender })).body;
    const steps = [{ channel: "sms", text: "Hi" }];
    const campaign = { senderIds: [senderId], steps };
    const fits = await create({ ...campaign, schedule: monday("09:00", "10:01") });
    expect(fits.status).toBe(201);
    const hour = monday("09:00", "10:00");
    for (const answer of [
      await create({ ...campaign, schedule: hour }),
      await edit(fits.body.id, { schedule: hour }),
      // Of these two hours one is quiet.
      await create({ ...campaign, schedule: monday("07:00", "09:00") }),
    ]) {
      expect([answer.status, fieldsOf(answer.body)]).toEqual([400, ["schedule.windows"]]);
      expect(answer.body.details[0].reason).toMatch(/7 a day, 600 s apart: at most 6 fit/);
    }
    const email = [{ channel: "email", subject: "Hi", text: "Hi" }];
    expect((await create({ ...campaign, steps: email, schedule: hour })).status).toBe(201);
  });

  test("hours for SMS that would leave a campaign no window are refused with its name", async () => {
    const evening = await create({
      name: "Evening",
      steps: [{ channel: "sms", text: "Hi" }],
      schedule: monday("19:00", "20:00"),
    });
    const narrow = (to: string) => api.call("PATCH", "/v1/workspace", { body: { smsHours: { from: "08:00", to } } });
    const refused = await narrow("18:00");
    expect([refused.status, fieldsOf(refused.body)]).toEqual([400, ["smsHours"]]);
    expect(refused.body.details[0].reason).toMatch(/"Evening"/);
    expect((await narrow("19:30")).status).toBe(200);
    await edit(evening.body.id, { schedule: null });
    expect((await narrow("18:00")).status).toBe(200);
    await narrow("21:00");
  });

  test("weights are for the campaign's own senders, and one of them sends where the rotation is weighted", async () => {
    const { db, workspaceId } = api;
    const a = await makeSender(db, workspaceId, "sms");
    const b = await makeSender(db, workspaceId, "sms");
    const foreign = await makeSender(db, await makeWorkspace(db), "sms");
    const made = (body: object) => create({ senderIds: [a, b], ...body });
    for (const stranger of [foreign, await makeSender(db, workspaceId, "sms")]) {
      const refused = await made({ senderWeights: { [a]: 1, [stranger]: 1 } });
      expect([refused.status, fieldsOf(refused.body)]).toEqual([400, [`senderWeights.${stranger}`]]);
    }
    expect(fieldsOf((await made({ senderWeights: { [a]: 101 } })).body)).toEqual([`senderWeights.${a}`]);
    const zero = { senderWeights: { [a]: 0, [b]: 0 } };
    expect(fieldsOf((await made({ rotation: "weighted", ...zero })).body)).toEqual(["senderWeights"]);
    // Nobody looks at weights in another rotation; a sender that is left out has 1.
    const { id } = (await made({ rotation: "fixed", ...zero })).body;
    expect(fieldsOf((await edit(id, { rotation: "weighted" })).body)).toEqual(["senderWeights"]);
    expect((await get(id)).rotation).toBe("fixed");
    expect((await edit(id, { rotation: "weighted", senderWeights: { [a]: 0 } })).status).toBe(200);
    expect(fieldsOf((await edit(id, { senderIds: [a] })).body)).toEqual(["senderWeights"]);
    expect((await get(id)).senderIds).toEqual([a, b]);
  });

  test("a schedule that lies wholly in the quiet hours of SMS is refused if there is an SMS step", async () => {
    const sms = { channel: "sms", text: "Hi" };
    const email = { channel: "email", subject: "Hi", text: "Hi" };
    const night = monday("21:00", "23:00");
    const refused = async (answer: ReturnType<typeof create>) => {
      const { status, body } = await answer;
      expect([status, fieldsOf(body)]).toEqual([400, ["schedule.windows"]]);
      expect(body.details[0].reason).toMatch(/08:00 to 21:00/);
    };
    await refused(create({ steps: [email, sms], schedule: night }));
    const mail = (await create({ steps: [email], schedule: night })).body;
    await refused(edit(mail.id, { steps: [email, sms] }));
    const text = (await create({ steps: [sms], schedule: monday("20:00", "23:00") })).body;
    await refused(edit(text.id, { schedule: night }));
    expect(await get(text.id)).toMatchObject({ schedule: monday("20:00", "23:00") });
    expect((await get(mail.id)).steps).toHaveLength(1);
    // Hours that became narrower since forbid nothing but what would stay silent.
    await api.call("PATCH", "/v1/workspace", { body: { smsHours: { from: "08:00", to: "19:00" } } });
    expect((await edit(text.id, { name: "Renamed" })).body.name).toBe("Renamed");
    await api.call("PATCH", "/v1/workspace", { body: { smsHours: { from: "08:00", to: "21:00" } } });
  });

  test("those of another workspace's campaign can't be seen or changed", async () => {
    const { db } = api;
    const other = await makeWorkspace(db);
    const id = await makeCampaign(db, other, { senderIds: [], leadIds: [], steps: [{ channel: "sms" }] });
    const row = async () => (await db.query("select * from campaign where id = $1", [id])).rows[0];
    const before = await row();
    expect((await edit(id, { schedule: monday("09:00", "10:00"), allowParallel: true })).status).toBe(404);
    expect((await api.call("GET", `/v1/campaigns/${id}`)).status).toBe(404);
    expect(await row()).toEqual(before);
  });
});
