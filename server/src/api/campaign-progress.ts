import { z } from "zod";
import { getCampaign } from "../db/campaign.ts";
import { type CampaignProgress, campaignProgress } from "../db/campaign-progress.ts";
import { campaignHealth } from "../db/guard.ts";
import { notFound } from "../domain/error.ts";
import { guardRails } from "../domain/guard-rails.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

const count = z.number().int();

const progress = endpoint({
  method: "GET",
  path: "/v1/campaigns/progress",
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "How far campaigns are",
  description: "Where the leads of up to 100 campaigns are. IDs of no campaign are left out.",
  query: z.strictObject({
    ids: z
      .string()
      .max(10_000)
      .transform((text) => text.split(",").filter(Boolean))
      .pipe(z.array(z.string().max(200)).min(1).max(100))
      .meta({ description: "Separated by commas." }),
  }),
  responses: {
    200: z.object({
      data: z.array(
        z.object({
          campaignId: z.string(),
          leads: count,
          active: count.meta({ description: "Something may still go out to them." }),
          held: count.meta({ description: "They wait for a person." }),
          finished: count.meta({ description: "They have had all steps." }),
          stopped: count.meta({ description: "They replied, opted out, or were taken out." }),
          contacted: count.meta({ description: "Of all: they got a first message." }),
          replied: count.meta({ description: "Of the stopped: a reply ended the sequence." }),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const ids = [...new Set(query.ids)];
    const found = new Map((await campaignProgress(tx, workspaceId, ids)).map((each) => [each.campaignId, each]));
    const data = ids.flatMap((campaignId) => {
      const one = found.get(campaignId);
      return one ? [{ ...one, leads: leadsOf(one) }] : [];
    });
    return { status: 200, body: { data } };
  },
});

const leadsOf = ({ active, held, finished, stopped }: CampaignProgress) => active + held + finished + stopped;

const rails = ["complaints", "bounces", "failures"] as const;

const health = endpoint({
  method: "GET",
  path: "/v1/campaigns/{id}/health",
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "A campaign and its guard rails",
  description:
    "How near a campaign is to what pauses it by itself: limits above which providers punish a sender. Resuming one that was paused " +
    "so begins the count anew.",
  params: idParams,
  responses: {
    200: z.object({
      campaignId: z.string(),
      days: count.meta({ description: "Over how many days is counted." }),
      fewest: count.meta({ description: "Nothing is paused before so many messages." }),
      messages: count.meta({ description: "That went out or failed." }),
      rails: z.array(
        z.object({
          rail: z.enum(rails),
          count,
          share: z.number().meta({ description: "Of the messages: 0 to 1." }),
          limit: z.number().meta({ description: "The share at which the campaign is paused." }),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, params }) {
    if ((await getCampaign(tx, workspaceId, params.id)) === null) throw notFound("campaign", params.id);
    const { sent, failed, bounced, complaints } = await campaignHealth(tx, workspaceId, params.id);
    const messages = sent + failed;
    const counts = { complaints, bounces: bounced, failures: failed };
    const body = {
      ...{ campaignId: params.id, days: guardRails.days, fewest: guardRails.fewest, messages },
      rails: rails.map((rail) => ({
        ...{ rail, count: counts[rail], limit: guardRails[rail] },
        share: messages === 0 ? 0 : counts[rail] / messages,
      })),
    };
    return { status: 200, body };
  },
});

export const campaignProgressEndpoints: readonly Endpoint[] = [progress, health];
