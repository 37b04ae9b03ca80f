import { z } from "zod";
import { switchProfile } from "../../assistant/lead-profile.ts";
import { keepFromNewAddresses } from "../../campaigns/consent.ts";
import { retryBlockedSteps } from "../../campaigns/control.ts";
import { changeFollowUps } from "../../campaigns/follow-ups.ts";
import { recordLeadChange } from "../../campaigns/lead-change.ts";
import { getLeadForUpdate, type LeadChange, updateLead } from "../../db/lead.ts";
import { profileNamed } from "../../db/profile.ts";
import { stopByTags } from "../../db/stopping.ts";
import { notFound } from "../../domain/error.ts";
import { newId } from "../../domain/id.ts";
import { leadLimits } from "../../domain/lead.ts";
import { storeLeads } from "../../sources/lead-import.ts";
import { requireRight } from "../caller.ts";
import { type Endpoint, type EndpointContext, endpoint } from "../endpoint.ts";
import { name } from "../fields.ts";
import { invalid } from "../validate.ts";
import { followUpConfig, readFollowUps } from "./follow-up-input.ts";
import { orNull } from "./inputs.ts";
import { aptenParams, builtInTags, tags } from "./lead-answer.ts";
import { additionalInfo, additionalInfoChange, readAptenChange, readAptenLead } from "./lead-input.ts";

const said = <T extends string>(message: T) => z.object({ message: z.literal(message) });

const create = endpoint({
  method: "POST",
  path: "/apten/v1/leads/create",
  right: "leads.write",
  tags,
  summary: "Create a lead as Apten does",
  description:
    "The phone number must be no other lead's, and the profile one that there is; unless that is off, the assistant begins the conversation. `company`, `title`, `linkedinUrl` and `externalLeadId` in `additionalInfo` are fields of Herald's leads; all else is kept as custom fields.",
  body: z.strictObject({
    firstName: z.string().max(200),
    lastName: z.string().max(200),
    phone: z.string().min(1).max(100),
    customerProfile: name(200),
    // Many clients write null for what they don't have.
    timeZone: z.string().max(100).nullish(),
    email: z.string().max(400).nullish(),
    additionalInfo: additionalInfo.nullish(),
  }),
  responses: { 200: said("Lead created successfully.").extend({ id: z.string() }) },
  example: {
    body: {
      ...{ firstName: "Jane", lastName: "Doe", phone: "+12025550143", customerProfile: "Buyers" },
      ...{ timeZone: "America/New_York", email: "jane@example.com", additionalInfo: { budget: "450000" } },
    },
  },
  async execute({ api, tx, workspaceId, caller, body, afterCommit }) {
    const lead = { ...readAptenLead(body), id: newId("lead") };
    const profile = await profileNamed(tx, workspaceId, body.customerProfile);
    if (!profile) {
      throw invalid([
        { field: "customerProfile", reason: `There is no profile ${JSON.stringify(body.customerProfile)}.` },
      ]);
    }
    // A lead of such a profile is written to.
    if (profile.mode !== "off") requireRight(caller!, "assistant.write");
    const stored = await storeLeads(tx, workspaceId, [lead], "api", undefined);
    const holder = stored.duplicates.get(lead.id);
    if (holder) {
      const field = holder.field === "linkedinUrl" ? "additionalInfo.linkedinUrl" : holder.field;
      throw invalid([{ field, reason: `The lead ${holder.leadId} has it already.` }]);
    }
    afterCommit(() => api.wake("delivery", stored.lanes));
    if (profile.mode !== "off") {
      await switchProfile(tx, workspaceId, lead.id, { profile: profile.name, sendMessage: true });
      afterCommit(() => api.wakeAssistant());
    }
    return { status: 200, body: { message: "Lead created successfully.", id: lead.id } };
  },
});

const update = endpoint({
  method: "PATCH",
  path: "/apten/v1/leads/{id}",
  right: "leads.write",
  tags,
  summary: "Update a lead as Apten does",
  description:
    "Only what is given changes; null is nothing given, and an empty `email` or `timeZone` takes it away. `additionalInfo` is merged; null deletes a key. A change of follow-ups begins the wait anew: with `followUpStep` at that step, with `followUpConfig` alone at the step that came next.",
  params: aptenParams,
  body: z.strictObject({
    email: orNull(z.string().max(400)),
    timeZone: orNull(z.string().max(100)),
    additionalInfo: orNull(additionalInfoChange),
    followUpConfig: orNull(followUpConfig).meta(followUpConfig.meta() ?? {}),
    followUpStep: orNull(z.number().int().min(-2).max(99)).meta({
      description: "1, 2, ...: this one comes next. -1: none comes any more. -2: long-term nurture.",
    }),
  }),
  responses: { 200: said("Lead updated successfully.") },
  example: { body: { email: "jane@example.com", additionalInfo: { budget: "500000", nickname: null } } },
  async execute(context) {
    const { api, tx, workspaceId, caller, params, body, afterCommit } = context;
    const { followUpConfig: given, followUpStep: step } = body;
    if (given !== undefined || step !== undefined) requireRight(caller!, "assistant.write");
    if (step === 0) throw invalid([{ field: "followUpStep", reason: "Steps are numbered from 1." }]);
    const config = given && readFollowUps(given);
    await changeLead(context, params.id, readAptenChange(body));
    if (config !== undefined || step !== undefined) {
      await changeFollowUps(tx, workspaceId, params.id, { config, step });
      afterCommit(() => api.wakePlanner());
    }
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
  if (lead.linkedinUrl === null && lead.phone === null && lead.email === null) {
    const field = before.email === null ? "additionalInfo.linkedinUrl" : "email";
    throw invalid([{ field, reason: "It is the lead's last address: a lead needs at least one." }]);
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
const shownTags = (names: readonly string[]) => ({
  tags: names.filter((tag) => !builtInTags.has(tag)).map((tag) => ({ id: tag, name: tag })),
});
const normalised = (names: readonly string[]) => [
  ...new Set(names.map((tag) => tag.replace(/[\s\p{Cc}]+/gu, " ").trim())),
];

const replaceTags = endpoint({
  method: "PUT",
  path: "/apten/v1/leads/{id}/tags",
  right: "leads.write",
  tags,
  summary: "Replace a lead's tags as Apten does",
  description:
    "A tag's ID is its name; one that nobody has yet is made. `hasReplied`, `isHot` and `isQualified` stay: they are fields of the lead here, and no answer lists them among its tags. `POST /leads/{id}/tags/remove` takes them away.",
  params: aptenParams,
  body: z.strictObject({ tagIds }),
  responses: { 200: tagsAnswer },
  example: { body: { tagIds: ["vip", "interested"] } },
  async execute(context) {
    const { tx, workspaceId, params, body } = context;
    const before = await getLeadForUpdate(tx, workspaceId, params.id);
    const kept = (before?.tags ?? []).filter((tag) => builtInTags.has(tag));
    const left = await changeLead(context, params.id, { tags: [...new Set([...kept, ...normalised(body.tagIds)])] });
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
