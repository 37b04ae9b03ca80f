import { importTexts } from "./texts.ts";

export type LeadField = keyof typeof importTexts.fields;
/** A field, a custom field under the column's own name, or nothing. */
export type Target = LeadField | "custom" | "ignore";

export const leadFields = Object.keys(importTexts.fields) as LeadField[];

/** How columns are called in exports of LinkedIn, CRMs and address books; compared without case, accents, spaces and signs. */
const names: Record<LeadField, readonly string[]> = {
  firstName: ["firstname", "first", "givenname", "vorname", "prenom", "nombre"],
  lastName: ["lastname", "last", "surname", "familyname", "nachname", "nom", "apellido"],
  company: ["company", "companyname", "organization", "organisation", "account", "accountname", "employer", "firma"],
  title: ["title", "jobtitle", "position", "role", "headline"],
  email: ["email", "emailaddress", "mail", "workemail", "email1"],
  phone: ["phone", "phonenumber", "mobile", "mobilephone", "cell", "telephone", "tel"],
  linkedinUrl: ["linkedin", "linkedinurl", "linkedinprofile", "linkedinprofileurl", "profileurl", "profile link"],
  timeZone: ["timezone", "tz"],
  externalLeadId: ["externalleadid", "externalid", "crmid", "contactid", "recordid", "leadid"],
  profile: ["profile", "customerprofile"],
  tags: ["tags", "labels", "tag"],
};

const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

/** A target for each column: by its name, else by what its first values look like; no field twice. */
export function guessTargets(header: readonly string[], rows: readonly (readonly string[])[]): Target[] {
  const taken = new Set<LeadField>();
  const targets: Target[] = header.map((name) => {
    const known = leadFields.find((field) => names[field].some((alias) => plain(alias) === plain(name)));
    if (!known || taken.has(known)) return name === "" ? "ignore" : "custom";
    taken.add(known);
    return known;
  });
  for (const [at, target] of targets.entries()) {
    if (target !== "custom") continue;
    const values = rows.map((row) => row[at] ?? "").filter((value) => value !== "");
    const seems = values.length > 0 ? looksLike(values) : null;
    if (seems === null || taken.has(seems)) continue;
    taken.add(seems);
    targets[at] = seems;
  }
  return targets;
}

/** Longest name of a custom field (server/src/domain/lead.ts). */
const longestKey = 64;

/**
 * Under which names columns are stored as custom fields, by their places; null for the others. In camel case, as the server
 * makes them of names that mean no field; a name without letters A-Z, one of a lead's own fields or one that is taken gets
 * another that isn't.
 */
export function customKeys(header: readonly string[], targets: readonly Target[]): (string | null)[] {
  const taken = new Set<string>(leadFields);
  return header.map((name, at) => {
    if (targets[at] !== "custom") return null;
    const words = name
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      .split(/[^A-Za-z0-9]+/)
      .filter((word) => word !== "");
    const mixed = (word: string) => (/[a-z]/.test(word) ? word : word.toLowerCase());
    const camel = words
      .map((word, n) => mixed(word).replace(/^./, (first) => (n === 0 ? first.toLowerCase() : first.toUpperCase())))
      .join("")
      .slice(0, longestKey - 4);
    const base = camel || `column${at + 1}`;
    let key = base;
    for (let n = 2; taken.has(key); n++) key = base + n;
    taken.add(key);
    return key;
  });
}

/** The header that the server reads as these targets, whatever its own names for columns are. */
export function headerFor(header: readonly string[], targets: readonly Target[]): string[] {
  const keys = customKeys(header, targets);
  // A column without a name is left out by the server.
  return targets.map((target, at) => (target === "ignore" ? "" : target === "custom" ? `custom:${keys[at]}` : target));
}

function looksLike(values: readonly string[]): LeadField | null {
  const most = (test: RegExp) => values.filter((value) => test.test(value.trim())).length > values.length * 0.8;
  if (most(/^[^\s@]+@[^\s@]+\.[^\s@]+$/)) return "email";
  if (most(/linkedin\.com\/(in|sales|pub)\//i)) return "linkedinUrl";
  if (most(/^\+?[\d\s().-]{8,20}$/)) return "phone";
  return null;
}
