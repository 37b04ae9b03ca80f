import type { NewEvent } from "../db/event.ts";
import { campaignOfConversation } from "../db/inbound.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import { advanceLeads, type Parking } from "../db/sending.ts";
import { markConnected } from "../db/stopping.ts";
import { connectionData, leadUpdatedData, messageData } from "./facts.ts";
import type { MessageResult } from "./message-result.ts";

/** The facts that results of messages are. */

/** A message could be sent, so that the lead has accepted the invitation. Leads that wait for it go on. */
export async function acceptances(
  tx: Queryable,
  counted: readonly MessageResult[],
  accepted: ReadonlySet<string>,
): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  for (const { message, outcome } of counted) {
    if (!message || !outcome || !accepted.has(message.messageId)) continue;
    const { workspaceId, leadId, senderId, conversationId, externalLeadId, linkedinUrl } = message;
    await markConnected(tx, workspaceId, leadId, senderId);
    const campaignId = message.campaignId ?? (await campaignOfConversation(tx, workspaceId, leadId, conversationId));
    const acceptedAt = outcome.sentAt ?? new Date().toISOString();
    const data = { leadId, externalLeadId, campaignId, linkedinUrl, senderId, acceptedAt };
    const about = { leadId, campaignId, channel: "linkedin" };
    events.push(newEvent(workspaceId, "connection_request.accepted", data, about));
  }
  return events;
}

/** Leads whose status moves on since something went out to them. */
export async function leadEvents(tx: Queryable, counted: readonly MessageResult[]): Promise<NewEvent[]> {
  const sent = counted.filter((result) => result.outcome?.status === "sent");
  const campaigns = new Map(sent.map(({ message }) => [message!.leadId, message!.campaignId]));
  const advanced = await advanceLeads(
    tx,
    sent.map(({ message }) => ({
      workspaceId: message!.workspaceId,
      leadId: message!.leadId,
      next: message!.action === "connect" ? ("CONNECTION_SENT" as const) : ("MESSAGE_SENT" as const),
    })),
  );
  return advanced.map((lead) => {
    const campaignId = campaigns.get(lead.leadId) ?? null;
    return newEvent(lead.workspaceId, "lead.updated", leadUpdatedData(lead, campaignId), {
      leadId: lead.leadId,
      campaignId,
    });
  });
}

export function pausedEvent({ workspaceId, senderId, channel, reason, until }: Parking): NewEvent {
  const at = Number.isFinite(until) ? new Date(until).toISOString() : null;
  const data = { senderId, channel, reason, until: at, pausedBy: "provider" as const };
  return newEvent(workspaceId, "sender.paused", data, { channel });
}

/** The facts that a message's outcome is. */
export function eventsOf({ message, outcome, settlement }: MessageResult): NewEvent[] {
  if (!message || !outcome) return [];
  const about = { leadId: message.leadId, campaignId: message.campaignId, channel: message.channel };
  const { providerMessageId, subject, sentAt } = outcome;
  const data = messageData(message, { providerMessageId, subject, sentAt });
  if (outcome.status === "failed" || outcome.status === "blocked") {
    return [
      newEvent(
        message.workspaceId,
        "message.failed",
        { ...data, code: outcome.code ?? "", reason: outcome.detail ?? "" },
        about,
      ),
    ];
  }
  // Nobody asks the provider any more.
  if (outcome.status === "uncertain" && settlement.nextAt === null) {
    const why = { code: outcome.code ?? "", reason: outcome.detail ?? "" };
    return [newEvent(message.workspaceId, "message.uncertain", { ...data, ...why }, about)];
  }
  if (outcome.status !== "sent") return [];
  // Nothing went out to somebody who was connected, or invited, already.
  if (message.action === "connect")
    return outcome.code === null
      ? [newEvent(message.workspaceId, "connection_request.sent", connectionData(message, sentAt), about)]
      : [];
  return [newEvent(message.workspaceId, "message.sent", data, about)];
}
