import { z } from "zod";
import { enterProfile, leaveProfile } from "../assistant/lead-profile.ts";
import { doNotContact, keepFromNewAddresses } from "../campaigns/consent.ts";
import { retryBlockedSteps, setLeadStatus } from "../campaigns/control.ts";
import { recordLeadChange } from "../campaigns/lead-change.ts";
import type { TouchedLane } from "../db/event.ts";
import { getLead, getLeadForUpdate, type Lead, updateLead } from "../db/lead.ts";
import {
  type LeadFilter,
  type LeadOrder,
  type LeadPlace,
  leadSorts,
  listLeadPage,
  listLeads,
} from "../db/lead-list.ts";
import { stopByTags } from "../db/stopping.ts";
import { notFound } from "../domain/error.ts";
import { channels, leadStatuses } from "../domain/event.ts";
import { isId } from "../domain/id.ts";
import { leadLimits } from "../domain/lead.ts";
import type { ApiContext } from "./context.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, time } from "./fields.ts";
import { leadChangeInput, readLeadChange } from "./lead-change.ts";
import { invalid } from "./validate.ts";

const text = z.string().nullable();

export const leadSchema = z.object({
  id: z.string(),
  firstName: text,
  lastName: text,
  company: text,
  title: text,
  linkedinUrl: text.meta({ description: "Canonical: https://www.linkedin.com/in/ and the profile's name." }),
  phone: text.meta({ description: "E.164." }),
  email: text.meta({ description: "In lower case." }),
  timeZone: text,
  externalLeadId: text,
  profile: text,
  status: z.enum(leadStatuses),
  doNotContact: z.boolean().meta({ description: "Nothing is sent to it, on any channel." }),
  tags: z.array(z.string()),
  custom: z.record(z.string(), z.string()),
  createdAt: time,
  updatedAt: time,
});

const leadPlace = z
  .tuple([z.string().refine((id) => isId("lead", id)), z.string().nullable()])
  .transform(([id, value]): LeadPlace => ({ id, value }));

const listQuery = z.strictObject({
  campaignId: z.string().max(200).optional().meta({ description: "Leads that are or were in this campaign." }),
  status: z.enum(leadStatuses).optional(),
  tag: name(leadLimits.tag).optional(),
  search: name(200).optional().meta({
    description:
      "Part of a name, company or address, in any case. A whole address that a lead has, however it is written (`+1 (202) 555-0143`), finds that lead alone.",
  }),
  reachableBy: z.enum(channels).optional().meta({ description: "Leads that have an address on this channel." }),
  sort: z
    .enum(Object.keys(leadSorts) as [keyof typeof leadSorts, ...(keyof typeof leadSorts)[]])
    .default("createdAt")
    .meta({ description: "`name`: by the last name, else the first. Empty ones are least." }),
  order: z.enum(["asc", "desc"]).optional().meta({ description: "Default: `desc` for `createdAt`, else `asc`." }),
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: limit(100, 50),
  count: z.enum(["true", "false"]).default("true").meta({
    description:
      "`false`: a first page without how many there are in all, which takes longer than the page where they are many. Follow `nextCursor`.",
  }),
  cursor: placeCursor(leadPlace).optional().meta({
    description:
      "`pagination.nextCursor` of the previous page, with the same `sort`, in place of `page`: every page then costs the same.",
  }),
});

const listLeadsEndpoint = endpoint({
  method: "GET",
  path: "/v1/leads",
  right: "leads.read",
  tags: ["Leads"],
  summary: "List leads",
  description:
    "Newest first, unless `sort` says otherwise. For reading many pages give `cursor`; counting the leads is then left out, as with `count=false`.",
  query: listQuery,
  responses: {
    200: z.object({
      leads: z.array(leadSchema),
      pagination: z.object({
        total: z
          .number()
          .int()
          .nullable()
          .meta({ description: "Null with `cursor` or `count=false`, as are `page` and `totalPages`." }),
        page: z.number().int().nullable(),
        limit: z.number().int(),
        totalPages: z.number().int().nullable(),
        nextCursor: z.string().nullable(),
      }),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const { page, limit, cursor: after, count, sort, order: direction, ...filter } = query;
    if (count === "false" && page > 1)
      throw invalid([{ field: "page", reason: "Can't be given with count=false: follow pagination.nextCursor." }]);
    const order: LeadOrder = {
      by: sort,
      descending: (direction ?? (sort === "createdAt" ? "desc" : "asc")) === "desc",
    };
    const { leads, total } = await readPage(filter);
    const shown = leads.slice(0, limit);
    const more = total === null ? leads.length > limit : page * limit < total;
    const pagination = {
      total,
      page: total === null ? null : page,
      limit,
      totalPages: total === null ? null : Math.ceil(total / limit),
      nextCursor: more && shown.length > 0 ? placeOf(shown.at(-1)!) : null,
    };
    return { status: 200, body: { leads: shown, pagination } };

    async function readPage(filter: LeadFilter) {
      if (after === undefined && count === "true")
        return await listLeadPage(tx, workspaceId, filter, page, limit, order);
      return { leads: await listLeads(tx, workspaceId, filter, after ?? null, limit + 1, order), total: null };
    }
  },
});

const placeOf = ({ id, placeValue }: { id: string; placeValue: string | null }) => encodePlace([id, placeValue]);

const getLeadEndpoint = endpoint({
  method: "GET",
  path: "/v1/leads/{id}",
  right: "leads.read",
  tags: ["Leads"],
  summary: "Get a lead",
  params: idParams,
  responses: { 200: leadSchema },
  async execute({ tx, workspaceId, params }) {
    const lead = await getLead(tx, workspaceId, params.id);
    if (lead === null) throw notFound("lead", params.id);
    return { status: 200, body: lead };
  },
});

const changeLead = endpoint({
  method: "PATCH",
  path: "/v1/leads/{id}",
  right: "leads.write",
  tags: ["Leads"],
  summary: "Change a lead",
  description:
    "Only the fields that are given change; null empties one. Custom fields are merged, and null deletes one. `tags` is a " +
    "list that takes the place of all tags, or `{add, remove}`. An address that another lead has is refused with 409. " +
    "`doNotContact: true` is what `POST /v1/leads/{id}/do-not-contact` does. " +
    "With another `profile`, what the assistant was at under the old one ends, and what the lead wrote that nobody has looked at is the new one's. " +
    "A sequence that stopped because a text had no value for one of its variables tries that step again.",
  params: idParams,
  body: leadChangeInput,
  responses: { 200: leadSchema },
  example: { body: { title: "CTO", tags: { add: ["vip"] }, custom: { topic: "hiring" } } },
  async execute({ api, tx, workspaceId, callerId, params, body, afterCommit }) {
    const { status, doNotContact: forbid, change } = readLeadChange(body);
    // What stops messages comes first: it may have to wait for one that is just being sent.
    const forbidden = forbid ? await doNotContact(tx, workspaceId, params.id, basisOf(callerId)) : null;
    const before = await getLeadForUpdate(tx, workspaceId, params.id);
    const isMoved = before !== null && change.profile !== undefined && change.profile !== before.profile;
    const unheard = isMoved ? await leaveProfile(tx, workspaceId, params.id) : null;
    const lead = await updateLead(tx, workspaceId, params.id, change);
    if (before === null || lead === null) throw notFound("lead", params.id);
    if (isMoved) {
      await enterProfile(tx, workspaceId, lead, unheard);
      afterCommit(() => api.wakeAssistant());
    }
    refuseImpossible(lead);
    await keepFromNewAddresses(tx, workspaceId, lead);
    const told = [...(forbidden?.lanes ?? []), ...(await recordLeadChange(tx, workspaceId, before, lead, "api"))];
    if (told.length > 0) afterCommit(() => api.wake("delivery", told));
    if (forbidden?.changed) afterCommit(() => api.wakePlanner());
    const stopped = await stopByTags(tx, workspaceId, params.id);
    if (stopped > 0) afterCommit(() => api.wakePlanner());
    // A message that had a hole in it for want of this data is written again.
    const { retried, lanes } = await retryBlockedSteps(tx, workspaceId, params.id);
    if (retried > 0) {
      afterCommit(() => {
        api.wake("delivery", lanes);
        api.wakePlanner();
      });
    }
    if (change.timeZone !== undefined) afterCommit(() => api.wakePlanner());
    if (status === undefined) return { status: 200, body: lead };
    const result = await setLeadStatus(tx, workspaceId, params.id, status, "api", null);
    if (result !== null) afterCommit(() => wakeAfter(api, result));
    return { status: 200, body: { ...lead, status } };
  },
});

const basisOf = (callerId: string) => ({ reason: "Set by the API", source: "api" as const, by: callerId });

/** A status can let a lead go on that waits for its invitation to be accepted. */
function wakeAfter(api: ApiContext, { lanes }: { lanes: readonly TouchedLane[] }): void {
  api.wake("delivery", lanes);
  api.wakePlanner();
}

/** What can only be seen when the change and the lead have come together. Throwing takes the change back. */
function refuseImpossible(lead: Lead): void {
  if (lead.linkedinUrl === null && lead.phone === null && lead.email === null) {
    throw invalid([{ field: "linkedinUrl", reason: "A lead needs at least one of linkedinUrl, phone and email." }]);
  }
  if (lead.tags.length > leadLimits.tags) {
    throw invalid([{ field: "tags", reason: `A lead has at most ${leadLimits.tags} tags.` }]);
  }
  if (Object.keys(lead.custom).length > leadLimits.customKeys) {
    throw invalid([{ field: "custom", reason: `A lead has at most ${leadLimits.customKeys} custom fields.` }]);
  }
}

const changeLeadStatus = endpoint({
  method: "PATCH",
  path: "/v1/leads/{id}/status",
  right: "leads.write",
  tags: ["Leads"],
  summary: "Change a lead's status",
  description:
    "Records `lead.updated`. With REPLY_RECEIVED, MEETING_BOOKED, NOT_INTERESTED and DONE campaigns write to the lead no more.",
  params: idParams,
  body: z.strictObject({
    status: z.enum(leadStatuses),
    note: z.string().trim().max(2_000).nullish().meta({ description: "Why; it goes into the event." }),
  }),
  responses: {
    200: z.object({
      success: z.literal(true),
      leadId: z.string(),
      previousStatus: z.enum(leadStatuses),
      status: z.enum(leadStatuses),
    }),
  },
  async execute({ api, tx, workspaceId, params, body, afterCommit }) {
    const result = await setLeadStatus(tx, workspaceId, params.id, body.status, "api", body.note || null);
    if (result === null) throw notFound("lead", params.id);
    afterCommit(() => wakeAfter(api, result));
    const { previous } = result;
    return { status: 200, body: { success: true, leadId: params.id, previousStatus: previous, status: body.status } };
  },
});

export const leadEndpoints: readonly Endpoint[] = [listLeadsEndpoint, getLeadEndpoint, changeLead, changeLeadStatus];
