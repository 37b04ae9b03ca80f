import { z } from "zod";
import { type Tool, tool } from "../tool.ts";

const range = {
  from: z
    .string()
    .max(40)
    .optional()
    .describe("A time with its offset, as 2026-03-02T00:00:00Z. Default: 30 days ago."),
  to: z.string().max(40).optional().describe("Default: now."),
  campaignId: z.string().max(200).optional(),
  channel: z.enum(["linkedin", "sms", "email"]).optional(),
};

const overview = tool({
  name: "analytics_overview",
  title: "Figures of a time",
  description:
    "Sent, delivered, replied and more in a time, with rates, their denominators and 95 % confidence intervals.",
  kind: "read",
  input: z.strictObject(range),
  run: async (herald, query) => await herald.call("GET", "/v1/analytics/overview", { query }),
});

const breakdown = tool({
  name: "analytics_breakdown",
  title: "Figures side by side",
  description: "The same figures for each channel, campaign, step, variant, sender, profile, source or tag.",
  kind: "read",
  input: z.strictObject({
    by: z.enum(["channel", "campaign", "step", "variant", "sender", "profile", "source", "tag"]),
    ...range,
  }),
  run: async (herald, query) => await herald.call("GET", "/v1/analytics/breakdown", { query }),
});

export const analyticsTools: readonly Tool[] = [overview, breakdown];
