import { z } from "zod";
import { enrollLeads } from "../campaigns/control.ts";
import { getCampaign, listEnrollments } from "../db/campaign.ts";
import { getLeads } from "../db/lead.ts";
import { notFound } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { cursor, idParams, limit, page, pageOf, time } from "./fields.ts";

const states = ["active", "finished", "stopped"] as const;

const enroll = endpoint({
  method: "POST",
  path: "/v1/campaigns/{id}/leads",
  scope: "send",
  tags: ["Campaigns"],
  summary: "Enroll leads in a campaign",
  description:
    "At any time. Leads that are in it already keep their place. A finished campaign goes on with its new leads.",
  params: idParams,
  body: z.strictObject({ leadIds: z.array(z.string().min(1).max(200)).min(1).max(1_000) }),
  responses: {
    200: z.object({
      enrolled: z.number().int(),
      alreadyEnrolled: z.number().int(),
      notFound: z.array(z.string()).meta({ description: "IDs of no lead in this workspace." }),
    }),
  },
  async execute({ api, tx, workspaceId, params, body, afterCommit }) {
    const ids = [...new Set(body.leadIds)];
    const { enrolled, already, lanes } = await enrollLeads(tx, workspaceId, params.id, ids);
    afterCommit(() => {
      api.wake("delivery", lanes);
      if (enrolled > 0) api.wakePlanner();
    });
    let unknown: string[] = [];
    if (enrolled + already < ids.length) {
      const known = new Set((await getLeads(tx, workspaceId, ids)).map((lead) => lead.id));
      unknown = ids.filter((id) => !known.has(id));
    }
    return { status: 200, body: { enrolled, alreadyEnrolled: already, notFound: unknown } };
  },
});

const enrollmentSchema = z.object({
  leadId: z.string(),
  state: z.enum(states),
  reason: z.string().nullable().meta({ description: "Why the lead has stopped." }),
  nextStepId: z.string().nullable(),
  nextStep: z.number().int().nullable().meta({ description: "Its position, from 1." }),
  nextAt: time.nullable().meta({
    description: "When the next step is due. Null while a message of this lead is on its way, and when nothing comes.",
  }),
  enrolledAt: time,
});

const listLeadsOfCampaign = endpoint({
  method: "GET",
  path: "/v1/campaigns/{id}/leads",
  scope: "read",
  tags: ["Campaigns"],
  summary: "List the leads of a campaign",
  description: "In the order of their IDs: where each one is in the sequence, and what comes next.",
  params: idParams,
  query: z.strictObject({ state: z.enum(states).optional(), cursor: cursor.optional(), limit: limit(200) }),
  responses: { 200: page(enrollmentSchema) },
  async execute({ tx, workspaceId, params, query }) {
    const filter = { state: query.state, after: query.cursor, limit: query.limit + 1 };
    const rows = await listEnrollments(tx, workspaceId, params.id, filter);
    if (rows.length === 0 && (await getCampaign(tx, workspaceId, params.id)) === null) {
      throw notFound("campaign", params.id);
    }
    return { status: 200, body: pageOf(rows, query.limit, (last) => last.leadId) };
  },
});

export const campaignLeadEndpoints: readonly Endpoint[] = [enroll, listLeadsOfCampaign];
