import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { LogTail, type LogTailOptions } from "../../src/api/log-tail.ts";
import { type Frame, framesOf } from "../../src/cli/listen/server-sent-events.ts";
import { createApiKey, revokeApiKey } from "../../src/db/api-key.ts";
import { recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Queryable } from "../../src/db/pool.ts";
import { Eraser } from "../../src/privacy/eraser.ts";
import { makeLead, storePastEvents } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let opened: Api | null = null;
const calls: ClientRequest[] = [];
afterEach(async () => {
  // First: the API waits for those that are under way.
  for (const call of calls.splice(0)) call.destroy();
  await opened?.close();
  opened = null;
});

/** An API that listens; the names and texts of the statements with which its tail reads the log. */
async function start(options: Partial<LogTailOptions> = {}) {
  const api = await setup();
  opened = api;
  const statements: string[] = [];
  const counted: Queryable = {
    query: (async (text: string | { text: string; name?: string }, values: unknown[]) => {
      statements.push(typeof text === "string" ? text : text.name!);
      return await api.db.query(text, values);
    }) as Queryable["query"],
  };
  api.context.tail = new LogTail({ db: counted, everyMs: 20, ...options });
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.app.server.address() as AddressInfo;

  /** Opens a stream. `next` gives its frames one by one; undefined: it has ended. */
  async function open(query = "", headers: Record<string, string> = {}, key = api.keys.read) {
    const call: ClientRequest = request({
      ...{ port, host: "127.0.0.1", path: `/v1/events/stream${query}`, headers: { "x-api-key": key, ...headers } },
      // A connection of its own, that ends with the answer.
      agent: false,
    });
    calls.push(call);
    call.on("error", () => {}).end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    response.on("error", () => {});
    const frames = framesOf(response);
    const next = async (): Promise<Frame | undefined> => (await frames.next()).value;
    return {
      response,
      close: () => call.destroy(),
      next,
      /** The IDs of the next `n` events. */
      async events(n: number): Promise<string[]> {
        const ids: string[] = [];
        while (ids.length < n) {
          const frame = await next();
          if (!frame) throw new Error(`The stream ended after ${ids.length} events.`);
          if (frame.data !== null) ids.push(JSON.parse(frame.data).eventId);
        }
        return ids;
      },
    };
  }
  return { api, open, port, statements };
}

const data = { campaignId: "camp_1", campaignName: "A", pausedAt: new Date(0).toISOString(), pausedBy: "api" as const };
const made = (api: Api, at = Date.now(), leadId: string | null = null, campaignName = "A") =>
  newEvent(api.workspaceId, "campaign.paused", { ...data, campaignName }, { leadId, campaignId: "camp_1" }, at);

test("who stands behind the log's end, by a wrong ID or clock, waits there, and the others are served as before", async () => {
  const { api, open, statements } = await start({ everyMs: 60_000 });
  for (const place of ["evt_9999999999999_abcdefghi", "2200-01-01T00:00:00Z"])
    await (await open("", { "last-event-id": place })).next();
  // An empty Last-Event-ID is none.
  const reader = await open("", { "last-event-id": "" });
  await reader.next();
  await api.context.tail.look();
  const before = statements.length;
  for (let n = 0; n < 50; n++) await api.db.query("select 1");
  expect(statements.length - before).toBeLessThan(10);
  const event = made(api);
  await recordEvents(api.db, [event]);
  const arrived = reader.events(1);
  await expect.poll(() => api.context.tail.look()).toBe(1);
  expect(await arrived).toEqual([event.id]);
});

test("events come as they happen, as a long poll gives them, under the headers of every answer", async () => {
  const { api, open } = await start();
  const stream = await open();
  expect(stream.response.statusCode).toBe(200);
  expect(stream.response.headers).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-request-id": expect.any(String),
    "x-accel-buffering": "no",
  });
  // The place from which to resume is there before any event is.
  const first = (await stream.next())!;
  expect([first.data, Date.now() - Date.parse(first.id!) < 10_000]).toEqual([null, true]);
  const event = made(api);
  await recordEvents(api.db, [event]);
  const frame = (await stream.next())!;
  expect(frame.id).toBe(event.id);
  const listed = await api.call("GET", `/v1/events?after=${first.id}&wait=5`);
  expect(JSON.parse(frame.data!)).toEqual(listed.body.data[0]);
});

test("a stream goes on behind Last-Event-ID, which counts more than `after` and the consumer's place", async () => {
  const { api, open } = await start();
  const events = [9_000, 8_000, 7_000, 6_000].map((ago) => made(api, Date.now() - ago));
  await storePastEvents(api.db, events);
  const [a, b, c, d] = events.map((event) => event.id) as [string, string, string, string];
  expect(await (await open(`?after=${a}`)).events(3)).toEqual([b, c, d]);
  expect(await (await open(`?after=${a}`, { "last-event-id": b })).events(2)).toEqual([c, d]);
  await api.call("PUT", "/v1/consumers/crm", { body: { after: b } });
  expect(await (await open("?consumer=crm")).events(2)).toEqual([c, d]);
  expect(await (await open("?consumer=crm", { "last-event-id": c })).events(1)).toEqual([d]);
  await api.call("POST", "/v1/consumers/crm/ack", { body: { cursor: c } });
  expect(await (await open("?consumer=crm")).events(1)).toEqual([d]);
});

test("what is wrong is said as by every other call", async () => {
  const { api } = await start();
  const get = async (query: string, headers = {}, key: string | null = api.keys.read) =>
    (await api.call("GET", `/v1/events/stream${query}`, { key, headers })).body;
  expect(await get("", {}, null)).toMatchObject({ statusCode: 401, code: "unauthorized" });
  expect(await get("", {}, api.keys.send)).toMatchObject({ statusCode: 403, code: "forbidden" });
  expect(await get("", { "last-event-id": "7" })).toMatchObject({ details: [{ field: "Last-Event-ID" }] });
  expect(await get("?after=7")).toMatchObject({ details: [{ field: "after" }] });
  expect(await get("?types=moon.*")).toMatchObject({ details: [{ field: "types" }] });
  expect(await get("?consumer=nobody")).toMatchObject({ statusCode: 404 });
  expect(await get("?limit=5")).toMatchObject({ details: [{ field: "limit" }] });
});

test("two transactions that commit out of order come in order, and none is skipped", async () => {
  const { api, open } = await start();
  const stream = await open();
  const writer = await api.db.connect();
  await writer.query("begin");
  const slow = made(api);
  await recordEvents(writer, [slow]);
  const quick = made(api, slow.at + 1);
  await recordEvents(api.db, [quick]);
  const coming = stream.events(2);
  // Long after the second would have come.
  await api.call("GET", `/v1/events?after=${quick.id}&wait=1`);
  await writer.query("commit");
  await writer.end();
  expect(await coming).toEqual([slow.id, quick.id]);
});

test("many streams share one look at the log, and each gets what it asked for", async () => {
  const everyMs = 50;
  const { api, open, statements } = await start({ everyMs });
  const streams = await Promise.all(Array.from({ length: 50 }, (_, n) => open(n % 2 === 0 ? "" : `?leadId=lead_${n}`)));
  // Until then each has looked for itself.
  await recordEvents(
    api.db,
    Array.from({ length: 50 }, (_, n) => made(api, Date.now(), `lead_${n}`)),
  );
  for (const [n, stream] of streams.entries()) await stream.events(n % 2 === 0 ? 50 : 1);
  statements.length = 0;
  const began = performance.now();
  const events = Array.from({ length: 50 }, (_, n) => made(api, Date.now(), `lead_${n}`));
  await recordEvents(api.db, events);
  const ids = events.map((event) => event.id);
  const sorted = ids.toSorted();
  for (const [n, stream] of streams.entries()) {
    if (n % 2 === 0) expect(await stream.events(50)).toEqual(sorted);
    else expect(await stream.events(1)).toEqual([ids[n]]);
  }
  const looks = (performance.now() - began) / everyMs + 2;
  expect(statements.length).toBeLessThan(2 * looks);
  expect(new Set(statements)).toEqual(new Set(["event.horizon", "event.follow"]));
});

test("what is kept of the log for those who follow it forgets a person who is erased", async () => {
  const { api, open } = await start();
  const leadId = await makeLead(api.db, api.workspaceId);
  // It waits all the time, so that what it gets is kept for everybody who asks for what is behind the first of it.
  const reader = await open();
  await reader.next();
  const from = made(api);
  await recordEvents(api.db, [from]);
  expect(await reader.events(1)).toEqual([from.id]);
  const about = made(api, Date.now(), leadId, "Zzplant");
  await recordEvents(api.db, [about]);
  expect(await reader.events(1)).toEqual([about.id]);
  const follow = async () => JSON.stringify((await api.call("GET", `/v1/events?after=${from.id}`)).body.data);
  expect(await follow()).toContain("Zzplant");

  await api.call("POST", `/v1/leads/${leadId}/erase`, { body: { confirm: leadId } });
  const eraser = new Eraser({ db: api.db, lateMs: 0, onError: (_, error) => expect.unreachable(String(error)) });
  for (let due = 1; due > 0; ) {
    await eraser.runOnce();
    due = (await api.db.query("update erasure set due_at = now() where finished_at is null")).rowCount ?? 0;
  }
  await reader.events(1);
  expect(await follow()).toContain("lead.erased");
  expect(await follow()).not.toContain("Zzplant");
});

test("a reader that takes nothing costs a page, not the log, and gets everything when it reads again", async () => {
  const { api, open, statements } = await start();
  const stream = await open();
  await stream.next();
  // 60 MB: more than the sockets and the window hold.
  const text = "x".repeat(20_000);
  const events = Array.from({ length: 3_000 }, (_, n) => made(api, Date.now() - 10_000 + n, null, text));
  const marker = made(api, Date.now() - 5_000);
  await storePastEvents(api.db, events);
  const slow = await open(`?after=${new Date(Date.now() - 60_000).toISOString()}`);
  const pages = () => statements.filter((text) => text.includes("looked")).length;
  // Another one, that reads, sees the end of the log; the ones that stand still have asked for a few pages only.
  await storePastEvents(api.db, [marker]);
  const quick = await open(`?after=${events.at(-1)!.id}`);
  expect(await quick.events(1)).toEqual([marker.id]);
  expect(pages()).toBeLessThan(20);
  expect(await slow.events(3_001)).toEqual([...events, marker].map((event) => event.id));
  expect(pages()).toBeGreaterThan(20);
});

test("a reader that takes nothing for too long is cut off", async () => {
  const { api, open } = await start({ stallMs: 100 });
  const text = "x".repeat(20_000);
  await storePastEvents(
    api.db,
    Array.from({ length: 2_000 }, (_, n) => made(api, Date.now() - 10_000 + n, null, text)),
  );
  const closed = Promise.withResolvers<void>();
  api.app.server.once("connection", (socket) => socket.once("close", () => closed.resolve()));
  const stream = await open(`?after=${new Date(Date.now() - 60_000).toISOString()}`);
  await closed.promise;
  // What was sent before is in the buffers; then it breaks off.
  await expect(stream.events(2_000)).rejects.toThrow();
});

test("a quiet stream shows that it lives, and where to resume behind what its filter left out", async () => {
  const { api, open } = await start({ heartbeatMs: 50 });
  const stream = await open("?types=message.*");
  const begun = (await stream.next())!.id!;
  await recordEvents(api.db, [made(api)]);
  let last = (await stream.next())!;
  while (Date.parse(last.id!) < Date.parse(begun) + 1_500) last = (await stream.next())!;
  expect(last.data).toBe(null);
  const unfiltered = await open();
  await unfiltered.next();
  expect(await unfiltered.next()).toEqual({ id: null, data: null });
});

test("when Herald stops, streams and long polls end at once, in order", async () => {
  const { api, open, port } = await start();
  const stream = await open();
  await stream.next();
  const poll = fetch(`http://127.0.0.1:${port}/v1/events?after=${new Date().toISOString()}&wait=60`, {
    headers: { "x-api-key": api.keys.read, connection: "close" },
  });
  const ended = stream.next();
  const seen = once(api.app.server, "request");
  await seen;
  const began = performance.now();
  const closed = api.app.close();
  expect(await ended).toBe(undefined);
  expect(stream.response.complete).toBe(true);
  expect((await (await poll).json()).data).toEqual([]);
  await closed;
  expect(performance.now() - began).toBeLessThan(5_000);
});

test("a revoked key ends its streams", async () => {
  const { api, open } = await start({ heartbeatMs: 50 });
  const { secret, key } = await createApiKey(api.db, api.workspaceId, { name: "x", scopes: ["read"] });
  const stream = await open("", {}, secret);
  await stream.next();
  await revokeApiKey(api.db, api.workspaceId, key.id);
  while ((await stream.next()) !== undefined);
  expect(stream.response.complete).toBe(true);
});

test("a workspace has a bounded number of streams, and a closed one makes room", async () => {
  const { open } = await start();
  const streams = await Promise.all(Array.from({ length: 100 }, () => open()));
  for (const stream of streams) await stream.next();
  const refused = await open();
  expect(refused.response.statusCode).toBe(429);
  refused.response.resume();
  streams[0]!.close();
  for (;;) {
    const { response, next } = await open();
    if (response.statusCode === 200) {
      expect((await next())!.id).not.toBe(null);
      break;
    }
    response.resume();
  }
});

test("HEAD is answered, and leaves nothing open", async () => {
  const { open, port, api } = await start();
  for (let n = 0; n < 120; n++) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/events/stream`, {
      method: "HEAD",
      headers: { "x-api-key": api.keys.read },
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  }
  expect((await open()).response.statusCode).toBe(200);
});

test("a stream goes on when the database was away for a while", async () => {
  let away = false;
  const { api, open } = await start();
  const flaky: Queryable = {
    query: (async (text: string, values: unknown[]) => {
      if (away) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      return await api.db.query(text, values);
    }) as Queryable["query"],
  };
  api.context.tail = new LogTail({ db: flaky, everyMs: 20, heartbeatMs: 50 });
  const stream = await open();
  await stream.next();
  away = true;
  const event = made(api);
  await recordEvents(api.db, [event]);
  // It shows that it lives meanwhile.
  expect(await stream.next()).toEqual({ id: null, data: null });
  expect(await stream.next()).toEqual({ id: null, data: null });
  away = false;
  expect(await stream.events(1)).toEqual([event.id]);
});
