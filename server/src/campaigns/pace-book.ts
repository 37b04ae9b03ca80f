import {
  loadPacedSenders,
  type PacedSender,
  type PaceQuestion,
  paceFacts,
  queuedMessages,
  workspaceCount,
} from "../db/pace.ts";
import type { Queryable } from "../db/pool.ts";
import {
  capacityNow,
  dayCap,
  isPaced,
  nextSlot,
  type Pace,
  type PacedAction,
  type PaceState,
  paceOf,
  type Slot,
} from "../domain/pacing.ts";
import { compileSchedule } from "../domain/schedule/compiled-schedule.ts";
import { dayOf } from "../domain/schedule/local-date.ts";
import { closesAt, nextOpen } from "../domain/schedule/opening.ts";
import type { ClockedSchedule } from "../domain/schedule/together.ts";
import { instantOf, readingAt } from "../domain/schedule/wall-clock.ts";
import { zoneOf } from "./decide.ts";

const dayMs = 86_400_000;
const actions: readonly PacedAction[] = ["message", "connect"];

/** When the local day of `now` begins and when the next one does; a zone that isn't known counts as UTC. */
export function localDay(timeZone: string, now: number): { start: number; next: number } {
  try {
    const day = dayOf(readingAt(timeZone, now));
    return { start: instantOf(timeZone, day * dayMs), next: instantOf(timeZone, (day + 1) * dayMs) };
  } catch {
    const start = Math.floor(now / dayMs) * dayMs;
    return { start, next: start + dayMs };
  }
}

/** Days since the sender was made, 0 on its first. Rounded: a day on which the clocks change has 23 or 25 hours. */
export function ageInDays(sender: Pick<PacedSender, "timeZone" | "createdAt">, dayStart: number): number {
  return Math.round((dayStart - localDay(sender.timeZone, sender.createdAt.getTime()).start) / dayMs);
}

/** A sender's own hours by its clock; null: it has none, and may send at any time. */
export function hoursOfSender({
  schedule,
  hoursZone,
  timeZone,
}: Pick<PacedSender, "schedule" | "hoursZone" | "timeZone">): ClockedSchedule | null {
  if (schedule === null) return null;
  return { schedule: compileSchedule(schedule), zone: zoneOf({ timeZone: hoursZone, workspaceZone: timeZone }, null) };
}

interface Entry {
  sender: PacedSender;
  hours: ClockedSchedule | null;
  pace: Record<PacedAction, Pace>;
  state: Record<PacedAction, PaceState>;
}

/**
 * What some senders may do at one moment, by what their messages say. Whoever lets one of them send writes it down here
 * (`take`), so that the next one is judged with it.
 */
export class PaceBook {
  readonly now: number;
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly workspaces: ReadonlyMap<string, { sent: number; cap: number | null; nextDay: number }>;

  constructor(
    now: number,
    entries: ReadonlyMap<string, Entry>,
    workspaces: ReadonlyMap<string, { sent: number; cap: number | null; nextDay: number }>,
  ) {
    this.now = now;
    this.entries = entries;
    this.workspaces = workspaces;
  }

  has(senderId: string): boolean {
    return this.entries.has(senderId);
  }

  channelOf(senderId: string): string | null {
    return this.entries.get(senderId)?.sender.channel ?? null;
  }

  /** Whether its messages have to be counted. */
  isPaced(senderId: string): boolean {
    const entry = this.entries.get(senderId);
    if (!entry) return false;
    return (
      actions.some((action) => isPaced(entry.pace[action])) ||
      this.workspaces.get(entry.sender.workspaceId)?.cap !== null
    );
  }

  /** Whether it has hours of its own. */
  hasHours(senderId: string): boolean {
    return this.hoursOf(senderId) !== null;
  }

  /** Its own hours; null: at any time, or it doesn't exist. */
  hoursOf(senderId: string): ClockedSchedule | null {
    return this.entries.get(senderId)?.hours ?? null;
  }

  /** When its hours let it send, from `from` on; Infinity: never. */
  opensAt(senderId: string, from = this.now): number {
    const hours = this.hoursOf(senderId);
    return hours === null ? from : (nextOpen(hours.schedule, hours.zone, from) ?? Number.POSITIVE_INFINITY);
  }

  /** When its hours end, if they go on now; null: never. */
  closesAt(senderId: string): number | null {
    const hours = this.hoursOf(senderId);
    return hours === null ? null : closesAt(hours.schedule, hours.zone, this.now);
  }

  /**
   * The sender's next slot for what Herald sends by itself: within its pace and its hours. `at` is Infinity where somebody has to
   * act first.
   */
  slot(senderId: string, action: PacedAction): Slot {
    const own = this.paceSlot(senderId, action);
    const hours = this.hoursOf(senderId);
    if (hours === null || own.at === Number.POSITIVE_INFINITY) return own;
    const at = this.opensAt(senderId, own.at);
    if (at === own.at) return own;
    const reason = `outside of the sender's hours; zone ${hours.zone}`;
    if (at === Number.POSITIVE_INFINITY) return { at, reason: `${reason}: they don't come in the next five years` };
    // The pace's word, where it is for the pace that the present hours are missed.
    return this.opensAt(senderId) > this.now || own.reason === null ? { at, reason } : { ...own, at };
  }

  /** As `slot`, by its pace alone: for what a person or the API sends. */
  paceSlot(senderId: string, action: PacedAction): Slot {
    const entry = this.entries.get(senderId);
    if (!entry) return { at: Number.POSITIVE_INFINITY, reason: "The sender does not exist any more." };
    const { parked, workspaceId } = entry.sender;
    if (parked) return { at: parked.until ?? Number.POSITIVE_INFINITY, reason: parked.reason, by: "park" };
    const workspace = this.workspaces.get(workspaceId);
    const own = nextSlot(entry.pace[action], entry.state[action], this.now);
    if (workspace && workspace.cap !== null && workspace.sent >= workspace.cap && workspace.nextDay > own.at) {
      const reason = `the workspace is at ${workspace.sent} of ${workspace.cap} today`;
      return { at: workspace.nextDay, reason, by: "workspace" };
    }
    return own;
  }

  /** How many it may do right now. */
  capacity(senderId: string, action: PacedAction, most: number): number {
    const entry = this.entries.get(senderId);
    if (!entry || this.slot(senderId, action).at > this.now) return 0;
    const workspace = this.workspaces.get(entry.sender.workspaceId);
    const left = workspace && workspace.cap !== null ? workspace.cap - workspace.sent : most;
    return Math.min(left, capacityNow(entry.pace[action], entry.state[action], this.now, most));
  }

  /** It does it now. */
  take(senderId: string, action: PacedAction, key: string): void {
    const entry = this.entries.get(senderId);
    if (!entry) return;
    const state = entry.state[action];
    state.today += 1;
    // Which one is at the edge of the week now only the rows say: until they are asked again, no more.
    if (entry.pace[action].perWeek !== null)
      state.weekEdge = Math.max(state.weekEdge ?? 0, this.now - 7 * dayMs + 1_000);
    for (const each of actions) entry.state[each].last = { at: this.now, key };
    const workspace = this.workspaces.get(entry.sender.workspaceId);
    if (workspace) workspace.sent += 1;
  }

  /** The shortest pause before this action, in milliseconds. Of a week only the edge is known: one at a time (`take`). */
  leastGap(senderId: string, action: PacedAction): number {
    const pace = this.entries.get(senderId)?.pace[action];
    return pace ? Math.max(pace.minGapSeconds * 1_000, pace.perWeek === null ? 0 : 1_000) : 0;
  }

  /** When the sender last did anything, unix milliseconds; -Infinity if it never did. */
  idleSince(senderId: string): number {
    return this.entries.get(senderId)?.state.message.last?.at ?? Number.NEGATIVE_INFINITY;
  }

  /** What holds for an action today, and what of it is used. `age`: days since the sender was made. Throws for a sender that isn't in it. */
  use(
    senderId: string,
    action: PacedAction,
  ): { pace: Pace; today: number; cap: number | null; age: number; nextDay: number } {
    const { sender, pace, state } = this.entries.get(senderId)!;
    const { today, cap, nextDay } = state[action];
    return {
      pace: pace[action],
      today,
      cap,
      nextDay,
      age: ageInDays(sender, localDay(sender.timeZone, this.now).start),
    };
  }

  todayOf(senderId: string, action: PacedAction): number {
    return this.entries.get(senderId)?.state[action].today ?? 0;
  }
}

/**
 * Reads what is needed to judge these senders at `now`. For the planner, messages that are queued count as if they went out
 * now (`withQueued`): else it would plan, round after round, for a slot that is taken already.
 */
export async function openPaceBook(
  db: Queryable,
  senders: readonly { workspaceId: string; senderId: string }[],
  now: number,
  { withQueued = false } = {},
): Promise<PaceBook> {
  const loaded = await loadPacedSenders(db, senders);
  const questions: PaceQuestion[] = [];
  const days = new Map<string, { start: number; next: number }>();
  for (const sender of loaded) {
    const day = days.get(sender.workspaceId) ?? localDay(sender.timeZone, now);
    days.set(sender.workspaceId, day);
    for (const action of actions) {
      const { perWeek } = paceOf(sender.provider, action, sender.limits);
      const { workspaceId, senderId } = sender;
      questions.push({ workspaceId, senderId, action, dayStart: day.start, perWeek });
    }
  }
  const facts = await paceFacts(db, questions);
  const paced = loaded.filter(
    ({ provider, limits, messagesPerDay }) =>
      messagesPerDay !== null || actions.some((action) => isPaced(paceOf(provider, action, limits))),
  );
  const queued = withQueued ? await queuedMessages(db, paced) : new Map<string, Record<PacedAction, number>>();
  const entries = new Map<string, Entry>();
  for (const [i, sender] of loaded.entries()) {
    const day = days.get(sender.workspaceId)!;
    const [message, connect] = [facts[2 * i]!, facts[2 * i + 1]!];
    const latest = (message.lastAt ?? 0) >= (connect.lastAt ?? 0) ? message : connect;
    const last = latest.lastAt === null ? null : { at: latest.lastAt, key: latest.lastKey! };
    const age = ageInDays(sender, day.start);
    const any = queued.get(sender.senderId);
    const taken = any && any.message + any.connect > 0 ? { at: now, key: sender.senderId } : null;
    const stateOf = (action: PacedAction, { today, weekEdge }: typeof message): PaceState => {
      const pace = paceOf(sender.provider, action, sender.limits);
      const waiting = queued.get(sender.senderId)?.[action] ?? 0;
      const full = waiting > 0 && pace.perWeek !== null ? Math.max(weekEdge ?? 0, now - 7 * dayMs + 1_000) : weekEdge;
      return { last: taken ?? last, today: today + waiting, cap: dayCap(pace, age), weekEdge: full, nextDay: day.next };
    };
    entries.set(sender.senderId, {
      sender,
      hours: hoursOfSender(sender),
      pace: {
        message: paceOf(sender.provider, "message", sender.limits),
        connect: paceOf(sender.provider, "connect", sender.limits),
      },
      state: { message: stateOf("message", message), connect: stateOf("connect", connect) },
    });
  }
  const workspaces = new Map<string, { sent: number; cap: number | null; nextDay: number }>();
  for (const { workspaceId, messagesPerDay } of loaded) {
    if (workspaces.has(workspaceId)) continue;
    const day = days.get(workspaceId)!;
    let sent = messagesPerDay === null ? 0 : await workspaceCount(db, workspaceId, day.start);
    for (const sender of loaded) {
      const any = sender.workspaceId === workspaceId ? queued.get(sender.senderId) : undefined;
      if (any) sent += any.message + any.connect;
    }
    workspaces.set(workspaceId, { sent, cap: messagesPerDay, nextDay: day.next });
  }
  return new PaceBook(now, entries, workspaces);
}
