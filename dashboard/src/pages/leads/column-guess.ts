import { importTexts } from "./texts.ts";

export type LeadField = keyof typeof importTexts.fields;
/** A field, a custom field under the column's own name, or nothing. */
export type Target = LeadField | "custom" | "ignore";

export const leadFields = Object.keys(importTexts.fields) as LeadField[];

/** How columns are called in exports of LinkedIn, CRMs and address books; compared without case, accents, spaces and signs. */
const names: Record<LeadField, readonly string[]> = {
  firstName: ["firstname", "first", "givenname", "vorname", "prenom", "nombre"],
  lastName: ["lastname", "last", "surname", "familyname", "nachname", "nom", "apellido"],
  company: [
    ...["company", "companyname", "organization", "organisation", "account", "accountname", "employer"],
    ...["firma", "unternehmen", "entreprise", "societe", "empresa"],
  ],
  title: ["title", "jobtitle", "position", "role", "headline", "berufsbezeichnung", "poste", "cargo"],
  email: ["email", "emailaddress", "mail", "workemail", "email1", "emailadresse", "adresseemail", "correoelectronico"],
  phone: [
    ...["phone", "phonenumber", "mobile", "mobilephone", "cell", "telephone", "tel"],
    ...["telefon", "telefonnummer", "mobil", "handy", "telefono", "movil"],
  ],
  linkedinUrl: ["linkedin", "linkedinurl", "linkedinprofile", "linkedinprofileurl", "profileurl", "profile link"],
  timeZone: ["timezone", "tz", "zeitzone", "fuseauhoraire", "zonahoraria"],
  externalLeadId: ["externalleadid", "externalid", "crmid", "contactid", "recordid", "leadid"],
  profile: ["profile", "customerprofile"],
  tags: ["tags", "labels", "tag", "schlagworte", "etiquettes", "etiquetas"],
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
    const name = header[at] ?? "";
    const values = rows.map((row) => row[at] ?? "").filter((value) => value !== "");
    const seems = values.length > 0 ? looksLike(name, values) : null;
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

function looksLike(name: string, values: readonly string[]): LeadField | null {
  const most = (test: (value: string) => boolean) =>
    values.filter((value) => test(value.trim())).length > values.length * 0.8;
  if (most((value) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))) return "email";
  if (most((value) => /linkedin\.com\/(in|sales|pub)\//i.test(value))) return "linkedinUrl";
  if (most(phoneIn(name))) return "phone";
  return null;
}

const date = /^(\d{4}([-./ ])\d\d?\2\d\d?|\d\d?([-./ ])\d\d?\3\d{4}|\d\d([-./ ])\d\d\4\d\d)$/;
const decimal = /^-?\d+\.\d+$/;

/**
 * Whether a value of the column with this name is a phone number. Dates, amounts and IDs are made of the same signs, and a wrong
 * guess costs more than none: the server refuses the whole row, or takes a stranger's number. Digits alone count only where the
 * name speaks of phones.
 */
function phoneIn(name: string): (value: string) => boolean {
  const words = name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, " ").toLowerCase();
  const isPhone = /phone|fon|mobil|\bcell|\btel|handy|dial|whatsapp|\bsms\b/.test(words);
  const isOther = /\b(dates?|datum|ids?|number|nummer|nr|no|code|zip|plz)\b/.test(words.replaceAll("_", " "));
  return (value) => {
    if (!/^\+?[\d\s().-]{8,20}$/.test(value) || date.test(value) || decimal.test(value)) return false;
    return isPhone || value.startsWith("+") || (!isOther && /\d[\s().-]+\d/.test(value));
  };
}
