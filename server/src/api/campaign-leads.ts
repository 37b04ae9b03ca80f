import { z } from "zod";
import { enrollLeads, releaseHeldLead } from "../campaigns/control.ts";
import { getCampaign, listEnrollments } from "../db/campaign.ts";
import { getLeads } from "../db/lead.ts";
import { type LeadFilter, listLeads } from "../db/lead-list.ts";
import type { Queryable } from "../db/pool.ts";
import { stopSequences } from "../db/stopping.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { leadStatuses } from "../domain/event.ts";
import { leadLimits } from "../domain/lead.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";
import { leadSummary } from "./lead-summary.ts";

const states = ["active", "held", "finished", "stopped"] as const;

const enroll = endpoint({
  method: "POST",
  path: "/v1/campaigns/{id}/leads",
  right: "campaigns.start",
  tags: ["Campaigns"],
  summary: "Enroll leads in a campaign",
  description:
    "At any time. Leads that are in it already keep their place. A finished campaign goes on with its new leads. A lead that " +
    "is active in another campaign is left there, unless this or the other one has `allowParallel`. With a `filter` the newest " +
    "1,000 leads that match it; `nextCursor` asks for those behind them, until it is null.",
  params: idParams,
  body: z.union([
    z.strictObject({ leadIds: z.array(z.string().min(1).max(200)).min(1).max(1_000) }),
    z.strictObject({
      filter: z
        .strictObject({
          status: z.enum(leadStatuses).optional(),
          tag: name(leadLimits.tag).optional(),
          search: name(200).optional(),
        })
        .meta({ description: "As the parameters of `GET /v1/leads`; empty: all leads." }),
      cursor: idCursor("lead").optional(),
    }),
  ]),
  responses: {
    200: z.object({
      enrolled: z.number().int(),
      alreadyEnrolled: z.number().int(),
      inOtherCampaign: z.number().int().meta({ description: "Active in a campaign that doesn't share its leads." }),
      notFound: z.array(z.string()).meta({ description: "IDs of no lead in this workspace." }),
      nextCursor: z
        .string()
        .nullable()
        .optional()
        .meta({ description: "Only with `filter`. Null: these were the last." }),
    }),
  },
  async execute({ api, tx, workspaceId, params, body, afterCommit }) {
    const filtered = "filter" in body ? await matching(tx, workspaceId, body.filter, body.cursor) : null;
    const ids = filtered?.ids ?? ("leadIds" in body ? [...new Set(body.leadIds)] : []);
    const { enrolled, already, busy, lanes } = await enrollLeads(tx, workspaceId, params.id, ids);
    afterCommit(() => {
      api.wake("delivery", lanes);
      if (enrolled > 0) api.wakePlanner();
    });
    let unknown: string[] = [];
    if (enrolled + already + busy < ids.length) {
      const known = new Set((await getLeads(tx, workspaceId, ids)).map((lead) => lead.id));
      unknown = ids.filter((id) => !known.has(id));
    }
    const counts = { enrolled, alreadyEnrolled: already, inOtherCampaign: busy, notFound: unknown };
    return { status: 200, body: { ...counts, ...(filtered && { nextCursor: filtered.nextCursor }) } };
  },
});

const perCall = 1_000;

/** The next leads of a filter, the newest first. */
async function matching(tx: Queryable, workspaceId: string, filter: LeadFilter, cursor: string | undefined) {
  const leads = await listLeads(tx, workspaceId, filter, cursor ? { id: cursor, value: null } : null, perCall + 1);
  const ids = leads.slice(0, perCall).map(({ id }) => id);
  return { ids, nextCursor: leads.length > perCall ? ids.at(-1)! : null };
}

const enrollmentSchema = z.object({
  leadId: z.string(),
  lead: leadSummary,
  state: z.enum(states),
  reason: z.string().nullable().meta({ description: "Why the lead has stopped." }),
  nextStepId: z.string().nullable(),
  nextStep: z.number().int().nullable().meta({ description: "Its position, from 1." }),
  nextAt: time.nullable().meta({
    description: "When the next step is due. Null while a message of this lead is on its way, and when nothing comes.",
  }),
  waitReason: z.string().nullable().meta({
    description: "Why it waits longer than its delay, as was seen last. `GET /v1/leads/{id}/next` says it as of now.",
  }),
  enrolledAt: time,
});

const listLeadsOfCampaign = endpoint({
  method: "GET",
  path: "/v1/campaigns/{id}/leads",
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "List the leads of a campaign",
  description: "In the order of their IDs: where each one is in the sequence, and what comes next.",
  params: idParams,
  query: z.strictObject({
    state: z.enum(states).optional(),
    stepId: z.string().max(200).optional().meta({ description: "Those whose next step it is." }),
    cursor: idCursor("lead").optional(),
    limit: limit(200),
  }),
  responses: { 200: page(enrollmentSchema) },
  async execute({ tx, workspaceId, params, query }) {
    const filter = { state: query.state, stepId: query.stepId, after: query.cursor, limit: query.limit + 1 };
    const rows = await listEnrollments(tx, workspaceId, params.id, filter);
    if (rows.length === 0 && (await getCampaign(tx, workspaceId, params.id)) === null) {
      throw notFound("campaign", params.id);
    }
    return { status: 200, body: pageOf(rows, query.limit, (last) => last.leadId) };
  },
});

const leadParams = z.strictObject({ id: z.string().max(200), leadId: z.string().max(200) });
const placeAnswer = z.object({ success: z.boolean(), message: z.string() });

const release = endpoint({
  method: "POST",
  path: "/v1/campaigns/{id}/leads/{leadId}/release",
  right: "campaigns.start",
  tags: ["Campaigns"],
  summary: "Release a held lead",
  description: "The lead goes on at the step at which it was held. A finished campaign goes on with it.",
  params: leadParams,
  responses: { 200: placeAnswer },
  async execute({ api, tx, workspaceId, params, afterCommit }) {
    const released = await releaseHeldLead(tx, workspaceId, params.id, params.leadId);
    if (!released) throw notHere(params, "held in");
    afterCommit(() => {
      api.wake("delivery", released.lanes);
      api.wakePlanner();
    });
    return { status: 200, body: { success: true, message: "The lead goes on." } };
  },
});

const stop = endpoint({
  method: "POST",
  path: "/v1/campaigns/{id}/leads/{leadId}/stop",
  right: "campaigns.write",
  tags: ["Campaigns"],
  summary: "Take a lead out of a campaign",
  description: "It gets nothing more of it. A message that is queued is not sent.",
  params: leadParams,
  body: z.strictObject({
    reason: z.string().trim().min(1).max(500).default("stopped by hand"),
    company: z
      .boolean()
      .default(false)
      .meta({ description: "Also all other leads of the same company (by its name)." }),
  }),
  responses: { 200: placeAnswer },
  async execute({ api, tx, workspaceId, params, body, afterCommit }) {
    const { reason, company } = body;
    const where = { workspaceId, leadId: params.leadId, campaignId: params.id };
    const gone = await stopSequences(tx, { ...where, reason, colleagues: company ? "always" : "where_asked" });
    if (gone.stopped + gone.colleagues === 0) throw notHere(params, "active in");
    afterCommit(() => api.wakePlanner());
    const others = gone.colleagues === 0 ? "" : `, and ${gone.colleagues} of the same company`;
    return { status: 200, body: { success: true, message: `The lead has left the campaign${others}.` } };
  },
});

function notHere({ id, leadId }: z.output<typeof leadParams>, how: string): HeraldError {
  return new HeraldError("not_found", `There is no lead ${leadId} that is ${how} the campaign ${id}.`);
}

export const campaignLeadEndpoints: readonly Endpoint[] = [enroll, listLeadsOfCampaign, release, stop];
