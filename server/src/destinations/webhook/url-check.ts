import { lookup as resolve } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Where webhooks may go. A destination's URL is given by a user of the API, and Herald calls it from inside its network:
 * without these checks it could be sent to the cloud's metadata service or to a database's port (SSRF). Names are
 * checked when the destination is set up, addresses when a connection is made (a name can point elsewhere by then).
 */

export type CheckedUrl = { ok: true; url: string } | { ok: false; reason: string };

/** `reason` is a sentence for the person who gave the URL. `url` is its normal form. */
export function checkDestinationUrl(text: string, { allowPrivate }: { allowPrivate: boolean }): CheckedUrl {
  if (text.length > 2_000) return refused("The URL has more than 2,000 characters.");
  // A URL parser takes some of these out without a word.
  if (/[\p{Cc}\s\\]/u.test(text)) return refused("The URL has a space, a control character or a backslash in it.");
  const url = URL.parse(text);
  if (!url) return refused("This is not a URL; give one like https://example.com/webhooks.");
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")) {
    return refused(allowPrivate ? "The URL must begin with https:// or http://." : "The URL must begin with https://.");
  }
  if (url.username !== "" || url.password !== "") return refused("The URL must not hold a user name or password.");
  if (text.includes("#")) return refused("The URL must not have a fragment (#...): it would not be sent.");
  if (!allowPrivate && isPrivateHost(url.hostname)) {
    return refused(
      "The host is on a private or reserved network, where this Herald doesn't send webhooks (HERALD_ALLOW_PRIVATE_DESTINATIONS).",
    );
  }
  return { ok: true, url: url.href };
}

const refused = (reason: string): CheckedUrl => ({ ok: false, reason });

/** Whether a URL's host names this machine or a network that isn't the public internet. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(host)) return !isPublicAddress(host);
  const name = host.toLowerCase().replace(/\.+$/, "");
  // Names without a dot exist in local networks only; these endings are kept out of the public DNS (RFC 6761, 6762, 8375).
  return (
    !name.includes(".") || /\.(?:localhost|local|internal|intranet|lan|home|corp|arpa|test|invalid|onion)$/.test(name)
  );
}

/** Whether an IP address is one of the public internet, in whatever form it is written. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // An IPv4 address inside an IPv6 one (::ffff:127.0.0.1) is judged as what it is.
  const address = ipaddr.process(text);
  if (address.range() !== "unicast") return false;
  if (address.kind() === "ipv4") return true;
  // Of IPv6 only 2000::/3 is given out; this refuses what no list names (::7f00:1, fec0::).
  return address.match(ipaddr.parseCIDR("2000::/3"));
}

/**
 * A resolver for connections that must stay on the public internet. Fails with HERALD_ADDRESS_REFUSED where a name has
 * only other addresses; connects to the public ones where it has both. Not asked for hosts that are IP addresses:
 * `checkDestinationUrl` judges those.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, "", 0);
    const open = addresses.filter(({ address }) => isPublicAddress(address));
    const first = open[0];
    if (!first) return callback(addressRefused(hostname), "", 0);
    if (options.all) callback(null, open);
    else callback(null, first.address, first.family);
  });
};

function addressRefused(hostname: string): NodeJS.ErrnoException {
  const message = `${hostname} has only addresses on private or reserved networks, where this Herald doesn't send webhooks.`;
  return Object.assign(new Error(message), { code: "HERALD_ADDRESS_REFUSED" });
}
