import { normaliseEmail } from "./email-address.ts";
import type { ErrorDetail } from "./error.ts";
import { normaliseLinkedinUrl } from "./linkedin-url.ts";
import { type Normalised, normalisePhone } from "./phone.ts";
import { normaliseTimeZone } from "./time-zone.ts";

/** A lead as a client, a file or a source gives it. What is null, absent or blank is not given. */
export interface LeadInput {
  firstName?: string | null;
  lastName?: string | null;
  company?: string | null;
  title?: string | null;
  linkedinUrl?: string | null;
  phone?: string | null;
  email?: string | null;
  /** IANA name; quiet hours are kept in it. */
  timeZone?: string | null;
  /** The lead's ID in the customer's CRM. Opaque. */
  externalLeadId?: string | null;
  /** The kind of lead, for the assistant. */
  profile?: string | null;
  tags?: readonly string[] | null;
  custom?: Readonly<Record<string, string | number | boolean | null>> | null;
}

/** A lead with its addresses in canonical form, so that equal addresses are equal strings. */
export interface NormalisedLead {
  firstName: string | null;
  lastName: string | null;
  company: string | null;
  title: string | null;
  /** `https://www.linkedin.com/in/<slug>` */
  linkedinUrl: string | null;
  /** E.164 */
  phone: string | null;
  /** In lower case. */
  email: string | null;
  timeZone: string | null;
  externalLeadId: string | null;
  profile: string | null;
  tags: string[];
  custom: Record<string, string>;
}

export interface LeadOptions {
  /** Country of phone numbers that are written without a country code: ISO 3166, in capitals (`US`). */
  defaultCountry?: string;
  /**
   * What a wrong time zone is: an `error`, or a `warning` with which the lead goes in without one (an import of
   * thousands is worth more than a zone). Default `error`.
   */
  badTimeZone?: "error" | "warning";
  /** Custom fields are another system's, which calls them what it likes (`leadLimits.toldKey`). Default false. */
  anyKeys?: boolean;
}

export type LeadResult =
  | { ok: true; lead: NormalisedLead; warnings: ErrorDetail[] }
  | { ok: false; errors: ErrorDetail[] };

/**
 * Lengths are in UTF-16 code units, like `String.length`. `toldKey`: of a custom field that another system has; what it calls its
 * fields is its affair, so that any characters will do.
 */
export const leadLimits = {
  customKey: 64,
  toldKey: 500,
  customValue: 4_000,
  customKeys: 50,
  tag: 100,
  tags: 50,
} as const;
const textLimits = {
  firstName: 200,
  lastName: 200,
  company: 300,
  title: 300,
  externalLeadId: 200,
  profile: 200,
} as const;
const addressFields = ["linkedinUrl", "phone", "email"] as const;

/** The fields that every lead has. Any other key of a lead is a custom field. */
export const leadFields: readonly (keyof NormalisedLead)[] = [
  ...(Object.keys(textLimits) as (keyof typeof textLimits)[]),
  ...addressFields,
  "timeZone",
  "tags",
  "custom",
];
const standard: ReadonlySet<string> = new Set(leadFields);

/**
 * Checks a lead and brings it into canonical form. Unknown keys are custom fields, as in SendPilot's API, where they
 * stand flat beside the others; an object `custom` is taken as well. All errors are found at once; each names its field.
 */
export function normaliseLead(raw: Record<string, unknown>, options: LeadOptions = {}): LeadResult {
  const errors: ErrorDetail[] = [];
  const warnings: ErrorDetail[] = [];
  const lead: NormalisedLead = {
    firstName: line(raw, "firstName", errors),
    lastName: line(raw, "lastName", errors),
    company: line(raw, "company", errors),
    title: line(raw, "title", errors),
    linkedinUrl: address(raw, "linkedinUrl", normaliseLinkedinUrl, errors),
    phone: address(raw, "phone", (text) => normalisePhone(text, options.defaultCountry), errors),
    email: address(raw, "email", normaliseEmail, errors),
    timeZone: address(raw, "timeZone", normaliseTimeZone, options.badTimeZone === "warning" ? warnings : errors),
    externalLeadId: line(raw, "externalLeadId", errors),
    profile: line(raw, "profile", errors),
    tags: tagsOf(raw.tags, errors),
    custom: customOf(raw, options.anyKeys ? toldKeyProblem : customKeyProblem, errors),
  };
  if (addressFields.every((field) => lead[field] === null && !errors.some((error) => error.field === field))) {
    errors.push({ field: "linkedinUrl", reason: "A lead needs at least one of linkedinUrl, phone and email." });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, lead, warnings };
}

/** What no text may hold: PostgreSQL refuses NUL, and half of a surrogate pair has no UTF-8. Null if it is sound. */
function unsound(text: string): string | null {
  if (text.includes("\0")) return "This has a NUL character, which can't be stored.";
  if (!text.isWellFormed()) return "This has half of a character in it (a lone surrogate); it was probably cut off.";
  return null;
}

/** A sound, trimmed, non-empty text, or null; what is wrong goes to `errors`. */
function textOf(value: unknown, field: string, limit: number, errors: ErrorDetail[]): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "string" && typeof value !== "number") {
    errors.push({ field, reason: "This must be a text." });
    return null;
  }
  const text = String(value).trim();
  const reason = unsound(text) ?? (text.length > limit ? `This has more than ${limit} characters.` : null);
  if (reason === null) return text === "" ? null : text;
  errors.push({ field, reason });
  return null;
}

/** A text on one line. Line breaks in a name become spaces: names end up in mail headers. */
function line(raw: Record<string, unknown>, field: keyof typeof textLimits, errors: ErrorDetail[]): string | null {
  const text = textOf(raw[field], field, textLimits[field], errors);
  return text === null ? null : oneLine(text);
}

function oneLine(text: string): string | null {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim() || null;
}

function address(
  raw: Record<string, unknown>,
  field: (typeof addressFields)[number] | "timeZone",
  normalise: (text: string) => Normalised,
  problems: ErrorDetail[],
): string | null {
  const text = textOf(raw[field], field, 2_000, problems);
  if (text === null) return null;
  const result = normalise(text);
  if (result.ok) return result.value;
  problems.push({ field, reason: result.reason });
  return null;
}

function tagsOf(value: unknown, errors: ErrorDetail[]): string[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) {
    errors.push({ field: "tags", reason: "This must be a list of texts." });
    return [];
  }
  const tags = new Set<string>();
  for (const [index, item] of value.entries()) {
    const tag = textOf(item, `tags.${index}`, leadLimits.tag, errors);
    const name = tag === null ? null : oneLine(tag);
    if (name !== null) tags.add(name);
  }
  if (tags.size > leadLimits.tags) {
    errors.push({ field: "tags", reason: `A lead has at most ${leadLimits.tags} tags.` });
  }
  return [...tags];
}

function customOf(
  raw: Record<string, unknown>,
  keyProblem: (key: string) => string | null,
  errors: ErrorDetail[],
): Record<string, string> {
  const custom: Record<string, string> = {};
  let keys = 0;
  const add = (key: string, value: unknown, field: string) => {
    const problem = keyProblem(key);
    if (problem !== null) return void errors.push({ field, reason: problem });
    const text = textOf(typeof value === "boolean" ? String(value) : value, field, leadLimits.customValue, errors);
    if (text === null) return;
    if (!Object.hasOwn(custom, key)) keys += 1;
    custom[key] = text;
  };
  for (const key of Object.keys(raw)) if (!standard.has(key)) add(key, raw[key], key);
  const nested = raw.custom;
  if (typeof nested === "object" && nested !== null && !Array.isArray(nested)) {
    for (const [key, value] of Object.entries(nested)) add(key, value, `custom.${key}`);
  } else if (nested !== null && nested !== undefined) {
    errors.push({ field: "custom", reason: "This must be an object of texts." });
  }
  for (const [key, value] of Object.entries(custom)) {
    // Whoever says so means it: such a person isn't stored as one to whom campaigns may write.
    if (key.toLowerCase().replace(/[^a-z]/g, "") !== "donotcontact" || /^(?:0|false|no|n)$/i.test(value)) continue;
    const reason =
      'This says that the person is not to be contacted, which isn\'t a field that a new lead is made with. Register the address (POST /v1/dnc), or make the lead and say PATCH /v1/leads/{id} {"doNotContact": true}.';
    errors.push({ field: key, reason });
  }
  if (keys > leadLimits.customKeys) {
    errors.push({ field: "custom", reason: `A lead has at most ${leadLimits.customKeys} custom fields.` });
  }
  return custom;
}

/** The same of a field that another system has. */
function toldKeyProblem(key: string): string | null {
  if (standard.has(key) || key === "__proto__") return customKeyProblem(key);
  if (key.trim() === "") return "A name must not be empty.";
  return (
    unsound(key) ?? (key.length > leadLimits.toldKey ? `A name has at most ${leadLimits.toldKey} characters.` : null)
  );
}

/** Null if `key` can name a custom field, else a sentence that says why not. */
export function customKeyProblem(key: string): string | null {
  if (standard.has(key)) return `${key} is a field of every lead and can't be a custom field.`;
  // Assigning to it would change an object's prototype in place of storing anything.
  if (key === "__proto__") return "__proto__ can't be the name of a custom field.";
  if (key.length >= 1 && key.length <= leadLimits.customKey && /^[A-Za-z0-9_.-]+$/.test(key)) return null;
  return `A custom field's name has 1 to ${leadLimits.customKey} of the characters A-Z, a-z, 0-9, _, . and -.`;
}
