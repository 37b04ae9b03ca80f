import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/**
 * Receivers that misbehave, each in one way, on raw sockets of loopback: what HTTP servers, proxies, load balancers and
 * people who mean harm do to a client. Each has a port of its own, and does the same to every connection.
 */
export interface Animal {
  /** What it does, as a name. */
  name: string;
  /** Whose certificate it shows; left out: it speaks no TLS. */
  tls?: keyof ZooCertificates;
  /** What it does with a connection, before anything was read. */
  onConnection?: (socket: Socket) => void;
  /** What it does when a request is there whole; `n` counts those of the connection, from 0. */
  onRequest?: (socket: Socket, n: number) => void;
}

interface Certificate {
  key: string;
  cert: string;
}

/** Certificates for `localhost`, each with its fault. */
export interface ZooCertificates {
  selfSigned: Certificate;
  expired: Certificate;
  wrongName: Certificate;
}

const crlf = "\r\n";
const ok = (...headers: string[]) => ["HTTP/1.1 200 OK", ...headers, "", ""].join(crlf);

/** Answers this, and leaves the connection open. */
const says = (name: string, answer: string | Buffer): Animal => ({
  name,
  onRequest: (socket) => void socket.write(answer),
});
/** Answers this, and ends the connection. */
const saysAndEnds = (name: string, answer: string | Buffer): Animal => ({
  name,
  onRequest: (socket) => void socket.end(answer),
});

/** Answers `head`, and then the same again and again, as fast as it is taken, until the connection is gone. */
function pours(name: string, head: string, text: string): Animal {
  // Large pieces, so that the work is the reader's.
  const piece = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
  return {
    name,
    onRequest(socket) {
      const more = () => {
        if (socket.writable) socket.write(piece, () => setImmediate(more));
      };
      socket.write(head, more);
    },
  };
}

/** Answers `head`, and then one byte of the text every few milliseconds, without an end. */
function drips(name: string, head: string, text: string): Animal {
  return {
    name,
    onRequest(socket) {
      let n = 0;
      socket.write(head);
      const timer = setInterval(() => socket.write(text[n++ % text.length]!), 20);
      socket.on("close", () => clearInterval(timer));
    },
  };
}

/** Statuses that mean something to webhooks. */
export const zooStatuses = [
  ...[200, 201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 408, 409, 413, 425, 429, 500, 502, 503, 504],
  ...[410, 226, 304, 421, 600, 999],
] as const;

const statuses = zooStatuses.map((status) =>
  says(`status ${status}`, `HTTP/1.1 ${status} Status\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n`),
);

export const animals: readonly Animal[] = [
  ...statuses,
  // Statuses and versions that are none.
  says("status 99", "HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n"),
  says("status 1000", "HTTP/1.1 1000 High\r\ncontent-length: 0\r\n\r\n"),
  says("HTTP/1.0 with a length", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"),
  saysAndEnds("HTTP/1.0 until the end", "HTTP/1.0 200 OK\r\n\r\nok"),
  saysAndEnds("HTTP/0.9", "<html>ok</html>"),
  saysAndEnds("HTTP/3.0", "HTTP/3.0 200 OK\r\n\r\n"),
  // The connection.
  { name: "ends before the request is read", onConnection: (socket) => void socket.end() },
  { name: "resets before the request is read", onConnection: (socket) => void socket.resetAndDestroy() },
  { name: "ends after the request", onRequest: (socket) => void socket.end() },
  { name: "resets after the request", onRequest: (socket) => void socket.resetAndDestroy() },
  {
    name: "resets after the headers",
    onRequest: (socket) => socket.write(ok("content-length: 100"), () => setImmediate(() => socket.resetAndDestroy())),
  },
  saysAndEnds("connection: close", ok("connection: close", "content-length: 2").concat("ok")),
  // One request a connection, though it said nothing of that: the next one finds it closed.
  {
    name: "resets each second request of a connection",
    onRequest: (socket, n) => void (n === 0 ? socket.write(ok("content-length: 0")) : socket.resetAndDestroy()),
  },
  {
    name: "ends each second request of a connection",
    onRequest: (socket, n) => void (n === 0 ? socket.write(ok("content-length: 0")) : socket.end()),
  },
  // Lengths.
  saysAndEnds("a length that is too long", ok("content-length: 100").concat("short")),
  says("a length that is too short", ok("content-length: 2").concat("longer than that")),
  says("two answers to one request", ok("content-length: 0").concat("HTTP/1.1 500 Late\r\ncontent-length: 0\r\n\r\n")),
  says("two lengths", ok("content-length: 1", "content-length: 2").concat("ab")),
  says("a length beside chunks", ok("content-length: 2", "transfer-encoding: chunked").concat("0\r\n\r\n")),
  says("a negative length", ok("content-length: -1")),
  says("a huge length", ok("content-length: 99999999999999999999999")),
  says("chunks", ok("transfer-encoding: chunked").concat("2\r\nok\r\n0\r\n\r\n")),
  says("chunks that are garbage", ok("transfer-encoding: chunked").concat("zz\r\nok\r\n")),
  says("a chunk larger than any", ok("transfer-encoding: chunked").concat("ffffffffffffffffff\r\nok")),
  says("unknown transfer coding", ok("transfer-encoding: zebra").concat("ok")),
  // Too much.
  says("100 KiB of body", ok("content-length: 102400").concat("x".repeat(102_400))),
  says("60 KiB of body", ok("content-length: 61440").concat("x".repeat(61_440))),
  pours("a body without end", ok(), "x"),
  pours("headers without end", "HTTP/1.1 200 OK\r\n", "x: y\r\n"),
  pours("a header without end", "HTTP/1.1 200 OK\r\nx: ", "y"),
  pours("a status line without end", "HTTP/1.1 200 ", "O"),
  pours("empty lines without end", crlf, crlf),
  pours("a chunk extension without end", ok("transfer-encoding: chunked").concat("1;"), "e"),
  pours("trailers without end", ok("transfer-encoding: chunked").concat("0\r\n"), "x: y\r\n"),
  pours("informational answers without end", "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
  says("a long status line", `HTTP/1.1 500 ${"long ".repeat(2_000)}\r\ncontent-length: 0\r\n\r\n`),
  // Too slow.
  { name: "no answer" },
  drips("an answer byte by byte", "", ok(`x: ${"y".repeat(10_000)}`)),
  drips("a body byte by byte", ok("content-length: 100000"), "x"),
  says("half of the headers", "HTTP/1.1 200 OK\r\nx: "),
  // Informational answers and other protocols.
  says("100 Continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
  says(
    "103 Early Hints",
    "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  ),
  says(
    "101 Switching Protocols",
    "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ws\r\n\r\n\u0000",
  ),
  says("an SSH server", "SSH-2.0-OpenSSH_9.6\r\n"),
  says("a TLS alert", Buffer.from("15030100020246", "hex")),
  { name: "a mail server", onConnection: (socket) => void socket.write("220 mail.example ESMTP\r\n") },
  // Contents.
  says("NUL bytes", ok("content-length: 5").concat("a\0b\0c")),
  says("a NUL in a header", ok("x: a\0b", "content-length: 0")),
  says("bytes that are no UTF-8", Buffer.from(`${ok("content-length: 4")}\u00ff\u00fe\u00c3\u0028`, "latin1")),
  says("headers that are no ASCII", Buffer.from(ok("x: \u00ff\u00fe\u00e9", "content-length: 0"), "latin1")),
  // A gigabyte of zeros packed into a megabyte begins like this; nobody unpacks it.
  says(
    "a packed body",
    Buffer.from(`${ok("content-encoding: gzip", "content-length: 10")}\x1f\x8b\x08\0\0\0\0\0\0\x03`, "latin1"),
  ),
  says("a header named __proto__", ok("__proto__: x", "constructor: y", "content-length: 0")),
  says("a space before the colon", ok("content-length : 0")),
  says("a header that is folded", ok("x: a", " b", "content-length: 0")),
  says("bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"),
  // TLS.
  { ...says("a self-signed certificate", ok("content-length: 0")), tls: "selfSigned" },
  { ...says("an expired certificate", ok("content-length: 0")), tls: "expired" },
  { ...says("a certificate of another name", ok("content-length: 0")), tls: "wrongName" },
];

export interface Zoo {
  /** Where each animal listens, by its name. */
  readonly urls: ReadonlyMap<string, string>;
  /** Requests that came whole, by the animal's name. */
  readonly requests: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function openZoo(certificates: ZooCertificates): Promise<Zoo> {
  const sockets = new Set<Socket>();
  const requests = new Map<string, number>();
  const open = async (animal: Animal): Promise<[string, string, Server]> => {
    const house = (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket)).on("error", () => {});
      animal.onConnection?.(socket);
      let n = 0;
      readRequests(socket, () => {
        requests.set(animal.name, (requests.get(animal.name) ?? 0) + 1);
        animal.onRequest?.(socket, n++);
      });
    };
    const server = animal.tls ? createTlsServer(certificates[animal.tls], house) : createServer(house);
    server.on("tlsClientError", () => {});
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    return [animal.name, `${animal.tls ? "https://localhost" : "http://127.0.0.1"}:${port}/`, server];
  };
  const houses = await Promise.all(animals.map(open));
  return {
    urls: new Map(houses.map(([name, url]) => [name, url])),
    requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(houses.map(([, , server]) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** Calls for each request of the connection whose body is there, by its `content-length`. */
function readRequests(socket: Socket, onRequest: () => void): void {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    for (;;) {
      const head = text.indexOf("\r\n\r\n");
      if (head === -1) return;
      const end = head + 4 + Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length < end) return;
      text = text.slice(end);
      onRequest();
    }
  });
}
