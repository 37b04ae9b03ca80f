/**
 * How much of a replay is in the outbox at a time. A lane performs what is due in the order in which it became due. So a
 * live event is behind what a replay has queued, and must never find much of it: some tenths of a second of what the
 * destination takes, however fast that is. The room for it is learnt as TCP learns its window: doubled where it was
 * empty again at once, halved where that took long. What is under way counts as well: a slow destination would else have
 * as many rows as a lane leases.
 */

export const leastRoom = 8;
export const mostRoom = 8_192;
/** Room for the first rows, when nothing is known of the destination. */
export const firstRoom = 32;

/**
 * @param room what it was when it was last filled.
 * @param elapsedMs from then until a look found half of it empty, or more.
 * @param left rows that the look found.
 */
export function nextRoom(room: number, elapsedMs: number, left: number): number {
  // Empty: the destination stood idle, though not for want of speed where it took seconds.
  if (elapsedMs < 100 || (left === 0 && elapsedMs < 2_000)) return Math.min(room * 2, mostRoom);
  if (elapsedMs > 400 && left > 0) return Math.max(Math.floor(room / 2), leastRoom);
  return room;
}

/**
 * Rows of one replay in one lane that are not finished, at most: what failed waits there for its next attempt, for days. A fifth
 * of a million events may be such that the receiver refuses them; so many are still withdrawn by one statement.
 */
const mostUnfinished = 200_000;
/** Answers in a row by which a destination is one that doesn't work. What it refuses for what is in it says that it works. */
const failing = 10;
/** Such a destination gets one event of a replay in this time, in ms, to see whether it works again. */
const probeEveryMs = 30_000;
/** Milliseconds between looks at a lane that works. */
const lookEveryMs = 50;

export interface LaneState {
  /** Rows of the lane that are due and wait, or are under way; live ones and others. */
  waiting: number;
  /** Rows of this replay that are not finished. */
  unfinished: number;
  room: number;
  /** Since something was queued; null: nothing was. */
  sinceFedMs: number | null;
  /** Null: not parked. Infinity: until somebody acts. */
  parkedMs: number | null;
  /** Answers in a row that say that the receiver is ill. */
  badStreak: number;
  /** Events a second; null: no limit. */
  rate: number | null;
}

/** What may be queued at a look. */
export interface Allowance {
  rows: number;
  /** The room to note if so many rows were queued that it is full; where fewer were, nothing is learnt from how soon they are gone. */
  room: number;
  full: number;
  /** Of the time since the last rows, what these don't use up of a rate: a part of an event, which the next ones get. */
  creditMs: number;
  /** Milliseconds until the next look. */
  nextMs: number;
}

export function replayAllowance(lane: LaneState): Allowance {
  const wait = (nextMs: number): Allowance => ({ rows: 0, room: lane.room, full: 1, creditMs: 0, nextMs });
  if (lane.parkedMs !== null) return wait(Math.min(Math.max(lane.parkedMs, lookEveryMs), 10_000));
  if (lane.unfinished >= mostUnfinished) return wait(1_000);
  if (lane.badStreak >= failing) {
    if (lane.sinceFedMs !== null && lane.sinceFedMs < probeEveryMs) return wait(1_000);
    return { rows: 1, room: firstRoom, full: 1, creditMs: 0, nextMs: 1_000 };
  }
  // Where live events wait, they go first.
  if (lane.waiting > lane.room / 2) return wait(lookEveryMs);
  const room = lane.sinceFedMs === null ? lane.room : nextRoom(lane.room, lane.sinceFedMs, lane.waiting);
  const full = room - lane.waiting;
  const byRate = rowsByRate(lane.rate, lane.sinceFedMs);
  const rows = Math.min(full, mostUnfinished - lane.unfinished, byRate.rows);
  if (rows > 0) return { rows, room, full, creditMs: rows === byRate.rows ? byRate.creditMs : 0, nextMs: lookEveryMs };
  return wait(lane.rate === null ? lookEveryMs : Math.max(lookEveryMs, 1_000 / lane.rate - (lane.sinceFedMs ?? 0)));
}

/** What a rate has room for since the last rows: of at most a second, or of the time of one event where that is longer. */
function rowsByRate(rate: number | null, sinceFedMs: number | null): { rows: number; creditMs: number } {
  if (rate === null) return { rows: Number.POSITIVE_INFINITY, creditMs: 0 };
  if (sinceFedMs === null) return { rows: Math.max(1, Math.floor((rate * lookEveryMs) / 1_000)), creditMs: 0 };
  const counts = Math.min(sinceFedMs, Math.max(1_000, 1_000 / rate));
  // A millionth more: a number that is computed both ways must not fall just short of an event.
  const rows = Math.floor((counts * rate) / 1_000 + 1e-6);
  return { rows, creditMs: Math.max(0, counts - (rows / rate) * 1_000) };
}
