import type { EventType } from "../event.ts";
import { type Dimensions, noDimensions } from "./dimensions.ts";

/** What analytics keeps of an event, for ever: no words, no addresses. */
export interface Fact {
  /** The event's ID. */
  id: string;
  /** The lead's ID; of what concerns nobody known, the event's. */
  leadId: string;
  /** Unix ms: when it happened, by whoever told of it; never later than it was recorded. */
  at: number;
  kind: FactKind;
  /** The message that it is about; of an opt-out the one whose link was used. */
  messageId: string | null;
  dimensions: Dimensions;
}

/** positive and negative: what was said of the lead; meeting: that, and that one was booked. */
export const factKinds = [
  "sent",
  "invited",
  "delivered",
  "failed",
  "uncertain",
  "bounced",
  "opened",
  "clicked",
  "replied",
  "connected",
  "optedOut",
  "meeting",
  "positive",
  "negative",
] as const;
export type FactKind = (typeof factKinds)[number];

const kindOf: { readonly [T in EventType]?: FactKind } = {
  "message.sent": "sent",
  "connection_request.sent": "invited",
  "message.delivered": "delivered",
  "message.failed": "failed",
  "message.uncertain": "uncertain",
  "message.bounced": "bounced",
  "message.opened": "opened",
  "message.clicked": "clicked",
  "message.received": "replied",
  "reply.received": "replied",
  "connection_request.accepted": "connected",
  "lead.opted_out": "optedOut",
  "lead.do_not_contact": "optedOut",
};

/** Events that a figure can come from. Of `lead.updated` and `lead.tag.updated` only some, see `factOf`. */
export const countedTypes: readonly string[] = [...Object.keys(kindOf), "lead.updated", "lead.tag.updated"];

/** Texts of which one is in the data of a `lead.updated` that counts. */
export const countedStatuses = ["MEETING_BOOKED", "OPPORTUNITY", "NOT_INTERESTED"] as const;

/** Tags that say that a lead is interested, in any case: Apten's, and what people call it. */
export const positiveTags: readonly string[] = ["ishot", "isqualified", "interested", "positive"];

/** An event's data, as far as figures come from it. Events of older versions lack some of it. */
interface Data {
  messageId?: string | null;
  leadId?: string | null;
  channel?: string | null;
  source?: string | null;
  campaignId?: string | null;
  sequenceStep?: number | null;
  stepId?: string | null;
  variant?: string | null;
  senderId?: string | null;
  profile?: string | null;
  tags?: readonly string[] | null;
  keyword?: string | null;
  automated?: boolean;
  kind?: string;
  isDoNotContact?: boolean;
  previousStatus?: string;
  newStatus?: string;
  added?: readonly string[];
  evidence?: Readonly<Record<string, unknown>> | null;
  sentAt?: string | null;
  deliveredAt?: string | null;
  bouncedAt?: string | null;
  openedAt?: string | null;
  clickedAt?: string | null;
  receivedAt?: string | null;
  acceptedAt?: string | null;
  optedOutAt?: string | null;
  doNotContactAt?: string | null;
  changedAt?: string | null;
}

/** When such a thing happened, by its own account. */
const ownTime: { readonly [K in FactKind]: keyof Data | null } = {
  sent: "sentAt",
  invited: "sentAt",
  delivered: "deliveredAt",
  failed: null,
  uncertain: null,
  bounced: "bouncedAt",
  opened: "openedAt",
  clicked: "clickedAt",
  replied: "receivedAt",
  connected: "acceptedAt",
  optedOut: "optedOutAt",
  meeting: "changedAt",
  positive: "changedAt",
  negative: "changedAt",
};

/** What an event says for the figures; null: nothing. `at`: its time in the log, unix ms. `data`: JSON. */
export function factOf(event: {
  id: string;
  at: number;
  type: string;
  leadId: string | null;
  data: string;
}): Fact | null {
  const data = JSON.parse(event.data) as Data;
  const kind = kindOfEvent(event.type, data);
  if (kind === null) return null;
  const own = ownTime[kind];
  const told = own === null ? Number.NaN : Date.parse(String(data[own] ?? data.doNotContactAt));
  const evident = kind === "optedOut" ? data.evidence?.messageId : data.messageId;
  return {
    id: event.id,
    leadId: event.leadId ?? data.leadId ?? event.id,
    at: told >= 0 && told < event.at ? told : event.at,
    kind,
    messageId: typeof evident === "string" && kind !== "replied" ? evident : null,
    dimensions: dimensionsOf(kind, data),
  };
}

function kindOfEvent(type: string, data: Data): FactKind | null {
  if (type === "lead.updated") {
    if (data.newStatus === data.previousStatus) return null;
    if (data.newStatus === "MEETING_BOOKED") return "meeting";
    if (data.newStatus === "OPPORTUNITY") return "positive";
    return data.newStatus === "NOT_INTERESTED" ? "negative" : null;
  }
  if (type === "lead.tag.updated") {
    return data.added?.some((tag) => positiveTags.includes(tag.toLowerCase())) ? "positive" : null;
  }
  const kind = kindOf[type as EventType] ?? null;
  // STOP is no reply: it is an opt-out, and told as one.
  if (kind === "replied" && data.keyword === "stop") return null;
  if ((kind === "opened" || kind === "clicked") && data.automated === true) return null;
  // An address that doesn't work is no wish of the person's; and do-not-contact, which names each channel, is one.
  if (kind === "optedOut" && (data.kind === "bounce" || data.kind === "invalid" || data.isDoNotContact)) return null;
  return kind;
}

const linkedinKinds: readonly FactKind[] = ["invited", "connected"];

function dimensionsOf(kind: FactKind, data: Data): Dimensions {
  const told = typeof data.sequenceStep === "number" ? String(data.sequenceStep) : null;
  const said = kind === "meeting" || kind === "positive" || kind === "negative";
  return {
    ...noDimensions,
    channel: data.channel ?? (linkedinKinds.includes(kind) ? "linkedin" : null),
    campaignId: data.campaignId ?? null,
    step: data.stepId ?? told,
    variant: data.variant ?? null,
    senderId: data.senderId ?? null,
    profile: data.profile ?? null,
    // Who asked for an opt-out is another thing than where a message came from.
    source: kind === "optedOut" ? null : (data.source ?? null),
    tags: said ? [] : [...new Set(data.tags ?? [])].sort(),
  };
}
