import { z } from "zod";
import type { LeadChange } from "../db/lead.ts";
import { type LeadStatus, leadStatuses } from "../domain/event.ts";
import { leadFields, type NormalisedLead, normaliseLead } from "../domain/lead.ts";
import { invalid } from "./validate.ts";

const tag = z.string();

/** The fields of a lead are checked by `normaliseLead`; any other key is a custom field. */
export const leadChangeInput = z.looseObject({
  status: z.enum(leadStatuses).optional(),
  doNotContact: z
    .literal(true, {
      error: "Only true can be set here; DELETE /v1/leads/{id}/do-not-contact takes it back, with a reason.",
    })
    .optional(),
  tags: z
    .union([z.array(tag), z.strictObject({ add: z.array(tag).optional(), remove: z.array(tag).optional() })])
    .optional(),
  custom: z.looseObject({}).optional(),
});

/** What Herald gives out and nobody can set; as custom fields they would stand beside the real ones. */
const fixed = ["id", "createdAt", "updatedAt", "leadId", "workspaceId"];

const standard: ReadonlySet<string> = new Set(leadFields);

/**
 * The change that a body asks for: fields in canonical form, null where one is to be emptied.
 * @throws HeraldError `invalid_request` naming every field that is wrong.
 */
export function readLeadChange(body: z.output<typeof leadChangeInput>): {
  status: LeadStatus | undefined;
  doNotContact: boolean;
  change: LeadChange;
} {
  const { status, doNotContact = false, tags, custom = {}, ...fields } = body;
  const wrong = fixed.filter((field) => field in fields);
  if (wrong.length > 0) throw invalid(wrong.map((field) => ({ field, reason: "This can't be changed." })));
  const given = Array.isArray(tags) ? tags : tags?.add;
  const lead = normalise({ ...fields, tags: given ?? [], custom });
  const removed = Array.isArray(tags) ? undefined : tags?.remove?.map((name) => name.trim());
  const change: LeadChange = {
    ...(Array.isArray(tags) ? { tags: lead.tags } : { addTags: lead.tags, removeTags: removed }),
  };
  for (const field of leadFields) {
    if (field !== "tags" && field !== "custom" && field in fields) change[field] = lead[field];
  }
  const customKeys = [...Object.keys(fields).filter((key) => !standard.has(key)), ...Object.keys(custom)];
  if (customKeys.length > 0) {
    change.custom = Object.fromEntries(customKeys.map((key) => [key, lead.custom[key] ?? null]));
  }
  return { status, doNotContact, change };
}

const addresses = ["linkedinUrl", "phone", "email"] as const;

function normalise(raw: Record<string, unknown>): NormalisedLead {
  const empty = (value: unknown) =>
    value === undefined || value === null || (typeof value === "string" && value.trim() === "");
  // A whole lead needs an address and a change doesn't: where none is given, one stands in for the one that the lead has.
  const whole = addresses.every((field) => empty(raw[field]))
    ? { ...raw, linkedinUrl: "https://www.linkedin.com/in/anybody" }
    : raw;
  const result = normaliseLead(whole);
  if (!result.ok) throw invalid(result.errors);
  return whole === raw ? result.lead : { ...result.lead, linkedinUrl: null };
}
