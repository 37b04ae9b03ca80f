import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type Answer, ProviderHttp, providerWaitMs } from "../../src/channels/http.ts";
import { noDeadline } from "./outbound-message.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that reads requests and leaves the answering to the test, byte by byte. */
async function rawServer(onRequest: (socket: Socket, text: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => onRequest(socket, data.toString()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

function open(baseUrl: string, connections = 1): ProviderHttp {
  const http = new ProviderHttp(baseUrl, connections);
  cleanups.push(() => http.close());
  return http;
}

const post = { method: "POST", path: "/send", headers: [], body: "text" } as const;

function ok(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

describe("a request that was surely not received is told from one that may have been", () => {
  test("a refused connection was not written", async () => {
    const http = open("http://127.0.0.1:1");
    expect(await http.exchange(post, noDeadline())).toMatchObject({
      stage: "not_written",
      code: "connect_failed",
      detail: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("a failed TLS handshake was not written", async () => {
    const address = await rawServer((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const exchange = await open(`https://${address}`).exchange(post, noDeadline());
    expect(exchange).toMatchObject({ stage: "not_written", code: "connect_failed" });
  });

  test("a deadline that is over before the call was not written, and nothing connects", async () => {
    const exchange = await open("http://127.0.0.1:1").exchange(post, AbortSignal.abort(new Error("late")));
    expect(exchange).toEqual({ stage: "not_written", code: "timeout", detail: "late" });
  });

  test("a request whose deadline comes while it waits for a connection is never written", async () => {
    const seen: string[] = [];
    const first = Promise.withResolvers<Socket>();
    const address = await rawServer((socket, text) => {
      seen.push(text.slice(0, 12));
      if (seen.length === 1) first.resolve(socket);
      else socket.write(ok("later"));
    });
    const http = open(`http://${address}`);
    const running = http.exchange({ ...post, path: "/1" }, noDeadline());
    const socket = await first.promise;
    const deadline = new AbortController();
    const waiting = http.exchange({ ...post, path: "/2" }, deadline.signal);
    deadline.abort(new Error("deadline"));
    expect(await waiting).toEqual({ stage: "not_written", code: "timeout", detail: "deadline" });
    socket.write(ok("done"));
    expect(await running).toMatchObject({ stage: "answered", body: "done" });
    expect(await http.exchange({ ...post, path: "/3" }, noDeadline())).toMatchObject({ body: "later" });
    expect(seen).toEqual(["POST /1 HTTP", "POST /3 HTTP"]);
  });

  test.each([
    ["reset", (socket: Socket) => socket.resetAndDestroy()],
    ["closed", (socket: Socket) => socket.end()],
    ["closed within the answer's head", (socket: Socket) => socket.end("HTTP/1.1 201 Cre")],
    ["closed after an early hint", (socket: Socket) => socket.end("HTTP/1.1 103 Early Hints\r\n\r\n")],
    ["answered with what isn't HTTP", (socket: Socket) => socket.end("SSH-2.0-OpenSSH\r\n")],
  ])("a connection that is %s after the request may have taken it along", async (_, act) => {
    const address = await rawServer(act);
    const exchange = await open(`http://${address}`).exchange(post, noDeadline());
    expect(exchange).toMatchObject({ stage: "no_answer", code: "connection_lost" });
  });

  test("a deadline after the request was written leaves it open, and ends the connection", async () => {
    const deadline = new AbortController();
    const closed = Promise.withResolvers<void>();
    const address = await rawServer((socket) => {
      socket.on("close", () => closed.resolve());
      deadline.abort(new Error("too slow"));
    });
    const exchange = await open(`http://${address}`).exchange(post, deadline.signal);
    expect(exchange).toEqual({ stage: "no_answer", code: "timeout", detail: "too slow" });
    await closed.promise;
  });
});

describe("an answer", () => {
  test("whose body breaks off keeps its status", async () => {
    const head = "HTTP/1.1 429 Too Many\r\nretry-after: 9\r\ncontent-length: 100\r\n\r\n";
    const address = await rawServer((socket) => socket.end(`${head}{"co`));
    const exchange = await open(`http://${address}`).exchange(post, noDeadline());
    expect(exchange).toEqual({ stage: "answered", status: 429, retryAfter: "9", body: '{"co', complete: false });
  });

  test("is read up to 64 KiB and no further", async () => {
    const address = await rawServer((socket) => socket.write(ok("x".repeat(200_000))));
    const exchange = (await open(`http://${address}`).exchange(post, noDeadline())) as Answer;
    expect([exchange.status, exchange.body.length, exchange.complete]).toEqual([200, 65_536, false]);
  });

  test("is the final one, not an early hint before it", async () => {
    const hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    const address = await rawServer((socket) => socket.write(hint + ok("final")));
    const exchange = await open(`http://${address}`).exchange(post, noDeadline());
    expect(exchange).toMatchObject({ status: 200, body: "final", complete: true });
  });

  test("that redirects is not followed", async () => {
    let requests = 0;
    const address = await rawServer((socket) => {
      requests += 1;
      socket.write("HTTP/1.1 307 Temporary\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n");
    });
    const exchange = await open(`http://${address}`).exchange(post, noDeadline());
    expect([exchange, requests]).toMatchObject([{ status: 307 }, 1]);
  });
});

test("the base URL's path comes before the request's", async () => {
  const seen = Promise.withResolvers<string>();
  const address = await rawServer((socket, text) => {
    seen.resolve(text.split("\r\n")[0]!);
    socket.write(ok(""));
  });
  await open(`http://${address}/proxy/`).exchange(post, noDeadline());
  expect(await seen.promise).toBe("POST /proxy/send HTTP/1.1");
});

test("closing waits for the exchange that runs, and refuses the next without writing", async () => {
  const reached = Promise.withResolvers<Socket>();
  const address = await rawServer((socket) => reached.resolve(socket));
  const http = open(`http://${address}`);
  const running = http.exchange(post, noDeadline());
  const socket = await reached.promise;
  const closing = http.close();
  expect(await http.exchange(post, noDeadline())).toMatchObject({ stage: "not_written" });
  socket.write(ok("done"));
  await closing;
  expect(await running).toMatchObject({ body: "done" });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  test.each([
    ["30", 30_000],
    [" 30 ", 30_000],
    ["0", 1_000],
    ["86400", 3_600_000],
    ["9".repeat(400), 3_600_000],
    ["Sun, 01 Mar 2026 12:02:00 GMT", 120_000],
    ["Sun, 01 Mar 2026 11:00:00 GMT", 1_000],
    ["Sun, 01 Mar 2099 11:00:00 GMT", 3_600_000],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["Soon", null],
    ["", null],
    [null, null],
  ])("%s means %s ms", (header, expected) => {
    expect(providerWaitMs(header, now)).toBe(expected);
  });
});
