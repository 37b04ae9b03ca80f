import { z } from "zod";
import type { LeadChange } from "../../db/lead.ts";
import type { ErrorDetail } from "../../domain/error.ts";
import { leadFields, type NormalisedLead, normaliseLead } from "../../domain/lead.ts";
import { invalid } from "../validate.ts";
import { informationFields } from "./lead-answer.ts";

/** Leads as Apten's clients give them. */

const value = z.union([z.string(), z.number(), z.boolean()], "This must be a text, a number, true, false or null.");

/** Keys are the client's own; Herald's `company`, `title`, `linkedinUrl` and `externalLeadId` are among them. Null: there is none. */
export const additionalInfo = z.record(z.string(), value.nullable());
/** The same, where null deletes. */
export const additionalInfoChange = additionalInfo;

type Information = Readonly<Record<string, string | number | boolean | null>>;

/** `additionalInfo` as Herald's fields and custom fields; throws where a key is a field that has a place of its own. */
function split(given: Information): { fields: Record<string, unknown>; custom: Record<string, unknown> } {
  const fields: Record<string, unknown> = {};
  const custom: Record<string, unknown> = {};
  const taken: ErrorDetail[] = [];
  for (const [key, one] of Object.entries(given)) {
    if ((informationFields as readonly string[]).includes(key)) fields[key] = one === null ? null : String(one);
    else if ((leadFields as readonly string[]).includes(key)) {
      const reason = `${key} is a field of every lead and can't be among the additional information.`;
      taken.push({ field: `additionalInfo.${key}`, reason });
    } else custom[key] = one;
  }
  if (taken.length > 0) throw invalid(taken);
  return { fields, custom };
}

/** Fields by the names that the client knows. */
function inApten({ field, reason }: ErrorDetail): ErrorDetail {
  const key = field.startsWith("custom.") ? field.slice("custom.".length) : field;
  if (key === "profile") return { field: "customerProfile", reason };
  const isInformation = field !== key || field === "custom" || (informationFields as readonly string[]).includes(key);
  return { field: isInformation ? `additionalInfo.${key}` : field, reason };
}

/** A new lead in canonical form. @throws invalid_request naming every wrong field */
export function readAptenLead(body: {
  firstName: string;
  lastName: string;
  phone: string;
  customerProfile: string;
  timeZone?: string | null | undefined;
  email?: string | null | undefined;
  additionalInfo?: Information | null | undefined;
}): NormalisedLead {
  const { customerProfile: profile, additionalInfo: given, ...rest } = body;
  const { fields, custom } = split(given ?? {});
  const result = normaliseLead({ ...rest, ...fields, profile, custom }, { anyKeys: true });
  if (!result.ok) throw invalid(result.errors.map(inApten));
  return result.lead;
}

/** A change of a lead. @throws invalid_request naming every wrong field */
export function readAptenChange(body: {
  email?: string | null | undefined;
  timeZone?: string | null | undefined;
  additionalInfo?: Information | undefined;
}): LeadChange {
  const { additionalInfo: given = {}, email, timeZone } = body;
  const { fields, custom } = split(given);
  const plain = { email, timeZone, ...fields } as Record<string, unknown>;
  // A whole lead needs an address: where none is given, one stands in for the one that the lead has.
  const result = normaliseLead({ phone: "+12025550100", ...plain, custom }, { anyKeys: true });
  if (!result.ok) throw invalid(result.errors.map(inApten));
  const change: LeadChange = {};
  for (const field of ["email", "timeZone", ...informationFields] as const) {
    if (plain[field] !== undefined) change[field] = result.lead[field];
  }
  const keys = Object.keys(custom);
  if (keys.length > 0) change.custom = Object.fromEntries(keys.map((key) => [key, result.lead.custom[key] ?? null]));
  return change;
}
