import { z } from "zod";
import { keepFromNewAddresses } from "../../campaigns/consent.ts";
import { retryBlockedSteps } from "../../campaigns/control.ts";
import { recordLeadChange } from "../../campaigns/lead-change.ts";
import { getLeadForUpdate, type LeadChange, updateLead } from "../../db/lead.ts";
import { stopByTags } from "../../db/stopping.ts";
import { notFound } from "../../domain/error.ts";
import { newId } from "../../domain/id.ts";
import { leadLimits } from "../../domain/lead.ts";
import { storeLeads } from "../../sources/lead-import.ts";
import { type Endpoint, type EndpointContext, endpoint } from "../endpoint.ts";
import { name } from "../fields.ts";
import { invalid } from "../validate.ts";
import { aptenParams, tags } from "./lead-answer.ts";
import { additionalInfo, additionalInfoChange, readAptenChange, readAptenLead } from "./lead-input.ts";

const said = <T extends string>(message: T) => z.object({ message: z.literal(message) });

const create = endpoint({
  method: "POST",
  path: "/apten/v1/leads/create",
  right: "leads.write",
  tags,
  summary: "Create a lead as Apten does",
  description:
    "The phone number must be no other lead's. `company`, `title`, `linkedinUrl` and `externalLeadId` in `additionalInfo` are fields of Herald's leads; all else is kept as custom fields.",
  body: z.strictObject({
    firstName: z.string().max(200),
    lastName: z.string().max(200),
    phone: z.string().min(1).max(100),
    customerProfile: name(200),
    timeZone: z.string().max(100).optional(),
    email: z.string().max(400).optional(),
    additionalInfo: additionalInfo.optional(),
  }),
  responses: { 200: said("Lead created successfully.").extend({ id: z.string() }) },
  example: {
    body: {
      ...{ firstName: "Jane", lastName: "Doe", phone: "+12025550143", customerProfile: "Buyers" },
      ...{ timeZone: "America/New_York", email: "jane@example.com", additionalInfo: { budget: "450000" } },
    },
  },
  async execute({ api, tx, workspaceId, body, afterCommit }) {
    const lead = { ...readAptenLead(body), id: newId("lead") };
    const stored = await storeLeads(tx, workspaceId, [lead], "api", undefined);
    const holder = stored.duplicates.get(lead.id);
    if (holder) {
      const field = holder.field === "linkedinUrl" ? "additionalInfo.linkedinUrl" : holder.field;
      throw invalid([{ field, reason: `The lead ${holder.leadId} has it already.` }]);
    }
    afterCommit(() => api.wake("delivery", stored.lanes));
    return { status: 200, body: { message: "Lead created successfully.", id: lead.id } };
  },
});

const update = endpoint({
  method: "PATCH",
  path: "/apten/v1/leads/{id}",
  right: "leads.write",
  tags,
  summary: "Update a lead as Apten does",
  description: "Only what is given changes. `additionalInfo` is merged; null deletes a key.",
  params: aptenParams,
  body: z.strictObject({
    email: z.string().max(400).optional(),
    timeZone: z.string().max(100).optional(),
    additionalInfo: additionalInfoChange.optional(),
  }),
  responses: { 200: said("Lead updated successfully.") },
  example: { body: { email: "jane@example.com", additionalInfo: { budget: "500000", nickname: null } } },
  async execute(context) {
    await changeLead(context, context.params.id, readAptenChange(context.body));
    return { status: 200, body: { message: "Lead updated successfully." } };
  },
});

/** Changes a lead with all that follows from it, as `PATCH /v1/leads/{id}` does. Answers its tags. */
export async function changeLead(
  { api, tx, workspaceId, afterCommit }: EndpointContext,
  id: string,
  change: LeadChange,
): Promise<string[]> {
  const before = await getLeadForUpdate(tx, workspaceId, id);
  const lead = before && (await updateLead(tx, workspaceId, id, change));
  if (before === null || lead === null) throw notFound("lead", id);
  if (Object.keys(lead.custom).length > leadLimits.customKeys) {
    const reason = `A lead has at most ${leadLimits.customKeys} keys.`;
    throw invalid([{ field: "additionalInfo", reason }]);
  }
  if (lead.tags.length > leadLimits.tags) {
    throw invalid([{ field: "tagIds", reason: `A lead has at most ${leadLimits.tags} tags.` }]);
  }
  await keepFromNewAddresses(tx, workspaceId, lead);
  const told = await recordLeadChange(tx, workspaceId, before, lead, "api");
  const stopped = await stopByTags(tx, workspaceId, id);
  const { retried, lanes } = await retryBlockedSteps(tx, workspaceId, id);
  afterCommit(() => {
    api.wake("delivery", [...told, ...lanes]);
    if (stopped > 0 || retried > 0 || change.timeZone !== undefined) api.wakePlanner();
  });
  return lead.tags;
}

const tagIds = z.array(z.string().trim().min(1).max(leadLimits.tag)).max(leadLimits.tags);
const tagsAnswer = z.object({ tags: z.array(z.object({ id: z.string(), name: z.string() })) });
const shownTags = (names: readonly string[]) => ({ tags: names.map((tag) => ({ id: tag, name: tag })) });
const normalised = (names: readonly string[]) => [
  ...new Set(names.map((tag) => tag.replace(/[\s\p{Cc}]+/gu, " ").trim())),
];

const replaceTags = endpoint({
  method: "PUT",
  path: "/apten/v1/leads/{id}/tags",
  right: "leads.write",
  tags,
  summary: "Replace a lead's tags as Apten does",
  description: "A tag's ID is its name; one that nobody has yet is made.",
  params: aptenParams,
  body: z.strictObject({ tagIds }),
  responses: { 200: tagsAnswer },
  example: { body: { tagIds: ["vip", "interested"] } },
  async execute(context) {
    const left = await changeLead(context, context.params.id, { tags: normalised(context.body.tagIds) });
    return { status: 200, body: shownTags(left) };
  },
});

const removeTags = endpoint({
  method: "POST",
  path: "/apten/v1/leads/{id}/tags/remove",
  right: "leads.write",
  tags,
  summary: "Remove tags of a lead as Apten does",
  description: "What the lead doesn't have is no error. Answers with the tags that are left.",
  params: aptenParams,
  body: z.strictObject({ tagIds }),
  responses: { 200: tagsAnswer },
  async execute(context) {
    const left = await changeLead(context, context.params.id, { removeTags: normalised(context.body.tagIds) });
    return { status: 200, body: shownTags(left) };
  },
});

export const aptenLeadEndpoints: readonly Endpoint[] = [create, update, replaceTags, removeTags];
