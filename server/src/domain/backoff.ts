const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Waits between the attempts of a webhook delivery, in ms: at first as SendPilot documents its own, then on for three days. */
export const deliverySchedule: readonly number[] = [
  5 * second,
  30 * second,
  2 * minute,
  15 * minute,
  1 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
  24 * hour,
];

/** Waits between the attempts to send a message, in ms. Shorter in all: outreach that comes days late is no longer wanted. */
export const messageSchedule: readonly number[] = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  1 * hour,
  3 * hour,
  6 * hour,
];

export interface BackoffOptions {
  /** Waits in ms: the first is the one after the first attempt. */
  schedule: readonly number[];
  /** From 0 (inclusive) to 1 (exclusive), like `Math.random`, which is the default. */
  random?: () => number;
}

/**
 * How long to wait before the next attempt, in whole milliseconds, or null when the schedule is used up.
 * @param attempt attempts made so far, from 1.
 *
 * Up to 20 % is added at random, so that what failed together doesn't come back together; nothing is taken away, so
 * that a documented wait is never undercut.
 */
export function nextAttemptDelay(attempt: number, options: BackoffOptions): number | null {
  if (!Number.isInteger(attempt) || attempt < 1) throw new RangeError(`attempt must be 1 or more, not ${attempt}`);
  const wait = options.schedule[attempt - 1];
  if (wait === undefined) return null;
  return Math.floor(wait * (1 + 0.2 * (options.random ?? Math.random)()));
}
