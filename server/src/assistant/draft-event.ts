import type { Turn } from "../db/assistant-turn.ts";
import type { NewEvent } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import type { ChannelName } from "../domain/event.ts";

/** Only for destinations that name them, as what waits for people is nobody else's news. */

export function draftCreated(workspaceId: string, turn: Turn, channel: ChannelName): NewEvent {
  const { id: turnId, leadId, kind, profileId, conversationId, campaignId } = turn;
  const createdAt = new Date().toISOString();
  return newEvent(
    workspaceId,
    "draft.created",
    { turnId, leadId, kind, channel, profileId, conversationId, createdAt },
    { leadId, campaignId, channel, namedOnly: true },
  );
}

/** `turn` as it is after the decision. */
export function draftDecided(workspaceId: string, turn: Turn, outcome: "sent" | "rejected", by: string): NewEvent {
  const { id: turnId, leadId, channel, profileId, messageId, campaignId } = turn;
  const decidedAt = new Date().toISOString();
  return newEvent(
    workspaceId,
    "draft.decided",
    { turnId, leadId, outcome, channel, profileId, messageId, decidedBy: by, decidedAt },
    { leadId, campaignId, channel, namedOnly: true },
  );
}
