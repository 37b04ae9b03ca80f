import type { EventType } from "../../../sdk/src/events.ts";

/** In the order in which a person looks for them. A type that is missing or wrong here fails the type check. */
const all: Record<EventType, true> = {
  "message.sent": true,
  "message.delivered": true,
  "message.received": true,
  "reply.received": true,
  "message.auto_replied": true,
  "message.failed": true,
  "message.uncertain": true,
  "message.bounced": true,
  "message.opened": true,
  "message.clicked": true,
  "connection_request.sent": true,
  "connection_request.accepted": true,
  "lead.created": true,
  "lead.updated": true,
  "lead.fields.updated": true,
  "lead.tag.updated": true,
  "lead.opted_out": true,
  "lead.opted_in": true,
  "lead.do_not_contact": true,
  "lead.erased": true,
  "campaign.started": true,
  "campaign.paused": true,
  "campaign.resumed": true,
  "campaign.finished": true,
  "sender.paused": true,
  "sender.resumed": true,
  "sender.receiving_failed": true,
  "sender.receiving_resumed": true,
  "task.created": true,
  "task.completed": true,
  "notification.created": true,
  "destination.disabled": true,
  "audit.sealed": true,
};

export const eventTypes = Object.keys(all) as EventType[];
export type { EventType };
