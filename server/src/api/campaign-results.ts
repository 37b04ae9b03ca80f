import { z } from "zod";
import { getCampaign } from "../db/campaign.ts";
import { passageCounts, stepResults } from "../db/results.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { stepActions } from "../domain/sequence/step.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

const count = z.number().int();
const counts = {
  planned: count.meta({ description: "Messages that are on their way, or held." }),
  sent: count,
  failed: count,
  blocked: count,
  uncertain: count,
  opened: count.meta({ description: "Emails only, where the campaign tracks it." }),
  clicked: count,
  replied: count.meta({
    description: "Sent messages after which the lead replied, on any channel, before it got the campaign's next one.",
  }),
} as const;
const none = { planned: 0, sent: 0, failed: 0, blocked: 0, uncertain: 0, opened: 0, clicked: 0, replied: 0 };
type Counts = typeof none;

const add = (a: Counts, b: Counts): Counts =>
  Object.fromEntries(Object.keys(none).map((key) => [key, a[key as keyof Counts] + b[key as keyof Counts]])) as Counts;

const results = endpoint({
  method: "GET",
  path: "/v1/campaigns/{id}/results",
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "Results of a campaign, by step and variant",
  description:
    "What became of the messages of each step, and of its variants; and how many leads passed it without one.",
  params: idParams,
  responses: {
    200: z.object({
      campaignId: z.string(),
      steps: z.array(
        z.object({
          stepId: z.string(),
          key: z.string().nullable(),
          position: count,
          channel: z.enum(channels).nullable(),
          action: z.enum(stepActions),
          ...counts,
          passed: z.object({ skipped: count, jumped: count, stopped: count, accepted: count, done: count }).meta({
            description:
              "Leads without a message at this step: its condition or time limit let them go on (skipped), sent them to a later " +
              "step (jumped) or out (stopped); their invitation was accepted; their task was done.",
          }),
          variants: z.array(z.object({ key: z.string(), weight: z.number().nullable(), ...counts })).meta({
            description: "Empty: the step has one text. A weight of null: the variant was taken out.",
          }),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, params }) {
    const campaign = await getCampaign(tx, workspaceId, params.id);
    if (campaign === null) throw notFound("campaign", params.id);
    const rows = await stepResults(tx, workspaceId, params.id);
    const passages = await passageCounts(tx, workspaceId, params.id);
    const steps = campaign.steps.map(({ id: stepId, key, position, channel, action, variants }) => {
      const own = rows.filter((row) => row.stepId === stepId);
      const named = own.filter((row) => row.variant !== null);
      const keys = [...new Set([...(variants ?? []).map((each) => each.key), ...named.map((row) => row.variant!)])];
      const passed = { skipped: 0, jumped: 0, stopped: 0, accepted: 0, done: 0 };
      for (const each of passages) {
        if (each.stepId === stepId) passed[each.outcome as keyof typeof passed] = each.count;
      }
      return {
        ...{ stepId, key, position, channel, action },
        ...own.reduce<Counts>(add, none),
        passed,
        variants: keys.map((variant) => ({
          key: variant,
          weight: variants?.find((each) => each.key === variant)?.weight ?? null,
          ...named.filter((row) => row.variant === variant).reduce<Counts>(add, none),
        })),
      };
    });
    return { status: 200, body: { campaignId: params.id, steps } };
  },
});

export const campaignResultEndpoints: readonly Endpoint[] = [results];
