import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ApiClient } from "../../../src/cli/api-client.ts";
import { follow, newestPosition } from "../../../src/cli/listen/follow.ts";

const event = (n: number) => ({ eventId: `evt_170000000000${n}_abcdefghi`, eventType: "campaign.started", data: {} });
type Answer = (after: string | null, response: ServerResponse) => void;

/** An API that gives these answers, one after the other; and the positions that it was asked for. */
async function startApi(...answers: Answer[]) {
  const asked: (string | null)[] = [];
  const server = createServer((request, response) => {
    const after = new URL(request.url!, "http://api").searchParams.get("after");
    asked.push(after);
    const answer = answers.shift();
    if (answer) answer(after, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { api: new ApiClient(`http://127.0.0.1:${port}`, "hk_live_x"), asked };
}

const events =
  (...ns: number[]): Answer =>
  (after, response) => {
    const data = ns.map(event);
    response.end(JSON.stringify({ data, nextCursor: data.at(-1)?.eventId ?? after }));
  };
const refuse =
  (status: number, message: string): Answer =>
  (_after, response) =>
    void response.writeHead(status).end(JSON.stringify({ message }));

async function take(n: number, generator: AsyncGenerator<{ eventId: string }>) {
  const ids: string[] = [];
  for await (const { eventId } of generator) {
    ids.push(eventId);
    if (ids.length === n) break;
  }
  return ids;
}

test("events come in order, once, over quiet times and over times in which Herald is away", async () => {
  const drop: Answer = (_after, response) => void response.socket!.destroy();
  const { api, asked } = await startApi(events(1, 2), events(), drop, refuse(503, "busy"), events(3));
  const trouble: (string | null)[] = [];
  const found = await take(
    3,
    follow(api, "evt_0", (reason) => trouble.push(reason), new AbortController().signal),
  );
  expect(found).toEqual([1, 2, 3].map((n) => event(n).eventId));
  expect(asked).toEqual(["evt_0", ...Array(4).fill(event(2).eventId)]);
  // Told once when it began, once when it was over.
  expect(trouble).toEqual([expect.stringContaining("No Herald answers at"), null]);
});

test("a refusal that another try can't change ends it, with Herald's words", async () => {
  const { api } = await startApi(refuse(403, "This call needs a key with the scope read."));
  await expect(
    take(
      1,
      follow(api, "evt_0", () => {}, new AbortController().signal),
    ),
  ).rejects.toThrow("was answered 403: This call needs a key");
});

test("it ends when it is told to, while it waits for events", async () => {
  const stop = new AbortController();
  const { api } = await startApi(() => stop.abort());
  expect(
    await take(
      1,
      follow(api, "evt_0", () => {}, stop.signal),
    ),
  ).toEqual([]);
});

test("it begins behind the newest event, and at the beginning where there is none", async () => {
  const { api } = await startApi(events(7), events());
  expect(await newestPosition(api)).toBe(event(7).eventId);
  expect(await newestPosition(api)).toBe("1970-01-01T00:00:00.000Z");
});
