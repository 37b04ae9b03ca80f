import type { CampaignRules } from "../db/due.ts";
import type { StepFacts } from "../db/simulation.ts";
import type { ChannelName } from "../domain/event.ts";
import type { PublicLinks } from "../domain/public-link.ts";
import { sends } from "../domain/sequence/step.ts";
import { type CompiledRules, compileRules, decide, dueTime, zoneOf } from "./decide.ts";
import { localDay } from "./pace-book.ts";
import { isTooLate, limits, lookAhead } from "./planner.ts";
import { sendersOf } from "./rotation.ts";
import {
  asking,
  type Book,
  type Chosen,
  inOrder,
  pacedAction,
  type Quota,
  type Room,
  roomOf,
  type Selection,
  selectLeads,
} from "./select.ts";
import { LeadQueue, type SimulatedLead } from "./simulation-queue.ts";
import { type Findings, Tally } from "./simulation-report.ts";
import { type SenderFacts, SimulatedSenders } from "./simulation-senders.ts";
import { writeMessage } from "./writing.ts";

/**
 * A campaign run in memory on a clock that jumps from event to event, by the planner's own rules: whose turn it is
 * (select.ts), when (decide.ts), through whom (rotation.ts), at which pace (pace-book.ts) and with which text
 * (`writeMessage`). What takes the place of the database is here: the queues, and what a message changes.
 *
 * Each message goes out at the moment at which it is planned, and nobody answers. Other campaigns' messages count as far
 * as they have gone out already.
 */
export interface SimulationInput {
  /** `startedAt` as it will be; `open` is not read. */
  rules: CampaignRules;
  steps: readonly SimulatedStep[];
  /** In the order of their IDs. They are changed. */
  leads: SimulatedLead[];
  /** Of those leads the ones with a message on its way: when it goes out, and through whom. */
  flights: readonly Flight[];
  /** Leads that are held already, or that wait for a person, and why. */
  idle: readonly { leadId: string; kind: "held" | "waiting"; reason: string }[];
  senders: readonly SenderFacts[];
  /** Messages of the whole workspace today; 0 where it has no cap. */
  sentToday: number;
  /** Of this campaign, since its day began. */
  campaignToday: { messages: number; newLeads: number };
  /** Nothing before this, unix milliseconds; null: no such time. */
  notBefore: number | null;
  /** Leads that became due after the one and before the other are held as too late at the start; null: none. */
  late: { after: number; before: number } | null;
  /** For `{{ unsubscribeUrl }}`. */
  links?: PublicLinks | undefined;
  startsAt: number;
  /** 1 to 400. */
  horizonDays: number;
}

export type SimulatedStep = StepFacts;

export interface Flight {
  lead: SimulatedLead;
  senderId: string;
  at: number;
}

const dayMs = 86_400_000;
/** Messages or rounds between two rests of a simulation that shares its process. */
const restEvery = 2_000;

/** All at once. */
export function simulate(input: SimulationInput): Findings {
  const running = new Simulation(input).run();
  for (;;) {
    const { done, value } = running.next();
    if (done) return value;
  }
}

/** In pieces of some milliseconds, with all else that waits in between. */
export async function simulateGently(input: SimulationInput, signal?: AbortSignal): Promise<Findings> {
  const running = new Simulation(input).run();
  for (;;) {
    const { done, value } = running.next();
    if (done) return value;
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}

class Simulation {
  private readonly input: SimulationInput;
  private readonly compiled: CompiledRules;
  private readonly steps: readonly SimulatedStep[];
  private readonly senders: SimulatedSenders;
  private readonly queues: LeadQueue[] = [];
  private readonly byKey = new Map<string, LeadQueue>();
  /** By channel. */
  private readonly usable = new Map<ChannelName | null, readonly string[]>();
  private readonly tally: Tally;
  private readonly flights: Flight[];
  /** Where `flights` has got to. */
  private flown = 0;
  private day: { start: number; next: number };
  private messages: number;
  private newLeads: number;
  private active: number;
  private work = 0;

  constructor(input: SimulationInput) {
    this.input = input;
    const { rules, startsAt } = input;
    this.compiled = compileRules(rules);
    this.steps = input.steps.toSorted((a, b) => a.position - b.position);
    this.senders = new SimulatedSenders(input.senders, input.sentToday, startsAt);
    this.day = localDay(zoneOf(rules, null), startsAt);
    this.messages = input.campaignToday.messages;
    this.newLeads = input.campaignToday.newLeads;
    // A message that waits for its turn goes out within its sender's hours, or is planned again for them.
    this.flights = input.flights
      .map((flight) => ({ ...flight, at: this.senders.opensAt(flight.senderId, flight.at) }))
      .sort((a, b) => a.at - b.at || a.lead.rank - b.lead.rank);
    this.tally = new Tally(input.leads, zoneOf(rules, null), startsAt);
    this.active = input.leads.length;
    for (const step of this.steps) {
      for (const sender of new Set(["", ...rules.senderIds, ...(step.asks ? [asking] : [])])) {
        const queue = new LeadQueue(step, sender);
        this.queues.push(queue);
        this.byKey.set(`${step.stepId}/${sender}`, queue);
      }
    }
    this.queues.sort(inOrder);
    for (const { leadId, kind, reason } of input.idle) {
      if (kind === "held") this.tally.holds(leadId, reason);
      else this.active += 1;
    }
    const inFlight = new Set(input.flights.map(({ lead }) => lead));
    const { late } = input;
    for (const lead of input.leads) {
      if (inFlight.has(lead)) continue;
      // Those before had been waiting for a sender's turn.
      if (late && lead.firstLook && lead.nextAt > late.after && lead.nextAt <= startsAt) {
        lead.nextAt = dueTime(this.compiled, lead) ?? lead.nextAt;
      }
      if (late && isTooLate(lead.nextAt, late.after, late.before) && sends(lead)) {
        this.holds(lead, "too_late: its step was due longer ago than the campaign allows", startsAt);
      } else this.enqueue(lead);
    }
  }

  *run(): Generator<void, Findings> {
    const { startsAt, horizonDays, notBefore } = this.input;
    const end = startsAt + horizonDays * dayMs;
    let now = startsAt;
    while (this.active > 0) {
      this.land(now);
      let nextAt = Number.POSITIVE_INFINITY;
      if (notBefore !== null && notBefore > now) nextAt = notBefore;
      else {
        for (let rounds = 0; ; rounds++) {
          const round = this.round(now);
          nextAt = round.nextAt;
          if (round.looked === 0) break;
          // Each round moves leads on, or away: one that doesn't would be a mistake here.
          if (rounds > 1_000 + 50 * this.input.leads.length) throw new Error("The simulation does not get on.");
          if (this.rested()) yield;
        }
      }
      const flight = this.flights[this.flown];
      if (flight) nextAt = Math.min(nextAt, flight.at);
      if (nextAt > end) break;
      // As the planner, which never looks twice at one moment.
      now = Math.max(nextAt, now + 1);
      if (this.rested()) yield;
    }
    return this.tally.findings(this.active);
  }

  private rested(): boolean {
    this.work += 1;
    if (this.work < restEvery) return false;
    this.work = 0;
    return true;
  }

  /** Messages that were on their way at the start. */
  private land(now: number): void {
    for (let flight = this.flights[this.flown]; flight && flight.at <= now; flight = this.flights[this.flown]) {
      this.flown += 1;
      this.senders.open(now);
      // It counts among the campaign's messages since it was planned.
      this.goesOut(flight.lead, flight.senderId, now);
      this.senders.endRound();
    }
  }

  /** One round of the planner, with what comes of it. `nextAt` says something where nothing was looked at. */
  private round(now: number): { looked: number; nextAt: number } {
    let nextAt = Number.POSITIVE_INFINITY;
    const due: LeadQueue[] = [];
    for (const queue of this.queues) {
      const { headAt } = queue;
      if (headAt <= now) due.push(queue);
      else if (headAt < nextAt) nextAt = headAt;
    }
    if (due.length === 0) return { looked: 0, nextAt };
    const book = this.senders.open(now);
    const quota = this.openQuota(now);
    const hasQuota = quota.messages > 0 && quota.newLeads > 0 && quota.open > 0;
    const chosen: Chosen[] = [];
    const served: { queue: LeadQueue; leaving: number }[] = [];
    const afterwards: (() => void)[] = [];
    let looked = 0;
    for (const queue of due) {
      if (looked >= limits.limit) break;
      // Where no sender has a slot before a known time, the planner would find no room: no need to ask.
      const busyUntil = this.busyUntil(queue, book);
      if (busyUntil > now && busyUntil !== Number.POSITIVE_INFINITY && hasQuota) {
        nextAt = Math.min(nextAt, busyUntil);
        continue;
      }
      const size = Math.min(limits.perQueue, limits.limit - looked);
      const selection = { compiled: this.compiled, book, quota, now, size };
      const room = roomOf(queue, selection);
      if (room.size === 0) {
        nextAt = Math.min(nextAt, room.nextAt);
        if (room.stuck && this.compiled.rules.onSenderPaused === "move") looked += this.leaveSender(queue, size);
        continue;
      }
      const leaving = this.serve(queue, room, selection, chosen, afterwards);
      served.push({ queue, leaving });
      looked += leaving;
    }
    for (const { queue, leaving } of served) queue.release(leaving);
    for (const move of afterwards) move();
    for (const one of chosen) this.plan(one, now);
    this.senders.endRound();
    this.work += chosen.length;
    return { looked, nextAt };
  }

  private serve(
    queue: LeadQueue,
    room: Room,
    selection: Selection,
    chosen: Chosen[],
    afterwards: (() => void)[],
  ): number {
    const { now, size } = selection;
    let looked = 0;
    let stays = false;
    const limit = Math.min(size, Math.max(room.size, lookAhead));
    const due = queue.due(now, limit);
    const known = queue.knownAt(now);
    let until = known > 0 ? queue.knownUntil : Number.POSITIVE_INFINITY;
    let at = 0;
    for (; at < due.length && at < limit; at++) {
      // With no room left, who may be sent to keeps its place.
      if (room.size <= 0) {
        if (at < known) {
          at = known - 1;
          continue;
        }
        const decision = decide(this.compiled, due[at]!, now);
        if (decision.kind === "send") {
          until = Math.min(until, decision.before ?? Number.POSITIVE_INFINITY);
          continue;
        }
      }
      const lead = due[at]!;
      const selected = selectLeads([lead], queue, room, selection);
      for (const { until: later, reason, sender, hold } of selected.postponed) {
        lead.leaving = true;
        looked += 1;
        afterwards.push(() => {
          if (hold) return this.holds(lead, reason ?? "", now);
          lead.nextAt = later;
          lead.nextSender = sender;
          this.enqueue(lead);
        });
      }
      for (const one of selected.chosen) {
        lead.leaving = true;
        looked += 1;
        room.size -= 1;
        chosen.push(one);
        this.senders.wasTaken(one.senderId);
      }
      for (const { to, reason, outcome } of selected.branched) {
        lead.leaving = true;
        looked += 1;
        afterwards.push(() => {
          if (outcome !== "accepted") this.tally.branches(lead.leadId, reason);
          if (to === "stop") this.leaves(now);
          else this.advance(lead, now, typeof to === "object" ? to.goTo : undefined);
        });
      }
      for (const { stepId, position } of selected.tasks) {
        lead.leaving = true;
        looked += 1;
        // Nobody does it in a simulation: the lead waits for ever.
        afterwards.push(() =>
          this.tally.holds(lead.leadId, `task: The lead waits for a person at step ${position} (${stepId}).`),
        );
      }
      // Decided already, it stays: its sender, or the day's new leads, are used up.
      if (!lead.leaving) stays = true;
    }
    if (!stays) queue.know(Math.max(at, known), until);
    else queue.know(0, 0);
    return looked;
  }

  /** When one of the queue's senders has a slot: of a queue with a sender that one. Infinity: not by time alone. */
  private busyUntil({ sender, channel, action: kind }: LeadQueue, book: Book): number {
    if (sender === asking) return Number.NEGATIVE_INFINITY;
    const action = pacedAction(kind);
    if (sender !== "" && book.has(sender)) return this.senders.slotAt(sender, action);
    let usable = this.usable.get(channel);
    if (!usable) {
      usable = sendersOf(this.compiled.rules, book, channel);
      this.usable.set(channel, usable);
    }
    let at = Number.POSITIVE_INFINITY;
    for (const id of usable) at = Math.min(at, this.senders.slotAt(id, action));
    return at;
  }

  private leaveSender(queue: LeadQueue, limit: number): number {
    if (queue.unwritten === 0) return 0;
    const moved = queue.takeUnwritten(limit);
    for (const lead of moved) {
      lead.nextSender = "";
      this.enqueue(lead);
    }
    return moved.length;
  }

  private openQuota(now: number): Quota {
    const { messagesPerDay = null, newLeadsPerDay = null } = this.compiled.rules.limits;
    if (now >= this.day.next) {
      this.day = localDay(zoneOf(this.compiled.rules, null), now);
      this.messages = 0;
      this.newLeads = 0;
    }
    const left = (cap: number | null, used: number) => (cap === null ? Number.POSITIVE_INFINITY : cap - used);
    return {
      open: limits.maxOpen - (this.flights.length - this.flown),
      messages: left(messagesPerDay, this.messages),
      newLeads: left(newLeadsPerDay, this.newLeads),
      nextDay: this.day.next,
    };
  }

  /** What the planner does with a lead whose turn it is, and then the sending. */
  private plan({ lead: chosen, senderId }: Chosen, now: number): void {
    const lead = chosen as SimulatedLead;
    const message = writeMessage(lead, now, senderId, this.input.links);
    lead.senders = { ...lead.senders, [message.channel]: senderId };
    const queued = message.status === "queued";
    if (queued && !lead.wasWrittenTo) {
      lead.wasWrittenTo = true;
      this.newLeads += 1;
    }
    if (lead.had.includes(lead.stepId)) {
      this.advance(lead, now);
      return;
    }
    if (!queued) {
      this.tally.blocks(lead.leadId, message.code ?? "", message.detail ?? "");
      if (message.code === "no_address") this.advance(lead, now);
      else this.leaves(now);
      return;
    }
    const refused = refusalOf(lead);
    if (refused) {
      this.tally.blocks(lead.leadId, refused.code, refused.detail);
      this.leaves(now);
      return;
    }
    this.messages += 1;
    this.goesOut(lead, senderId, now);
  }

  private goesOut(lead: SimulatedLead, senderId: string, now: number): void {
    this.senders.goesOut(senderId, pacedAction(lead.action), lead.leadId + lead.stepId, now);
    this.tally.sends(lead, senderId, now);
    if (this.compiled.rules.minTouchGapSeconds > 0) lead.touchedAt = now;
    if (lead.known) lead.known.lastTouchAt = now;
    this.advance(lead, now);
  }

  private advance(lead: SimulatedLead, now: number, to?: string): void {
    const later = this.steps.filter((step) => step.position > lead.position);
    const next = later.find((step) => step.stepId === to) ?? later[0];
    if (!next) {
      this.leaves(now);
      return;
    }
    const { delayMs, asks, ...step } = next;
    Object.assign(lead, step);
    lead.anchorAt = now;
    lead.nextAt = now + delayMs;
    const before = lead.senders[step.channel ?? ""] ?? "";
    lead.nextSender = asks ? asking : this.compiled.rules.senderIds.includes(before) ? before : "";
    this.enqueue(lead);
  }

  private holds(lead: SimulatedLead, reason: string, now: number): void {
    this.tally.holds(lead.leadId, reason);
    this.leaves(now);
  }

  private leaves(now: number): void {
    this.active -= 1;
    this.tally.lastAt = now;
  }

  /** A lead at no step, or with a sender that the campaign doesn't have any more, is in no queue: nobody looks at it. */
  private enqueue(lead: SimulatedLead): void {
    this.byKey.get(`${lead.stepId}/${lead.nextSender}`)?.add(lead);
  }
}

/** What would be found just before the message goes out (db/sending.ts). */
function refusalOf(lead: SimulatedLead): { code: string; detail: string } | null {
  const reason = lead.suppressed?.[lead.channel ?? ""];
  if (reason !== undefined) return { code: "suppressed", detail: `The address is suppressed (${reason}).` };
  if (lead.stoppingStatus !== null) {
    return { code: "lead_status", detail: `The lead's status is ${lead.stoppingStatus}.` };
  }
  return null;
}
