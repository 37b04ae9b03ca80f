import { z } from "zod";
import { enrollLeads } from "../campaigns/control.ts";
import type { NewLead } from "../db/lead-insert.ts";
import { newId } from "../domain/id.ts";
import { leadFields, normaliseLead } from "../domain/lead.ts";
import { isPhoneCountry } from "../domain/phone.ts";
import { type Enroll, storeLeads } from "../sources/lead-import.ts";
import { requireRight } from "./caller.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const textFields = leadFields.filter((field) => field !== "tags" && field !== "custom");

/** Each lead is checked alone: a schema would refuse the whole request for one bad entry. Documented by example. */
const leadInput = z.unknown().meta({
  type: "object",
  description:
    "firstName, lastName, company, title, linkedinUrl, phone, email (at least one of these three), timeZone, " +
    "externalLeadId, profile, tags; every other key is a custom field.",
  properties: {
    ...Object.fromEntries(textFields.map((field) => [field, { type: ["string", "null"] }])),
    tags: { type: ["array", "null"], items: { type: "string" } },
    custom: { type: ["object", "null"], additionalProperties: {} },
  },
  additionalProperties: true,
});

export const phoneCountry = z
  .string()
  .refine(isPhoneCountry, "This must be a country's two-letter code in capitals, such as US.")
  .meta({ description: "Country of phone numbers that are written without a country code: ISO 3166, such as US." });

/** Takes leads into a campaign, where there is one. */
export function enrolling(workspaceId: string, campaignId: string | null | undefined): Enroll | undefined {
  if (campaignId === null || campaignId === undefined) return undefined;
  return { campaignId, enroll: (tx, leadIds) => enrollLeads(tx, workspaceId, campaignId, leadIds) };
}

const addLeads = endpoint({
  method: "POST",
  path: "/v1/leads",
  audit: "brief",
  right: "leads.write",
  tags: ["Leads"],
  summary: "Add leads",
  description:
    "1 to 100 leads. Bad ones are listed in `errors` and don't stop the others. A lead is recognised by linkedinUrl, " +
    "phone and email; one that is known is not changed. With `campaignId` (which needs the right `campaigns.start`) all of them, known ones too, enter the campaign: " +
    "`leadsAdded` then counts those that were not in it, and `duplicatesSkipped` those that were.",
  body: z.strictObject({
    campaignId: z.string().max(200).nullish(),
    defaultCountry: phoneCountry.optional(),
    leads: z.array(leadInput).min(1).max(100),
  }),
  // 100 leads with long custom fields.
  bodyLimit: 8 * 1024 * 1024,
  responses: {
    200: z.object({
      success: z.boolean().meta({ description: "False if every entry was invalid." }),
      leadsAdded: z.number().int(),
      duplicatesSkipped: z.number().int(),
      invalidEntries: z.number().int(),
      errors: z
        .array(z.object({ index: z.number().int(), field: z.string(), reason: z.string() }))
        .optional()
        .meta({ description: "What is wrong with each invalid entry; `index` counts from 0." }),
      leadIds: z
        .array(z.string().nullable())
        .meta({ description: "For each entry, in order: the ID of its lead, new or known; null if it is invalid." }),
    }),
  },
  example: {
    body: {
      campaignId: "camp_01k9x2m4vye8qsa5h1b7d3n6fj",
      leads: [{ linkedinUrl: "https://www.linkedin.com/in/jane-doe", firstName: "Jane", favouriteTopic: "hiring" }],
    },
  },
  async execute({ api, tx, workspaceId, caller, body, afterCommit }) {
    if (body.campaignId) requireRight(caller!, "campaigns.start");
    const { leads, errors } = readEntries(body.leads, body.defaultCountry);
    const good = leads.filter((lead) => lead !== null);
    const stored = await storeLeads(tx, workspaceId, good, "api", enrolling(workspaceId, body.campaignId));
    afterCommit(() => {
      api.wake("delivery", stored.lanes);
      if (stored.enrolled > 0) api.wakePlanner();
    });
    const added = body.campaignId ? stored.enrolled : stored.inserted.size;
    return {
      status: 200,
      body: {
        success: good.length > 0,
        leadsAdded: added,
        duplicatesSkipped: good.length - added,
        invalidEntries: leads.length - good.length,
        ...(errors.length > 0 && { errors }),
        leadIds: leads.map((lead) => lead && (stored.duplicates.get(lead.id)?.leadId ?? lead.id)),
      },
    };
  },
});

interface EntryError {
  index: number;
  field: string;
  reason: string;
}

function readEntries(entries: readonly unknown[], defaultCountry: string | undefined) {
  const errors: EntryError[] = [];
  const leads = entries.map((entry, index): NewLead | null => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
      errors.push({ index, field: "lead", reason: "This must be an object." });
      return null;
    }
    const result = normaliseLead(
      entry as Record<string, unknown>,
      defaultCountry === undefined ? {} : { defaultCountry },
    );
    if (result.ok) return { ...result.lead, id: newId("lead") };
    errors.push(...result.errors.map((error) => ({ index, ...error })));
    return null;
  });
  return { leads, errors };
}

export const leadIntakeEndpoints: readonly Endpoint[] = [addLeads];
