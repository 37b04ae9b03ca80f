import type { DueLead } from "../db/due.ts";

/** A lead in a simulation: what the planner would read of it, changed as the simulation goes on. */
export interface SimulatedLead extends DueLead {
  /** Its place in the order of lead IDs: a comparison of numbers. */
  rank: number;
  /** Channels on which its address is suppressed, with the reason. */
  suppressed: Record<string, string> | null;
  /** A status in which campaigns write no more; null otherwise. */
  stoppingStatus: string | null;
  /** `nextAt` is only the time of a first look, before which it can't be due. */
  firstLook: boolean;
  /** Steps that it has had already. */
  had: readonly string[];
  /** Set while the lead leaves its queue. */
  leaving: boolean;
}

const isBefore = (a: SimulatedLead, b: SimulatedLead) =>
  a.nextAt < b.nextAt || (a.nextAt === b.nextAt && a.rank < b.rank);

/** More than a round ever looks at. */
const frontMost = 512;

/**
 * Leads that wait for the same thing, in the order of their times. The planner looks at the same first ones again and
 * again while a sender pauses: these stand apart, sorted (`front`), and the rest in a binary heap.
 */
export class LeadQueue {
  readonly stepId: string;
  readonly position: number;
  readonly channel: DueLead["channel"];
  readonly action: DueLead["action"];
  readonly sender: string;
  /** Leads in it to whom nothing was sent. */
  unwritten = 0;
  /** All of them are before all of the heap's, and due. */
  private front: SimulatedLead[] = [];
  private readonly heap: SimulatedLead[] = [];
  private known = 0;
  knownUntil = Number.NEGATIVE_INFINITY;

  constructor(step: Pick<DueLead, "stepId" | "position" | "channel" | "action">, sender: string) {
    this.stepId = step.stepId;
    this.position = step.position;
    this.channel = step.channel;
    this.action = step.action;
    this.sender = sender;
  }

  get size(): number {
    return this.front.length + this.heap.length;
  }

  /** When its first lead wants to be looked at; Infinity when it is empty. */
  get headAt(): number {
    const head = this.front.length > 0 ? this.front[0] : this.heap[0];
    return head === undefined ? Number.POSITIVE_INFINITY : head.nextAt;
  }

  add(lead: SimulatedLead): void {
    if (!lead.wasWrittenTo) this.unwritten += 1;
    const last = this.front.at(-1);
    if (last === undefined || !isBefore(lead, last)) {
      this.push(lead);
      return;
    }
    let [low, high] = [0, this.front.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.front[middle]!, lead)) low = middle + 1;
      else high = middle;
    }
    this.front.splice(low, 0, lead);
    if (low < this.known) this.known = low;
    if (this.front.length > frontMost) this.push(this.front.pop()!);
  }

  /**
   * The leads that are due, in order: at least the first `limit`, if there are so many. They stay where they are, and the
   * list is good until the queue is changed. At most `frontMost` may be asked for.
   */
  due(now: number, limit: number): readonly SimulatedLead[] {
    while (this.front.length < limit && this.heap.length > 0 && this.heap[0]!.nextAt <= now) {
      this.front.push(this.pop());
    }
    return this.front;
  }

  /** How many of the first ones are known to be such that may be sent to at `now`. */
  knownAt(now: number): number {
    return now < this.knownUntil ? this.known : 0;
  }

  /** The first `count` may be sent to until then, as far as they stay. */
  know(count: number, until: number): void {
    this.known = count;
    this.knownUntil = until;
  }

  /** Lets those `count` go that are marked as leaving: they are among those that `due` gave. */
  release(count: number): void {
    let left = count;
    for (let at = 0; left > 0; ) {
      const lead = this.front[at]!;
      if (!lead.leaving) {
        at += 1;
        continue;
      }
      lead.leaving = false;
      if (!lead.wasWrittenTo) this.unwritten -= 1;
      this.front.splice(at, 1);
      if (at < this.known) this.known -= 1;
      left -= 1;
    }
  }

  /** Takes out up to `limit` leads to whom nothing was sent, due or not, in order. */
  takeUnwritten(limit: number): SimulatedLead[] {
    const all = [...this.front, ...this.heap].sort((a, b) => (isBefore(a, b) ? -1 : 1));
    const taken = all.filter((lead) => !lead.wasWrittenTo).slice(0, limit);
    const out = new Set(taken);
    this.front = [];
    this.heap.length = 0;
    // Sorted, it is a heap.
    for (const lead of all) if (!out.has(lead)) this.heap.push(lead);
    this.unwritten -= taken.length;
    this.known = 0;
    return taken;
  }

  private push(lead: SimulatedLead): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(lead);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(lead, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = lead;
  }

  private pop(): SimulatedLead {
    const { heap } = this;
    const first = heap[0]!;
    const moved = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
    return first;
  }
}
