import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { LogTail } from "../../src/api/log-tail.ts";
import { recordEvents } from "../../src/db/event.ts";
import { logHorizon } from "../../src/db/event-log.ts";
import { newEvent } from "../../src/db/new-event.ts";
import { storePastEvents } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.db.query("truncate event");
  // What the one before keeps in memory is truncated as well.
  api.context.tail.stop();
  api.context.tail = new LogTail({ db: api.db, everyMs: 20 });
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
  await storePastEvents(api.db, [event]);
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
  await storePastEvents(api.db, events);
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

/** A pause event, as a process makes it whose clock says this. */
const made = (at = Date.now()) => newEvent(api.workspaceId, "campaign.paused", data, {}, at);

test("two transactions that commit out of order: nobody who follows gets the second before the first, or misses the first", async () => {
  const start = new Date(Date.now() - 60_000).toISOString();
  const writer = await api.db.connect();
  await writer.query("begin");
  const slow = made();
  await recordEvents(writer, [slow]);
  const quick = made(slow.at + 1);
  await recordEvents(api.db, [quick]);
  // Long enough for it to be settled if the other were not there.
  expect(ids(await list(`?after=${start}&wait=1`))).toEqual([]);
  const waiting = list(`?after=${start}&wait=10`);
  await writer.query("commit");
  await writer.end();
  expect(ids(await waiting)).toEqual([slow.id, quick.id]);
});

test("a transaction that begins to write late records nothing behind what was read before", async () => {
  const writer = await api.db.connect();
  await writer.query("begin");
  await writer.query("select 1");
  // Made now, and stored after others have read beyond it: by a process that was held up, or whose clock is behind.
  const heldUp = made(Date.now() - 60_000);
  const quick = made();
  await recordEvents(api.db, [quick]);
  const before = await list(`?after=${new Date(Date.now() - 10_000).toISOString()}&wait=10`);
  expect(ids(before)).toEqual([quick.id]);
  await recordEvents(writer, [heldUp]);
  await writer.query("commit");
  await writer.end();
  const { data: found } = await list(`?after=${before.nextCursor}&wait=10`);
  expect(found).toHaveLength(1);
  // Another time, and so another ID; the rest of it is the same, and its timestamp is that of its ID.
  expect(found[0].eventId.slice(-9)).toBe(heldUp.id.slice(-9));
  expect(Date.parse(found[0].timestamp)).toBe(Number(found[0].eventId.slice(4, 17)));
  expect(Date.now() - Date.parse(found[0].timestamp)).toBeLessThan(30_000);
});

test("an event of a process whose clock is ahead doesn't keep followers waiting for its time to come", async () => {
  const start = new Date().toISOString();
  const event = made(Date.now() + 3_600_000);
  await recordEvents(api.db, [event]);
  const { data: found } = await list(`?after=${start}&wait=10`);
  expect(found.map((e: { eventId: string }) => e.eventId.slice(-9))).toEqual([event.id.slice(-9)]);
});

test("transactions that only read don't hold followers up", async () => {
  const backup = await api.db.connect();
  await backup.query("begin isolation level repeatable read");
  const { rows } = await backup.query<{ at: number }>(
    "select extract(epoch from transaction_timestamp())::float8 * 1000 as at from event limit 0",
  );
  expect(rows).toEqual([]);
  const event = made();
  await recordEvents(api.db, [event]);
  expect(ids(await list(`?after=${new Date(event.at - 1).toISOString()}&wait=10`))).toEqual([event.id]);
  await backup.query("rollback");
  await backup.end();
});

test("while many transactions write and commit in any order, a follower gets each event once, in order", async () => {
  const start = new Date(Date.now() - 1_000).toISOString();
  const recorded: string[] = [];
  const write = async (seed: number) => {
    for (let n = 0; n < 15; n++) {
      await api.db.transaction(async (tx) => {
        const events = [made(Date.now() - ((seed * 37 + n * 61) % 400)), made()];
        await recordEvents(tx, events);
        // Held open while others begin and end.
        for (let i = (seed * 7 + n * 13) % 30; i > 0; i--) await tx.query("select 1");
        recorded.push(...events.map((event) => event.id));
      });
    }
  };
  let done = false;
  const writing = Promise.all(Array.from({ length: 6 }, (_, seed) => write(seed))).finally(() => {
    done = true;
  });
  const seen: string[] = [];
  let after = start;
  for (;;) {
    const wasDone = done;
    const page = await list(`?after=${after}&limit=7&wait=2`);
    if (page.data.length === 0 && wasDone) break;
    seen.push(...ids(page));
    after = page.nextCursor;
  }
  await writing;
  expect(seen).toEqual(recorded.sort());
});

test("a long poll answers as soon as an event is settled, and empty when its time is over", async () => {
  const start = await record(10_000);
  const waiting = list(`?after=${start}&wait=60`);
  const event = made();
  await recordEvents(api.db, [event]);
  expect(ids(await waiting)).toEqual([event.id]);
  expect(await list(`?after=${event.id}&wait=0.1`)).toEqual({ data: [], nextCursor: event.id });
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
  expect(await fields("?after=evt_0000000000001_aaaaaaaaa&wait=61")).toEqual(["wait"]);
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
    ...{ stepId: null, variant: null, tags: [], sentAt: null },
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

test("the horizon lies before what is being written, whatever else was committed since", async () => {
  const writer = await api.db.connect();
  await writer.query("begin");
  await recordEvents(writer, [made()]);
  const { rows } = await writer.query<{ at: number }>(
    "select extract(epoch from transaction_timestamp())::float8 * 1000 as at",
  );
  await recordEvents(api.db, [made()]);
  expect(await logHorizon(api.db)).toBeLessThanOrEqual(rows[0]!.at - 500);
  await writer.query("rollback");
  await writer.end();
  expect(await logHorizon(api.db)).toBeGreaterThan(rows[0]!.at - 500);
});

test("types are chosen by name or pattern; a name that there is not is refused with those that there are", async () => {
  const [a] = [await record(9_000)];
  expect(ids(await list("?types=message.*,campaign.*"))).toEqual([a]);
  expect(ids(await list("?types=*"))).toEqual([a]);
  expect(ids(await list("?types=message.*"))).toEqual([]);
  const { details } = await list("?types=message.*,moon.*");
  expect(details).toEqual([
    { field: "types", reason: expect.stringMatching(/no event "moon\.\*"\. There are: message/) },
  ]);
  expect((await list("?types=message.*&type=message.sent")).details[0].field).toBe("type");
});

test("a filter that nothing matches leads on behind what was looked at, however much that is", async () => {
  // More than one statement looks at.
  const events = Array.from({ length: 4_500 }, (_, n) => made(Date.now() - 20_000 + n));
  await storePastEvents(api.db, events);
  const wanted = newEvent(api.workspaceId, "campaign.paused", data, { leadId: "lead_9" }, Date.now() - 10_000);
  const start = new Date(Date.now() - 60_000).toISOString();
  const first = await list(`?after=${start}&leadId=lead_9`);
  expect(first.data).toEqual([]);
  expect(first.nextCursor).toBe(events[1_999]!.id);
  const second = await list(`?after=${first.nextCursor}&leadId=lead_9`);
  const third = await list(`?after=${second.nextCursor}&leadId=lead_9`);
  expect(Date.parse(third.nextCursor)).toBeGreaterThan(events.at(-1)!.at);
  await storePastEvents(api.db, [wanted]);
  expect(ids(await list(`?after=${first.nextCursor}&leadId=lead_9&wait=5`))).toEqual([wanted.id]);
});
