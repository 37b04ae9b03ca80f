import fc from "fast-check";
import type { ChannelName, EventType } from "../../src/domain/event.ts";
import { eventSample } from "../../src/domain/event-samples.ts";

/** Random histories of a few leads: what happened to them, each at some time, and told in any order. */

export interface Happened {
  type: EventType;
  lead: number;
  message: number;
  /** Steps of 37 minutes after the beginning, by whoever tells of it; null: it says nothing of it. */
  minute: number | null;
  channel: ChannelName;
  campaign: string | null;
  step: number;
  variant: string | null;
  sender: string;
  tags: readonly string[];
  flag: boolean;
  word: number;
}

const types = [
  // What much depends on is frequent.
  ...[
    "message.sent",
    "message.sent",
    "message.sent",
    "message.sent",
    "message.received",
    "reply.received",
    "lead.updated",
    "lead.updated",
  ],
  ...["message.sent", "connection_request.sent", "message.delivered", "message.failed"],
  ...[
    "message.uncertain",
    "message.bounced",
    "message.opened",
    "message.clicked",
    "message.received",
    "reply.received",
  ],
  ...[
    "connection_request.accepted",
    "lead.opted_out",
    "lead.do_not_contact",
    "lead.updated",
    "lead.tag.updated",
    "message.auto_replied",
  ],
] as const satisfies readonly EventType[];

const happened = fc.record<Happened>({
  type: fc.constantFrom(...types),
  lead: fc.nat(1),
  message: fc.nat(3),
  minute: fc.option(fc.nat(200), { freq: 5 }),
  channel: fc.constantFrom("linkedin", "sms", "email"),
  campaign: fc.constantFrom("camp_1", "camp_2", null),
  step: fc.nat(2),
  variant: fc.constantFrom("a", "b", null),
  sender: fc.constantFrom("sender_1", "sender_2"),
  tags: fc.constantFrom<readonly string[]>([], ["vip"], ["vip", "late"]),
  flag: fc.boolean(),
  word: fc.nat(3),
});

export const history = fc.record({
  events: fc.array(happened, { minLength: 1, maxLength: 40, size: "max" }),
  /** After how many events somebody counts. */
  lookEvery: fc.integer({ min: 1, max: 12 }),
});

/** A history like that, always the same. */
export const sample: readonly Happened[] = fc.sample(fc.array(happened, { minLength: 60, maxLength: 60 }), {
  numRuns: 1,
  seed: 11,
})[0]!;

/** The event's data as it is recorded. */
export function dataOf(each: Happened, begin: number): Record<string, unknown> & { leadId: string } {
  const { type, lead, channel, campaign: campaignId, step, variant, sender: senderId, tags, flag, word } = each;
  const at = new Date(begin + (each.minute ?? 0) * 37 * 60_000).toISOString();
  const told = each.minute === null ? null : at;
  const leadId = `lead_${lead}`;
  const messageId = `msg_${lead}_${each.message}`;
  const data = { ...(eventSample("ws_1", type, { channel }).data as object) } as Record<string, unknown>;
  const set = (fields: Record<string, unknown>) =>
    void Object.assign(data, Object.fromEntries(Object.entries(fields).filter(([name]) => name in data)));
  set({ leadId, messageId, channel, campaignId, senderId, variant, tags });
  set({ stepId: step === 0 ? null : `step_${step}`, sequenceStep: step === 0 ? null : step, sentAt: told });
  set({
    ...{ deliveredAt: at, bouncedAt: at, openedAt: at, clickedAt: at, receivedAt: at, acceptedAt: at },
    changedAt: at,
  });
  set({ automated: flag, keyword: flag ? "stop" : null, optedOutAt: at, doNotContactAt: at });
  set({ kind: flag ? "bounce" : "unsubscribe", isDoNotContact: word === 0, evidence: { messageId } });
  set({ newStatus: ["MEETING_BOOKED", "OPPORTUNITY", "NOT_INTERESTED", "DONE"][word], previousStatus: "PENDING" });
  set({ added: [["isHot", "vip", "Interested", "x"][word]] });
  return { ...data, leadId };
}
