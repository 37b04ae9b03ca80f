import type { AdvancedLead, BegunMessage } from "../db/sending.ts";
import type { ConnectionRequestSentData, LeadUpdatedData, MessageSentData } from "../domain/event.ts";
import { followUpStepOf } from "../domain/follow-up.ts";

/** What facts say about a message: the message, and its lead as it is now. */
export type MessageFacts = ConnectionFacts &
  Pick<BegunMessage, "channel" | "phone" | "email" | "subject" | "conversationId">;

type ConnectionFacts = Pick<
  BegunMessage,
  | (
      | "messageId"
      | "leadId"
      | "externalLeadId"
      | "campaignId"
      | "sequenceStep"
      | "stepId"
      | "variant"
      | "linkedinUrl"
      | "senderId"
    )
  | ("source" | "profile" | "tags" | "text")
>;

export function messageData(
  message: MessageFacts,
  sent: { providerMessageId: string | null; subject: string | null; sentAt: string | null },
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
    stepId: message.stepId,
    variant: message.variant,
    tags: message.tags,
    sentAt: sent.sentAt,
  };
}

export function connectionData(message: ConnectionFacts, sentAt: string | null): ConnectionRequestSentData {
  return {
    messageId: message.messageId,
    leadId: message.leadId,
    externalLeadId: message.externalLeadId,
    campaignId: message.campaignId,
    sequenceStep: message.sequenceStep,
    stepId: message.stepId,
    variant: message.variant,
    linkedinUrl: message.linkedinUrl,
    senderId: message.senderId,
    source: message.source,
    profile: message.profile,
    tags: message.tags,
    note: message.text === "" ? null : message.text,
    sentAt,
  };
}

/** `at`: when what moved it happened. */
export function leadUpdatedData(lead: AdvancedLead, campaignId: string | null, at = new Date()): LeadUpdatedData {
  return {
    leadId: lead.leadId,
    externalLeadId: lead.externalLeadId,
    campaignId,
    linkedinUrl: lead.linkedinUrl,
    previousStatus: lead.previous,
    newStatus: lead.next,
    changedBy: "automation",
    note: null,
    changedAt: at.toISOString(),
  };
}
