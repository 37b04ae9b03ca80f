import { createHmac } from "node:crypto";
import type { MessageSentData } from "../event.ts";
import type { Format } from "../format.ts";
import { checkTextSecret, newTextSecret } from "../text-secret.ts";

/** For handlers written for Apten: messages by SMS and email. What does not apply is absent there, not null. */
export const apten: Format = {
  name: "apten",
  bit: 4,
  eventTypes: ["message.sent"],
  limits:
    "LinkedIn messages and invitations, messages that failed, lead statuses and campaigns: Apten has no events for them.",

  expresses: (event) => event.eventType === "message.sent" && event.data.channel !== "linkedin",

  body(event) {
    if (event.eventType !== "message.sent") throw new Error(`The apten format can't express ${event.eventType}.`);
    return JSON.stringify({
      event: event.eventType,
      data: messageSent(JSON.parse(event.data) as MessageSentData),
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

function messageSent(data: MessageSentData): object {
  return {
    leadId: data.leadId,
    ...(data.externalLeadId === null ? {} : { externalLeadId: data.externalLeadId }),
    // Always there. Apten knows each lead by its phone; Herald may know only the email address, and then this is null,
    // as `email` is null in Apten's own doNotContact for a lead without one. An empty string would claim a number.
    phone: data.phone,
    channel: data.channel,
    profile: data.profile ?? "Default Profile",
    isFollowUp: data.isFollowUp,
    followUpStep: data.followUpStep,
    content: {
      ...(data.channel === "email" && data.content.subject !== null ? { subject: data.content.subject } : {}),
      text: data.content.text,
    },
  };
}
