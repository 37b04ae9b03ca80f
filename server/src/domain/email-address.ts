import { domainToASCII } from "node:url";
import type { Normalised } from "./phone.ts";

function refuse(reason: string): Normalised {
  return { ok: false, reason };
}

/** RFC 5322 `atext` between single dots. Quoted local parts ("a b"@x.org) are legal, but nobody has one. */
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domainLabel = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/**
 * The form of an email address that identifies a lead and that mail is sent to: trimmed, in lower case, the domain in
 * ASCII (IDNA: `bücher.example` is `xn--bcher-kva.example`).
 *
 * RFC 5321 lets a server tell `Jane@` from `jane@`, but no server in use does, while the same person typed in two ways
 * would get every message twice: so the local part is lower-cased too. Dots and `+tags` are kept: whether they
 * matter is the provider's secret.
 *
 * What can break out of a header (control characters, spaces, angle brackets, commas) is not `atext` and so is refused.
 */
export function normaliseEmail(raw: string): Normalised {
  const text = raw.trim();
  if (text.length > 254) return refuse("This email address has more than 254 characters.");
  if (/[\s\p{Cc}]/u.test(text)) return refuse("An email address has no spaces or line breaks; give one address alone.");
  const at = text.indexOf("@");
  if (at === -1) return refuse("This email address has no @.");
  if (text.includes("@", at + 1)) return refuse("This email address has more than one @.");
  const local = text.slice(0, at).toLowerCase();
  if (local === "") return refuse("This email address has nothing before the @.");
  if (local.length > 64) return refuse("This email address has more than 64 characters before the @.");
  if (!localPart.test(local)) return refuse("This email address has characters before the @ that can't be used there.");
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === null) return refuse("This email address has no valid domain after the @.");
  const value = `${local}@${domain}`;
  if (value.length > 254) return refuse("This email address has more than 254 characters.");
  return { ok: true, value };
}

/** A domain name in ASCII and lower case, or null. IP addresses and names without a dot get no outreach. */
function asciiDomain(raw: string): string | null {
  let domain = raw.toLowerCase();
  // domainToASCII parses like a browser (it decodes %41 and turns 0x7f.1 into an IP address): only for what needs it.
  if (/[^a-z0-9.-]/.test(domain) || domain.includes("xn--")) {
    if (/[%/?#:[\]\\]/.test(domain)) return null;
    domain = domainToASCII(domain);
  }
  const labels = domain.split(".");
  if (labels.length < 2 || domain.length > 253 || !labels.every((label) => domainLabel.test(label))) return null;
  return /[a-z]/.test(labels.at(-1)!) ? domain : null;
}
