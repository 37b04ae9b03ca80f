/**
 * How fast a sender may go. All of it is computed from what the messages say (when the latest went out, and when the
 * n-th latest did), so that there is no counter that could drift.
 */
export type PacedAction = "message" | "connect";

export interface Pace {
  /** In a calendar day of the workspace. Null: any number. */
  perDay: number | null;
  /** In any 7 days. */
  perWeek: number | null;
  /** Between the sender's last action of any kind and this one. */
  minGapSeconds: number;
  /** The gap is longer by up to this share of it, at random: 0.5 makes 10 s anything from 10 to 15 s. */
  jitter: number;
  /** A new account's day: `start` on the first, `step` more on each further one, up to `ceiling`. */
  ramp: { start: number; step: number; ceiling: number } | null;
}

export type SenderLimits = { [A in PacedAction]?: Partial<Pace> };

const none: Pace = { perDay: null, perWeek: null, minGapSeconds: 0, jitter: 0, ramp: null };

/**
 * Safe paces by provider. LinkedIn restricts accounts that hurry: 15 to 25 invitations a day and 100 in 7 days, 30 to 70
 * messages a day, 10 to 20 s between messages and a minute between other actions are what users of such tools keep to.
 */
const defaults: Readonly<Record<string, Partial<Record<PacedAction, Pace>>>> = {
  unipile: {
    message: { perDay: 50, perWeek: null, minGapSeconds: 10, jitter: 1, ramp: null },
    connect: { perDay: 20, perWeek: 100, minGapSeconds: 60, jitter: 0.5, ramp: null },
  },
};

/** The pace of a sender: its provider's safe one, with what was set in its place. */
export function paceOf(provider: string, action: PacedAction, limits: SenderLimits): Pace {
  return { ...none, ...defaults[provider]?.[action], ...limits[action] };
}

/** Whether there is anything to keep to. */
export function isPaced(pace: Pace): boolean {
  return pace.perDay !== null || pace.perWeek !== null || pace.minGapSeconds > 0 || pace.ramp !== null;
}

/** The cap of a day: the ramp's on that day, or the fixed one if that is smaller. `age` in days, 0 for the first. */
export function dayCap(pace: Pace, age: number): number | null {
  const ramped = pace.ramp ? Math.min(pace.ramp.ceiling, pace.ramp.start + pace.ramp.step * Math.max(0, age)) : null;
  if (ramped === null) return pace.perDay;
  return pace.perDay === null ? ramped : Math.min(ramped, pace.perDay);
}

/** What the messages of a sender say. Unix milliseconds. */
export interface PaceState {
  /** The sender's latest action of any kind. */
  last: { at: number; key: string } | null;
  /** How many of this action today, and what the cap of today is. */
  today: number;
  cap: number | null;
  /** When the perWeek-th latest of this action was; null if there are fewer. */
  weekEdge: number | null;
  /** When the workspace's next day begins. */
  nextDay: number;
}

export interface Slot {
  /** Unix milliseconds; not before now. */
  at: number;
  /** Why not earlier; null if it is now. */
  reason: string | null;
  /** What it is that holds it up, where that are neither the sender's limits nor its hours. */
  by?: "workspace" | "park";
}

const week = 7 * 86_400_000;

/** The gap after an action, in milliseconds: the same for the same message, however often it is asked. */
export function gapAfter(pace: Pace, key: string): number {
  return Math.round(pace.minGapSeconds * 1000 * (1 + pace.jitter * share(key)));
}

/** The earliest time at which this sender may do it, by its own limits. */
export function nextSlot(pace: Pace, state: PaceState, now: number): Slot {
  let slot: Slot = { at: now, reason: null };
  const later = (at: number, reason: string) => {
    if (at > slot.at) slot = { at, reason };
  };
  if (state.last) later(state.last.at + gapAfter(pace, state.last.key), "a pause between two messages of the sender");
  if (state.cap !== null && state.today >= state.cap)
    later(state.nextDay, `the sender is at ${state.today} of ${state.cap} today`);
  if (pace.perWeek !== null && state.weekEdge !== null)
    later(state.weekEdge + week, `the sender is at ${pace.perWeek} of ${pace.perWeek} in 7 days`);
  return slot;
}

/** How many it may do now, one after the other without a pause between. At most `most`. */
export function capacityNow(pace: Pace, state: PaceState, now: number, most: number): number {
  if (nextSlot(pace, state, now).at > now) return 0;
  if (pace.minGapSeconds > 0) return Math.min(1, most);
  const ofDay = state.cap === null ? most : state.cap - state.today;
  // Of the week only the edge is known: one at a time, unless there is no such limit.
  return Math.min(most, ofDay, pace.perWeek === null ? most : 1);
}

/** A number from 0 to 1 that looks random and is the same for the same key (FNV-1a). */
export function share(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  // A last mix: FNV's high bits depend little on the last characters.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return (hash >>> 0) / 0x1_0000_0000;
}
