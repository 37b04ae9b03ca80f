import type {
  ChannelName,
  EventDataByType,
  EventType,
  HeraldEvent,
  MessageReceivedData,
  MessageSentData,
} from "../../src/domain/event.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import type { StoredEvent } from "../../src/domain/format.ts";

/** Events for the format tests. */

const emptyMessage: MessageSentData = {
  messageId: "msg_01k9",
  leadId: "lead_abc123",
  externalLeadId: null,
  channel: "linkedin",
  source: "campaign",
  campaignId: null,
  sequenceStep: null,
  isFollowUp: false,
  followUpStep: null,
  stepId: null,
  variant: null,
  senderId: "sender_def456",
  profile: null,
  tags: [],
  linkedinUrl: null,
  phone: null,
  email: null,
  content: { subject: null, text: "Hi John" },
  conversationId: null,
  providerMessageId: null,
  sentAt: null,
};

export function message(fields: Partial<MessageSentData>): MessageSentData {
  return { ...emptyMessage, ...fields };
}

export function eventOf<T extends EventType>(eventType: T, data: EventDataByType[T], timestamp?: string) {
  return {
    eventId: "evt_1708456789123_abc123def",
    eventType,
    timestamp: timestamp ?? "2024-02-24T10:30:00.000Z",
    workspaceId: "ws_abc123xyz",
    data,
  } as HeraldEvent & { eventType: T; data: EventDataByType[T] };
}

/** The event as the log holds it. */
export function stored(event: HeraldEvent): StoredEvent {
  return { ...event, data: JSON.stringify(event.data) };
}

const lead = {
  leadId: "lead_1",
  externalLeadId: "003XX",
  campaignId: "camp_1",
  linkedinUrl: "https://www.linkedin.com/in/john-doe",
};
const campaign = { campaignId: "camp_1", campaignName: "Spring" };
const at = "2024-02-24T10:29:59.000Z";

export function received(channel: ChannelName, fields: Partial<MessageReceivedData> = {}): MessageReceivedData {
  return {
    ...{ messageId: "msg_2", leadId: "lead_1", externalLeadId: "003XX", channel, campaignId: "camp_1" },
    ...{ senderId: "sender_1", profile: null, linkedinUrl: lead.linkedinUrl, phone: "+14155550100", email: null },
    ...{ content: { subject: null, text: "Yes, Tuesday" }, visibleText: null, attachments: [] },
    ...{ hasAttachments: false, truncated: false, keyword: null },
    ...{ conversationId: "conv_1", providerMessageId: "SM1", receivedAt: at },
    ...fields,
  };
}

/** One event of each type, with every key set. */
export const oneOfEach: { [T in EventType]: HeraldEvent } = {
  "message.sent": eventOf("message.sent", message({})),
  "message.failed": eventOf("message.failed", { ...message({}), code: "invalid_recipient", reason: "No such person." }),
  "connection_request.sent": eventOf("connection_request.sent", {
    ...lead,
    messageId: "msg_1",
    senderId: "sender_1",
    sequenceStep: 1,
    ...{ stepId: null, variant: null, source: "campaign", profile: null, tags: [], sentAt: at },
    note: "Hello",
  }),
  "connection_request.accepted": eventOf("connection_request.accepted", {
    ...lead,
    senderId: "sender_1",
    acceptedAt: at,
  }),
  "message.received": eventOf("message.received", received("sms")),
  "reply.received": eventOf("reply.received", received("linkedin")),
  "lead.updated": eventOf("lead.updated", {
    ...lead,
    previousStatus: "PENDING",
    newStatus: "MESSAGE_SENT",
    changedBy: "automation",
    note: "first message",
    changedAt: at,
  }),
  "campaign.started": eventOf("campaign.started", { ...campaign, totalLeads: 7, startedAt: at }),
  "campaign.paused": eventOf("campaign.paused", { ...campaign, pausedAt: at, pausedBy: "user" }),
  "campaign.resumed": eventOf("campaign.resumed", { ...campaign, resumedAt: at, resumedBy: "api" }),
  "campaign.finished": eventOf("campaign.finished", { ...campaign, totalLeads: 7, finishedAt: at }),
  "message.delivered": eventSample("ws_1", "message.delivered", { channel: "sms" }),
  "message.uncertain": eventSample("ws_1", "message.uncertain", { channel: "sms" }),
  "message.bounced": eventSample("ws_1", "message.bounced", { channel: "sms" }),
  "message.auto_replied": eventSample("ws_1", "message.auto_replied", { channel: "sms" }),
  "message.opened": eventSample("ws_1", "message.opened", { channel: "sms" }),
  "message.clicked": eventSample("ws_1", "message.clicked", { channel: "sms" }),
  "lead.created": eventSample("ws_1", "lead.created"),
  "lead.fields.updated": eventSample("ws_1", "lead.fields.updated"),
  "notification.created": eventSample("ws_1", "notification.created"),
  "lead.tag.updated": eventSample("ws_1", "lead.tag.updated", { channel: "sms" }),
  "lead.opted_out": eventSample("ws_1", "lead.opted_out", { channel: "sms" }),
  "lead.opted_in": eventSample("ws_1", "lead.opted_in", { channel: "sms" }),
  "lead.do_not_contact": eventSample("ws_1", "lead.do_not_contact", { channel: "sms" }),
  "audit.sealed": eventSample("ws_1", "audit.sealed"),
  "lead.erased": eventSample("ws_1", "lead.erased"),
  "approval.created": eventSample("ws_1", "approval.created"),
  "approval.decided": eventSample("ws_1", "approval.decided"),
  "draft.created": eventSample("ws_1", "draft.created", { channel: "sms" }),
  "draft.decided": eventSample("ws_1", "draft.decided", { channel: "sms" }),
  "sender.resumed": eventSample("ws_1", "sender.resumed", { channel: "sms" }),
  "sender.receiving_failed": eventSample("ws_1", "sender.receiving_failed", { channel: "email" }),
  "sender.receiving_resumed": eventSample("ws_1", "sender.receiving_resumed", { channel: "email" }),
  "sender.paused": eventOf("sender.paused", {
    ...{ senderId: "sender_1", channel: "sms", reason: "Throttled", until: at, pausedBy: "provider" },
  }),
  "task.created": eventOf("task.created", {
    taskId: "task_1",
    leadId: "lead_1",
    externalLeadId: "003XX",
    campaignId: "camp_1",
    stepId: "step_1",
    sequenceStep: 2,
    channel: null,
    linkedinUrl: lead.linkedinUrl,
    phone: "+14155550100",
    email: "john@example.com",
    title: "Call",
    text: "Call John",
  }),
  "task.completed": eventOf("task.completed", {
    taskId: "task_1",
    leadId: "lead_1",
    campaignId: "camp_1",
    stepId: "step_1",
    outcome: "done",
    note: "Left a message",
  }),
  "destination.disabled": eventOf("destination.disabled", {
    destinationId: "dest_1",
    destinationName: "CRM bridge",
    disabledBy: "system",
    reason: "Nothing but failures for five days.",
    disabledAt: at,
    failingSince: at,
  }),
};
