import type { ChannelName } from "../domain/event.ts";
import { localDay } from "./pace-book.ts";
import type { SimulatedLead } from "./simulation-queue.ts";

/** What a simulation found. Times are unix milliseconds. */
export interface Findings {
  startsAt: number;
  /** When the last lead leaves its sequence; null: some don't, or there are none. */
  endsAt: number | null;
  /** `unfinished`: leads for which something is left when the simulation ends. */
  totals: { sent: number; blocked: number; held: number; unfinished: number };
  /** By their beginnings, in order. */
  hours: Count[];
  /** Days of the campaign's time zone, by their beginnings, in order. */
  days: Count[];
  timeZone: string;
  /** Steps that would not go out. */
  blocked: Reason[];
  /** Leads that would wait for a person. */
  held: Reason[];
  /** Steps that are not for some leads, by their conditions and time limits. */
  branched: Reason[];
  messages: SimulatedMessages;
}

export interface Count {
  at: number;
  channel: ChannelName;
  senderId: string;
  messages: number;
}

export interface Reason {
  code: string;
  /** Of the first one. */
  detail: string;
  count: number;
  /** IDs of the first five leads. */
  examples: string[];
}

/** Message by message, in the order of their times, without an object for each. */
export interface SimulatedMessages {
  count: number;
  at(n: number): number;
  leadId(n: number): string;
  position(n: number): number;
  senderId(n: number): string;
}

/** One lead's messages. */
export interface LeadPlan {
  leadId: string;
  steps: { position: number; at: number; senderId: string }[];
}

const hourMs = 3_600_000;

/** Counts what happens in a simulation. */
export class Tally {
  /** When a lead last left. */
  lastAt: number | null = null;
  private readonly leads: readonly SimulatedLead[];
  private readonly timeZone: string;
  private readonly startsAt: number;
  private count = 0;
  private at = new Float64Array(1_024);
  private lead = new Uint32Array(1_024);
  private position = new Uint16Array(1_024);
  private sender = new Uint16Array(1_024);
  private readonly senders: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly hours = new Counts();
  private readonly days = new Counts();
  private day = { start: 0, next: Number.NEGATIVE_INFINITY };
  private readonly blocked = new Map<string, Reason>();
  private readonly held = new Map<string, Reason>();
  private readonly branched = new Map<string, Reason>();

  constructor(leads: readonly SimulatedLead[], timeZone: string, startsAt: number) {
    this.leads = leads;
    this.timeZone = timeZone;
    this.startsAt = startsAt;
  }

  sends(lead: SimulatedLead, senderId: string, now: number): void {
    if (this.count === this.at.length) this.grow();
    this.at[this.count] = now;
    this.lead[this.count] = lead.rank;
    this.position[this.count] = lead.position;
    this.sender[this.count] = this.numberOf(senderId);
    this.count += 1;
    if (now >= this.day.next) this.day = localDay(this.timeZone, now);
    // What is sent has a channel.
    const channel = lead.channel!;
    this.hours.add(Math.floor(now / hourMs) * hourMs, channel, senderId);
    this.days.add(this.day.start, channel, senderId);
  }

  blocks(leadId: string, code: string, detail: string): void {
    note(this.blocked, leadId, code, detail);
  }

  /** `reason`: "code: words". */
  branches(leadId: string, reason: string): void {
    const [code = "", ...rest] = reason.split(": ");
    note(this.branched, leadId, code, rest.join(": "));
  }

  /** `reason`: "code: words". */
  holds(leadId: string, reason: string): void {
    const [code = "", ...rest] = reason.split(": ");
    note(this.held, leadId, code, rest.join(": "));
  }

  /** `active`: leads that are still in their sequences. */
  findings(active: number): Findings {
    const { at, lead, position, sender, senders, leads, count } = this;
    const sum = (reasons: ReadonlyMap<string, Reason>) => [...reasons.values()].reduce((n, each) => n + each.count, 0);
    const byCount = (reasons: ReadonlyMap<string, Reason>) => [...reasons.values()].sort((a, b) => b.count - a.count);
    return {
      startsAt: this.startsAt,
      endsAt: active > 0 ? null : this.lastAt,
      totals: { sent: count, blocked: sum(this.blocked), held: sum(this.held), unfinished: active },
      hours: this.hours.all(),
      days: this.days.all(),
      timeZone: this.timeZone,
      blocked: byCount(this.blocked),
      held: byCount(this.held),
      branched: byCount(this.branched),
      messages: {
        count,
        at: (n) => at[n]!,
        leadId: (n) => leads[lead[n]!]!.leadId,
        position: (n) => position[n]!,
        senderId: (n) => senders[sender[n]!]!,
      },
    };
  }

  private numberOf(senderId: string): number {
    let number = this.numbers.get(senderId);
    if (number === undefined) {
      number = this.senders.push(senderId) - 1;
      this.numbers.set(senderId, number);
    }
    return number;
  }

  private grow(): void {
    const size = 2 * this.count;
    const larger = <T extends Float64Array | Uint32Array | Uint16Array>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    this.at = larger(this.at, new Float64Array(size));
    this.lead = larger(this.lead, new Uint32Array(size));
    this.position = larger(this.position, new Uint16Array(size));
    this.sender = larger(this.sender, new Uint16Array(size));
  }
}

/** The messages of some leads, by lead. */
export function plansOf({ messages }: Findings, leadIds: readonly string[]): LeadPlan[] {
  const plans = new Map(leadIds.map((leadId) => [leadId, { leadId, steps: [] as LeadPlan["steps"] }]));
  for (let n = 0; n < messages.count; n++) {
    const plan = plans.get(messages.leadId(n));
    plan?.steps.push({ position: messages.position(n), at: messages.at(n), senderId: messages.senderId(n) });
  }
  return [...plans.values()];
}

function note(reasons: Map<string, Reason>, leadId: string, code: string, detail: string): void {
  let reason = reasons.get(code);
  if (!reason) {
    reason = { code, detail, count: 0, examples: [] };
    reasons.set(code, reason);
  }
  reason.count += 1;
  if (reason.examples.length < 5 && !reason.examples.includes(leadId)) reason.examples.push(leadId);
}

class Counts {
  private readonly byTime = new Map<number, Map<string, Count>>();

  add(at: number, channel: ChannelName, senderId: string): void {
    let counts = this.byTime.get(at);
    if (!counts) {
      counts = new Map();
      this.byTime.set(at, counts);
    }
    const count = counts.get(senderId);
    if (count) count.messages += 1;
    else counts.set(senderId, { at, channel, senderId, messages: 1 });
  }

  all(): Count[] {
    const order = (a: Count, b: Count) =>
      a.at - b.at || compare(a.channel, b.channel) || compare(a.senderId, b.senderId);
    return [...this.byTime.values()].flatMap((counts) => [...counts.values()]).sort(order);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
