import { newId } from "../../server/src/domain/id.ts";

/** The secret that all webhooks of a benchmark are signed with. */
export const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** Many messages are of one campaign and one sender: figures are counted by them. */
const campaignId = newId("campaign");
const senderId = newId("sender");

/** The `data` of a `message.sent` event as a campaign's SMS has it, to a lead of its own: some 700 bytes of JSON. */
export function sampleEventData(): string {
  return JSON.stringify({
    messageId: newId("message"),
    leadId: newId("lead"),
    externalLeadId: null,
    channel: "sms",
    source: "campaign",
    campaignId,
    sequenceStep: 2,
    isFollowUp: true,
    followUpStep: 1,
    senderId,
    profile: null,
    linkedinUrl: "https://www.linkedin.com/in/jane-doe",
    phone: "+12025550189",
    email: "jane@example.com",
    content: { subject: null, text: "Hi Jane, good to be connected. Would a short call on Tuesday suit you?" },
    conversationId: newId("conversation"),
    providerMessageId: `SM${"0123456789abcdef".repeat(2)}`,
  });
}
