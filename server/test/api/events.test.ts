import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { recordEvents } from "../../src/db/event.ts";
import { eventsAfter } from "../../src/db/event-log.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Queryable } from "../../src/db/pool.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.query("truncate event");
});

const data = { campaignId: "camp_1", campaignName: "A", pausedAt: new Date(0).toISOString(), pausedBy: "api" as const };

/** Records one event that happened `agoMs` before now; returns its ID. */
async function record(agoMs: number, leadId: string | null = null): Promise<string> {
  const event = newEvent(
    api.workspaceId,
    "campaign.paused",
    data,
    { leadId, campaignId: "camp_1" },
    Date.now() - agoMs,
  );
  await recordEvents(api.db, [event]);
  return event.id;
}

const list = async (query: string) => (await api.call("GET", `/v1/events${query}`)).body;
const ids = (body: { data: { eventId: string }[] }) => body.data.map((event) => event.eventId);

test("without `after`, the newest come first, and pages of any size show each event once", async () => {
  const recorded: string[] = [];
  for (let n = 0; n < 7; n++) recorded.unshift(await record(700 - 100 * n));
  expect(ids(await list(""))).toEqual(recorded);
  const seen: string[] = [];
  for (let cursor = ""; ; ) {
    const page = await list(`?limit=3${cursor}`);
    seen.push(...ids(page));
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(seen).toEqual(recorded);
});

test("with `after`, the oldest come first, from an event or a time on, and nextCursor leads on for ever", async () => {
  const [a, b, c] = [await record(9_000), await record(8_000), await record(7_000)];
  const first = await list(`?after=${new Date(Date.now() - 60_000).toISOString()}&limit=2`);
  expect([ids(first), first.nextCursor]).toEqual([[a, b], b]);
  expect(ids(await list(`?after=${b}`))).toEqual([c]);
  expect(await list(`?after=${c}`)).toEqual({ data: [], nextCursor: c });
});

test("events of the same millisecond are all given, one page after the other", async () => {
  const agoMs = 5_000;
  const at = Date.now() - agoMs;
  const events = Array.from({ length: 5 }, () => newEvent(api.workspaceId, "campaign.paused", data, {}, at));
  await recordEvents(api.db, events);
  const seen: string[] = [];
  let after = new Date(at - 1).toISOString();
  for (;;) {
    const page = await list(`?limit=2&after=${after}`);
    if (page.data.length === 0) break;
    seen.push(...ids(page));
    after = page.nextCursor;
  }
  expect(seen).toEqual(events.map((event) => event.id).sort());
});

test("whoever follows the log gets no event while an older one may still be committed", async () => {
  const writer = await api.db.connect();
  await writer.query("begin");
  const { rows } = await writer.query<{ at: number }>(
    "select extract(epoch from now())::float8 * 1000 as at, pg_current_xact_id()",
  );
  const began = Math.floor(rows[0]!.at);
  const [old, slow, quick] = [-10_000, -1_500, -1_000].map((offset) =>
    newEvent(api.workspaceId, "campaign.paused", data, {}, began + offset),
  );
  await recordEvents(writer, [slow!]);
  await recordEvents(api.db, [old!, quick!]);
  const before = await list("?after=2020-01-01T00:00:00Z");
  // Two seconds later it is still so, as long as the transaction lasts.
  const longer = await list(`?after=${before.nextCursor}&wait=2.5`);
  await writer.query("commit");
  await writer.end();
  const rest = await list(`?after=${before.nextCursor}&wait=10`);
  expect([ids(before), ids(longer), ids(rest)]).toEqual([[old!.id], [], [slow!.id, quick!.id]]);
});

test("a young transaction that has written nothing yet counts as a writer", async () => {
  const writer = await api.db.connect();
  await writer.query("begin");
  const { rows } = await writer.query<{ at: number }>("select extract(epoch from now())::float8 * 1000 as at");
  const [slow, quick] = [-1_500, -1_000].map((offset) =>
    newEvent(api.workspaceId, "campaign.paused", data, {}, Math.floor(rows[0]!.at) + offset),
  );
  await recordEvents(api.db, [quick!]);
  const before = await list("?after=2020-01-01T00:00:00Z&wait=1.5");
  await recordEvents(writer, [slow!]);
  await writer.query("commit");
  await writer.end();
  const rest = await list("?after=2020-01-01T00:00:00Z&wait=10");
  expect([ids(before), ids(rest)]).toEqual([[], [slow!.id, quick!.id]]);
});

test("a long poll answers as soon as an event is settled, and empty when its time is over", async () => {
  const start = await record(10_000);
  const waiting = list(`?after=${start}&wait=10`);
  const event = await record(1_000);
  expect(ids(await waiting)).toEqual([event]);
  expect(await list(`?after=${event}&wait=0.1`)).toEqual({ data: [], nextCursor: event });
});

test("filters by type, lead and campaign", async () => {
  const a = await record(9_000, "lead_1");
  const b = await record(8_000, "lead_2");
  expect(ids(await list("?leadId=lead_1"))).toEqual([a]);
  expect(ids(await list("?campaignId=camp_1&type=campaign.paused"))).toEqual([b, a]);
  expect(ids(await list("?type=message.sent"))).toEqual([]);
  expect(ids(await list(`?leadId=lead_2&after=${a}`))).toEqual([b]);
});

test("wrong combinations are refused by name", async () => {
  const fields = async (query: string) => (await list(query)).details?.map((detail: { field: string }) => detail.field);
  expect(await fields("?wait=5")).toEqual(["wait"]);
  expect(await fields("?after=yesterday")).toEqual(["after"]);
  expect(await fields("?cursor=x")).toEqual(["cursor"]);
  expect(await fields("?after=evt_0000000000001_aaaaaaaaa&cursor=evt_0000000000001_aaaaaaaaa")).toEqual(["cursor"]);
  expect(await fields("?type=message.snet")).toEqual(["type"]);
  expect(await fields("?after=evt_0000000000001_aaaaaaaaa&wait=26")).toEqual(["wait"]);
});

test("an event is shown in the words of each format that can say it", async () => {
  const sent = {
    messageId: "msg_1",
    leadId: "lead_1",
    externalLeadId: null,
    channel: "sms" as const,
    source: "api" as const,
    campaignId: null,
    sequenceStep: null,
    isFollowUp: false,
    followUpStep: null,
    senderId: "sender_1",
    profile: null,
    linkedinUrl: null,
    phone: "+12025550143",
    email: null,
    content: { subject: null, text: "Hi" },
    conversationId: null,
    providerMessageId: null,
  };
  const event = newEvent(api.workspaceId, "message.sent", sent, { leadId: "lead_1", channel: "sms" });
  await recordEvents(api.db, [event]);
  const show = (format: string) => api.call("GET", `/v1/events/${event.id}${format}`);
  expect((await show("")).body).toMatchObject({
    eventId: event.id,
    eventType: "message.sent",
    workspaceId: api.workspaceId,
    data: sent,
  });
  expect((await show("?format=apten")).body).toMatchObject({
    event: "message.sent",
    data: { phone: "+12025550143", content: { text: "Hi" } },
  });
  expect((await show("?format=sendpilot")).body).toMatchObject({
    statusCode: 422,
    message: expect.stringContaining("SMS and email"),
  });
  expect((await api.call("GET", "/v1/events/evt_0000000000001_aaaaaaaaa")).status).toBe(404);
  expect((await api.call("GET", "/v1/events/nonsense")).status).toBe(404);
});

test("the horizon is read before the events are", async () => {
  const order: string[] = [];
  const db: Queryable = {
    query: (async (text: string | { text: string; name?: string }, values: unknown[]) => {
      order.push((typeof text === "string" ? text : text.text).includes("pg_stat_activity") ? "horizon" : "events");
      return await api.db.query(text, values);
    }) as Queryable["query"],
  };
  await eventsAfter(db, api.workspaceId, { at: 0, id: null }, { limit: 1 });
  expect(order).toEqual(["horizon", "events"]);
});
