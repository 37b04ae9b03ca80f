import { createHmac } from "node:crypto";
import type { MessageReceivedData, MessageSentData } from "../event.ts";
import type { Format, StoredEvent } from "../format.ts";
import { checkTextSecret, newTextSecret } from "../text-secret.ts";

/** For handlers written for Apten: messages and replies by SMS and email. What does not apply is absent there, not null. */
export const apten: Format = {
  name: "apten",
  bit: 4,
  eventTypes: ["message.sent", "message.received"],
  limits:
    "LinkedIn messages, replies and invitations, messages that failed, lead statuses and campaigns: Apten has no events for them.",

  expresses: (event) =>
    (event.eventType === "message.sent" || event.eventType === "message.received") && event.data.channel !== "linkedin",

  body(event) {
    return JSON.stringify({
      event: event.eventType,
      data: dataOf(event),
      // Apten's times are whole seconds. Cut, not rounded: no event should lie in the receiver's future.
      timestamp: `${event.timestamp.slice(0, 19)}Z`,
    });
  },

  thinReason: "Apten's payload has no event ID by which the receiver could fetch the rest.",

  secretRequired: false,
  newSecret: newTextSecret,
  checkSecret: checkTextSecret,

  /**
   * No header without a secret, as Apten does it. The header has room for one signature: during a rotation that of
   * the new secret (the first), so that requests fail only until the receiver has it; retries bridge that time.
   */
  sign({ body, secrets }): Record<string, string> {
    const secret = secrets[0];
    if (secret === undefined) return {};
    return { "x-signature-sha256": createHmac("sha256", secret).update(body).digest("hex") };
  },
};

function dataOf({ eventType, data }: StoredEvent): object {
  if (eventType === "message.sent") return messageSent(JSON.parse(data) as MessageSentData);
  if (eventType === "message.received") return messageReceived(JSON.parse(data) as MessageReceivedData);
  throw new Error(`The apten format can't express ${eventType}.`);
}

/** Who a message is about, as both kinds begin. */
function aboutLead(data: MessageSentData | MessageReceivedData): object {
  return {
    leadId: data.leadId,
    ...(data.externalLeadId === null ? {} : { externalLeadId: data.externalLeadId }),
    // Always there. Apten knows each lead by its phone; Herald may know only the email address, and then this is null,
    // as `email` is null in Apten's own doNotContact for a lead without one. An empty string would claim a number.
    phone: data.phone,
    channel: data.channel,
    profile: data.profile ?? "Default Profile",
  };
}

function contentOf({ channel, content: { subject, text } }: MessageSentData | MessageReceivedData): object {
  return channel === "email" && subject !== null ? { subject, text } : { text };
}

function messageReceived(data: MessageReceivedData): object {
  const attachments = data.channel === "email" ? { hasAttachments: data.attachments.length > 0 } : {};
  return { ...aboutLead(data), content: contentOf(data), ...attachments };
}

function messageSent(data: MessageSentData): object {
  return {
    ...aboutLead(data),
    isFollowUp: data.isFollowUp,
    followUpStep: data.followUpStep,
    content: contentOf(data),
  };
}
