import { createHmac } from "node:crypto";
import type {
  EventType,
  LeadDoNotContactData,
  LeadFieldsUpdatedData,
  LeadOptedOutData,
  LeadTagUpdatedData,
  MessageReceivedData,
  MessageSentData,
  NotificationCreatedData,
} from "../event.ts";
import type { Format, StoredEvent } from "../format.ts";
import { checkTextSecret, newTextSecret } from "../text-secret.ts";

/** Apten's name of an event, where it is another one than Herald's. */
const names: { readonly [T in EventType]?: string } = {
  "lead.opted_out": "optOut",
  "lead.do_not_contact": "doNotContact",
  "lead.tag.updated": "leadTagged",
  "lead.fields.updated": "lead.additionalInfo.updated",
  "notification.created": "notification",
};

/**
 * For handlers written for Apten: messages and replies by SMS and email, opt-outs, tags. What does not apply is absent there,
 * not null.
 */
export const apten: Format = {
  name: "apten",
  bit: 4,
  eventTypes: [
    "message.sent",
    "message.received",
    "lead.opted_out",
    "lead.do_not_contact",
    "lead.tag.updated",
    "lead.fields.updated",
    "notification.created",
  ],
  limits:
    "LinkedIn, what became of messages, opt-ins, opt-outs and notifications of people who are no leads, new leads, changes of other fields than custom ones, tags that were removed, lead statuses and campaigns: Apten has no events for them.",

  expresses(event) {
    switch (event.eventType) {
      case "message.sent":
      case "message.received":
        return event.data.channel !== "linkedin";
      case "lead.opted_out":
        return event.data.channel !== "linkedin" && event.data.leadId !== null;
      case "lead.do_not_contact":
        return true;
      case "lead.tag.updated":
        return event.data.added.length === 1 && event.data.removed.length === 0;
      case "lead.fields.updated":
        return Object.keys(event.data.custom).length > 0;
      case "notification.created":
        return event.data.leadId !== null && (event.data.channel === "sms" || event.data.channel === "email");
      default:
        return false;
    }
  },

  body(event) {
    return JSON.stringify({
      event: names[event.eventType] ?? event.eventType,
      data: dataOf(event),
      // The one event of Apten's that has an ID.
      ...(event.eventType === "lead.fields.updated" ? { eventId: event.eventId } : {}),
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
  if (eventType === "lead.opted_out") return optOut(JSON.parse(data) as LeadOptedOutData);
  if (eventType === "lead.do_not_contact") return doNotContact(JSON.parse(data) as LeadDoNotContactData);
  if (eventType === "lead.tag.updated") return leadTagged(JSON.parse(data) as LeadTagUpdatedData);
  if (eventType === "lead.fields.updated") return additionalInfo(JSON.parse(data) as LeadFieldsUpdatedData);
  if (eventType === "notification.created") return notification(JSON.parse(data) as NotificationCreatedData);
  throw new Error(`The apten format can't express ${eventType}.`);
}

/** Who it is about, as all of them begin. */
function idsOf(data: { leadId: string | null; externalLeadId: string | null; phone: string | null }): object {
  return {
    leadId: data.leadId,
    ...(data.externalLeadId === null ? {} : { externalLeadId: data.externalLeadId }),
    // Always there. Apten knows each lead by its phone; Herald may know only the email address, and then this is null,
    // as `email` is null in Apten's own doNotContact for a lead without one. An empty string would claim a number.
    phone: data.phone,
  };
}

function aboutLead(data: MessageSentData | MessageReceivedData): object {
  return { ...idsOf(data), channel: data.channel, profile: data.profile ?? "Default Profile" };
}

/** Apten's words for why an email address is not written to; null: none of them fits. */
const optOutReasons: { readonly [K in LeadOptedOutData["kind"]]: string | null } = {
  keyword: null,
  provider: null,
  unsubscribe: "UNSUBSCRIBE_LINK",
  complaint: "COMPLAINT",
  bounce: "BOUNCE",
  invalid: "BOUNCE",
  manual: "MANUAL",
  do_not_contact: "MANUAL",
};

function optOut(data: LeadOptedOutData): object {
  const isEmail = data.channel === "email";
  const text = data.evidence?.text;
  return {
    ...idsOf(data),
    channel: data.channel,
    optOutReason: isEmail ? optOutReasons[data.kind] : null,
    isTwilioOptOut: isEmail ? null : data.evidence?.provider === "twilio",
    ...(text === undefined ? {} : { optOutMessage: text }),
    isDoNotContact: data.isDoNotContact,
  };
}

function doNotContact(data: LeadDoNotContactData): object {
  return { ...idsOf(data), email: data.email, optOutMessage: data.evidence?.text ?? null };
}

function leadTagged(data: LeadTagUpdatedData): object {
  const { channel } = data;
  return { ...idsOf(data), channel: channel === "sms" || channel === "email" ? channel : "manual", tag: data.added[0] };
}

function additionalInfo({ leadId, externalLeadId, phone, custom }: LeadFieldsUpdatedData): object {
  return { leadId, phone, additionalInfo: custom, ...(externalLeadId === null ? {} : { externalLeadId }) };
}

function notification({ leadId, phone, channel, name, message }: NotificationCreatedData): object {
  return { leadId, phone, channel, notificationName: name, notificationMessage: message };
}

function contentOf({ channel, content: { subject, text } }: MessageSentData | MessageReceivedData): object {
  return channel === "email" && subject !== null ? { subject, text } : { text };
}

function messageReceived(data: MessageReceivedData): object {
  // Events of older versions don't have the field.
  const hasAttachments = data.hasAttachments ?? data.attachments.length > 0;
  return { ...aboutLead(data), content: contentOf(data), ...(data.channel === "email" ? { hasAttachments } : {}) };
}

function messageSent(data: MessageSentData): object {
  return {
    ...aboutLead(data),
    isFollowUp: data.isFollowUp,
    followUpStep: data.followUpStep,
    content: contentOf(data),
  };
}
