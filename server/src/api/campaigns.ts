import { z } from "zod";
import {
  type Campaign,
  campaignMetrics,
  campaignStatuses,
  changeRules,
  editSteps,
  getCampaign,
  insertCampaign,
  listCampaigns,
  lockSteps,
  updateCampaign,
} from "../db/campaign.ts";
import type { Queryable } from "../db/pool.ts";
import { replanWaiting } from "../db/replan.ts";
import { senderChannels } from "../db/sender-lookup.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { sends } from "../domain/sequence/step.ts";
import { normaliseTimeZone } from "../domain/time-zone.ts";
import { requireRight } from "./caller.ts";
import {
  campaignRulesAnswer,
  campaignRulesInput,
  readRules,
  refuseShortDays,
  refuseSilentSms,
  refuseWeightless,
} from "./campaign-rules.ts";
import { type CampaignAction, changeState, stateAnswer } from "./campaign-state.ts";
import { readSteps, stepAnswer, stepSchema, stepsInput } from "./campaign-steps.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, time, timeInput } from "./fields.ts";
import { invalid } from "./validate.ts";

const timeZone = z
  .string()
  .max(100)
  .nullish()
  .meta({ description: "IANA name, such as Europe/Berlin: for leads that have none of their own." });
const senderIds = z.array(z.string().max(200)).max(100).meta({
  description: "Each step needs a sender of its channel among them before the campaign can start.",
});

const summarySchema = z.object({
  id: z.string(),
  key: z.string().nullable().meta({ description: "By which it was applied (`PUT /v1/campaigns/by-key/{key}`)." }),
  name: z.string(),
  status: z.enum(campaignStatuses),
  timeZone: z.string().nullable(),
  senderIds: z.array(z.string()),
  createdAt: time,
  updatedAt: time,
  startedAt: time.nullable(),
  pausedAt: time.nullable(),
  finishedAt: time.nullable(),
  archivedAt: time.nullable(),
  ...campaignRulesAnswer,
});

export const campaignSchema = summarySchema.extend({ steps: z.array(stepSchema) });

/** A schedule's lists are read-only here, and the answer's are not. */
function ruled<C extends Pick<Campaign, "schedule">>(campaign: C) {
  return { ...campaign, schedule: campaign.schedule as z.input<typeof campaignSchema>["schedule"] };
}

export function campaignAnswer({ steps, ...campaign }: Campaign): z.input<typeof campaignSchema> {
  return { ...ruled(campaign), steps: steps.map(stepAnswer) };
}

const createInput = z.strictObject({
  name: name(),
  timeZone,
  senderIds: senderIds.default([]),
  steps: stepsInput.default([]),
  ...campaignRulesInput,
});

/** Stores a new campaign, as a draft. `key`: a name of the user's own, which no other has. */
export async function createCampaignIn(
  tx: Queryable,
  workspaceId: string,
  body: z.output<typeof createInput>,
  key: string | null,
): Promise<Campaign> {
  const steps = readSteps(body.steps);
  const zone = readTimeZone(body.timeZone);
  const senders = await readSenders(tx, workspaceId, body.senderIds);
  const rules = readRules(body);
  refuseStrangeWeights(body.senderWeights, senders);
  await refuseSilentSms(tx, workspaceId, { schedule: rules.schedule ?? null, steps });
  await refuseShortDays(tx, workspaceId, { schedule: rules.schedule ?? null, senderIds: senders, steps });
  const campaign = { id: newId("campaign"), key, name: body.name, timeZone: zone ?? null, senderIds: senders, steps };
  await insertCampaign(tx, workspaceId, campaign);
  await changeRules(tx, workspaceId, campaign.id, rules);
  const created = (await getCampaign(tx, workspaceId, campaign.id))!;
  refuseWeightless(created);
  return created;
}

const createCampaign = endpoint({
  method: "POST",
  path: "/v1/campaigns",
  right: "campaigns.write",
  tags: ["Campaigns"],
  summary: "Create a campaign",
  description: "As a draft: nothing goes out before it is started.",
  body: createInput,
  bodyLimit: 8 * 1024 * 1024,
  responses: { 201: campaignSchema },
  example: {
    body: {
      name: "Founders in Berlin",
      timeZone: "Europe/Berlin",
      senderIds: ["sender_01k9x2m4vye8qsa5h1b7d3n6fj"],
      steps: [
        { channel: "linkedin", action: "connect", text: "Hi {{ firstName }}, I'd like to connect." },
        { channel: "linkedin", delay: "2d", text: "Thanks for connecting, {{ firstName }}!" },
      ],
    },
  },
  async execute({ tx, workspaceId, body }) {
    return { status: 201, body: campaignAnswer(await createCampaignIn(tx, workspaceId, body, null)) };
  },
});

export function readTimeZone(given: string | null | undefined): string | null | undefined {
  if (given === null || given === undefined) return given;
  const zone = normaliseTimeZone(given);
  if (!zone.ok) throw invalid([{ field: "timeZone", reason: zone.reason }]);
  return zone.value;
}

/** Each once; all must exist. */
async function readSenders(tx: Queryable, workspaceId: string, ids: readonly string[]): Promise<string[]> {
  const known = await senderChannels(tx, workspaceId, ids);
  const unknown = ids.flatMap((id, index) => {
    return known.has(id)
      ? []
      : [{ field: `senderIds.${index}`, reason: `There is no sender ${id} in this workspace.` }];
  });
  if (unknown.length > 0) throw invalid(unknown);
  return [...new Set(ids)];
}

const listCampaignsEndpoint = endpoint({
  method: "GET",
  path: "/v1/campaigns",
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "List campaigns",
  description: "Newest first, without their steps.",
  query: z.strictObject({
    status: z.enum(campaignStatuses).optional(),
    archived: z
      .enum(["true", "false"])
      .default("false")
      .transform((text) => text === "true")
      .meta({ description: "`true`: those in the archive, and no others." }),
    search: name(200).optional().meta({ description: "Part of the name, in any case." }),
    page: z.coerce.number().int().min(1).max(1_000_000).default(1),
    limit: limit(100, 20),
  }),
  responses: {
    200: z.object({
      data: z.array(summarySchema),
      meta: z.object({
        total: z.number().int(),
        page: z.number().int(),
        limit: z.number().int(),
        totalPages: z.number().int(),
      }),
    }),
  },
  async execute({ tx, workspaceId, query: { page, limit, ...filter } }) {
    const { rows, total } = await listCampaigns(tx, workspaceId, { ...filter, limit, offset: (page - 1) * limit });
    const meta = { total, page, limit, totalPages: Math.ceil(total / limit) };
    return { status: 200, body: { data: rows.map(ruled), meta } };
  },
});

const getCampaignEndpoint = endpoint({
  method: "GET",
  path: "/v1/campaigns/{id}",
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "Get a campaign",
  description:
    "With its steps, and with what it has done so far, counted from the log and up to some seconds behind it.",
  params: idParams,
  responses: {
    200: campaignSchema.extend({
      metrics: z.object({
        connectionsSent: z.number().int(),
        connectionsAccepted: z.number().int(),
        messagesSent: z.number().int(),
        repliesReceived: z.number().int(),
      }),
    }),
  },
  async execute({ tx, workspaceId, params }) {
    const campaign = await getCampaign(tx, workspaceId, params.id);
    if (campaign === null) throw notFound("campaign", params.id);
    const metrics = await campaignMetrics(tx, workspaceId, params.id);
    return { status: 200, body: { ...campaignAnswer(campaign), metrics } };
  },
});

const editInput = z.strictObject({
  ifUpdatedAt: timeInput.optional().meta({
    description:
      "`updatedAt` of the campaign that the change was made to: where somebody has changed it since, this is refused with 409 in " +
      "place of overwriting that. That it was started, paused, resumed or finished since doesn't count. Without it the last one wins.",
  }),
  name: name().optional(),
  timeZone,
  senderIds: senderIds.optional(),
  steps: stepsInput.optional().meta({
    description:
      "In place of all steps, also while the campaign runs: a step given with its `id` keeps its leads; those at a step that is " +
      "left out go on to the next one that stays. What waits to go out by a step that was changed is written anew by it.",
  }),
  ...campaignRulesInput,
});

const action = z.enum(["pause", "resume"], {
  error: "This must be pause or resume. A draft is started by POST /v1/campaigns/{id}/start.",
});

const changeCampaign = endpoint({
  method: "PATCH",
  path: "/v1/campaigns/{id}",
  right: "campaigns.write",
  tags: ["Campaigns"],
  summary: "Change a campaign",
  description:
    "Either `{action}`, which pauses or resumes it (and needs the right `campaigns.start`), or the fields that are to change. A draft is started by `POST /v1/campaigns/{id}/start`.",
  params: idParams,
  body: z.union([z.strictObject({ action }), editInput]),
  // Pausing and resuming have transactions of their own.
  transaction: false,
  bodyLimit: 8 * 1024 * 1024,
  responses: { 200: z.union([stateAnswer, campaignSchema]) },
  async execute(context) {
    const { api, workspaceId, caller, params, body, recorded } = context;
    if ("action" in body) {
      requireRight(caller!, "campaigns.start");
      const action: CampaignAction = body.action;
      return { status: 200, body: await changeState(context, params.id, action) };
    }
    const campaign = await recorded.transaction((tx) => changeCampaignIn(tx, workspaceId, params.id, body));
    if (body.schedule !== undefined || body.limits !== undefined || body.timeZone !== undefined) {
      await replanWaiting(api.db, workspaceId, params.id);
    }
    api.wakePlanner();
    return { status: 200, body: campaignAnswer(campaign) };
  },
});

/** Changes what is given. */
export async function changeCampaignIn(
  tx: Queryable,
  workspaceId: string,
  id: string,
  body: z.output<typeof editInput>,
): Promise<Campaign> {
  const rules = readRules(body);
  if (body.steps) await lockSteps(tx, id);
  // Locked, so that the steps which are read are those that are replaced.
  await tx.query("select 1 from campaign where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
  const before = await getCampaign(tx, workspaceId, id);
  if (before === null) throw notFound("campaign", id);
  refuseOutdated(before, body.ifUpdatedAt);
  const steps = body.steps && readSteps(body.steps, before.steps);
  const draft = before.status === "draft";
  const updated = await updateCampaign(tx, workspaceId, id, {
    name: body.name,
    timeZone: readTimeZone(body.timeZone),
    senderIds: body.senderIds && (await readSenders(tx, workspaceId, body.senderIds)),
    steps: draft ? steps : undefined,
  });
  if (steps && !draft) {
    if (steps.length === 0) throw invalid([{ field: "steps", reason: "A campaign that has started needs a step." }]);
    await editSteps(tx, workspaceId, id, before.steps, steps);
  }
  if (updated === null) throw notFound("campaign", id);
  refuseStrangeWeights(body.senderWeights, updated.senderIds);
  await changeRules(tx, workspaceId, id, rules);
  const campaign = (await getCampaign(tx, workspaceId, id))!;
  // What was there before doesn't forbid other changes: the workspace's hours may have become narrower since.
  if (body.schedule !== undefined || steps) await refuseSilentSms(tx, workspaceId, campaign);
  if (body.schedule !== undefined || steps || body.senderIds) await refuseShortDays(tx, workspaceId, campaign);
  if (body.rotation !== undefined || body.senderWeights !== undefined || body.senderIds) refuseWeightless(campaign);
  if (campaign.status === "draft") return campaign;
  if (body.senderIds !== undefined || steps) await refuseMissingSenders(tx, workspaceId, campaign);
  return campaign;
}

function refuseOutdated({ editedAt }: Campaign, seen: Date | undefined): void {
  if (seen === undefined || seen.getTime() >= editedAt.getTime()) return;
  const reason = `The campaign was changed at ${editedAt.toISOString()}, and this was made to how it was at ${seen.toISOString()}. Get it again, and make the change to that.`;
  throw new HeraldError("conflict", reason, [{ field: "ifUpdatedAt", reason }]);
}

function refuseStrangeWeights(weights: Record<string, number> | undefined, senderIds: readonly string[]): void {
  const strangers = Object.keys(weights ?? {}).filter((id) => !senderIds.includes(id));
  if (strangers.length === 0) return;
  throw invalid(
    strangers.map((id) => ({ field: `senderWeights.${id}`, reason: "This is no sender of the campaign." })),
  );
}

/** A campaign that has started keeps a sender for each channel of its steps. */
async function refuseMissingSenders(tx: Queryable, workspaceId: string, campaign: Campaign): Promise<void> {
  const channels = new Set((await senderChannels(tx, workspaceId, campaign.senderIds)).values());
  const needed = campaign.steps.filter(sends).map(({ channel }) => channel!);
  const missing = new Set(needed.filter((channel) => !channels.has(channel)));
  if (missing.size === 0) return;
  const reason = `The campaign has steps on ${[...missing].join(" and ")}, and would have no sender for them.`;
  throw new HeraldError("unprocessable", reason, [{ field: "senderIds", reason }]);
}

export const campaignEndpoints: readonly Endpoint[] = [
  createCampaign,
  listCampaignsEndpoint,
  getCampaignEndpoint,
  changeCampaign,
];
