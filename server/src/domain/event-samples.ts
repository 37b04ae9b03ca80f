import type {
  ChannelName,
  EventDataByType,
  EventType,
  HeraldEvent,
  MessageReceivedData,
  MessageSentData,
} from "./event.ts";
import type { Format } from "./format.ts";
import { newEventId } from "./id.ts";

/** A sample of each event, for tests of destinations and previews: about a person who doesn't exist. */

const messageId = "msg_01k9d3v0x5e0rb1v6m2z8q4w7n";
const lead = {
  leadId: "lead_01k9d3v0x5e0rb1v6m2z8q4w7p",
  externalLeadId: "00QSAMPLE0000001",
};
/** By which a sample is known where nothing may be made of it in other systems. */
export const sampleLeadId = lead.leadId;
const linkedinUrl = "https://www.linkedin.com/in/sample-lead";
const campaign = { campaignId: "camp_01k9d3v0x5e0rb1v6m2z8q4w7q", campaignName: "Sample campaign" };
const senderId = "sender_01k9d3v0x5e0rb1v6m2z8q4w7r";
const approval = {
  ...{ approvalId: "appr_01k9d3v0x5e0rb1v6m2z8q4w7n", action: "send_message", leadId: lead.leadId },
  ...{ campaignId: null, conversationId: null },
};
const draft = {
  ...{ turnId: "turn_01k9d3v0x5e0rb1v6m2z8q4w7n", leadId: lead.leadId },
  profileId: "prof_01k9d3v0x5e0rb1v6m2z8q4w7n",
};
const task = { taskId: "task_01k9d3v0x5e0rb1v6m2z8q4w7s", stepId: "step_01k9d3v0x5e0rb1v6m2z8q4w7t" };

function message(channel: ChannelName): MessageSentData {
  return {
    ...{ messageId, ...lead, channel, source: "campaign", campaignId: campaign.campaignId },
    ...{ sequenceStep: 2, isFollowUp: true, followUpStep: 1, senderId, profile: null },
    linkedinUrl,
    // From the ranges that are kept for fiction and documentation.
    phone: "+12025550123",
    email: "sample.lead@example.com",
    content: { subject: channel === "email" ? "A sample" : null, text: "This is a sample message from Herald." },
    ...{ conversationId: null, providerMessageId: "sample-1" },
    ...{ stepId: task.stepId, variant: null, tags: [], sentAt: null },
  };
}

function received(channel: ChannelName, at: string): MessageReceivedData {
  const { messageId, leadId, externalLeadId, campaignId, profile, linkedinUrl, phone, email } = message(channel);
  return {
    ...{ messageId, leadId, externalLeadId, channel, campaignId, senderId, profile, linkedinUrl, phone, email },
    content: { subject: channel === "email" ? "Re: A sample" : null, text: "This is a sample reply." },
    ...{
      visibleText: null,
      attachments: [],
      hasAttachments: false,
      truncated: false,
      keyword: null,
      conversationId: "conv_01k9d3v0x5e0rb1v6m2z8q4w7w",
    },
    ...{ providerMessageId: "sample-2", receivedAt: at },
  };
}

/** As the events about consent begin. */
const consent = {
  ...lead,
  ...{ linkedinUrl, phone: "+12025550123", email: "sample.lead@example.com" },
  reason: "A sample: it asked for that.",
  source: "lead",
  changedBy: null,
  note: null,
  evidence: { messageId, text: "STOP" },
} as const;
const addresses = { linkedin: linkedinUrl, sms: consent.phone, email: consent.email } as const;

function dataOf(channel: ChannelName, at: string): EventDataByType {
  return {
    "message.sent": message(channel),
    "message.failed": { ...message(channel), code: "invalid_recipient", reason: "A sample: there is no such person." },
    "message.delivered": { ...message(channel), deliveredAt: at },
    "message.uncertain": {
      ...{ ...message(channel), code: "connection_lost", reason: "A sample: the connection was lost." },
    },
    "message.bounced": {
      ...{ ...message("email"), code: "bounced", smtpStatus: "5.1.1", bouncedAt: at },
      reason: "A sample: 550 5.1.1 There is no such user.",
    },
    "message.auto_replied": { ...received("email", at), automatic: "out_of_office", pausedUntil: null },
    "message.opened": { ...message("email"), first: true, count: 1, automated: false, openedAt: at },
    "message.clicked": {
      ...{
        ...message("email"),
        url: "https://www.example.com/",
        first: true,
        count: 1,
        automated: false,
        clickedAt: at,
      },
    },
    "connection_request.sent": {
      ...{ messageId, ...lead, campaignId: campaign.campaignId, sequenceStep: 1, stepId: task.stepId, variant: null },
      ...{ linkedinUrl, senderId, source: "campaign", profile: null, tags: [], sentAt: at },
      note: "This is a sample note.",
    },
    "connection_request.accepted": {
      ...{ ...lead, campaignId: campaign.campaignId, linkedinUrl, senderId, acceptedAt: at },
    },
    "message.received": received(channel === "linkedin" ? "sms" : channel, at),
    "reply.received": received("linkedin", at),
    "lead.created": {
      ...{ ...lead, campaignId: campaign.campaignId, firstName: "Sam", lastName: "Sample", company: "Sample Inc." },
      ...{ title: "Head of Samples", linkedinUrl, phone: consent.phone, email: consent.email },
      ...{ timeZone: "America/New_York", profile: null, tags: ["vip"], custom: { favouriteTopic: "samples" } },
      ...{ origin: "api", createdAt: at },
    },
    "lead.updated": {
      ...{ ...lead, campaignId: campaign.campaignId, linkedinUrl },
      ...{ previousStatus: "PENDING", newStatus: "MESSAGE_SENT", changedBy: "automation", note: null },
      changedAt: at,
    },
    "lead.fields.updated": {
      ...{ ...lead, campaignId: campaign.campaignId, linkedinUrl, phone: consent.phone, email: consent.email },
      fields: { title: { old: null, new: "Head of Samples" } },
      ...{ custom: { favouriteTopic: { old: "hiring", new: "samples" } }, changedBy: "api" },
    },
    "lead.tag.updated": {
      ...{ ...lead, campaignId: campaign.campaignId, linkedinUrl, phone: consent.phone },
      ...{ tags: ["vip"], added: ["vip"], removed: [], changedAt: at, channel: null, reason: null },
    },
    "lead.opted_out": {
      ...{ ...consent, channel, address: addresses[channel], kind: channel === "sms" ? "keyword" : "manual" },
      ...{ linkedChannels: [], isDoNotContact: false, optedOutAt: at },
    },
    "lead.opted_in": {
      ...{ ...consent, channel, address: addresses[channel], kind: channel === "sms" ? "keyword" : "manual" },
      optedInAt: at,
    },
    "lead.do_not_contact": { ...consent, doNotContactAt: at },
    "lead.erased": {
      ...{ ...lead, erasedBy: "key_01k9d3v0x5e0rb1v6m2z8q4w7x", erasedAt: at },
      addressHashes: ["2d8e6a3a4c1f0b5e9d7c6b5a49382716f5e4d3c2b1a0998877665544332211ff"],
    },
    "audit.sealed": {
      ...{ day: at.slice(0, 10), no: 5, minutes: 1_204, sealedAt: at },
      hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      previousHash: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    },
    "notification.created": {
      ...{ ...lead, channel: channel === "linkedin" ? "sms" : channel, linkedinUrl, phone: consent.phone },
      ...{ email: consent.email, name: "Sample notification", message: "A sample: the lead wants to be called." },
    },
    "campaign.started": { ...campaign, totalLeads: 3, startedAt: at },
    "campaign.paused": { ...campaign, pausedAt: at, pausedBy: "api" },
    "campaign.resumed": { ...campaign, resumedAt: at, resumedBy: "api" },
    "campaign.finished": { ...campaign, totalLeads: 3, finishedAt: at },
    "sender.paused": {
      senderId,
      channel,
      reason: "A sample: the provider asks to slow down.",
      until: null,
      pausedBy: "provider",
    },
    "sender.receiving_failed": {
      ...{ senderId, channel, way: "mailbox", code: "login_refused", failingSince: at, retryAt: at },
      reason: "A sample: the IMAP server refused the login.",
    },
    "sender.receiving_resumed": { senderId, channel, way: "mailbox", resumedAt: at },
    "sender.resumed": { senderId, channel, resumedBy: "api", resumedAt: at },
    "task.created": {
      ...{ ...task, ...lead, campaignId: campaign.campaignId, sequenceStep: 3, channel: null },
      ...{ linkedinUrl, phone: "+12025550123", email: "sample.lead@example.com" },
      ...{ title: "Sample task", text: "This is a sample task." },
    },
    "task.completed": {
      ...{ ...task, leadId: lead.leadId, campaignId: campaign.campaignId, outcome: "done", note: null },
    },
    "approval.created": {
      ...{ ...approval, draft: false, note: "A sample: she asked for a date.", createdAt: at, expiresAt: at },
      askedBy: "key_01k9d3v0x5e0rb1v6m2z8q4w7q",
    },
    "approval.decided": {
      ...{ ...approval, outcome: "rejected", note: "A sample: not now.", decidedAt: at },
      decidedBy: "user_01k9d3v0x5e0rb1v6m2z8q4w7n",
    },
    "draft.created": { ...draft, kind: "reply", channel, conversationId: null, createdAt: at },
    "draft.decided": {
      ...{ ...draft, outcome: "rejected", channel, messageId: null, decidedAt: at },
      decidedBy: "user_01k9d3v0x5e0rb1v6m2z8q4w7n",
    },
    "destination.disabled": {
      ...{ destinationId: "dest_01k9d3v0x5e0rb1v6m2z8q4w7v", destinationName: "Sample destination" },
      ...{ disabledBy: "api", reason: "A sample: disabled by the API.", disabledAt: at, failingSince: null },
    },
  };
}

/**
 * A sample of a type in a channel. `at`: unix milliseconds, which the ID holds; behind them stands `test`, so that a sample
 * is known as one by its ID.
 */
export function eventSample(
  workspaceId: string,
  type: EventType,
  { channel = "linkedin", at = Date.now() }: { channel?: ChannelName; at?: number } = {},
): HeraldEvent {
  const timestamp = new Date(at).toISOString();
  const eventId = `${newEventId(at).slice(0, -9)}test${newEventId(at).slice(-5)}`;
  return { eventId, eventType: type, timestamp, workspaceId, data: dataOf(channel, timestamp)[type] } as HeraldEvent;
}

/** A sample that the format can say: of LinkedIn if it can, else of SMS. Null: it can't say any. */
export function sampleFor(format: Format, workspaceId: string, type: EventType): HeraldEvent | null {
  for (const channel of ["linkedin", "sms"] as const) {
    const sample = eventSample(workspaceId, type, { channel });
    if (format.expresses(sample)) return sample;
  }
  return null;
}
