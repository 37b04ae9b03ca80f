import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { makeEngine, makeLead, makeSender, makeWorkspace } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup({ adapters: [unipile as ChannelAdapter] });
});
afterAll(async () => await api.close());

const fieldsOf = (body: { details?: { field: string }[] }) => body.details?.map(({ field }) => field);
const linkedin = {
  name: "Ada",
  channel: "linkedin",
  provider: "unipile",
  config: { dsn: "https://api1.unipile.com:13111", accountId: "account" },
  credentials: { apiKey: "key" },
};
const create = (body: object) => api.call("POST", "/v1/senders", { body: { ...linkedin, ...body } });
const edit = (id: string, limits: object) => api.call("PATCH", `/v1/senders/${id}`, { body: { limits } });
const unhurried = { perDay: null, perWeek: null, minGapSeconds: 0, jitter: 0, ramp: null };

test("a LinkedIn sender is safe without limits; each field that is set stands in place of its own, and null lifts", async () => {
  const { body: safe } = await create({});
  expect(safe.limits).toEqual({});
  expect(safe.pace).toEqual({
    message: { perDay: 50, perWeek: null, minGapSeconds: 10, jitter: 1, ramp: null },
    connect: { perDay: 20, perWeek: 100, minGapSeconds: 60, jitter: 0.5, ramp: null },
  });
  const limits = {
    message: unhurried,
    connect: { perWeek: 80, ramp: { start: 5, step: 2, ceiling: 20 } },
  };
  const { body: set } = await edit(safe.id, limits);
  expect(set.limits).toEqual(limits);
  expect(set.pace).toEqual({ message: unhurried, connect: { ...safe.pace.connect, ...limits.connect } });
  expect((await api.call("GET", `/v1/senders/${safe.id}`)).body).toMatchObject({ limits, pace: set.pace });
  // They are replaced as a whole: what is left out is safe again.
  expect((await edit(safe.id, {})).body).toMatchObject({ limits: {}, pace: safe.pace });
});

test("what is wrong in limits is named, on create and on change, and nothing is stored", async () => {
  const { id } = (await create({ limits: { message: { perDay: 30 } } })).body;
  const before = (await api.call("GET", "/v1/senders")).body;
  const cases: [object, string][] = [
    [{ message: { perDay: 0 } }, "limits.message.perDay"],
    [{ message: { perDay: 100_001 } }, "limits.message.perDay"],
    [{ connect: { perWeek: 1.5 } }, "limits.connect.perWeek"],
    [{ message: { minGapSeconds: -1 } }, "limits.message.minGapSeconds"],
    [{ message: { minGapSeconds: 86_401 } }, "limits.message.minGapSeconds"],
    [{ message: { jitter: 5.1 } }, "limits.message.jitter"],
    [{ message: { ramp: { start: 0, step: 1, ceiling: 5 } } }, "limits.message.ramp.start"],
    [{ message: { ramp: { start: 1, step: -1, ceiling: 5 } } }, "limits.message.ramp.step"],
    [{ connect: { ramp: { start: 6, step: 1, ceiling: 5 } } }, "limits.connect.ramp.ceiling"],
    [{ message: { perHour: 5 } }, "limits.message.perHour"],
    [{ invite: { perDay: 5 } }, "limits.invite"],
  ];
  for (const [limits, field] of cases) {
    for (const answer of [await create({ limits }), await edit(id, limits)]) {
      expect([answer.status, fieldsOf(answer.body)]).toEqual([400, [field]]);
    }
  }
  expect((await api.call("GET", "/v1/senders")).body).toEqual(before);
});

test("a day's cap has to fit into a day with its gap, the provider's gap where none is set", async () => {
  const { id } = (await create({})).body;
  expect((await edit(id, { message: { perDay: 1_440, minGapSeconds: 60 } })).status).toBe(200);
  const over = await edit(id, { message: { perDay: 1_441, minGapSeconds: 60 } });
  expect([over.status, fieldsOf(over.body)]).toEqual([400, ["limits.message.perDay"]]);
  expect(over.body.details[0].reason).toBe("With 60 s between them at most 1440 fit into a day, not 1441.");
  expect(fieldsOf((await edit(id, { connect: { perDay: 1_441 } })).body)).toEqual(["limits.connect.perDay"]);
  expect((await edit(id, { connect: { perDay: 1_441, minGapSeconds: 0 } })).status).toBe(200);
  const ramp = { start: 1, step: 1, ceiling: 25 };
  expect(fieldsOf((await edit(id, { message: { perDay: null, minGapSeconds: 3_600, ramp } })).body)).toEqual([
    "limits.message.ramp.ceiling",
  ]);
  expect(fieldsOf((await edit(id, { message: { perDay: null, minGapSeconds: 3_600, perWeek: 169 } })).body)).toEqual([
    "limits.message.perWeek",
  ]);
});

test("invitations have limits on LinkedIn only", async () => {
  const sms = { name: "Ada", channel: "sms", provider: "sandbox" };
  const limits = { connect: { perDay: 5 } };
  const refused = await api.call("POST", "/v1/senders", { body: { ...sms, limits } });
  expect([refused.status, fieldsOf(refused.body)]).toEqual([400, ["limits.connect"]]);
  const { id } = (await api.call("POST", "/v1/senders", { body: sms })).body;
  expect(fieldsOf((await edit(id, limits)).body)).toEqual(["limits.connect"]);
});

test("with limits a sender's messages of the last 8 days count if they may have gone out, and no others", async () => {
  const { db, workspaceId } = api;
  const senders = [await makeSender(db, workspaceId, "sms"), await makeSender(db, workspaceId, "sms")];
  const engine = await makeEngine(db);
  const content = { channel: "sms", action: "message", subject: null, text: "Hi", html: null } as const;
  const send = async (senderId: string) => {
    const leadId = await makeLead(db, workspaceId);
    const message = { workspaceId, leadId, senderId, source: "api", scheduledAt: null, ...content } as const;
    return (await engine.desk.submit(message, null)).messageId;
  };
  const kinds = ["sent", "sending", "uncertain", "failed", "blocked", "old"] as const;
  const ids = new Map<string, string>();
  for (const kind of kinds) ids.set(kind, await send(senders[0]!));
  ids.set("another sender's", await send(senders[1]!));
  await engine.drain();
  await engine.stop();
  for (const status of ["sending", "uncertain", "failed", "blocked"]) {
    await db.query("update message set status = $2 where id = $1", [ids.get(status), status]);
  }
  await db.query("update message set attempted_at = now() - interval '9 days' where id = $1", [ids.get("old")]);
  const counted = async () => {
    const sql = "select id, counted_at = attempted_at as exact from message where counted_at is not null";
    const { rows } = await db.query<{ id: string; exact: boolean }>(sql);
    const exact = rows.filter((row) => row.exact).map((row) => row.id);
    return [...ids].filter(([, id]) => exact.includes(id)).map(([kind]) => kind);
  };
  const version = async () =>
    (await db.query<{ version: number }>("select version from lane where id = $1", [senders[0]])).rows[0]!.version;
  const before = await version();
  await api.call("PATCH", `/v1/senders/${senders[0]}`, { body: { name: "Renamed" } });
  expect(await counted()).toEqual([]);
  await edit(senders[0]!, { message: { perDay: 5 } });
  expect(await counted()).toEqual(["sent", "sending", "uncertain"]);
  expect(await version()).toBeGreaterThan(before + 1);
});

test("limits are the administrator's, and another workspace's sender can't be touched", async () => {
  const { db } = api;
  const { id } = (await create({})).body;
  const body = { limits: { message: { perDay: 1 } } };
  for (const key of [api.keys.read, api.keys.send]) {
    expect((await api.call("PATCH", `/v1/senders/${id}`, { body, key })).status).toBe(403);
  }
  const foreign = await makeSender(db, await makeWorkspace(db), "sms");
  const row = async () =>
    (
      await db.query(
        "select s.limits, s.updated_at, l.version from sender s join lane l on l.id = s.id where s.id = $1",
        [foreign],
      )
    ).rows[0];
  const before = await row();
  expect((await edit(foreign, body.limits)).status).toBe(404);
  expect((await api.call("GET", `/v1/senders/${foreign}`)).status).toBe(404);
  expect(await row()).toEqual(before);
});

test("what was used of today's and the week's caps, and what waits and why, as pacing sees it", async () => {
  const { body } = await create({});
  const id = body.id as string;
  const usage = async () => (await api.call("GET", `/v1/senders/usage?senderIds=${id},sender_gone`)).body.data;
  expect(await usage()).toMatchObject([
    { senderId: id, message: { today: 0, cap: 50, week: 0, next: null }, connect: { cap: 20, perWeek: 100 } },
  ]);
  await edit(id, { message: { perDay: 2, minGapSeconds: 0, ramp: { start: 1, step: 1, ceiling: 9 } } });
  const leadId = await makeLead(api.db, api.workspaceId);
  await api.db.query(
    `insert into message (workspace_id, id, lead_id, conversation_id, sender_id, channel, action, source, status, to_address, text, counted_at)
     select $1, 'msg_used_' || n, $2, 'conv_1', $3, 'linkedin', 'message', 'api', 'sent', 'x', 'x', now() - n * interval '2 days'
     from generate_series(0, 5) as n`,
    [api.workspaceId, leadId, id],
  );
  expect(await usage()).toMatchObject([
    {
      message: { today: 1, cap: 1, rampDay: 1, week: 4, next: { reason: "the sender is at 1 of 1 today" } },
      connect: { today: 0, week: 0 },
    },
  ]);
  const sent = await api.call("POST", "/v1/messages", {
    body: { leadId, senderId: id, channel: "linkedin", text: "Hi" },
  });
  expect(sent.status).toBe(202);
  const { body: waits } = await api.call("GET", `/v1/senders/${id}/waiting`);
  expect(waits).toMatchObject({
    data: [{ id: sent.body.messageId, text: "Hi", reasons: [{ detail: "the sender is at 1 of 1 today" }] }],
    more: false,
  });
  await edit(id, { message: { ...unhurried }, connect: { ...unhurried } });
  expect((await usage())[0].message).toMatchObject({ today: null, cap: null, week: null, next: null });
});

test("hours are stored, changed and lifted; what is wrong in them is named; and a campaign that they never meet is warned of", async () => {
  const schedule = { windows: { monday: [{ from: "09:00", to: "17:00" }] }, holidays: ["2026-12-25"] };
  const sender = { name: "Office", channel: "email", provider: "sandbox" };
  const created = await api.call("POST", "/v1/senders", { body: { ...sender, schedule, timeZone: "europe/berlin" } });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({ schedule, timeZone: "Europe/Berlin", warnings: [] });
  const { id } = created.body;
  const path = `/v1/senders/${id}`;
  const change = (body: object) => api.call("PATCH", path, { body });
  for (const [body, fields] of [
    [{ schedule: { windows: { monday: [{ from: "9:00", to: "17:00" }] } } }, ["schedule.windows.monday.0.from"]],
    [{ schedule: { windows: {} }, timeZone: "Mars/Olympus" }, ["schedule.windows", "timeZone"]],
    [{ schedule: { windows: { someday: [] } } }, ["schedule.windows.someday"]],
  ] as const) {
    for (const answer of [
      await change(body),
      await api.call("POST", "/v1/senders", { body: { ...sender, ...body } }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.details.map(({ field }: { field: string }) => field)).toEqual(
        fields.map((field) => expect.stringContaining(field.replace(".someday", ""))),
      );
    }
  }
  expect((await change({ name: "Desk" })).body).toMatchObject({ schedule, timeZone: "Europe/Berlin" });
  const weekends = { windows: { saturday: [{ from: "00:00", to: "24:00" }] } };
  const steps = [{ channel: "email", subject: "Hi", text: "Hi" }];
  const body = { name: "Weekend", senderIds: [id], steps, schedule: weekends };
  const campaign = (await api.call("POST", "/v1/campaigns", { body })).body;
  const leads = [{ email: "weekend@example.com" }];
  await api.call("POST", `/v1/campaigns/${campaign.id}/leads`, { body: { leads } });
  const warning = [
    expect.stringMatching(/"Weekend" and the hours of the sender "Desk" are never open at the same time/),
  ];
  const simulated = await api.call("POST", `/v1/campaigns/${campaign.id}/simulate`, { body: { horizonDays: 30 } });
  expect(simulated.body).toMatchObject({ warnings: warning, totals: { sent: 0 } });
  const started = await api.call("POST", `/v1/campaigns/${campaign.id}/start`);
  expect([started.status, started.body.warnings]).toEqual([200, warning]);
  expect((await change({ timeZone: null })).body).toMatchObject({ timeZone: null, warnings: warning });
  expect((await api.call("GET", path)).body.warnings).toEqual(warning);
  const lifted = await change({ schedule: null });
  expect(lifted.body).toMatchObject({ schedule: null, warnings: [] });
});
