import type { Item, Output } from "../../api/client.ts";
import type { Tone } from "../../ui/status-badge.tsx";

export type Campaign = Output<"GET /v1/campaigns/{id}">;
export type CampaignRow = Item<"GET /v1/campaigns">;
export type Step = Campaign["steps"][number];

export const statusTones: Record<Campaign["status"], Tone> = {
  draft: "neutral",
  active: "active",
  paused: "paused",
  finished: "good",
};

export const stateTones = {
  active: "active",
  held: "warning",
  finished: "good",
  stopped: "neutral",
} as const satisfies Record<string, Tone>;

/** What people call a lead: its name, else an address. */
export function leadName(
  lead: {
    firstName: string | null;
    lastName: string | null;
    email: string | null;
    phone: string | null;
    linkedinUrl: string | null;
  } | null,
): string | null {
  if (lead === null) return null;
  const name = [lead.firstName, lead.lastName].filter(Boolean).join(" ");
  return name || lead.email || lead.phone || lead.linkedinUrl?.replace(/^https:\/\/www\.linkedin\.com/, "") || null;
}
