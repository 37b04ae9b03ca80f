import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError, loadConfig } from "../../src/config.ts";
import { parseEgressProxy } from "../../src/destinations/webhook/egress-proxy.ts";
import { HttpClient, type HttpClientOptions } from "../../src/destinations/webhook/http-client.ts";
import { nameResolver } from "../../src/destinations/webhook/resolve-name.ts";
import { openTls } from "../../src/destinations/webhook/tls-identity.ts";
import { startConnectProxy } from "../../src/loopback/connect-proxy.ts";
import { type DnsAnswer, startDns } from "../../src/loopback/dns.ts";
import { ca, client as clientCertificate, good, otherClient } from "./certificates.ts";
import { post } from "./post.ts";

/** A receiver that ends each connection after its answer, and counts requests. */
async function receiver() {
  const counted = { requests: 0, port: 0 };
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      counted.requests += 1;
      response.setHeader("connection", "close").end();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  counted.port = (server.address() as AddressInfo).port;
  return counted;
}

async function dns(answers: (name: string, n: number) => DnsAnswer) {
  const server = await startDns(answers);
  onTestFinished(() => server.close());
  return server;
}

async function proxyTo(to: { port: number } | { status: number }) {
  const proxy = await startConnectProxy(to);
  onTestFinished(() => proxy.close());
  return proxy;
}

function clientWith(options: HttpClientOptions): HttpClient {
  const client = new HttpClient({ timeoutMs: 60_000, ...options });
  onTestFinished(() => client.close());
  return client;
}

test("a name that points inside by the time of the next connection is refused there (DNS rebinding)", async () => {
  const there = await receiver();
  const proxy = await proxyTo(there);
  const names = await dns((_name, n) => (n === 0 ? ["93.184.216.34"] : ["127.0.0.1"]));
  const resolve = nameResolver({ localNames: false, servers: [names.server] });
  const client = clientWith({ guarded: true, resolve, proxy: parseEgressProxy(proxy.url), connections: 1 });
  const url = new URL(`http://rebind.test:${there.port}/`);
  expect(await post(client, url)).toMatchObject({ statusCode: 200 });
  expect((await post(client, url))!.error).toMatchObject({
    code: "address_refused",
    detail: expect.not.stringContaining("127.0.0.1"),
  });
  // One look-up for a connection, and the connection went to what it had checked.
  expect(names.asked.get("rebind.test")).toBe(2);
  expect(proxy.asked).toEqual([`93.184.216.34:${there.port}`]);
  expect(there.requests).toBe(1);
});

test("a name with one inside address among public ones is refused, and so are addresses in a URL", async () => {
  const there = await receiver();
  const names = await dns(() => ["93.184.216.34", "10.0.0.1"]);
  const resolve = nameResolver({ localNames: false, servers: [names.server] });
  const client = clientWith({ guarded: true, resolve });
  for (const host of ["mixed.test", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"])
    expect((await post(client, new URL(`http://${host}:${there.port}/`)))!.error, host).toMatchObject({
      code: "address_refused",
    });
  expect(there.requests).toBe(0);
});

test("where private networks are open, a name or an address of a metadata service is refused all the same", async () => {
  const names = await dns((name) => (name === "inside.test" ? ["127.0.0.1"] : ["127.0.0.1", "169.254.169.254"]));
  const there = await receiver();
  const client = clientWith({ resolve: nameResolver({ localNames: false, servers: [names.server] }) });
  const said = { code: "address_refused", detail: expect.stringContaining("metadata service") };
  for (const host of ["rebind.test", "169.254.169.254", "[::ffff:169.254.169.254]"])
    expect((await post(client, new URL(`http://${host}:${there.port}/`)))!.error, host).toMatchObject(said);
  expect(there.requests).toBe(0);
  expect((await post(client, new URL(`http://inside.test:${there.port}/`)))!.statusCode).toBe(200);
});

test("names whose servers don't answer hold no other name up, and those who want the same name share its look-up", async () => {
  const names = await dns((name) =>
    name.startsWith("silent") ? "silent" : name === "none.test" ? "unknown" : ["127.0.0.1"],
  );
  const there = await receiver();
  const client = clientWith({
    resolve: nameResolver({ localNames: false, servers: [names.server] }),
    timeoutMs: 1_000,
  });
  const at = (host: string) => post(client, new URL(`http://${host}:${there.port}/`));
  let answered = 0;
  const silent = Array.from({ length: 40 }, async (_, n) => {
    const exchange = await at(`silent${n}.test`);
    answered += 1;
    return exchange;
  });
  expect((await at("localhost"))!.statusCode).toBe(200);
  const many = await Promise.all(Array.from({ length: 20 }, () => at("one.test")));
  expect(many.map((exchange) => exchange!.statusCode)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(names.asked.get("one.test")).toBe(1);
  expect((await at("none.test"))!.error).toMatchObject({ code: "dns_failed" });
  expect(answered).toBe(0);
  expect((await Promise.all(silent)).map((exchange) => exchange!.error!.code)).toEqual(
    Array.from({ length: 40 }, () => "connect_timeout"),
  );
});

test("an egress proxy gets its credentials and, unguarded, the name; what it refuses says so, and nothing of the proxy", async () => {
  const there = await receiver();
  const proxy = await proxyTo(there);
  const withPassword = proxy.url.replace("http://", "http://herald:p%40ss@");
  const client = clientWith({ proxy: parseEgressProxy(withPassword) });
  expect(await post(client, new URL("http://somewhere.test/x"))).toMatchObject({ statusCode: 200 });
  expect(proxy.asked).toEqual(["somewhere.test:80"]);
  expect(proxy.credentials).toEqual([`Basic ${Buffer.from("herald:p@ss").toString("base64")}`]);

  const refusing = await proxyTo({ status: 403 });
  for (const [url, why] of [
    [refusing.url, /answered 403 to CONNECT somewhere.test:80/],
    ["http://u:secret@127.0.0.1:9", /no connection to it \(ECONNREFUSED\)/],
  ] as const) {
    const { error } = (await post(clientWith({ proxy: parseEgressProxy(url) }), new URL("http://somewhere.test/")))!;
    expect(error).toMatchObject({ code: "proxy_failed", detail: expect.stringMatching(why) });
    expect(error!.detail).not.toMatch(/secret|127\.0\.0\.1/);
  }
});

test("a proxy's setting that can't be used is refused by its name, without what was given", () => {
  expect(loadConfig({}).egressProxy).toBeNull();
  for (const given of ["socks5://a:secret@b:1", "http://a:secret@b:1/path", "proxy:secret", "http://%zz:secret@b"]) {
    const load = () => loadConfig({ HERALD_EGRESS_PROXY: given });
    expect(load, given).toThrow(ConfigError);
    expect(load, given).toThrow(/^HERALD_EGRESS_PROXY can't be used: (?!.*secret)/);
  }
});

test("connections are kept apart by TLS settings: each destination is who its certificate says, at one origin", async () => {
  const seen: string[] = [];
  const server = createTlsServer(
    { ...good, ca, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" },
    (s) => {
      const socket: TLSSocket = s;
      socket
        .on("error", () => {})
        .on("data", () => {
          seen.push(String(socket.getPeerCertificate()?.subject?.CN ?? "nobody"));
          socket.write("HTTP/1.1 204 No Content\r\n\r\n");
        });
    },
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const client = clientWith({});
  onTestFinished(() => void server.close());
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/`);
  const as = (who?: { key: string; cert: string }) =>
    openTls({ ca, ...(who ? { clientCertificate: who.cert, clientKey: who.key } : {}) });
  // Opened twice: the same settings share connections, also where they belong to two destinations.
  for (const tls of [as(clientCertificate), as(otherClient), as(), as(clientCertificate), as(otherClient), as()])
    expect(await post(client, url, "{}", tls)).toMatchObject({ statusCode: 204 });
  const each = ["herald client", "another client", "nobody"];
  expect(seen).toEqual([...each, ...each]);
  // Without the authority it isn't believed.
  expect((await post(client, url))!.error).toMatchObject({ code: "tls_failed" });
});
