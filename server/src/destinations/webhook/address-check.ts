import ipaddr from "ipaddr.js";

/**
 * Which IP addresses webhooks may go to: those of the public internet. `ipaddr.js` knows the special ranges (the IANA
 * registries of special-purpose addresses); here is what it leaves open.
 */

/** Public by number, but answered by the cloud's own machinery on each of its hosts: Azure's WireServer. */
const answeredInside = new Set(["168.63.129.16"]);

/** The anycast relays of 6to4, given back in 2015 (RFC 7526): what answers there is the network next door. */
const relays6to4 = ipaddr.parseCIDR("192.88.99.0/24");

/** Of IPv6 only this is given out; it leaves out what no list names (::7f00:1, fec0::, and ranges of the future). */
const globalUnicast = ipaddr.parseCIDR("2000::/3");

/** NAT64's well-known prefix (RFC 6052). */
const nat64 = ipaddr.parseCIDR("64:ff9b::/96");

/** Whether an IP address is one of the public internet, in whatever form it is written. No address: false. */
export function isPublicAddress(text: string): boolean {
  // A zone names a link of this machine.
  if (text.includes("%") || !ipaddr.isValid(text)) return false;
  // Not `process`: an IPv4 address inside an IPv6 one (::ffff:8.8.8.8) is none of the public internet, whichever it is.
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast") return false;
  if (address.kind() === "ipv4") return !address.match(relays6to4) && !answeredInside.has(address.toString());
  return address.match(globalUnicast);
}

/**
 * Where clouds tell a machine its own credentials: all link-local addresses, and those of Azure (WireServer), Alibaba,
 * Oracle, AWS and Google that lie elsewhere. Nobody has a receiver there.
 */
const metadata = [
  ...["169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"],
  ...["fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128"],
].map((range) => ipaddr.parseCIDR(range));

/** The IPv4 address that an IPv6 one stands for, by mapping, NAT64 or 6to4 (RFC 4291, 6052, 3056); else the address. */
function meant(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.kind() === "ipv4") return address;
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === "6to4") return new ipaddr.IPv4(bytes.slice(2, 6));
  const mapped = range === "ipv4Mapped" || range === "rfc6145" || range === "rfc6052";
  return mapped || bytes.slice(0, 12).every((byte) => byte === 0) ? new ipaddr.IPv4(bytes.slice(12)) : address;
}

/** Whether it is the address of a cloud's metadata service, in whatever form it is written: never called by anybody. */
export function isMetadataAddress(text: string): boolean {
  const [plain = ""] = text.split("%");
  if (!ipaddr.isValid(plain)) return false;
  const address = meant(ipaddr.parse(plain));
  return metadata.some((range) => range[0].kind() === address.kind() && address.match(range));
}

/**
 * What DNS64 makes of a public IPv4 address. Networks with it add such an address to each name that has an IPv4 one: it
 * is no sign of a trick, but what the translator makes of it is not known here, so that it isn't used either.
 */
function isTranslated(text: string): boolean {
  if (text.includes("%") || !ipaddr.IPv6.isValid(text)) return false;
  const address = ipaddr.IPv6.parse(text);
  return address.match(nat64) && isPublicAddress(new ipaddr.IPv4(address.toByteArray().slice(12)).toString());
}

/**
 * Of a name's addresses those to connect to; empty: the name is refused. One address that isn't public refuses the whole
 * name. Connecting to the public ones would be as safe, but a name that has both is a trick (rebinding) or a mistake in
 * DNS, and deliveries that depend on which one a look-up gives first are harder to explain than one clear refusal.
 */
export function publicAddresses<Address extends { address: string }>(addresses: readonly Address[]): Address[] {
  const own = addresses.filter(({ address }) => !isTranslated(address));
  return own.every(({ address }) => isPublicAddress(address)) ? own : [];
}
