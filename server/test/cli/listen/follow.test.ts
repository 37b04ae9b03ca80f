import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ApiClient } from "../../../src/cli/api-client.ts";
import { follow, newestPosition } from "../../../src/cli/listen/follow.ts";

const event = (n: number) => ({ eventId: `evt_170000000000${n}_abcdefghi`, eventType: "campaign.started", data: {} });
type Answer = (response: ServerResponse) => void;

/** An API that gives these answers, one after the other; and the positions that it was asked for, with their paths. */
async function startApi(...answers: Answer[]) {
  const asked: (string | undefined)[] = [];
  const paths: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers["last-event-id"] as string | undefined);
    paths.push(request.url!);
    answers.shift()?.(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { api: new ApiClient(`http://127.0.0.1:${port}`, "hk_live_x"), asked, paths };
}

const frame = (n: number) => `id: ${event(n).eventId}\ndata: ${JSON.stringify(event(n))}\n\n`;
/** A stream that begins, gives these events, and stays open unless `end`. */
const stream =
  (ns: number[], end: "end" | "break" | "stay" = "stay"): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 1\n\n");
    response.write(ns.map(frame).join(""), () => {
      if (end === "end") response.end();
      if (end === "break") response.socket!.destroy();
    });
  };
const list =
  (...ns: number[]): Answer =>
  (response) =>
    void response.end(JSON.stringify({ data: ns.map(event), nextCursor: null }));
const refuse =
  (status: number, message: string): Answer =>
  (response) =>
    void response.writeHead(status).end(JSON.stringify({ message }));
const drop: Answer = (response) => void response.socket!.destroy();

const quiet = { onTrouble: () => {}, signal: new AbortController().signal };

async function take(n: number, generator: AsyncGenerator<{ eventId: string }>) {
  const ids: string[] = [];
  for await (const { eventId } of generator) {
    ids.push(eventId);
    if (ids.length === n) break;
  }
  return ids;
}

test("events come in order, once, over streams that end or break and over times in which Herald is away", async () => {
  const { api, asked } = await startApi(
    ...[stream([1], "end"), stream([2], "break"), stream([], "break"), drop, refuse(503, "busy"), stream([3])],
  );
  const trouble: (string | null)[] = [];
  const found = await take(3, follow(api, "evt_0", { ...quiet, onTrouble: (reason) => trouble.push(reason) }));
  expect(found).toEqual([1, 2, 3].map((n) => event(n).eventId));
  expect(asked).toEqual(["evt_0", event(1).eventId, ...Array(4).fill(event(2).eventId)]);
  // Told once when it began, once when it was over; a stream that ends is no trouble.
  expect(trouble).toEqual([expect.stringContaining("No Herald answers at"), null]);
});

test("an event that was not dealt with when the stream broke comes again", async () => {
  const { api, asked } = await startApi(stream([1, 2]));
  expect(await take(2, follow(api, "evt_0", quiet))).toEqual([event(1).eventId, event(2).eventId]);
  const again = await startApi(stream([2]));
  expect(await take(1, follow(again.api, event(1).eventId, quiet))).toEqual([event(2).eventId]);
  expect([asked, again.asked]).toEqual([["evt_0"], [event(1).eventId]]);
});

test("a place without an event moves on what is asked for next", async () => {
  const moved: Answer = (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(": nothing new\nid: 2026-01-05T09:30:00.000Z\n\n");
  };
  const { api, asked, paths } = await startApi(moved, stream([1]));
  expect(await take(1, follow(api, "evt_0", { ...quiet, types: ["campaign.started"] }))).toEqual([event(1).eventId]);
  expect(asked).toEqual(["evt_0", "2026-01-05T09:30:00.000Z"]);
  expect(paths).toEqual(Array(2).fill("/v1/events/stream?types=campaign.started"));
});

test("a connection that died without a word is given up, and opened again", async () => {
  const { api, asked } = await startApi(stream([1]), stream([2]));
  expect(await take(2, follow(api, "evt_0", { ...quiet, patienceMs: 50 }))).toEqual(
    [1, 2].map((n) => event(n).eventId),
  );
  expect(asked).toEqual(["evt_0", event(1).eventId]);
});

test("a refusal that another try can't change ends it, with Herald's words", async () => {
  const { api } = await startApi(refuse(403, "This call needs a key with the scope read."));
  await expect(take(1, follow(api, "evt_0", quiet))).rejects.toThrow("was answered 403: This call needs a key");
});

test("what is no event stream is no Herald", async () => {
  const trouble = new AbortController();
  const { api } = await startApi((response) => void response.end("<html>"));
  const reasons: (string | null)[] = [];
  const onTrouble = (reason: string | null) => {
    reasons.push(reason);
    trouble.abort();
  };
  expect(await take(1, follow(api, "evt_0", { onTrouble, signal: trouble.signal }))).toEqual([]);
  expect(reasons).toEqual([expect.stringMatching(/is no Herald: 200 to GET \/v1\/events\/stream/)]);
});

test("it ends when it is told to, while it waits for events", async () => {
  const stop = new AbortController();
  const { api } = await startApi(() => stop.abort());
  expect(await take(1, follow(api, "evt_0", { ...quiet, signal: stop.signal }))).toEqual([]);
});

test("it begins behind the newest event, and at the beginning where there is none", async () => {
  const { api } = await startApi(list(7), list());
  expect(await newestPosition(api)).toBe(event(7).eventId);
  expect(await newestPosition(api)).toBe("1970-01-01T00:00:00.000Z");
});
