const day = 86_400;

/** What a destination's own schedule of attempts may be. Seconds. */
export const retryScheduleLimits = { most: 20, shortest: 1, longest: 7 * day, total: 30 * day } as const;

/**
 * What is wrong with a schedule, the waits between attempts in seconds; null: nothing. `index`: which of them; null: all
 * of it.
 */
export function checkRetrySchedule(seconds: readonly number[]): { index: number | null; reason: string } | null {
  const { most, shortest, longest, total } = retryScheduleLimits;
  if (seconds.length < 1 || seconds.length > most)
    return {
      index: null,
      reason: `Give 1 to ${most} waits, in seconds; without the field the default schedule holds.`,
    };
  for (const [index, wait] of seconds.entries()) {
    if (!Number.isInteger(wait) || wait < shortest || wait > longest)
      return { index, reason: `A wait is ${shortest} to ${longest} seconds (7 days), a whole number.` };
  }
  const sum = seconds.reduce((all, wait) => all + wait, 0);
  if (sum > total)
    return { index: null, reason: `Together these are ${sum} seconds; at most ${total} (30 days) are allowed.` };
  return null;
}
