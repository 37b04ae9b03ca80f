import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { isPublicAddress } from "../../src/destinations/webhook/address-check.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { checkDestinationUrl } from "../../src/destinations/webhook/url-check.ts";
import { post } from "./post.ts";

const open = (url: string) => checkDestinationUrl(url, { allowPrivate: false }).ok;
const openHere = (url: string) => checkDestinationUrl(url, { allowPrivate: true }).ok;

test("https on the public internet is accepted, in its normal form", () => {
  for (const url of [
    "https://example.com/hook",
    "https://example.com:8443/?a=1",
    "https://93.184.216.34/",
    "https://[2606:4700::1111]/x",
  ]) {
    expect(open(url), url).toBe(true);
  }
  expect(checkDestinationUrl("HTTPS://EXAMPLE.com", { allowPrivate: false })).toEqual({
    ok: true,
    url: "https://example.com/",
  });
});

test("addresses that aren't on the public internet are refused, however they are written", () => {
  const hosts = [
    ..."localhost LOCALHOST localhost. a.localhost db printer.local x.internal metadata.google.internal nas.home.arpa".split(
      " ",
    ),
    ..."127.0.0.1 127.1 2130706433 0x7f.1 0177.0.0.1 0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1".split(
      " ",
    ),
    ..."0.0.0.0 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255".split(" "),
    ..."[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [fe80::1] [fc00::1] [fd12::1] [fec0::1] [ff02::1]".split(
      " ",
    ),
    ..."[64:ff9b::7f00:1] [2002:7f00:1::] [2001::1] [2001:db8::1] [100::1]".split(" "),
  ];
  for (const host of hosts) expect(open(`https://${host}/`), host).toBe(false);
});

test("a private address is accepted where that is allowed, by http too", () => {
  for (const url of ["http://127.0.0.1:9000/hook", "http://localhost/x", "https://10.0.0.1/"])
    expect(openHere(url), url).toBe(true);
  expect(open("http://example.com/")).toBe(false);
  expect(openHere("http://127.0.0.1:0/"), "port 0").toBe(false);
});

test("what doesn't belong into a destination's URL is refused everywhere", () => {
  for (const url of [
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://example.com/#part",
    "https://example.com/#",
    "https://example.com/a b",
    "https://exam\nple.com/",
    "https:\\\\example.com",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//example.com",
    "example.com",
    "",
    `https://example.com/${"x".repeat(2_000)}`,
  ]) {
    expect(openHere(url), JSON.stringify(url)).toBe(false);
  }
});

test("only addresses of the public internet are public", () => {
  for (const address of ["8.8.8.8", "2606:4700::1111"]) expect(isPublicAddress(address), address).toBe(true);
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "::ffff:8.8.8.8", "::1", "nonsense", ""])
    expect(isPublicAddress(address), address).toBe(false);
});

test("a cloud's metadata service is no receiver, however it is written and whatever else is open", () => {
  const metadata = ["169.254.169.254", "0xa9fea9fe", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]"];
  metadata.push("[2002:a9fe:a9fe::1]", "[fd00:ec2::254]", "[fe80::1]", "168.63.129.16", "100.100.100.200");
  metadata.push("metadata.google.internal", "metadata.goog.");
  for (const host of metadata) expect(openHere(`http://${host}/latest`), host).toBe(false);
  for (const host of ["169.253.1.1", "[fd00:ec2::255]", "[::ffff:10.1.2.3]", "100.100.100.201", "localhost"])
    expect(openHere(`http://${host}/latest`), host).toBe(true);
});

test("a name that points to a private address is refused when the connection is made", async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(`http://localhost:${(server.address() as AddressInfo).port}/`);
  const guarded = new HttpClient({ guarded: true });
  const free = new HttpClient();
  expect((await post(guarded, url))!.error).toMatchObject({ code: "address_refused" });
  expect(requests).toBe(0);
  expect((await post(free, url))!.statusCode).toBe(200);
  await guarded.close();
  await free.close();
  server.close();
});
