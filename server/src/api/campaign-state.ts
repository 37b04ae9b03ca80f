import { z } from "zod";
import { pauseCampaign, resumeCampaign, startCampaign } from "../campaigns/control.ts";
import { hoursApart } from "../campaigns/sender-hours.ts";
import { campaignStatuses, getCampaign } from "../db/campaign.ts";
import { HeraldError } from "../domain/error.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, type EndpointContext, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

export type CampaignAction = "start" | "pause" | "resume";

const actions = {
  start: { run: startCampaign, done: "started" },
  pause: { run: pauseCampaign, done: "paused" },
  resume: { run: resumeCampaign, done: "resumed" },
} as const;

export const stateAnswer = z.object({
  success: z.literal(true),
  campaignId: z.string(),
  action: z.enum(["start", "pause", "resume"]),
  newStatus: z.enum(campaignStatuses),
  message: z.string(),
  warnings: z.array(z.string()).optional().meta({
    description:
      "Senders that can never send for it, as its windows and their hours are never open at the same time. Left out where there are none.",
  }),
});

/** Does it and wakes whoever has work by it. Doing it again changes nothing and is no error. */
export async function changeState(
  { api, workspaceId, recorded }: Pick<EndpointContext, "api" | "workspaceId" | "recorded">,
  campaignId: string,
  action: CampaignAction,
): Promise<z.input<typeof stateAnswer>> {
  const { run, done } = actions[action];
  if (action !== "pause" && api.config.publicUrl === null) await refuseMissingLinks(api, workspaceId, campaignId);
  const { campaign, changed, lanes } = await run(recorded, workspaceId, campaignId, "api");
  api.wake("delivery", lanes);
  api.wakePlanner();
  const message = changed ? `The campaign was ${done}.` : `The campaign was ${campaign.status} already.`;
  const warnings = action === "pause" ? [] : await hoursApart(api.db, workspaceId, { campaignId });
  const answer = { success: true as const, campaignId, action, newStatus: campaign.status, message };
  return warnings.length > 0 ? { ...answer, warnings } : answer;
}

/** A campaign whose messages need links, which there can't be: each of its leads would be blocked, or not tracked. */
async function refuseMissingLinks(api: ApiContext, workspaceId: string, campaignId: string): Promise<void> {
  const campaign = await getCampaign(api.db, workspaceId, campaignId);
  if (!campaign) return;
  const { tracking, steps } = campaign;
  const uses = steps.findIndex((step) => JSON.stringify(step).includes("unsubscribeUrl"));
  const what =
    tracking.opens || tracking.clicks
      ? { field: "tracking", needs: "tracks opens or clicks" }
      : uses >= 0
        ? { field: `steps.${uses}`, needs: "uses {{ unsubscribeUrl }}" }
        : null;
  if (!what) return;
  const reason = `The campaign ${what.needs}, and this Herald doesn't know where it is reached from outside. Set HERALD_PUBLIC_URL.`;
  throw new HeraldError("unprocessable", reason, [{ field: what.field, reason }]);
}

function stateEndpoint(action: CampaignAction, summary: string, description: string): Endpoint {
  return endpoint({
    method: "POST",
    path: `/v1/campaigns/{id}/${action}`,
    right: "campaigns.start",
    tags: ["Campaigns"],
    summary,
    description,
    params: idParams,
    // Repeating it does nothing: no Idempotency-Key is needed.
    transaction: false,
    responses: { 200: stateAnswer },
    async execute(context) {
      return { status: 200, body: await changeState(context, context.params.id, action) };
    },
  });
}

export const campaignStateEndpoints: readonly Endpoint[] = [
  stateEndpoint(
    "start",
    "Start a campaign",
    "Needs at least one step, and a sender for the channel of each. `warnings` says which of its senders have hours in which none of its windows lies. Records `campaign.started`.",
  ),
  stateEndpoint(
    "pause",
    "Pause a campaign",
    "At once: what is queued is held, and goes on where it was when the campaign is resumed.",
  ),
  stateEndpoint("resume", "Resume a campaign", "Each lead goes on where it was."),
];
