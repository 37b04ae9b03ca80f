import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { Connection, type ExchangeFollower } from "../../src/destinations/webhook/connection.ts";
import { buildGuardedConnector } from "../../src/destinations/webhook/connector.ts";
import { nameResolver } from "../../src/destinations/webhook/resolve-name.ts";
import { InvalidResponse, ResponseReader } from "../../src/destinations/webhook/response-reader.ts";

/** What a reader makes of an answer that comes in these pieces. */
function read(pieces: readonly Buffer[]): unknown[] {
  const seen: unknown[] = [];
  let body = "";
  const reader = new ResponseReader({
    head: (status, headers) => seen.push(status, { ...headers }),
    data: (bytes) => {
      body += bytes.toString("latin1");
    },
    end: (reusable) => seen.push(body, reusable),
  });
  reader.begin();
  try {
    for (const piece of pieces) {
      reader.push(piece);
      // What comes after it is no part of it.
      if (typeof seen.at(-1) === "boolean") return seen;
    }
    reader.finish();
  } catch (error) {
    seen.push(body, (error as Error).constructor.name, (error as Error).message);
  }
  return seen;
}

/** Cuts a buffer at these places, taken modulo its length. */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [...at, whole.length]
    .map((end, i) => whole.subarray(i === 0 ? 0 : at[i - 1], end))
    .filter((one) => one.length);
}

const name = fc.stringMatching(/^x-[a-z]{1,12}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const body = fc.string({ minLength: 1, maxLength: 60 }).map((text) => Buffer.from(text));
const framing = fc.oneof(
  body.map((bytes) => [`content-length: ${bytes.length}\r\n\r\n`, bytes]),
  fc
    .array(body, { maxLength: 4 })
    .map((chunks) => [
      "transfer-encoding: chunked\r\n\r\n",
      ...chunks.flatMap((chunk) => [`${chunk.length.toString(16)};x=1\r\n`, chunk, "\r\n"]),
      "0\r\nx-last: 1\r\n\r\n",
    ]),
  body.map((bytes) => ["\r\n", bytes]),
  fc.constant(["content-length: 0\r\n\r\n"]),
);
const answer = fc
  .record({
    interim: fc.integer({ min: 0, max: 3 }),
    status: fc.constantFrom(200, 201, 204, 400, 410, 500, 999),
    minor: fc.constantFrom(0, 1),
    headers: fc.array(fc.tuple(name, value), { maxLength: 5 }),
    framing,
    after: fc.constantFrom("", "", "junk"),
  })
  .map(({ interim, status, minor, headers, framing: parts, after }) =>
    Buffer.concat(
      [
        "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(interim),
        `HTTP/1.${minor} ${status} Fine\r\n`,
        ...headers.map(([header, said]) => `${header}: ${said}\r\n`),
        ...parts,
        after,
      ].map((part) => Buffer.from(part)),
    ),
  );

test("an answer means the same in whatever pieces it comes", () => {
  fc.assert(
    fc.property(answer, fc.array(fc.nat(), { maxLength: 12 }), (whole, places) => {
      // Whether anything follows isn't known yet where that comes in another piece.
      const said = (seen: unknown[]) => seen.filter((one) => typeof one !== "boolean");
      expect(said(read(cut(whole, places)))).toEqual(said(read([whole])));
    }),
    { numRuns: 300 },
  );
});

test("whatever bytes come, they end as an answer or as the reason why they are none", () => {
  const noise = fc.oneof(
    answer,
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  );
  const spoilt = fc.tuple(noise, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  });
  fc.assert(
    fc.property(spoilt, fc.array(fc.nat(), { maxLength: 4 }), (bytes, places) => {
      const seen = read(cut(bytes, places));
      const last = seen.at(-1);
      expect(typeof last === "boolean" || /\w/.test(String(last))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("Node's own client understands the same answers in the same way", async () => {
  let now = Buffer.alloc(0);
  const server = createTcpServer((socket) => {
    socket.on("error", () => {}).once("data", () => socket.end(now));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await fc.assert(
    fc.asyncProperty(answer, async (whole) => {
      now = whole;
      const [status, headers, text] = read([whole]) as [number, object, string];
      const asked = request({ port, host: "127.0.0.1", agent: false }).on("error", () => {});
      asked.end();
      const [theirs] = (await once(asked, "response")) as [IncomingMessage];
      const chunks: Buffer[] = [];
      // What they call an error after the end (junk) is their affair.
      theirs.on("error", () => {}).on("data", (chunk: Buffer) => chunks.push(chunk));
      await new Promise((resolve) => theirs.once("close", resolve));
      expect(status).toBe(theirs.statusCode);
      expect(Object.keys(headers).sort()).toEqual(Object.keys(theirs.headersDistinct).sort());
      expect(text).toBe(Buffer.concat(chunks).toString("latin1"));
    }),
    { numRuns: 60 },
  );
});

test("more than one length, and lengths with a sign, are none; the same one twice is one", () => {
  const said = (lines: string) => read([Buffer.from(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\nab`)]);
  expect(said("content-length: 2\r\nContent-Length: 2").slice(2)).toEqual(["ab", true]);
  for (const wrong of [
    "content-length: 2\r\ncontent-length: 3",
    "content-length: +2",
    "content-length: 0x2",
    "content-length: 2, 3",
  ])
    expect(said(wrong)).toContain("InvalidResponse");
});

test("where an answer says more of its end than it may, its connection isn't used again", () => {
  const head = (lines: string) => read([Buffer.from(`${lines}\r\n\r\n`)]).at(-1);
  expect(head("HTTP/1.1 204 No Content")).toBe(true);
  expect(head("HTTP/1.1 204 No Content\r\ncontent-length: 0")).toBe(true);
  // A body that must not be there, and may come later: it would be taken for the next answer.
  for (const lie of ["content-length: 38", "content-length: 0\r\ncontent-length: 38", "transfer-encoding: chunked"]) {
    expect(head(`HTTP/1.1 204 No Content\r\n${lie}`)).toBe(false);
    expect(head(`HTTP/1.1 304 Not Modified\r\n${lie}`)).toBe(false);
  }
  // HTTP/1.0 knows no transfer codings.
  const chunked = "\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0";
  expect([head(`HTTP/1.1 200 OK${chunked}`), head(`HTTP/1.0 200 OK${chunked}`)]).toEqual([true, false]);
});

test("a header called __proto__ is a header", () => {
  const [, headers] = read([Buffer.from("HTTP/1.1 204 x\r\n__proto__: 1\r\n__proto__: 2\r\n\r\n")]);
  expect(Object.getOwnPropertyDescriptor(headers, "__proto__")?.value).toEqual(["1", "2"]);
});

test("a head that came before is read as it was then, and another one as what it says", () => {
  const head = "HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 2\r\n\r\n";
  const given: object[] = [];
  for (const text of [`${head}ab`, `${head}cd`, `${head.replace("x-a: 1", "x-a: 2")}ef`]) {
    const reader = new ResponseReader({ head: (_status, headers) => given.push(headers), data() {}, end() {} });
    reader.begin();
    reader.push(Buffer.from(text));
  }
  expect(given[1]).toBe(given[0]);
  expect(given[2]).toEqual({ "x-a": "2", "content-length": "2" });
  const closing = Buffer.from("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
  const headers = { connection: "close", "content-length": "2" };
  expect([read([closing]), read([closing])]).toEqual(Array(2).fill([200, headers, "ok", false]));
});

/** Follows an exchange to its end. */
function follow(): ExchangeFollower & { ended: Promise<string> } {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  return {
    ended,
    onResponseStarted() {},
    onResponseStart() {},
    onResponseData() {},
    onResponseEnd: () => resolve("ended"),
    onResponseError: (error) => resolve(error.message),
  };
}

test("a connection is not used beyond the time for which the server keeps it", async () => {
  const server = createServer((_request, response) => response.setHeader("keep-alive", "timeout=2").end("ok"));
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const resolve = nameResolver({ localNames: true });
  const connect = buildGuardedConnector({ timeoutMs: 5_000, guarded: false, resolve, proxy: null }, url, null);
  const connection = new Connection(url.host, connect, () => {});
  onTestFinished(() => connection.destroy());
  const first = follow();
  connection.dispatch({ path: "/", headers: {}, body: "{}" }, first);
  expect(await first.ended).toBe("ended");
  const now = performance.now();
  expect([connection.usable, connection.isStale(now), connection.isStale(now + 1_100)]).toEqual([true, false, true]);
  expect(() => connection.dispatch({ path: "/", headers: { x: "a\r\nb: c" }, body: "" }, follow())).toThrow(
    /The header x/,
  );
  expect(connection.usable).toBe(true);
});

test("on a connection that several destinations share, each request has its own path and headers", async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    seen.push([request.url, request.headers["x-fixed"], request.headers["x-own"]]);
    response.end("ok");
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const resolve = nameResolver({ localNames: true });
  const connect = buildGuardedConnector({ timeoutMs: 5_000, guarded: false, resolve, proxy: null }, url, null);
  const connection = new Connection(url.host, connect, () => {});
  onTestFinished(() => connection.destroy());
  const [one, two] = [{ "x-fixed": "1" }, { "x-fixed": "2" }];
  const requests: { path: string; fixed?: Record<string, string>; headers: Record<string, string> }[] = [
    { path: "/a", fixed: one, headers: { "x-own": "1" } },
    { path: "/a", fixed: one, headers: { "x-own": "2" } },
    { path: "/b", fixed: one, headers: {} },
    { path: "/b", fixed: two, headers: {} },
    { path: "/b", headers: { "x-own": "5" } },
  ];
  for (const request of requests) {
    const exchange = follow();
    connection.dispatch({ ...request, body: "{}" }, exchange);
    expect(await exchange.ended).toBe("ended");
  }
  expect(seen).toEqual(requests.map(({ path, fixed, headers }) => [path, fixed?.["x-fixed"], headers["x-own"]]));
});

test("what is no HTTP says so by its class", () => {
  const reader = new ResponseReader({ head() {}, data() {}, end() {} });
  expect(() => reader.push(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"))).toThrow(InvalidResponse);
});
