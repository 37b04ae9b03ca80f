import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countNext } from "../../src/analytics/counter.ts";
import { DimensionSets } from "../../src/analytics/dimension-sets.ts";
import { setLeadStatus, startCampaign } from "../../src/campaigns/control.ts";
import { recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import { insertWorkspace } from "../../src/db/workspace.ts";
import type { ChannelName, EventType } from "../../src/domain/event.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import { makeEngine, makeLead, makeSender } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
let workspaceId: string;
beforeAll(async () => {
  api = await setup();
  ({ workspaceId } = api);
});
afterAll(async () => await api.close());

interface Telling {
  at: string;
  lead?: string;
  message?: string;
  channel?: ChannelName;
  data?: Record<string, unknown>;
}

/** Puts events into the log that are told late, each with its own time, and counts them. */
async function tell(events: readonly (readonly [EventType, Telling])[], of = workspaceId): Promise<void> {
  const sets = new DimensionSets();
  const made = events.map(([type, { at, lead = "lead_1", message = "msg_1", channel = "email", data = {} }]) => {
    const sample = eventSample(of, type, { channel }).data as object;
    const fields = {
      leadId: lead,
      messageId: message,
      channel,
      sentAt: at,
      receivedAt: at,
      openedAt: at,
      acceptedAt: at,
      ...data,
    };
    const known = Object.entries(fields).filter(([name]) => name in sample);
    return newEvent(of, type, { ...sample, ...Object.fromEntries(known) } as never, { leadId: lead });
  });
  await recordEvents(api.db, made);
  while ((await countNext(api.db, of, Date.now() + 10_000, sets)).more);
}

const get = (path: string, query: Record<string, string> = {}) =>
  api.call("GET", `/v1/analytics/${path}?${new URLSearchParams(query)}`, { key: api.keys.read });

/** A workspace of its own, and calls with its key. */
async function another(timeZone = "UTC") {
  const { id } = await insertWorkspace(api.db, { name: "Another", timeZone });
  const key = await api.secretOf("read", id);
  return {
    id,
    get: (path: string, query: Record<string, string> = {}) =>
      api.call("GET", `/v1/analytics/${path}?${new URLSearchParams(query)}`, { key }),
  };
}

describe("a month of two campaigns", () => {
  const january = { from: "2025-01-01T00:00:00Z", to: "2025-02-01T00:00:00Z" };
  const one = { campaignId: "camp_1", stepId: "step_1", variant: "a", senderId: "sender_1", tags: ["vip", "late"] };
  const two = { campaignId: "camp_2", stepId: "step_9", variant: null, senderId: "sender_2", tags: [] };

  beforeAll(async () => {
    await tell([
      ...Array.from({ length: 10 }, (_, n): [EventType, Telling] => [
        "message.sent",
        { at: `2025-01-05T09:0${n}:00.000Z`, lead: `lead_${n}`, message: `msg_${n}`, data: one },
      ]),
      ["message.opened", { at: "2025-01-05T10:00:00.000Z", lead: "lead_0", message: "msg_0", data: one }],
      ["message.received", { at: "2025-01-05T15:30:00.000Z", lead: "lead_0", data: { ...two, keyword: null } }],
      [
        "lead.updated",
        {
          at: "2025-01-06T09:00:00.000Z",
          lead: "lead_0",
          data: { newStatus: "MEETING_BOOKED", campaignId: null, changedAt: "2025-01-06T09:00:00.000Z" },
        },
      ],
      ["message.received", { at: "2025-02-03T09:00:00.000Z", lead: "lead_1", data: { keyword: null } }],
      [
        "message.sent",
        { at: "2025-01-07T09:00:00.000Z", lead: "lead_0", message: "msg_two", channel: "sms", data: two },
      ],
      ["connection_request.sent", { at: "2025-01-08T09:00:00.000Z", lead: "lead_50", message: "msg_50", data: two }],
      ["connection_request.accepted", { at: "2025-01-09T09:00:00.000Z", lead: "lead_50", data: two }],
    ]);
  });

  test("a campaign's own metrics are the same figures, whatever its leads do later", async () => {
    const campaignId = (await api.call("POST", "/v1/campaigns", { body: { name: "Metrics" } })).body.id;
    const at = "2025-05-01T09:00:00.000Z";
    const leadId = await makeLead(api.db, workspaceId);
    const of = { lead: leadId, at, data: { ...one, campaignId } };
    await tell([
      ["connection_request.sent", { ...of, message: "msg_invitation" }],
      ["connection_request.accepted", of],
      ["message.sent", { ...of, message: "msg_after" }],
      ["message.received", { ...of, at: "2025-05-02T09:00:00.000Z", data: { ...one, campaignId, keyword: null } }],
    ]);
    await api.db.transaction((tx) => setLeadStatus(tx, workspaceId, leadId, "DONE", "api", null));
    const { body } = await api.call("GET", `/v1/campaigns/${campaignId}`);
    const all = { connectionsSent: 1, connectionsAccepted: 1, messagesSent: 1, repliesReceived: 1 };
    expect(body.metrics).toEqual(all);
  });

  test("counts what happened in it, and rates what went out in it by all that came of it since", async () => {
    const { status, body } = await get("overview", january);
    expect(status).toBe(200);
    expect(body.range).toEqual({ from: "2025-01-01T00:00:00.000Z", to: "2025-02-01T00:00:00.000Z", timeZone: "UTC" });
    expect(body.counts).toEqual({
      ...{ sent: 11, invited: 1, delivered: 0, failed: 0, uncertain: 0, bounced: 0, opened: 1, clicked: 0 },
      ...{ replies: 1, positiveReplies: 1, connected: 1, optedOut: 0, meetings: 1, firstContacts: 11, firstReplies: 1 },
    });
    // The second reply came in February, to a message of January.
    expect(body.rates.replied).toMatchObject({ count: 2, of: 11 });
    expect(body.rates.replied.rate).toBeCloseTo(2 / 11, 10);
    // Wilson's interval of 2 of 11.
    expect([body.rates.replied.low, body.rates.replied.high].map((x) => x.toFixed(3))).toEqual(["0.051", "0.477"]);
    expect(body.rates.connected).toMatchObject({ count: 1, of: 1, rate: 1, high: 1 });
    expect(body.rates.delivered).toEqual({ count: 0, of: 1, rate: 0, low: 0, high: expect.closeTo(0.793, 3) });
    expect(body.rates.bounced).toMatchObject({ count: 0, of: 10 });
    expect(body.previous).toBeNull();
  });

  test("is compared with the range before, and narrowed by any properties together", async () => {
    const { body } = await get("overview", {
      from: "2025-01-06T00:00:00Z",
      to: "2025-01-07T00:00:00Z",
      compare: "previous",
    });
    expect([body.counts.sent, body.previous.counts.sent]).toEqual([0, 10]);
    expect(body.previous.from).toBe("2025-01-05T00:00:00.000Z");
    const sent = async (filter: Record<string, string>) =>
      (await get("overview", { ...january, ...filter })).body.counts.sent;
    expect(await sent({ tag: "vip", campaignId: "camp_1", channel: "email", senderId: "sender_1" })).toBe(10);
    expect(await sent({ tag: "vip", channel: "sms" })).toBe(0);
    expect(await sent({ source: "campaign", step: "step_9" })).toBe(1);
    expect(await sent({ profile: "nobody" })).toBe(0);
  });

  test("is broken down by each property; a reply stands where the message stands that it answers", async () => {
    const by = async (name: string) => (await get("breakdown", { ...january, by: name })).body.data;
    const short = (rows: { value: string | null; counts: { sent: number; replies: number } }[]) =>
      rows.map(({ value, counts: { sent, replies } }) => [value, sent, replies]);
    expect(short(await by("campaign"))).toEqual([
      ["camp_1", 10, 1],
      ["camp_2", 1, 0],
    ]);
    // Invitations count for the order, too.
    expect(short(await by("channel"))).toEqual([
      ["email", 10, 1],
      ["linkedin", 0, 0],
      ["sms", 1, 0],
    ]);
    expect(short(await by("tag"))).toEqual([
      ["late", 10, 1],
      ["vip", 10, 1],
      [null, 1, 0],
    ]);
    // Of those with the one tag, under all that they have; whatever else is asked.
    for (const more of [{}, { channel: "email" }] as Record<string, string>[]) {
      const { data } = (await get("breakdown", { ...january, by: "tag", tag: "vip", ...more })).body;
      expect(short(data)).toEqual([
        ["late", 10, 1],
        ["vip", 10, 1],
      ]);
    }
    expect(await by("variant")).toMatchObject([
      { value: "a", campaignId: "camp_1", step: "step_1" },
      { value: null, campaignId: "camp_2", step: "step_9" },
    ]);
    for (const name of ["step", "sender", "profile", "source"]) expect((await by(name)).length).toBeGreaterThan(0);
  });

  test("leaves as CSV, with formulas made harmless", async () => {
    await tell([
      [
        "message.sent",
        { at: "2025-01-20T09:00:00.000Z", lead: "lead_x", message: "msg_x", data: { ...two, variant: "=1+1" } },
      ],
    ]);
    const { status, headers, body } = await get("breakdown", { ...january, by: "variant", format: "csv" });
    expect([status, headers["content-type"]]).toEqual([200, "text/csv; charset=utf-8"]);
    expect(headers["content-disposition"]).toBe('attachment; filename="by-variant.csv"');
    const [head, first, ...rest] = (body as string).trim().split("\n");
    expect(head).toMatch(
      /^value,name,campaignId,step,sent,invited,.*,repliedCount,repliedOf,repliedRate,repliedLow,repliedHigh/,
    );
    expect(first).toMatch(/^a,,camp_1,step_1,10,0,/);
    expect(rest.join("\n")).toContain("'=1+1,,camp_2");
    for (const path of ["overview", "timeseries", "replies/heatmap", "time-to-reply", "deliveries"])
      expect((await get(path, { format: "csv" })).headers["content-type"], path).toBe("text/csv; charset=utf-8");
  });

  test("belongs to its workspace alone", async () => {
    const other = await another();
    expect((await other.get("overview", january)).body).toMatchObject({ countedUntil: null, counts: { sent: 0 } });
  });
});

test("days are those of the zone's clock, also those on which clocks change; and no quarter of an hour is lost", async () => {
  const berlin = await another("Europe/Berlin");
  // 00:30, 01:30 and 03:30 on the clock: an hour is missing.
  const spring = ["2025-03-29T23:30:00.000Z", "2025-03-30T00:30:00.000Z", "2025-03-30T01:30:00.000Z"];
  // The hour from two o'clock comes twice.
  const autumn = [
    "2025-10-26T00:30:00.000Z",
    "2025-10-26T01:30:00.000Z",
    "2025-10-26T22:59:00.000Z",
    "2025-10-26T23:00:00.000Z",
  ];
  const sent = (at: string, n: number): [EventType, Telling] => [
    "message.sent",
    { at, lead: `lead_${n}`, message: `msg_${n}` },
  ];
  await tell([...spring, ...autumn].map(sent), berlin.id);
  const series = async (query: Record<string, string>) =>
    (await berlin.get("timeseries", query)).body.data as {
      label: string;
      from: string;
      to: string;
      counts: { sent: number };
    }[];
  const days = await series({ from: "2025-03-28T23:00:00Z", to: "2025-03-31T22:00:00Z" });
  expect(days.map(({ label, counts }) => [label, counts.sent])).toEqual([
    ["2025-03-29", 0],
    ["2025-03-30", 3],
    ["2025-03-31", 0],
  ]);
  expect([days[1]!.from, days[1]!.to]).toEqual(["2025-03-29T23:00:00.000Z", "2025-03-30T22:00:00.000Z"]);
  const hours = await series({ from: "2025-10-25T23:00:00Z", to: "2025-10-26T03:00:00Z", granularity: "hour" });
  expect(hours.map(({ label, counts }) => [label, counts.sent])).toEqual([
    ["2025-10-26T01:00+02:00", 0],
    ["2025-10-26T02:00+02:00", 1],
    ["2025-10-26T02:00+01:00", 1],
    ["2025-10-26T03:00+01:00", 0],
  ]);
  const october = await series({ from: "2025-10-01T00:00:00Z", to: "2025-11-10T00:00:00Z", granularity: "month" });
  expect(october.map(({ label, counts }) => [label, counts.sent])).toEqual([
    ["2025-10", 4],
    ["2025-11", 0],
  ]);
  const weeks = await series({ from: "2025-10-25T00:00:00Z", to: "2025-10-28T00:00:00Z", granularity: "week" });
  expect(weeks.map(({ label, counts }) => [label, counts.sent])).toEqual([
    ["2025-10-20", 3],
    ["2025-10-27", 1],
  ]);
  // The map of a year has what the clock showed: of an hour that comes twice both, of one that is missing none.
  const map = (await berlin.get("replies/heatmap", { from: "2025-03-01T00:00:00Z", to: "2025-11-10T00:00:00Z" })).body;
  const hit = (map.data as { weekday: string; hour: number; sent: number }[]).filter(({ sent: n }) => n > 0);
  expect(hit.map(({ weekday, hour, sent: n }) => [weekday, hour, n])).toEqual([
    ["monday", 0, 1],
    ...[0, 1, 2, 3, 23].map((hour) => ["sunday", hour, hour === 2 ? 2 : 1]),
  ]);
  // 05:45 before UTC: 23:00 is 04:45 of the next day.
  const nepal = await series({ from: "2025-10-25T18:15:00Z", to: "2025-10-27T18:15:00Z", timeZone: "Asia/Kathmandu" });
  expect(nepal.map(({ label, counts }) => [label, counts.sent])).toEqual([
    ["2025-10-26", 2],
    ["2025-10-27", 2],
  ]);
});

test("replies are mapped by weekday and hour, and timed from the message that they answer", async () => {
  const kolkata = await another("Asia/Kolkata");
  const pair = (n: number, sent: string, reply: string): [EventType, Telling][] => [
    ["message.sent", { at: sent, lead: `lead_${n}`, message: `msg_${n}` }],
    ["message.received", { at: reply, lead: `lead_${n}`, message: `msg_in_${n}`, data: { keyword: null } }],
  ];
  const february = { from: "2025-02-01T00:00:00Z", to: "2025-03-01T00:00:00Z" };
  await tell(
    [
      ...pair(1, "2025-02-03T04:00:00.000Z", "2025-02-03T04:05:00.000Z"),
      ...pair(2, "2025-02-03T04:00:00.000Z", "2025-02-03T20:00:00.000Z"),
      ...pair(3, "2025-02-03T04:00:00.000Z", "2025-02-10T04:00:01.000Z"),
    ],
    kolkata.id,
  );
  const { body: map } = await kolkata.get("replies/heatmap", february);
  expect(map.data).toHaveLength(168);
  expect(map.data[0]).toMatchObject({ weekday: "monday", hour: 0 });
  const hit = map.data.filter(({ replies, sent }: { replies: number; sent: number }) => replies + sent > 0);
  // 04:00 UTC is 09:30 there, and 20:00 the next day at 01:30.
  expect(hit).toEqual([
    { weekday: "monday", hour: 9, replies: 2, positiveReplies: 0, sent: 3 },
    { weekday: "tuesday", hour: 1, replies: 1, positiveReplies: 0, sent: 0 },
  ]);
  const { body: times } = await kolkata.get("time-to-reply", february);
  expect(times).toMatchObject({ answered: 3, seconds: { p25: 300, p50: 57_600, p90: 604_801 } });
  expect(times.histogram[0]).toEqual({ upToSeconds: 300, label: "5 minutes", count: 1, share: 1 / 3 });
  expect(times.histogram.find(({ label }: { label: string }) => label === "2 weeks")).toMatchObject({
    count: 1,
    share: 1,
  });
  expect((await kolkata.get("time-to-reply", { ...february, channel: "sms" })).body).toMatchObject({
    answered: 0,
    seconds: { p50: null },
  });
});

test("a campaign's funnel and variants: from what was really sent, with what stopped its leads", async () => {
  const engine = await makeEngine(api.db);
  const senderIds = [await makeSender(api.db, workspaceId, "email")];
  const steps = [
    {
      channel: "email",
      key: "hello",
      variants: [
        { key: "a", subject: "Hi", text: "a" },
        { key: "b", subject: "Hi", text: "b" },
      ],
    },
    { channel: "email", subject: "Again", text: "Hi {{ company }}", delay: 0 },
    { channel: "email", subject: "Later", text: "x", delay: "5d" },
  ];
  const { body: campaign } = await api.call("POST", "/v1/campaigns", { body: { name: "Funnel", senderIds, steps } });
  expect(campaign.id, JSON.stringify(campaign)).toBeDefined();
  const leadIds: string[] = [];
  for (let n = 0; n < 4; n++) {
    leadIds.push(await makeLead(api.db, workspaceId));
    const company = n === 0 ? null : "Acme";
    await api.db.query("update lead set tags = '{vip}', company = $2 where id = $1", [leadIds[n], company]);
  }
  await api.call("POST", `/v1/campaigns/${campaign.id}/leads`, { body: { leadIds } });
  await startCampaign(api.db, workspaceId, campaign.id, "api");
  await engine.drain();
  await api.db.transaction((tx) => setLeadStatus(tx, workspaceId, leadIds[1]!, "NOT_INTERESTED", "api", null));
  const now = new Date().toISOString();
  const reply = {
    ...(eventSample(workspaceId, "message.received", { channel: "email" }).data as object),
    leadId: leadIds[2]!,
    senderId: senderIds[0],
    receivedAt: now,
  };
  await recordEvents(api.db, [newEvent(workspaceId, "message.received", reply as never, { leadId: leadIds[2]! })]);
  while ((await countNext(api.db, workspaceId, Date.now() + 10_000, new DimensionSets())).more);
  const { body } = await get("funnel", { campaignId: campaign.id });
  expect(body.leads).toEqual({ total: 4, active: 2, finished: 0, stopped: 2 });
  expect(body.stoppedBefore.total).toBe(0);
  expect(body.steps).toMatchObject([
    { key: "hello", position: 1, reached: 4, sent: 4, waiting: 0, replied: { count: 0, of: 4 }, stopped: { total: 0 } },
    {
      ...{ reached: 4, sent: 3, blocked: 1, replied: { count: 1, of: 3 } },
      stopped: { total: 2, reasons: expect.arrayContaining([{ reason: "lead_status", count: 1 }]) },
    },
    { reached: 0, sent: 0, waiting: 2 },
  ]);
  const ofAll = async (query: Record<string, string>) => {
    const { leads, steps: all } = (await get("funnel", { campaignId: campaign.id, ...query })).body;
    return [
      leads.total,
      ...all.map(({ sent, replied }: { sent: number; replied: { of: number } }) => [sent, replied.of]),
    ];
  };
  const today = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const [hour, day] = [3_600_000, 86_400_000].map((ms) => new Date(Date.now() - ms).toISOString());
  const whole = [4, [4, 4], [3, 3], [0, 0]];
  const nothing = [0, [0, 0], [0, 0], [0, 0]];
  expect(await ofAll({ ...today, senderId: senderIds[0]!, tag: "vip", channel: "email" })).toEqual(whole);
  expect(await ofAll({ from: day!, to: hour! })).toEqual(nothing);
  expect(await ofAll({ senderId: "sender_other" })).toEqual(nothing);
  expect(await ofAll({ tag: "other" })).toEqual(nothing);
  expect(await ofAll({ channel: "sms" })).toEqual([4]);
  const csv = (await get("funnel", { campaignId: campaign.id, format: "csv" })).body as string;
  expect(csv.split("\n")[0]).toMatch(/^position,stepId,key,.*,stoppedReasons$/);
  // What went out says in its event what it was.
  const tagged = await get("breakdown", { by: "variant", campaignId: campaign.id, tag: "vip" });
  const sum = tagged.body.data.reduce((all: number, { counts }: { counts: { sent: number } }) => all + counts.sent, 0);
  expect(sum).toBe(7);
  expect((await get("variants", { campaignId: campaign.id, step: "hello" })).body).toMatchObject({
    stepId: campaign.steps[0].id,
    comparison: { moreNeeded: null },
    data: [{ variant: "a" }, { variant: "b" }],
  });
  // All of them, though the campaign was made in the middle of the quarter of an hour in which they went out.
  const whole_ = (await get("variants", { campaignId: campaign.id, step: "hello" })).body;
  expect(whole_.data.reduce((all: number, one: { sent: number }) => all + one.sent, 0)).toBe(4);
  await engine.stop();
});

test("destinations are judged by their attempts", async () => {
  const { body: made } = await api.call("POST", "/v1/destinations", {
    body: { name: "Hook", url: "https://hooks.example.com/x" },
  });
  const id = made.id ?? made.destination.id;
  const attempt = (n: number, outcome: string, final: boolean, ms: number, status: number | null) =>
    api.db.query(
      `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, status_code)
       values ($1, $2, 'evt_1', 'delivery', $3, now() - interval '1 minute', $4, $5, $6, $7)`,
      [workspaceId, id, n, ms, outcome, final, status],
    );
  await attempt(1, "succeeded", true, 20, 200);
  await attempt(2, "succeeded", true, 40, 200);
  await attempt(3, "retry", false, 900, 503);
  await attempt(4, "failed", true, 10_000, null);
  await attempt(5, "filtered", true, 0, null);
  const { body } = await get("deliveries");
  expect(body.data).toMatchObject([
    {
      destinationId: id,
      name: "Hook",
      attempts: 4,
      succeeded: 2,
      retried: 1,
      failed: 1,
      success: { rate: 0.5 },
      p50Ms: 40,
      p95Ms: 900,
    },
  ]);
  expect(body.total).toMatchObject({ attempts: 4, failed: 1 });
  const from = new Date(Date.now() - 90 * 86_400_000).toISOString();
  expect((await get("deliveries", { from })).body).toMatchObject({ total: body.total, data: body.data });
});

describe("refused, with the field and why:", () => {
  const cases: [path: string, query: Record<string, string>, field: string, reason: RegExp][] = [
    ["overview", { from: "2025-02-01T00:00:00Z", to: "2025-01-01T00:00:00Z" }, "from", /before `to`/],
    ["overview", { from: "2020-01-01T00:00:00Z", to: "2025-01-01T00:00:00Z" }, "from", /1,096 days/],
    ["overview", { from: "yesterday" }, "from", /2026-01-05T09:30:00Z/],
    ["overview", { timeZone: "Europe/Nowhere" }, "timeZone", /no such time zone/],
    ["overview", { timeZone: "+02:00" }, "timeZone", /offset/],
    ["overview", { channel: "fax" }, "channel", /./],
    ["overview", { format: "xlsx" }, "format", /./],
    ["overview", { color: "red" }, "color", /./],
    ["timeseries", { from: "2025-01-01T00:00:00Z", granularity: "hour" }, "granularity", /2500 points/],
    ["timeseries", { granularity: "minute" }, "granularity", /./],
    ["breakdown", {}, "by", /./],
    ["breakdown", { by: "colour" }, "by", /./],
    ["breakdown", { by: "channel", limit: "0" }, "limit", /./],
    ["funnel", {}, "campaignId", /./],
    ["deliveries", { from: "2020-01-01T00:00:00Z", to: "2025-01-01T00:00:00Z" }, "from", /1096 days/],
  ];
  test.each(cases)("%s %o", async (path, query, field, reason) => {
    const { status, body } = await get(path, query);
    expect(status).toBe(400);
    expect(body.details.map((each: { field: string }) => each.field)).toContain(field);
    expect(body.details.find((each: { field: string }) => each.field === field).reason).toMatch(reason);
  });

  test("a campaign that isn't there, a step that it hasn't, a key that may only send", async () => {
    expect((await get("funnel", { campaignId: "camp_01k9x2m4vye8qsa5h1b7d3n6fj" })).status).toBe(404);
    const steps = [{ channel: "sms", text: "x" }];
    const { body: campaign } = await api.call("POST", "/v1/campaigns", { body: { name: "One", senderIds: [], steps } });
    const { status, body } = await get("variants", { campaignId: campaign.id, step: "7" });
    expect([status, body.details[0].field]).toEqual([400, "step"]);
    expect((await api.call("GET", "/v1/analytics/overview", { key: api.keys.send })).status).toBe(403);
  });
});
