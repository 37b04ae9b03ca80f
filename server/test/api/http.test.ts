import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, setup } from "./setup.ts";

let api: Api;
let port: number;
beforeAll(async () => {
  api = await setup();
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  port = (api.app.server.address() as AddressInfo).port;
});
afterAll(() => api.close());

async function open(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  // The server may close while something is still being written.
  socket.on("error", () => {});
  return socket;
}

/** Everything that comes until the server closes the connection. */
async function answerOn(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk)).resume();
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return Buffer.concat(chunks).toString("utf8");
}

const head = (lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;
const post = (more: string[], key = api.keys.admin) =>
  head(["POST /v1/suppressions HTTP/1.1", "Host: x", `X-API-Key: ${key}`, "Content-Type: application/json", ...more]);

test("300 MB announced by Content-Length are refused before a byte of them is sent, and the connection is closed", async () => {
  const socket = await open();
  socket.write(post(["Content-Length: 314572800"]));
  const answer = await answerOn(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  expect(answer).toContain('"code":"payload_too_large"');
});

test("a body without an announced length is read up to the limit and no further", async () => {
  const socket = await open();
  socket.write(post(["Transfer-Encoding: chunked"]));
  const chunk = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  const pump = () => {
    while (!socket.destroyed && sent < 300_000_000) {
      sent += chunk.length;
      if (!socket.write(Buffer.concat([Buffer.from("10000\r\n"), chunk, Buffer.from("\r\n")]))) return;
    }
  };
  socket.on("drain", pump);
  pump();
  const answer = await answerOn(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  // The limit is 1 MiB; the rest is what the sockets' buffers took.
  expect(socket.bytesWritten).toBeLessThan(20_000_000);
});

test("a client that reads nothing before it has sent its whole body still gets the answer", async () => {
  const socket = await open();
  socket.pause();
  socket.write(post(["Transfer-Encoding: chunked"]));
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(64 * 1024, "x"), Buffer.from("\r\n")]);
  for (let n = 0; n < 48; n++) {
    await new Promise<void>((resolve, reject) =>
      socket.write(chunk, (error) => (error ? reject(error) : setImmediate(resolve))),
    );
  }
  socket.write("0\r\n\r\n");
  expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 413 /);
});

test("a stranger's long body is not read", async () => {
  const socket = await open();
  socket.write(post(["Content-Length: 1000000"], "hk_live_wrong"));
  const answer = await answerOn(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
});

test("who asks before sending the body is told to go on only where it would be read", async () => {
  const refused = async (...request: Parameters<typeof post>) => {
    const socket = await open();
    const answer = answerOn(socket);
    socket.once("data", () => socket.end());
    socket.write(post(["Expect: 100-continue", ...request[0]], request[1]));
    return (await answer).split("\r\n", 1)[0];
  };
  expect(await refused(["Content-Length: 2000000"])).toBe("HTTP/1.1 413 Payload Too Large");
  expect(await refused(["Content-Length: 15"], "hk_live_wrong")).toBe("HTTP/1.1 401 Unauthorized");

  const socket = await open();
  socket.write(post(["Expect: 100-continue", "Content-Length: 13", "Connection: close"]));
  const [told] = await once(socket, "data");
  expect(String(told)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  socket.write('{"address":1}');
  expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 400 /);
});

test("what isn't HTTP gets an answer of the documented shape", async () => {
  const socket = await open();
  socket.write("NONSENSE\r\n\r\n");
  const answer = await answerOn(socket);
  const body = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(body).toEqual({ statusCode: 400, code: "invalid_request", error: "Bad Request", message: expect.any(String) });
});

test("a compressed body is refused as an unsupported media type", async () => {
  const answer = await api.call("POST", "/v1/suppressions", {
    body: { address: "a@b.example" },
    headers: { "content-encoding": "gzip" },
  });
  expect(answer.body).toMatchObject({ statusCode: 415, code: "unsupported_media_type" });
});

test("a body of wide letters is refused as one; a charset that says no more than the bytes do is not", async () => {
  const sent = async (charset: string, body: string | Buffer) => {
    const answer = await api.app.inject({
      ...{ method: "POST", url: "/v1/suppressions", payload: body },
      headers: { "x-api-key": api.keys.admin, "content-type": `application/json; charset=${charset}` },
    });
    return [answer.statusCode, answer.json().code];
  };
  expect(await sent('"UTF-16LE"', Buffer.from('{"address":1}', "utf16le"))).toEqual([415, "unsupported_media_type"]);
  expect(await sent("iso-8859-1", '{"address":1}')).toEqual([400, "invalid_request"]);
  expect(await sent("utf-8", '{"address":1}')).toEqual([400, "invalid_request"]);
});

test("a connection serves many requests, refused ones too", async () => {
  const socket = await open();
  const body = '{"address":1}';
  const request = `${post([`Content-Length: ${body.length}`])}${body}`;
  let text = "";
  let answers = 0;
  const both = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      text += chunk;
      answers = text.split("HTTP/1.1 400").length - 1;
      if (answers === 1 && text.endsWith("}")) socket.write(request);
      if (answers === 2) resolve();
    });
  });
  socket.write(request);
  await both;
  socket.destroy();
  expect(answers).toBe(2);
});
