import { newEvent } from "../../db/new-event.ts";
import type { InboundCampaignNews } from "../../domain/inbound.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";

/** A campaign of another system was started, paused and so on: told on as it was told. None of Herald's campaigns changes by it. */
export async function applyCampaignNews(arrival: Arrival, news: InboundCampaignNews): Promise<Applied> {
  const { workspaceId } = arrival;
  const { campaignId, campaignName, totalLeads, by } = news;
  const at = timeOf(arrival, news.at).toISOString();
  const of = { campaignId, campaignName };
  const about = { campaignId };
  switch (news.type) {
    case "campaign.started":
      await record(arrival, newEvent(workspaceId, news.type, { ...of, totalLeads, startedAt: at }, about));
      break;
    case "campaign.paused":
      await record(arrival, newEvent(workspaceId, news.type, { ...of, pausedAt: at, pausedBy: by }, about));
      break;
    case "campaign.resumed": {
      const resumedBy = by === "system" ? "user" : by;
      await record(arrival, newEvent(workspaceId, news.type, { ...of, resumedAt: at, resumedBy }, about));
      break;
    }
    case "campaign.finished":
      await record(arrival, newEvent(workspaceId, news.type, { ...of, totalLeads, finishedAt: at }, about));
  }
  return { kind: "done", detail: "It is told on. None of Herald's campaigns changes by it." };
}
