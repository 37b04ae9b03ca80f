import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { isPublicAddress, publicAddresses } from "../../src/destinations/webhook/address-check.ts";
import { checkDestinationUrl } from "../../src/destinations/webhook/url-check.ts";
import { insideHosts, publicRanges, specialRanges, trickyUrls } from "./bypasses.ts";

/** Any address of a network, by its bytes. */
function addressIn(range: string): fc.Arbitrary<string> {
  const [address, bits] = ipaddr.parseCIDR(range);
  const bytes = address.toByteArray();
  return fc.uint8Array({ minLength: bytes.length, maxLength: bytes.length }).map((random) => {
    const mixed = bytes.map((byte, i) => {
      const mask = 0xff & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i)));
      return (byte & mask) | (random[i]! & ~mask & 0xff);
    });
    return ipaddr.fromByteArray(mixed).toString();
  });
}

/** Ways to write an IPv4 address that the URL standard reads. */
function spellings(address: string): string[] {
  const [a, b, c, d] = address.split(".").map(Number) as [number, number, number, number];
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (n: number) => `0x${n.toString(16)}`;
  const octal = (n: number) => `0${n.toString(8)}`;
  return [
    ...[address, String(whole), hex(whole), octal(whole), [a, b, c, d].map(hex).join("."), `${address}.`],
    ...[[a, b, c, d].map(octal).join("."), `${a}.${(b * 256 + c) * 256 + d}`, `${a}.${b}.${c * 256 + d}`],
    address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replaceAll(".", "。"),
    address.replaceAll(".", "%2e"),
    ...[`[::ffff:${address}]`, `[::${address}]`, `[64:ff9b::${address}]`],
    `[2002:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::]`,
  ];
}

const guarded = (url: string) => checkDestinationUrl(url, { allowPrivate: false });

test.each(insideHosts)("%s is no host for a webhook", (host) => {
  for (const url of [`https://${host}/`, `https://${host}:8443/x?y=https://example.com/`])
    expect(guarded(url), url).toMatchObject({ ok: false });
});

test("a URL that parsers read differently is refused, also where private networks are allowed", () => {
  for (const url of trickyUrls) {
    expect(guarded(url), JSON.stringify(url)).toMatchObject({ ok: false });
    // Some are plain private addresses to the standard's parser.
    const here = checkDestinationUrl(url, { allowPrivate: true });
    if (here.ok) expect(URL.parse(url)?.href).toBe(here.url);
  }
});

test("no address of a special range is public, and each of the operators' is", () => {
  const some = { numRuns: 60 };
  for (const range of specialRanges)
    fc.assert(
      fc.property(addressIn(range), (address) => !isPublicAddress(address)),
      some,
    );
  for (const range of publicRanges)
    fc.assert(
      fc.property(addressIn(range), (address) => isPublicAddress(address)),
      some,
    );
});

test("each spelling of an IPv4 address is judged as the address", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), ...specialRanges.filter((r) => !r.includes(":")).map(addressIn)), (address) => {
      const open = isPublicAddress(address);
      // By the library's ranges alone nothing more is public.
      if (open) expect(ipaddr.parse(address).range()).toBe("unicast");
      for (const host of spellings(address)) {
        const { ok } = guarded(`https://${host}/`);
        // What holds it in IPv6 is refused in any case.
        const embedded = host.startsWith("[");
        expect(ok, `${address} as ${host}`).toBe(open && !embedded);
      }
    }),
    { numRuns: 300 },
  );
});

test("any IPv6 address is public only where the library calls it unicast", () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      if (!ipaddr.isValid(address)) return;
      if (isPublicAddress(address)) expect(ipaddr.parse(address).range()).toBe("unicast");
    }),
    { numRuns: 500 },
  );
});

test("whatever is accepted is its own normal form, on https, with a host that is not private", () => {
  const urls = fc.oneof(
    fc.webUrl({ validSchemes: ["http", "https"], withQueryParameters: true }),
    fc
      .tuple(fc.constantFrom("https://", "HTTPS:/", "https:"), fc.string({ unit: "binary" }))
      .map((parts) => parts.join("")),
    fc.constantFrom(...insideHosts).map((host) => `https://example.com.${host}/`),
  );
  fc.assert(
    fc.property(urls, (text) => {
      const checked = guarded(text);
      if (!checked.ok) return;
      const url = new URL(checked.url);
      expect(guarded(checked.url)).toEqual(checked);
      expect([url.protocol, url.username, url.password, url.hash]).toEqual(["https:", "", "", ""]);
      const host = url.hostname.replace(/^\[|\]$/g, "");
      expect(ipaddr.isValid(host) ? isPublicAddress(host) : /^[^.].*\.[^.]+$/.test(host), checked.url).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("of ports those of the web are open, and those above 1023 on which no well-known service speaks", () => {
  for (const port of [80, 443, 1024, 3000, 8000, 8080, 8443, 9000, 49152, 65535])
    expect(guarded(`https://example.com:${port}/`).ok, `${port}`).toBe(true);
  for (const port of [
    0, 1, 22, 25, 53, 110, 389, 445, 465, 587, 993, 2375, 3306, 3389, 5432, 6379, 6443, 9200, 11211, 27017,
  ])
    expect(guarded(`https://example.com:${port}/`).ok, `${port}`).toBe(false);
  expect(checkDestinationUrl("http://127.0.0.1:25/", { allowPrivate: true }).ok).toBe(true);
});

test("a name is refused for one address that is not public; what DNS64 added is left out", () => {
  const used = (...addresses: string[]) =>
    publicAddresses(addresses.map((address) => ({ address }))).map((a) => a.address);
  expect(used("8.8.8.8", "2606:4700::1111")).toEqual(["8.8.8.8", "2606:4700::1111"]);
  for (const inside of [
    "10.0.0.1",
    "127.0.0.1",
    "::1",
    "fd00::1",
    "64:ff9b::7f00:1",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "x",
  ])
    expect(used("8.8.8.8", inside), inside).toEqual([]);
  expect(used("8.8.8.8", "64:ff9b::808:808")).toEqual(["8.8.8.8"]);
  expect(used("64:ff9b::808:808")).toEqual([]);
});

test("credentials go over http to this machine and to private networks only", () => {
  const open = (url: string) => checkDestinationUrl(url, { allowPrivate: true, credentials: true }).ok;
  for (const url of ["http://127.0.0.1:9/", "http://receiver:8080/", "http://10.1.2.3/", "https://example.com/"])
    expect(open(url), url).toBe(true);
  for (const url of ["http://example.com/", "http://8.8.8.8/", "http://2606.example/"])
    expect(open(url), url).toBe(false);
});
