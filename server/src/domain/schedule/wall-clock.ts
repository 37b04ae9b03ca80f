import { dayMs, dayOf } from "./local-date.ts";
import { stretchAt } from "./zone-offsets.ts";

/**
 * Wall clocks as numbers. A reading is what the clock on the wall shows, in ms, counted as though the wall stood in
 * UTC: 1970-01-01 09:00 in any zone is 32,400,000. Days, weekdays and hours of a reading are integer arithmetic.
 */

/** More than any clock is from UTC: the date line gives at most 14 hours, and local mean times of old 15:14. */
const farthestMs = 16 * 3_600_000;

/** Wall clock minus UTC at an instant, in ms. Errors are those of `stretchAt`. */
export function offsetAt(zone: string, instant: number): number {
  return stretchAt(zone, instant).offset;
}

/** What the wall clock of a zone shows at an instant. */
export function readingAt(zone: string, instant: number): number {
  return instant + offsetAt(zone, instant);
}

/**
 * The first instant at which a zone's wall clock shows the reading or a later one. That is one rule for all: a reading
 * that exists twice means the earlier instant, one that is skipped means the first instant after the gap.
 */
export function instantOf(zone: string, reading: number): number {
  let stretch = stretchAt(zone, reading - farthestMs);
  for (;;) {
    const instant = Math.max(reading - stretch.offset, stretch.from);
    if (instant < stretch.until) return instant;
    stretch = stretchAt(zone, stretch.until);
  }
}

/** Whether a day (number of days since 1970) exists in a zone. The date line moved over some: Apia, 2011-12-30. */
export function dayExists(zone: string, day: number): boolean {
  const midnight = day * dayMs;
  const { offset, until } = stretchAt(zone, midnight - farthestMs);
  // Business days ask this of every day that they count: nearly always one comparison answers.
  return midnight - offset < until || dayOf(readingAt(zone, instantOf(zone, midnight))) === day;
}
