import type { AdvancedLead, BegunMessage } from "../db/sending.ts";
import type { ConnectionRequestSentData, LeadUpdatedData, MessageSentData } from "../domain/event.ts";
import { followUpStepOf } from "../domain/follow-up.ts";

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
  const followUpStep = followUpStepOf(message.sequenceStep);
  return {
    messageId: message.messageId,
    leadId: message.leadId,
    externalLeadId: message.externalLeadId,
    channel: message.channel,
    source: message.source,
    campaignId: message.campaignId,
    sequenceStep: message.sequenceStep,
    isFollowUp: followUpStep !== null,
    followUpStep,
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
