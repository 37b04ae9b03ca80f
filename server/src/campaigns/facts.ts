import type { NewEvent } from "../db/event.ts";
import type { AdvancedLead, BegunMessage } from "../db/sending.ts";
import type {
  ConnectionRequestSentData,
  EventDataByType,
  EventType,
  HeraldEvent,
  LeadUpdatedData,
  MessageSentData,
} from "../domain/event.ts";
import { formatsExpressing } from "../domain/formats.ts";
import { newEventId } from "../domain/id.ts";

/** Makes an event of a fact: gives it its ID and time, and notes which formats can express it. `at` is unix milliseconds. */
export function newEvent<T extends EventType>(
  workspaceId: string,
  type: T,
  data: EventDataByType[T],
  about: { leadId?: string | null; campaignId?: string | null; channel?: string | null },
  at: number = Date.now(),
): NewEvent {
  const id = newEventId(at);
  const event = {
    eventId: id,
    eventType: type,
    timestamp: new Date(at).toISOString(),
    workspaceId,
    data,
  } as HeraldEvent;
  return {
    workspaceId,
    id,
    at,
    type,
    leadId: about.leadId ?? null,
    campaignId: about.campaignId ?? null,
    channel: about.channel ?? null,
    formats: formatsExpressing(event),
    data: JSON.stringify(data),
  };
}

/** What facts say about a message: the message, and its lead as it is now. */
export type MessageFacts = ConnectionFacts &
  Pick<BegunMessage, "channel" | "source" | "profile" | "phone" | "email" | "subject" | "conversationId">;

type ConnectionFacts = Pick<
  BegunMessage,
  "messageId" | "leadId" | "externalLeadId" | "campaignId" | "sequenceStep" | "linkedinUrl" | "senderId" | "text"
>;

export function messageData(
  message: MessageFacts,
  sent: { providerMessageId: string | null; subject: string | null },
): MessageSentData {
  const followUp = message.sequenceStep !== null && message.sequenceStep > 1;
  return {
    messageId: message.messageId,
    leadId: message.leadId,
    externalLeadId: message.externalLeadId,
    channel: message.channel,
    source: message.source,
    campaignId: message.campaignId,
    sequenceStep: message.sequenceStep,
    isFollowUp: followUp,
    followUpStep: followUp ? message.sequenceStep! - 1 : null,
    senderId: message.senderId,
    profile: message.profile,
    linkedinUrl: message.linkedinUrl,
    phone: message.phone,
    email: message.email,
    content: { subject: message.channel === "email" ? (sent.subject ?? message.subject) : null, text: message.text },
    conversationId: message.conversationId,
    providerMessageId: sent.providerMessageId,
  };
}

export function connectionData(message: ConnectionFacts): ConnectionRequestSentData {
  return {
    messageId: message.messageId,
    leadId: message.leadId,
    externalLeadId: message.externalLeadId,
    campaignId: message.campaignId,
    sequenceStep: message.sequenceStep,
    linkedinUrl: message.linkedinUrl,
    senderId: message.senderId,
    note: message.text === "" ? null : message.text,
  };
}

export function leadUpdatedData(lead: AdvancedLead, campaignId: string | null): LeadUpdatedData {
  return {
    leadId: lead.leadId,
    externalLeadId: lead.externalLeadId,
    campaignId,
    linkedinUrl: lead.linkedinUrl,
    previousStatus: lead.previous,
    newStatus: lead.next,
    changedBy: "automation",
    note: null,
  };
}
