import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, expectTypeOf, test, vi } from "vitest";
import { createClient, HeraldApiError, type Input, type Item, type Output } from "../src/client.ts";

interface Call {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | null;
}

/** A client whose calls are answered in turn. */
function rig(answers: (Response | Error)[]) {
  const calls: Call[] = [];
  const herald = createClient({
    ...{ baseUrl: "http://herald.example/", apiKey: "hk_live_1", retries: 2 },
    fetch: (async (url: string, init: RequestInit) => {
      calls.push({ url, method: init.method!, headers: init.headers as never, body: init.body as never });
      const answer = answers.shift()!;
      if (answer instanceof Error) throw answer;
      return answer;
    }) as typeof fetch,
  });
  return { herald, calls };
}
const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
const now = { "retry-after": "0" };

test("a call fills path and query, and gives the parsed answer, typed", async () => {
  const { herald, calls } = rig([
    json(200, { id: "lead_1", firstName: "Ada" }),
    json(200, { data: [], nextCursor: null }),
  ]);
  const lead = await herald.request("GET /v1/leads/{id}", { params: { id: "lead/1" } });
  expectTypeOf(lead.id).toEqualTypeOf<string>();
  expect(calls[0]).toMatchObject({
    url: "http://herald.example/v1/leads/lead%2F1",
    method: "GET",
    headers: { "x-api-key": "hk_live_1" },
    body: null,
  });
  await herald.request("GET /v1/senders", { query: { channel: "sms" } });
  expect(calls[1]!.url).toBe("http://herald.example/v1/senders?channel=sms");
  // @ts-expect-error There is no such call.
  void (() => herald.request("GET /v1/nonsense"));
  // @ts-expect-error The path needs its ID.
  void (() => herald.request("GET /v1/leads/{id}"));
});

test.each([".", ".."])("%s as an ID is refused, and nothing is called: it would lead to another path", async (id) => {
  const { herald, calls } = rig([json(200, {})]);
  const call = herald.request("DELETE /v1/leads/{id}/pause", { params: { id } });
  await expect(call).rejects.toThrow(`params.id can't be "${id}" for /v1/leads/{id}/pause`);
  expect(calls).toEqual([]);
});

test("a POST that failed on the way is tried again under the same key, as Retry-After says", async () => {
  const { herald, calls } = rig([
    json(503, { code: "database_unavailable", message: "away" }, now),
    json(429, {}, now),
    json(202, { id: "msg_1" }),
  ]);
  const body = { leadId: "lead_1", channel: "sms" as const, text: "Hi" };
  expect(await herald.request("POST /v1/messages", { body })).toMatchObject({ id: "msg_1" });
  expect(calls).toHaveLength(3);
  expect(new Set(calls.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  expect(calls[0]!.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
});

test("without a key a call goes to where the page came from, with the headers that are given for each attempt", async () => {
  const calls: { url: string; headers: Record<string, string> }[] = [];
  const workspaces = ["ws_1", "ws_2"];
  const herald = createClient({
    ...{ baseUrl: "", headers: () => ({ "herald-workspace": workspaces.shift()! }) },
    fetch: (async (url: string, { headers }: RequestInit) => {
      calls.push({ url, headers: headers as Record<string, string> });
      return calls.length === 1 ? json(503, {}, now) : json(200, {});
    }) as typeof fetch,
  });
  await herald.request("GET /v1/workspace");
  expect(calls.map(({ url }) => url)).toEqual(["/v1/workspace", "/v1/workspace"]);
  expect(calls.map(({ headers }) => headers["herald-workspace"])).toEqual(["ws_1", "ws_2"]);
  expect(calls[0]!.headers).not.toHaveProperty("x-api-key");
});

test("what is refused is not tried again, and tells code, fields and request", async () => {
  const details = [{ field: "text", reason: "This is required." }];
  const refusal = {
    statusCode: 400,
    code: "invalid_request",
    error: "Bad Request",
    message: "text: This is required.",
    details,
  };
  const { herald, calls } = rig([json(400, refusal, { "x-request-id": "r1" })]);
  const error = await herald.request("POST /v1/messages", { body: {} as never }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HeraldApiError);
  expect(error).toMatchObject({ statusCode: 400, code: "invalid_request", details, requestId: "r1" });
  expect(calls).toHaveLength(1);
});

test("a file comes as its bytes, and a stream goes out as it is", async () => {
  const bytes = Uint8Array.of(0x25, 0x50, 0xff, 0xfe, 0x00, 0x80);
  const { herald } = rig([new Response(bytes, { headers: { "content-type": "application/octet-stream" } })]);
  const file = await herald.request("GET /v1/messages/{id}/attachments/{n}", { params: { id: "msg_1", n: 0 } });
  expectTypeOf(file).toEqualTypeOf<Blob>();
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(bytes);

  const sent: (string | null)[] = [];
  const real = createClient({
    ...{ baseUrl: "http://herald.example", apiKey: "hk_live_1" },
    // What Node's fetch refuses is refused here.
    fetch: (async (url: string, init: RequestInit) => {
      const request = new Request(url, init);
      sent.push(request.headers.get("content-type"), await request.text());
      return json(200, { rows: 1 });
    }) as typeof fetch,
  });
  const body = new Blob(["email\nada@example.com\n"]).stream();
  expect(await real.request("POST /v1/leads/import", { body })).toMatchObject({ rows: 1 });
  expect(sent).toEqual(["text/csv", "email\nada@example.com\n"]);
});

test("who gives a call up gets their own reason, before and during an attempt", async () => {
  const mine = new Error("the page was left");
  const leave = new AbortController();
  const hanging = createClient({
    ...{ baseUrl: "http://herald.example", apiKey: "hk_live_1" },
    fetch: ((_url: string, init: RequestInit) =>
      new Promise((_resolve, reject) => {
        init.signal!.addEventListener("abort", () => reject(init.signal!.reason));
        leave.abort(mine);
      })) as typeof fetch,
  });
  await expect(hanging.request("GET /v1/senders", { signal: leave.signal })).rejects.toBe(mine);
  const { herald } = rig([mine]);
  await expect(herald.request("GET /v1/senders", { signal: AbortSignal.abort(mine) })).rejects.toBe(mine);
});

test("a page in place of an answer is no empty list, and what keeps Herald away is named", async () => {
  const page = () => new Response("<html>Sign in</html>", { headers: { "content-type": "text/html; charset=utf-8" } });
  const { herald, calls } = rig([page(), page()]);
  await expect(herald.items("GET /v1/senders").next()).rejects.toMatchObject({ statusCode: 200, code: "bad_answer" });
  expect(calls).toHaveLength(1);
  const refused = new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) });
  await expect(rig([refused, refused, refused]).herald.request("GET /v1/senders")).rejects.toThrow(/\(ECONNREFUSED\)$/);
});

test("a server that stays away ends in an error that names it", async () => {
  const { herald } = rig([
    json(503, {}, now),
    json(503, {}, now),
    json(503, { code: "database_unavailable", message: "away" }, now),
  ]);
  await expect(herald.request("GET /v1/senders")).rejects.toMatchObject({
    statusCode: 503,
    code: "database_unavailable",
  });
  const gone = rig([new TypeError("fetch failed"), new TypeError("fetch failed"), new TypeError("fetch failed")]);
  await expect(gone.herald.request("GET /v1/senders")).rejects.toMatchObject({
    statusCode: 0,
    code: "network_error",
    message: expect.stringContaining("http://herald.example"),
  });
});

test("items goes through the pages of SendPilot's lists, too", async () => {
  const lists = [
    [
      "GET /v1/leads",
      "leads",
      { pagination: { nextCursor: "lead_9" } },
      { pagination: { nextCursor: null } },
      "cursor=lead_9",
    ],
    ["GET /v1/campaigns", "data", { meta: { page: 1, totalPages: 2 } }, { meta: { page: 2, totalPages: 2 } }, "page=2"],
    [
      "GET /v1/inbox/conversations",
      "conversations",
      { continuationToken: "t" },
      { continuationToken: null },
      "continuationToken=t",
    ],
  ] as const;
  for (const [operation, key, first, last, next] of lists) {
    const { herald, calls } = rig([json(200, { [key]: [1, 2], ...first }), json(200, { [key]: [3], ...last })]);
    const items: unknown[] = [];
    for await (const item of herald.items(operation, { query: { limit: 2 } })) items.push(item);
    expect(items).toEqual([1, 2, 3]);
    expect(calls.map(({ url }) => url.split("?")[1])).toEqual(["limit=2", `limit=2&${next}`]);
  }
  expectTypeOf<Item<"GET /v1/leads">["id"]>().toEqualTypeOf<string>();
  expectTypeOf<Item<"GET /v1/campaigns">["name"]>().toEqualTypeOf<string>();
  expectTypeOf<Item<"GET /v1/inbox/conversations/{id}/messages">["id"]>().toEqualTypeOf<string>();
  const { herald } = rig([]);
  // @ts-expect-error This is no list.
  void (() => herald.items("GET /v1/workspace"));
});

test("every answer has a type that says what is in it", () => {
  const source = readFileSync(join(import.meta.dirname, "../src/api.ts"), "utf8");
  expect(source).not.toMatch(/response: (unknown|Record<string, unknown>);/);
  type Events = Output<"GET /v1/events">["data"][number];
  expectTypeOf<Extract<Events, { eventType: "message.sent" }>["data"]["content"]["text"]>().toEqualTypeOf<string>();
  expectTypeOf<Input<"POST /v1/leads">["body"]["leads"][number]>().toExtend<{ firstName?: string | null }>();
});

test("a call that waits for something to come has that much longer", async () => {
  const limits = vi.spyOn(AbortSignal, "timeout");
  const { herald } = rig([json(200, { data: [] }), json(200, { data: [] })]);
  await herald.request("GET /v1/events", { query: { after: "2026-01-01T00:00:00Z", wait: 60 } });
  await herald.request("GET /v1/events");
  expect(limits.mock.calls).toEqual([[90_000], [30_000]]);
  limits.mockRestore();
});

test("a table that was asked for comes as its text; a stream without an end is no call", async () => {
  const table = new Response("from,to,sent\r\n", { headers: { "content-type": "text/csv; charset=utf-8" } });
  const { herald } = rig([table, json(200, { data: [] })]);
  const csv = await herald.request("GET /v1/analytics/overview", { query: { format: "csv", channel: "sms" } });
  expectTypeOf(csv).toEqualTypeOf<string>();
  expect(csv).toBe("from,to,sent\r\n");
  const figures = await herald.request("GET /v1/analytics/overview", { query: { channel: "sms" } });
  expectTypeOf(figures).toEqualTypeOf<Output<"GET /v1/analytics/overview">>();
  // @ts-expect-error It would only end by the time limit: fetch() reads it.
  void (() => herald.request("GET /v1/events/stream"));
});

test("items goes through all pages", async () => {
  const { herald, calls } = rig([
    json(200, { data: [{ name: "a" }, { name: "b" }], nextCursor: "c1" }),
    json(200, { data: [{ name: "c" }], nextCursor: null }),
  ]);
  const names: string[] = [];
  for await (const { name } of herald.items("GET /v1/destinations", { query: { limit: 2 } })) names.push(name);
  expect(names).toEqual(["a", "b", "c"]);
  expect(calls[1]!.url).toContain("limit=2&cursor=c1");
});
