import type { Tool } from "./tool.ts";
import { actingTools } from "./tools/acting.ts";
import { analyticsTools } from "./tools/analytics.ts";
import { campaignTools } from "./tools/campaigns.ts";
import { conversationTools } from "./tools/conversations.ts";
import { deliveryTools } from "./tools/deliveries.ts";
import { leadTools } from "./tools/leads.ts";

/** Every tool, in the order in which clients list them. */
export const allTools: readonly Tool[] = [
  ...leadTools,
  ...conversationTools,
  ...campaignTools,
  ...analyticsTools,
  ...deliveryTools,
  ...actingTools,
];
