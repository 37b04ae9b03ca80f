import type { PacedSender, PaceFacts } from "../db/pace.ts";
import { dayCap, isPaced, type Pace, type PacedAction, type PaceState, paceOf } from "../domain/pacing.ts";
import type { ClockedSchedule } from "../domain/schedule/together.ts";
import { ageInDays, hoursOfSender, localDay, PaceBook } from "./pace-book.ts";

/** A sender as a simulation begins with it: what its message rows say at that moment. */
export interface SenderFacts {
  sender: PacedSender;
  message: PaceFacts & { recent: readonly number[] };
  connect: PaceFacts & { recent: readonly number[] };
}

const actions: readonly PacedAction[] = ["message", "connect"];

interface Entry {
  sender: PacedSender;
  hours: ClockedSchedule | null;
  pace: Record<PacedAction, Pace>;
  state: Record<PacedAction, PaceState>;
  /** What went out, as its message rows would say: `state` is this, and what a round has let go. */
  today: Record<PacedAction, number>;
  last: PaceState["last"];
  /** The times of the latest perWeek, the oldest first. */
  recent: Record<PacedAction, number[]>;
  counts: boolean;
  /** When it has a slot, as far as that is known; NaN: to be asked. */
  slotAt: Record<PacedAction, number>;
}

/**
 * The senders of a simulation, kept in memory: the planner's own book (`PaceBook`) reads them as it would read the rows.
 */
export class SimulatedSenders {
  private readonly entries = new Map<string, Entry>();
  private readonly workspaces = new Map<string, { sent: number; cap: number | null; nextDay: number }>();
  private readonly touched = new Set<Entry>();
  private sent: number;
  private nextDay = Number.NEGATIVE_INFINITY;
  private nextUnparking = Number.NEGATIVE_INFINITY;
  private book: PaceBook | null = null;

  /** `sentToday`: messages of all of the workspace's senders, where it has a cap. */
  constructor(facts: readonly SenderFacts[], sentToday: number, at: number) {
    this.sent = sentToday;
    for (const { sender, message, connect } of facts) {
      const latest = (message.lastAt ?? 0) >= (connect.lastAt ?? 0) ? message : connect;
      const last = latest.lastAt === null ? null : { at: latest.lastAt, key: latest.lastKey! };
      const pace = {
        message: paceOf(sender.provider, "message", sender.limits),
        connect: paceOf(sender.provider, "connect", sender.limits),
      };
      const state = () => ({ last, today: 0, cap: null, weekEdge: null, nextDay: 0 });
      this.entries.set(sender.senderId, {
        sender: { ...sender },
        hours: hoursOfSender(sender),
        pace,
        state: { message: state(), connect: state() },
        today: { message: message.today, connect: connect.today },
        last,
        recent: {
          message: recentOf(message.recent, pace.message),
          connect: recentOf(connect.recent, pace.connect),
        },
        counts: actions.some((action) => isPaced(pace[action])) || sender.messagesPerDay !== null,
        slotAt: { message: Number.NaN, connect: Number.NaN },
      });
    }
    this.beginDay(at, false);
  }

  /** The book of a moment; moments only go forward. */
  open(now: number): PaceBook {
    if (this.book?.now === now) return this.book;
    if (now >= this.nextDay) this.beginDay(now, true);
    if (now >= this.nextUnparking) this.unpark(now);
    this.book = new PaceBook(now, this.entries, this.workspaces);
    return this.book;
  }

  /** When its hours let the sender send, from `from` on; Infinity: never. */
  opensAt(senderId: string, from: number): number {
    return this.open(from).opensAt(senderId, from);
  }

  /** When the sender has a slot by the open book. Cheap: it is asked again only where something has changed. */
  slotAt(senderId: string, action: PacedAction): number {
    const { book } = this;
    const entry = this.entries.get(senderId);
    if (!entry || !book) return Number.POSITIVE_INFINITY;
    const known = entry.slotAt[action];
    if (known > book.now) return known;
    const at = book.slot(senderId, action).at;
    entry.slotAt[action] = at;
    return at;
  }

  /** The book let it go: whether it counts is said by `goesOut`, before `endRound`. */
  wasTaken(senderId: string): void {
    const entry = this.entries.get(senderId);
    if (entry) this.touched.add(entry);
  }

  /** A message went out. */
  goesOut(senderId: string, action: PacedAction, key: string, now: number): void {
    const entry = this.entries.get(senderId);
    if (!entry) return;
    this.touched.add(entry);
    // Messages of senders without limits are not counted.
    if (!entry.counts) return;
    entry.today[action] += 1;
    entry.last = { at: now, key };
    this.sent += 1;
    const { perWeek } = entry.pace[action];
    if (perWeek === null) return;
    entry.recent[action].push(now);
    if (entry.recent[action].length > perWeek) entry.recent[action].shift();
  }

  /** From here on the book says what went out, and no more. */
  endRound(): void {
    if (this.touched.size === 0) return;
    for (const entry of this.touched) this.refresh(entry);
    this.touched.clear();
    for (const workspace of this.workspaces.values()) {
      workspace.sent = this.sent;
      if (workspace.cap !== null) for (const entry of this.entries.values()) forget(entry);
    }
  }

  private refresh(entry: Entry): void {
    for (const action of actions) {
      const state = entry.state[action];
      state.today = entry.today[action];
      state.last = entry.last;
      const { perWeek } = entry.pace[action];
      const recent = entry.recent[action];
      state.weekEdge = perWeek !== null && recent.length >= perWeek ? (recent[0] ?? null) : null;
    }
    forget(entry);
  }

  private beginDay(now: number, anew: boolean): void {
    this.nextDay = Number.POSITIVE_INFINITY;
    if (anew) this.sent = 0;
    for (const entry of this.entries.values()) {
      const { timeZone, workspaceId, messagesPerDay } = entry.sender;
      const day = localDay(timeZone, now);
      // As `openPaceBook` counts it.
      const age = ageInDays(entry.sender, day.start);
      for (const action of actions) {
        if (anew) entry.today[action] = 0;
        entry.state[action].cap = dayCap(entry.pace[action], age);
        entry.state[action].nextDay = day.next;
      }
      this.refresh(entry);
      this.nextDay = Math.min(this.nextDay, day.next);
      this.workspaces.set(workspaceId, { sent: this.sent, cap: messagesPerDay, nextDay: day.next });
    }
  }

  private unpark(now: number): void {
    this.nextUnparking = Number.POSITIVE_INFINITY;
    for (const entry of this.entries.values()) {
      const until = entry.sender.parked?.until ?? null;
      if (until === null) continue;
      if (until > now) this.nextUnparking = Math.min(this.nextUnparking, until);
      else {
        entry.sender.parked = null;
        forget(entry);
      }
    }
  }
}

function recentOf(times: readonly number[], { perWeek }: Pace): number[] {
  return perWeek === null ? [] : times.toSorted((a, b) => a - b).slice(-perWeek);
}

function forget(entry: Entry): void {
  entry.slotAt = { message: Number.NaN, connect: Number.NaN };
}
