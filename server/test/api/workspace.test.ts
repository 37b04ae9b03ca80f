import { afterAll, beforeEach, expect, test } from "vitest";
import { createApiKey } from "../../src/db/api-key.ts";
import { makeEngine, makeLead, makeSender, makeWorkspace } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

const api: Api = await setup();
afterAll(async () => await api.close());

const legal = { from: "08:00", to: "21:00" };
let key: string;
let keyId: string;
let workspaceId: string;
/** A workspace for each test, with an administrator. */
beforeEach(async () => {
  workspaceId = await makeWorkspace(api.db, { smsHours: legal });
  const made = await createApiKey(api.db, workspaceId, { name: "admin", scopes: ["admin"] });
  key = made.secret;
  keyId = made.key.id;
});

const fieldsOf = (body: { details?: { field: string }[] }) => body.details?.map(({ field }) => field);
const get = async () => (await api.call("GET", "/v1/workspace", { key })).body;
const patch = (body: object) => api.call("PATCH", "/v1/workspace", { body, key });
const changes = async (query = "") =>
  (await api.call("GET", `/v1/workspace/setting-changes${query}`, { key })).body.data;

test("the key's workspace is shown, and each setting can be changed alone", async () => {
  const fresh = { id: workspaceId, name: "Test", timeZone: "UTC", smsHours: legal };
  expect(await get()).toEqual({
    ...fresh,
    ...{ absencePauseDays: 7, messagesPerDay: null, minTouchGapSeconds: 0, createdAt: expect.any(String) },
    ...{ optOutWords: [], linkedChannels: {}, agentsNeedApproval: true },
  });
  await patch({ messagesPerDay: 500 });
  await patch({ minTouchGapSeconds: 3_600 });
  await patch({ timeZone: "europe/berlin" });
  expect((await patch({ name: "Analytical" })).body).toMatchObject({
    ...{
      name: "Analytical",
      timeZone: "Europe/Berlin",
      messagesPerDay: 500,
      minTouchGapSeconds: 3_600,
      smsHours: legal,
    },
  });
  expect((await patch({ messagesPerDay: null })).body).toMatchObject({
    messagesPerDay: null,
    timeZone: "Europe/Berlin",
  });
});

test("what is wrong is named, and nothing changes", async () => {
  const before = await get();
  const cases: [object, string][] = [
    [{ timeZone: "Mars/Olympus" }, "timeZone"],
    [{ messagesPerDay: 0 }, "messagesPerDay"],
    [{ minTouchGapSeconds: -1 }, "minTouchGapSeconds"],
    [{ smsHours: { from: "9:00", to: "18:00" } }, "smsHours.from"],
    [{ smsHours: { from: "09:00", to: "24:01" } }, "smsHours.to"],
    [{ smsHours: { from: "18:00", to: "09:00" }, override: true, reason: "Night shift" }, "smsHours.to"],
    [{ smsHours: { from: "09:00" } }, "smsHours.to"],
    [{ smsHours: null }, "smsHours"],
    [{ sms_hours: legal }, "sms_hours"],
  ];
  for (const [body, field] of cases) {
    const answer = await patch({ name: "Changed", ...body });
    expect([answer.status, fieldsOf(answer.body)]).toEqual([400, [field]]);
  }
  expect(await get()).toEqual(before);
  expect(await changes()).toEqual([]);
});

test("SMS hours beyond 08:00 to 21:00 change nothing without an override and its reason, and say how", async () => {
  for (const smsHours of [
    { from: "07:59", to: "21:00" },
    { from: "08:00", to: "21:01" },
    { from: "00:00", to: "24:00" },
  ]) {
    for (const [body, field] of [
      [{ smsHours }, "smsHours"],
      [{ smsHours, reason: "Because." }, "smsHours"],
      [{ smsHours, override: true }, "reason"],
      [{ smsHours, override: true, reason: "  " }, "reason"],
    ] as const) {
      const answer = await patch(body);
      expect([answer.status, fieldsOf(answer.body)]).toEqual([400, [field]]);
      if (field === "smsHours") expect(answer.body.details[0].reason).toMatch(/`override: true` and a `reason`/);
    }
  }
  expect((await get()).smsHours).toEqual(legal);
  expect(await changes()).toEqual([]);
});

test("every change of SMS hours is on record: what it was, who changed it and why; newest first", async () => {
  const narrow = { from: "09:00", to: "18:00" };
  const wide = { from: "06:00", to: "23:00" };
  await patch({ smsHours: narrow });
  await patch({ smsHours: narrow });
  expect((await patch({ smsHours: wide, override: true, reason: "Night shift, with consent." })).status).toBe(200);
  await patch({ smsHours: legal });
  const entry = (before: object, after: object, reason: string | null) => {
    return { at: expect.any(String), setting: "smsHours", before, after, changedBy: keyId, reason };
  };
  const all = [entry(wide, legal, null), entry(narrow, wide, "Night shift, with consent."), entry(legal, narrow, null)];
  expect(await changes()).toEqual(all);
  expect(await changes("?limit=2")).toEqual(all.slice(0, 2));
});

test("of changes at the same time each one's record begins where the one before it ended", async () => {
  const hours = Array.from({ length: 12 }, (_, i) => ({ from: `09:${String(10 + i)}`, to: "18:00" }));
  const answers = await Promise.all(hours.map((smsHours) => patch({ smsHours })));
  expect(answers.map(({ status }) => status)).toEqual(hours.map(() => 200));
  const records: { before: object; after: object }[] = (await changes()).toReversed();
  expect(records.map(({ before }) => before)).toEqual([legal, ...records.slice(0, -1).map(({ after }) => after)]);
  expect(records.at(-1)!.after).toEqual((await get()).smsHours);
});

test("with a cap on the workspace what all its senders sent before counts, and every process looks at them anew", async () => {
  const { db } = api;
  const other = await makeWorkspace(db);
  const engine = await makeEngine(db);
  const send = async (workspaceId: string) => {
    // No SMS: those have hours, and tests run at any.
    const senderId = await makeSender(db, workspaceId, "email");
    const leadId = await makeLead(db, workspaceId);
    const content = { channel: "email", action: "message", subject: "Hi", text: "Hi", html: null } as const;
    await engine.desk.submit({ workspaceId, leadId, senderId, source: "api", scheduledAt: null, ...content }, null);
  };
  for (const id of [workspaceId, workspaceId, other]) await send(id);
  await engine.drain();
  await engine.stop();
  const state = async (id: string) => {
    const sql = `select m.counted_at = m.attempted_at as counted, l.version from message m
      join lane l on l.workspace_id = m.workspace_id and l.id = m.sender_id where m.workspace_id = $1 order by m.id`;
    return (await db.query<{ counted: boolean | null; version: number }>(sql, [id])).rows;
  };
  const [mine, theirs] = [await state(workspaceId), await state(other)];
  expect(mine.map(({ counted }) => counted)).toEqual([null, null]);
  await patch({ messagesPerDay: 2 });
  expect(await state(workspaceId)).toEqual(mine.map(({ version }) => ({ counted: true, version: version + 1 })));
  expect(await state(other)).toEqual(theirs);
});

test("only an administrator changes settings or sees who did, and only in the workspace of the key", async () => {
  const secret = async (scope: "read" | "send") =>
    (await createApiKey(api.db, workspaceId, { name: scope, scopes: [scope] })).secret;
  const [read, send] = [await secret("read"), await secret("send")];
  expect((await api.call("GET", "/v1/workspace", { key: read })).status).toBe(200);
  for (const key of [read, send]) {
    expect((await api.call("PATCH", "/v1/workspace", { key, body: { name: "x" } })).status).toBe(403);
    expect((await api.call("GET", "/v1/workspace/setting-changes", { key })).status).toBe(403);
  }
  const other = (await api.call("GET", "/v1/workspace")).body;
  await patch({ name: "Mine", smsHours: { from: "10:00", to: "12:00" }, messagesPerDay: 5 });
  expect((await api.call("GET", "/v1/workspace")).body).toEqual(other);
  expect((await api.call("GET", "/v1/workspace/setting-changes")).body.data).toEqual([]);
});
