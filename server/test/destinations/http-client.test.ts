import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { HttpClient, targetOf } from "../../src/destinations/webhook/http-client.ts";
import { post } from "./post.ts";

/** What a POST to a peer comes to that does `answer` once it got the request. */
async function exchangeWith(answer: (socket: Socket) => void, scheme = "http") {
  const peer = createServer((socket) => {
    socket.on("error", () => {}).once("data", () => answer(socket));
  }).listen(0, "127.0.0.1");
  await once(peer, "listening");
  const client = new HttpClient({ timeoutMs: 60_000 });
  onTestFinished(async () => {
    await client.close();
    peer.close();
  });
  return (await post(client, new URL(`${scheme}://127.0.0.1:${(peer.address() as AddressInfo).port}/`)))!;
}

/** A fatal alert of TLS by its number (RFC 8446, section 6), as a record of TLS 1.2. */
const alert = (number: number) => Buffer.from([21, 3, 3, 0, 2, 2, number]);

test.each([
  ["a mail server", "220 mail.example ESMTP\r\n"],
  ["a bare page", "<html>hello</html>"],
  ["bytes", Buffer.from([0, 1, 2, 255, 254, 10, 13])],
  ["a TLS port", Buffer.from("15030100020246", "hex")],
  ["an HTTP/2 port", Buffer.from("000012040000000000000300000080000400010000000500ffffff", "hex")],
  ["a status that is none", "HTTP/1.1 abc OK\r\n\r\n"],
  ["a status below 100", "HTTP/1.1 000 OK\r\ncontent-length: 0\r\n\r\n"],
  ["a length that is none", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
  ["a chunk that is none", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nfoo"],
  ["headers without end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`],
])("%s in place of a receiver is said to be one that does not speak HTTP", async (_, answer) => {
  const { error } = await exchangeWith((socket) => socket.end(answer));
  expect(error).toMatchObject({
    code: "invalid_response",
    detail: expect.stringMatching(/^The receiver did not answer with HTTP; check the destination's URL and port\. /),
  });
});

test.each([
  [
    "HTTP",
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "What listens there does not speak TLS (wrong version number); check the",
  ],
  [
    "certificate required",
    alert(116),
    "The receiver asks for a client certificate, or does not take the one that it got (",
  ],
  ["unknown CA", alert(48), "The receiver asks for a client certificate, or does not take the one that it got ("],
  ["handshake failure", alert(40), "The receiver refused the TLS handshake ("],
  [
    "protocol version",
    alert(70),
    "The receiver has no version of TLS in common with Herald, which speaks 1.2 and 1.3 (",
  ],
  ["internal error", alert(80), "The TLS connection failed: tlsv1 alert internal error."],
])("%s in place of TLS is explained without OpenSSL's addresses and files", async (_, answer, says) => {
  const { error } = await exchangeWith((socket) => socket.end(answer), "https");
  expect(error).toMatchObject({ code: "tls_failed", detail: expect.stringContaining(says) });
  expect(error!.detail).not.toMatch(/openssl|routines|:error:|\n/);
});

test("a connection that is refused, closed or cut is no answer, and keeps its own code", async () => {
  expect((await exchangeWith((socket) => socket.end())).error).toMatchObject({ code: "connection_lost" });
  expect((await exchangeWith((socket) => socket.resetAndDestroy())).error).toMatchObject({ code: "connection_lost" });
  const cut = await exchangeWith((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"));
  expect(cut).toMatchObject({ statusCode: 200, error: { code: "connection_lost" } });
  const client = new HttpClient();
  onTestFinished(() => client.close());
  expect((await post(client, new URL("http://127.0.0.1:9/")))!.error).toMatchObject({
    code: "connection_refused",
  });
});

test("what waits goes out over another connection after one that was cut off, and one that the receiver closes", async () => {
  const answers = [
    (socket: Socket) => socket.resetAndDestroy(),
    (socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\na"),
    (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 500000\r\n\r\n${"b".repeat(70_000)}`),
    (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nc"),
    (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nd"),
  ];
  let connections = 0;
  const peer = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {}).on("data", () => answers.shift()?.(socket));
  }).listen(0, "127.0.0.1");
  await once(peer, "listening");
  const client = new HttpClient({ connections: 1 });
  onTestFinished(async () => {
    await client.close();
    peer.close();
  });
  const url = new URL(`http://127.0.0.1:${(peer.address() as AddressInfo).port}/`);
  const exchanges = await Promise.all(Array.from({ length: 5 }, () => post(client, url)));
  expect(exchanges.map((exchange) => [exchange?.error?.code ?? null, exchange?.body.slice(0, 1)])).toEqual([
    ["connection_lost", ""],
    [null, "a"],
    [null, "b"],
    [null, "c"],
    [null, "d"],
  ]);
  expect(exchanges[2]?.body).toHaveLength(16 * 1024);
  // The last two shared one.
  expect(connections).toBe(4);
});

test("what is not to be sent any more leaves its connection to the next, and nothing is sent after a drain", async () => {
  const peer = createServer((socket) => {
    socket.on("error", () => {}).on("data", () => socket.write("HTTP/1.1 204 No Content\r\n\r\n"));
  }).listen(0, "127.0.0.1");
  await once(peer, "listening");
  const client = new HttpClient({ connections: 1 });
  onTestFinished(async () => {
    await client.close();
    peer.close();
  });
  const url = new URL(`http://127.0.0.1:${(peer.address() as AddressInfo).port}/`);
  const first = post(client, url);
  const withdrawn = new Promise((resolve) => client.send({ target: targetOf(url), begin: () => null, end: resolve }));
  const second = post(client, url);
  expect(await withdrawn).toBeNull();
  expect([(await first)?.statusCode, (await second)?.statusCode]).toEqual([204, 204]);
  client.drain();
  expect(await post(client, url)).toBeNull();
});
