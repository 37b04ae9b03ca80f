import type { Normalised } from "./phone.ts";

function refuse(reason: string): Normalised {
  return { ok: false, reason };
}

const prefix = "https://www.linkedin.com/in/";
const example = `${prefix}jane-doe`;
/** An optional scheme, an optional country or mobile subdomain, the host, an optional default port, and the path. */
const address = /^(?:https?:\/\/)?(?:(?:[a-z]{2}|www|m)\.)?linkedin\.com(?::80|:443)?(?:\/+([^?#]*))?(?:[?#].*)?$/is;
/**
 * An opaque member ID in place of a chosen name (`ACoAAB...`, 39 characters), as exports of other tools have them.
 * It is base64 and so its case counts; chosen names are the same in any case.
 */
const memberId = /^A[A-Za-z]{2}AA[A-Za-z0-9_-]{34}$/;

const otherPages: Record<string, string> = {
  company: `This is a company's page on LinkedIn; give the person's profile, like ${example}.`,
  school: `This is a school's page on LinkedIn; give the person's profile, like ${example}.`,
  showcase: `This is a company's page on LinkedIn; give the person's profile, like ${example}.`,
  sales: `This is a Sales Navigator link, which only its owner can open; give the public profile, like ${example}.`,
  talent: `This is a Recruiter link, which only its owner can open; give the public profile, like ${example}.`,
  recruiter: `This is a Recruiter link, which only its owner can open; give the public profile, like ${example}.`,
  pub: `This is an old kind of LinkedIn link; open it and give the address that it leads to, like ${example}.`,
};

/**
 * The canonical address of a person's LinkedIn profile: `https://www.linkedin.com/in/<slug>`, the slug in lower case,
 * percent-encoded, with nothing after it. Any country's subdomain, any case, a missing scheme, a language at the end, a
 * query and a fragment lead to the same profile, and so to the same canonical address.
 *
 * The escapes are in lower case as well (`%c3%a9`): the whole address then equals its own lower case, and a receiver
 * that compares without regard to case finds the same lead.
 */
export function normaliseLinkedinUrl(raw: string): Normalised {
  const text = raw.trim();
  if (text.length > 2000) return refuse("This is too long for a LinkedIn profile.");
  const match = address.exec(text);
  if (match === null) return refuse(`This is not an address on linkedin.com; a profile looks like ${example}.`);
  const segments = (match[1] ?? "").split("/");
  const kind = segments[0]!.toLowerCase();
  if (kind !== "in" || segments[1] === undefined || segments[1] === "") {
    return refuse(otherPages[kind] ?? `This is not a person's profile on LinkedIn, which looks like ${example}.`);
  }
  const slug = decode(segments[1]);
  if (slug === null) return refuse("This LinkedIn profile has characters in it that no profile's name has.");
  // encodeURIComponent leaves ASCII letters alone, so lower-casing its output touches only the escapes of a chosen name.
  return { ok: true, value: prefix + (memberId.test(slug) ? slug : encodeURIComponent(slug).toLowerCase()) };
}

/** The profile's name, decoded (`josé-garcía`), from a canonical address: what a provider calls the public identifier. */
export function linkedinSlug(url: string): string {
  return decodeURIComponent(url.slice(prefix.length));
}

function decode(segment: string): string | null {
  let slug: string;
  try {
    slug = decodeURIComponent(segment);
  } catch {
    return null;
  }
  if (memberId.test(slug)) return slug;
  slug = slug.toLowerCase().normalize("NFC");
  // Zero-width joiners (U+200C, U+200D) are part of Persian and Indic spelling and of emoji; other invisibles are not.
  if (/[/?#%\\<>"@:\p{Z}\p{Cc}\p{Co}\p{Cs}]/u.test(slug) || /\p{Cf}/u.test(slug.replace(/[\u200c\u200d]/g, "")))
    return null;
  const length = [...slug].length;
  return length < 1 || length > 100 || slug === "." || slug === ".." ? null : slug;
}
