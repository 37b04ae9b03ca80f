import ipaddr from "ipaddr.js";
import { isMetadataAddress, isPublicAddress } from "./address-check.ts";
import { refusedPort } from "./port-check.ts";

/**
 * Where webhooks may go. A destination's URL is given by a user of the API, and Herald calls it from inside its network:
 * without these checks it could be sent to the cloud's metadata service or to a database's port (SSRF). URLs are checked
 * when the destination is set up and when it is opened, addresses when a connection is made (a name can point elsewhere
 * by then).
 */

export type CheckedUrl = { ok: true; url: string } | { ok: false; reason: string };

export interface UrlRules {
  /** Whether http, loopback, private networks and any port may be used; never a cloud's metadata service. */
  allowPrivate: boolean;
  /** Whether the request carries credentials: they go over http to this machine and to private networks only. */
  credentials?: boolean;
}

/**
 * `reason` is a sentence for the person who gave the URL. `url` is its normal form: as the URL standard writes it (IPv4
 * addresses in decimal, names in lower case and ASCII, so that a look-alike is seen as `xn--`), without a dot at the end.
 */
export function checkDestinationUrl(text: string, { allowPrivate, credentials = false }: UrlRules): CheckedUrl {
  if (text.length > 2_000) return refused("The URL has more than 2,000 characters.");
  // A URL parser takes some of these out without a word.
  if (/[\p{Cc}\s\\]/u.test(text)) return refused("The URL has a space, a control character or a backslash in it.");
  const url = URL.parse(text);
  if (!url) return refused("This is not a URL; give one like https://example.com/webhooks.");
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")) {
    return refused(allowPrivate ? "The URL must begin with https:// or http://." : "The URL must begin with https://.");
  }
  // Also where both are empty: no parser should have to say to whom the part before the @ belongs.
  if (/^[a-z]+:\/*[^/?#]*@/i.test(text)) return refused("The URL must not hold a user name or password.");
  if (text.includes("#")) return refused("The URL must not have a fragment (#...): it would not be sent.");
  // The dot says that a name is whole; certificates are for names without it.
  if (url.hostname.endsWith(".")) url.hostname = url.hostname.slice(0, -1);
  if (/^$|^\.|\.\.|\.$/.test(url.hostname)) return refused("The host is not a name: there is a dot too many in it.");
  if (isMetadataHost(url.hostname)) return refused("The host is a cloud's metadata service, which is no receiver.");
  if (url.port === "0") return refused("Nothing listens at port 0.");
  const inside = isPrivateHost(url.hostname);
  if (credentials && url.protocol === "http:" && !inside) {
    return refused("Credentials are not sent over http to the public internet; the URL must begin with https://.");
  }
  if (allowPrivate) return { ok: true, url: url.href };
  if (inside) {
    return refused(
      "The host is on a private or reserved network, where this Herald doesn't send webhooks (HERALD_ALLOW_PRIVATE_DESTINATIONS).",
    );
  }
  const port = url.port === "" ? null : refusedPort(Number(url.port));
  return port === null ? { ok: true, url: url.href } : refused(port);
}

const refused = (reason: string): CheckedUrl => ({ ok: false, reason });

/** Kept out of the public DNS (RFC 6761, 6762, 8375 and custom). */
const privateEndings =
  /\.(?:localhost|localdomain|local|internal|intranet|private|lan|home|corp|arpa|test|invalid|onion|alt)$/;
/** Names of cloud metadata services; their addresses are refused, too. */
const metadataHosts = new Set([
  ...["metadata.google.internal", "metadata.goog", "metadata.tencentyun.com", "metadata.platformequinix.com"],
]);

function isMetadataHost(hostname: string): boolean {
  return metadataHosts.has(hostname) || isMetadataAddress(hostname.replace(/^\[|\]$/g, ""));
}

/** Whether a URL's host names this machine or a network that isn't the public internet. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(host)) return !isPublicAddress(host);
  // Names without a dot exist in local networks only.
  return !host.includes(".") || privateEndings.test(host);
}
