import { getCampaign, setArchived } from "../db/campaign.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { campaignAnswer, campaignSchema } from "./campaigns.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

function archiveEndpoint(path: string, archived: boolean, summary: string, description: string): Endpoint {
  return endpoint({
    method: "POST",
    path,
    right: "campaigns.write",
    tags: ["Campaigns"],
    summary,
    description,
    params: idParams,
    responses: { 200: campaignSchema },
    async execute({ tx, workspaceId, params }) {
      const done = await setArchived(tx, workspaceId, params.id, archived);
      const campaign = await getCampaign(tx, workspaceId, params.id);
      if (campaign === null) throw notFound("campaign", params.id);
      if (!done) {
        throw new HeraldError("invalid_state", `The campaign ${params.id} is active. Pause it before you archive it.`);
      }
      return { status: 200, body: campaignAnswer(campaign) };
    },
  });
}

export const campaignArchiveEndpoints: readonly Endpoint[] = [
  archiveEndpoint(
    "/v1/campaigns/{id}/archive",
    true,
    "Archive a campaign",
    "Lists leave it out from then on; results and leads stay. Not while it is active. Leads that are under way in a paused one keep " +
      "their places. Doing it again changes nothing.",
  ),
  archiveEndpoint(
    "/v1/campaigns/{id}/restore",
    false,
    "Take a campaign out of the archive",
    "As it was. Starting or resuming it, or new leads for one that had finished, do the same.",
  ),
];
