import { createHmac } from "node:crypto";
import type { HeraldEvent } from "../event.ts";
import type { Format, StoredEvent } from "../format.ts";
import { checkTextSecret, newTextSecret } from "../text-secret.ts";

/** For handlers written for SendPilot: its events, its keys in its order, its signature. It knows LinkedIn only. */
export const sendpilot: Format = {
  name: "sendpilot",
  bit: 2,
  eventTypes: [
    "message.sent",
    "reply.received",
    "connection_request.sent",
    "connection_request.accepted",
    "lead.updated",
    "lead.tag.updated",
    "campaign.started",
    "campaign.paused",
    "campaign.resumed",
    "campaign.finished",
  ],
  limits:
    "SMS and email messages, new leads and changed fields, notifications, what became of messages, opt-outs, paused senders, tasks, disabled destinations, and status and tag changes of leads without a LinkedIn profile: SendPilot knows only LinkedIn.",

  expresses(event) {
    switch (event.eventType) {
      case "message.sent":
        return event.data.channel === "linkedin";
      case "lead.updated":
      case "lead.tag.updated":
        // In SendPilot every lead has a profile, and a handler that takes it apart would fail on null, again and
        // again, for a lead that it was never told about.
        return event.data.linkedinUrl !== null;
      case "lead.created":
      case "lead.fields.updated":
      case "notification.created":
      case "message.delivered":
      case "message.uncertain":
      case "message.bounced":
      case "message.auto_replied":
      case "message.opened":
      case "message.clicked":
      case "lead.opted_out":
      case "lead.opted_in":
      case "lead.do_not_contact":
      case "lead.erased":
      case "audit.sealed":
      case "sender.resumed":
      case "sender.receiving_failed":
      case "sender.receiving_resumed":
      case "message.failed":
      case "message.received":
      case "sender.paused":
      case "task.created":
      case "task.completed":
      case "approval.created":
      case "approval.decided":
      case "draft.created":
      case "draft.decided":
      case "destination.disabled":
        return false;
      default:
        return true;
    }
  },

  body(event) {
    return JSON.stringify({
      eventId: event.eventId,
      eventType: event.eventType,
      timestamp: event.timestamp,
      workspaceId: event.workspaceId,
      data: dataOf(event),
    });
  },

  thinReason: "SendPilot's handlers expect its fields, the message's text among them.",

  secretRequired: true,
  newSecret: newTextSecret,
  checkSecret: checkTextSecret,

  /**
   * One signature, by the first secret: during a rotation by the new one.
   * A second `s=` would reach few handlers. The one in SendPilot's guide takes the first `s=` that it finds, one that
   * makes a map of the parts takes the last, and a strict one refuses the header. Whatever the order, one kind would
   * look at the old secret's signature and refuse every request for the rest of the day that its owner has put in the
   * new one. With the new secret alone, all kinds refuse only until the new secret is in place, and retries bridge that.
   */
  sign({ body, secrets, at }) {
    const secret = secrets[0];
    if (secret === undefined) throw new Error("The sendpilot format can't be sent without a secret.");
    const t = Math.floor(at.getTime() / 1000);
    const s = createHmac("sha256", secret).update(`${t}.`).update(body).digest("hex");
    return { "webhook-signature": `t=${t},s=${s}` };
  },
};

/** SendPilot's `data`, in its order of keys. */
function dataOf(stored: StoredEvent): object {
  const event = { ...stored, data: JSON.parse(stored.data) } as HeraldEvent;
  switch (event.eventType) {
    case "message.sent": {
      const { leadId, campaignId, linkedinUrl, senderId, content, sequenceStep } = event.data;
      const message = { leadId, campaignId, linkedinUrl, senderId, message: content.text };
      return sequenceStep === null ? message : { ...message, sequenceStep };
    }
    case "connection_request.sent": {
      const { leadId, campaignId, linkedinUrl, senderId, note } = event.data;
      const request = { leadId, campaignId, linkedinUrl, senderId };
      return note ? { ...request, note } : request;
    }
    case "connection_request.accepted": {
      const { leadId, campaignId, linkedinUrl, senderId, acceptedAt } = event.data;
      return { leadId, campaignId, linkedinUrl, senderId, acceptedAt };
    }
    case "reply.received": {
      const { leadId, campaignId, linkedinUrl, senderId, content } = event.data;
      return { leadId, campaignId, linkedinUrl, senderId, reply: content.text };
    }
    case "lead.updated": {
      const { leadId, campaignId, linkedinUrl, previousStatus, newStatus } = event.data;
      return { leadId, campaignId, linkedinUrl, previousStatus, newStatus };
    }
    case "lead.tag.updated": {
      const { leadId, campaignId, linkedinUrl, tags, added, removed } = event.data;
      return { leadId, campaignId, linkedinUrl, tags, added, removed };
    }
    case "campaign.started": {
      const { campaignId, campaignName, totalLeads, startedAt } = event.data;
      return { campaignId, campaignName, totalLeads, startedAt };
    }
    case "campaign.paused": {
      const { campaignId, campaignName, pausedAt, pausedBy } = event.data;
      return { campaignId, campaignName, pausedAt, pausedBy };
    }
    case "campaign.resumed": {
      const { campaignId, campaignName, resumedAt, resumedBy } = event.data;
      return { campaignId, campaignName, resumedAt, resumedBy };
    }
    case "campaign.finished": {
      const { campaignId, campaignName, totalLeads, finishedAt } = event.data;
      return { campaignId, campaignName, totalLeads, finishedAt };
    }
    case "lead.created":
    case "lead.fields.updated":
    case "notification.created":
    case "message.delivered":
    case "message.uncertain":
    case "message.bounced":
    case "message.auto_replied":
    case "message.opened":
    case "message.clicked":
    case "lead.opted_out":
    case "lead.opted_in":
    case "lead.do_not_contact":
    case "lead.erased":
    case "audit.sealed":
    case "sender.resumed":
    case "sender.receiving_failed":
    case "sender.receiving_resumed":
    case "message.failed":
    case "message.received":
    case "sender.paused":
    case "task.created":
    case "task.completed":
    case "approval.created":
    case "approval.decided":
    case "draft.created":
    case "draft.decided":
    case "destination.disabled":
      throw new Error(`The sendpilot format can't express ${event.eventType}.`);
  }
}
