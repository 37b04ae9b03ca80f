import type { DueLead, Postponement, Queue } from "../db/due.ts";
import type { PacedAction, Slot } from "../domain/pacing.ts";
import type { Otherwise, StepAction } from "../domain/sequence/step.ts";
import { type CompiledRules, decide } from "./decide.ts";
import { pickSender, sendersOf } from "./rotation.ts";

/**
 * Whose turn it is in one queue at one moment. Pure: the planner gives it rows and a book of what the messages say, the
 * simulation gives it its own; both get the same answer.
 */
export interface Book {
  has(senderId: string): boolean;
  channelOf(senderId: string): string | null;
  slot(senderId: string, action: PacedAction): Slot;
  capacity(senderId: string, action: PacedAction, most: number): number;
  take(senderId: string, action: PacedAction, key: string): void;
  idleSince(senderId: string): number;
  todayOf(senderId: string, action: PacedAction): number;
  /** When the hours of a sender that may send now end, unix milliseconds; null: never. */
  closesAt(senderId: string): number | null;
}

/** What a campaign may still do today; counted down as it is used. */
export interface Quota {
  /** Messages that may be on their way besides those that are. */
  open: number;
  messages: number;
  newLeads: number;
  /** When the campaign's next day begins, unix milliseconds. */
  nextDay: number;
}

export interface Selection {
  compiled: CompiledRules;
  book: Book;
  quota: Quota;
  now: number;
  /** Leads at most. */
  size: number;
}

/** How many leads of a queue may be sent to now, and by whom. */
export interface Room {
  size: number;
  senders: string[];
  /** The queue is that of one sender. */
  fixed: boolean;
  /** When there may be room again; Infinity: not by time alone. */
  nextAt: number;
  /** The queue's sender can't send before somebody acts. */
  stuck: boolean;
}

/** The sender of queues in which a step asks something before it knows whether a message is due (`queue_of` in the database). */
export const asking = "?";

/** The other actions use up nothing. */
export function pacedAction(action: StepAction): PacedAction {
  return action === "connect" ? "connect" : "message";
}

type QueueKey = Pick<Queue, "sender" | "channel" | "action" | "position">;

/**
 * The order in which a campaign's queues are served. Later steps come first: who was written to comes before who was not.
 * Of one step, leads with a sender come before those that may have any: they have waited for that very one. It is the same
 * order for everybody, so that a simulation gives a sender's slots to the same leads.
 */
export function inOrder(a: Pick<Queue, "position" | "sender">, b: Pick<Queue, "position" | "sender">): number {
  return b.position - a.position || (a.sender < b.sender ? 1 : a.sender > b.sender ? -1 : 0);
}

export function roomOf(queue: QueueKey, { compiled: { rules }, book, quota, size }: Selection): Room {
  const action = pacedAction(queue.action);
  const senders = sendersOf(rules, book, queue.channel);
  const fixed = queue.sender !== "" && book.has(queue.sender);
  const usable = fixed ? [queue.sender] : senders;
  const none = { size: 0, senders: usable, fixed, nextAt: Number.POSITIVE_INFINITY, stuck: false };
  // It only asks: no sender is needed for that, and nothing goes out.
  if (queue.sender === asking) return { ...none, size, senders: [], fixed: false };
  if (quota.open <= 0) return none;
  const firstStep = queue.position === rules.firstPosition;
  if (quota.messages <= 0 || (firstStep && quota.newLeads <= 0)) return { ...none, nextAt: quota.nextDay };
  const most = Math.min(size, quota.open, quota.messages, firstStep ? quota.newLeads : size);
  // A lead without a sender is written down as blocked: that needs no capacity.
  if (usable.length === 0) return { ...none, size: most };
  let capacity = 0;
  for (const id of usable) capacity += book.capacity(id, action, most);
  const nextAt = Math.min(...usable.map((id) => book.slot(id, action).at));
  const stuck = fixed && capacity === 0 && nextAt === Number.POSITIVE_INFINITY;
  return { size: Math.min(most, capacity), senders: usable, fixed, nextAt, stuck };
}

export interface Chosen {
  lead: DueLead;
  /** '' where the campaign has none. */
  senderId: string;
  /** Unix milliseconds: when the campaign's window closes, or the sender's hours end; null: never. */
  before: number | null;
}

/** A lead whose step made no message. */
export interface Branched {
  lead: DueLead;
  to: Otherwise;
  outcome: "skipped" | "jumped" | "stopped" | "accepted";
  /** "code: words". */
  reason: string;
}

export interface Selected {
  chosen: Chosen[];
  postponed: Postponement[];
  branched: Branched[];
  /** Leads for which a person has something to do now. */
  tasks: DueLead[];
}

/** Null: never. */
function earlier(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

const outcomes = { skip: "skipped", stop: "stopped", goTo: "jumped" } as const;

/** Goes through leads of a queue, in their order. What is neither chosen nor postponed keeps its place. */
export function selectLeads(
  leads: readonly DueLead[],
  queue: QueueKey,
  room: Room,
  { compiled, book, quota, now }: Selection,
): Selected {
  const { rules } = compiled;
  const selected: Selected = { chosen: [], postponed: [], branched: [], tasks: [] };
  const action = pacedAction(queue.action);
  let free = room.size;
  for (const lead of leads) {
    const { workspaceId, campaignId, leadId } = lead;
    const wait = { workspaceId, campaignId, leadId, sender: lead.nextSender, hold: false };
    const decision = decide(compiled, lead, now);
    if (decision.kind === "wait") {
      selected.postponed.push({ ...wait, until: decision.until, reason: decision.reason });
      continue;
    }
    if (decision.kind === "hold") {
      selected.postponed.push({ ...wait, until: now, reason: decision.reason, hold: true });
      continue;
    }
    if (decision.kind === "branch") {
      const { to, reason } = decision;
      selected.branched.push({ lead, to, outcome: outcomes[typeof to === "object" ? "goTo" : to], reason });
      continue;
    }
    if (decision.kind === "pass") {
      selected.branched.push({ lead, to: "skip", outcome: "accepted", reason: decision.reason });
      continue;
    }
    if (decision.kind === "task") {
      selected.tasks.push(lead);
      continue;
    }
    if (queue.sender === asking) {
      // The step is for this lead: it takes its place among those that wait for its sender.
      const before = lead.senders[lead.channel ?? ""] ?? "";
      const sender = rules.senderIds.includes(before) ? before : "";
      selected.postponed.push({ ...wait, until: lead.nextAt, reason: null, sender });
      continue;
    }
    if (free <= 0) continue;
    if (!lead.wasWrittenTo && quota.newLeads <= 0) {
      const reason = "the campaign's number of new leads a day";
      selected.postponed.push({ ...wait, until: quota.nextDay, reason });
      continue;
    }
    const senderId = room.fixed ? queue.sender : pickSender(rules, book, room.senders, lead, action);
    if (senderId !== "" && book.capacity(senderId, action, 1) <= 0) {
      if (room.fixed) continue;
      // Its own sender is at its limit: it waits in that one's queue, out of the way of the others.
      const { reason } = book.slot(senderId, action);
      selected.postponed.push({ ...wait, until: lead.nextAt, reason, sender: senderId });
      continue;
    }
    if (senderId !== "") book.take(senderId, action, lead.leadId + lead.stepId);
    free -= 1;
    quota.open -= 1;
    quota.messages -= 1;
    if (!lead.wasWrittenTo) quota.newLeads -= 1;
    selected.chosen.push({ lead, senderId, before: earlier(decision.before, book.closesAt(senderId)) });
  }
  return selected;
}
