import { z } from "zod";
import { fromOutside } from "../outside.ts";
import { idOf, type Json, part, rows, type Tool, tool } from "../tool.ts";

const campaignId = idOf("campaign", "camp");
const ofCampaign = (id: string, what = "") => `/v1/campaigns/${part(id)}${what}`;

const list = tool({
  name: "list_campaigns",
  title: "List campaigns",
  description: "Campaigns without their steps, the newest first.",
  kind: "read",
  input: z.strictObject({
    status: z.enum(["draft", "active", "paused", "finished"]).optional(),
    page: z.number().int().min(1).default(1),
    limit: rows(),
  }),
  async run(herald, query) {
    const { data, meta } = await herald.call("GET", "/v1/campaigns", { query });
    return { campaigns: data, ...meta };
  },
});

const get = tool({
  name: "get_campaign",
  title: "Get a campaign",
  description: "A campaign with its steps, schedule, senders, and what it has done so far.",
  kind: "read",
  input: z.strictObject({ campaignId }),
  run: async (herald, input) => await herald.call("GET", ofCampaign(input.campaignId)),
});

const results = tool({
  name: "campaign_results",
  title: "Results of a campaign",
  description: "What became of the messages of each step and variant: sent, failed, blocked, opened, clicked, replied.",
  kind: "read",
  input: z.strictObject({ campaignId }),
  run: async (herald, input) => await herald.call("GET", ofCampaign(input.campaignId, "/results")),
});

const preview = tool({
  name: "preview_messages",
  title: "Preview a lead's messages",
  description:
    "Each step of a campaign as it would be written for one lead now, by the code that sends. Nothing is stored.",
  kind: "read",
  input: z.strictObject({ campaignId, leadId: idOf("lead", "lead") }),
  async run(herald, { campaignId: id, leadId }) {
    const { messages } = await herald.call("GET", ofCampaign(id, "/preview"), { query: { leadId } });
    // The texts have the lead's own data in them.
    const shown = messages.map(({ html: _html, subject, text, title, ...about }: Json) => ({
      ...about,
      ...fromOutside({ title, subject, text }),
    }));
    return { leadId, messages: shown };
  },
});

const simulate = tool({
  name: "simulate_campaign",
  title: "Dry run of a campaign",
  description:
    "What a campaign would send, day by day through whom, what would be blocked and why, and when it would end. Runs the code that plans on a virtual clock, and changes nothing.",
  kind: "read",
  input: z.strictObject({
    campaignId,
    startAt: z.string().max(40).optional().describe("When it would be started, as 2026-03-02T08:00:00Z. Default: now."),
    horizonDays: z.number().int().min(1).max(400).default(90),
  }),
  async run(herald, { campaignId: id, ...body }) {
    const { hours: _hours, leads: _leads, ...found } = await herald.call("POST", ofCampaign(id, "/simulate"), { body });
    return found;
  },
});

const senders = tool({
  name: "list_senders",
  title: "List senders",
  description: "Accounts that messages go out from, with their channel, state and limits.",
  kind: "read",
  input: z.strictObject({ limit: rows() }),
  async run(herald, query) {
    const { data } = await herald.call("GET", "/v1/senders", { query });
    return { senders: data.map(({ config: _config, ...sender }: Json) => sender) };
  },
});

export const campaignTools: readonly Tool[] = [list, get, results, preview, simulate, senders];
