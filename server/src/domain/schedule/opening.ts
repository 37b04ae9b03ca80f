import type { CompiledSchedule, DayWindow } from "./compiled-schedule.ts";
import { dayMs, dayOf, weekdayOf } from "./local-date.ts";
import { readingAt } from "./wall-clock.ts";
import { stretchAt } from "./zone-offsets.ts";

/**
 * When a schedule is open. An instant is open if the clock on the wall shows a time inside a window, on a date that is
 * no holiday: nothing else counts. So a window in a gap is what is left of it, and in a repeated hour a window is open
 * in both passes. (Closing the second pass was rejected: a schedule that is open all day would close for an hour.)
 * The searches walk the stretches in which clocks don't change, and within one calculate with readings.
 *
 * Everywhere here, a schedule of null is always open, and errors are those of `stretchAt`.
 */

/** How far searches look: holidays may cover years. In days, five years. */
export const horizonDays = 5 * 366;
const horizonMs = horizonDays * dayMs;

/** The rule by which an instant is closed. */
export type ClosedBy = "holiday" | "closed_day" | "outside_window" | "quiet_hours";

const none: readonly DayWindow[] = [];

function windowsOf(schedule: CompiledSchedule, day: number): readonly DayWindow[] {
  return schedule.holidays.has(day) ? none : schedule.open[weekdayOf(day)]!;
}

/** Whether a day (since 1970) has any window and is no holiday. */
export function isOpenDay(schedule: CompiledSchedule | null, day: number): boolean {
  return schedule === null || windowsOf(schedule, day).length > 0;
}

/** The reading at which the window around a reading ends; null if there is none. */
function endOfWindow(schedule: CompiledSchedule, reading: number): number | null {
  const day = dayOf(reading);
  const time = reading - day * dayMs;
  for (const { from, to } of windowsOf(schedule, day)) if (time >= from && time < to) return day * dayMs + to;
  return null;
}

/** The first open reading, not before `reading` and before `limit`; null if there is none. */
function openReading(schedule: CompiledSchedule, reading: number, limit: number): number | null {
  for (let day = dayOf(reading); day * dayMs < limit; day++) {
    const time = reading - day * dayMs;
    for (const { from, to } of windowsOf(schedule, day)) {
      if (time >= to) continue;
      const opens = day * dayMs + Math.max(from, time);
      return opens < limit ? opens : null;
    }
  }
  return null;
}

/**
 * The first closed reading, not before `reading` and before `limit`; null if there is none. What is open on all days and at all
 * hours closes for holidays alone, and isn't walked through day by day: that would be five years of days for each lead.
 */
function closedReading(schedule: CompiledSchedule, reading: number, limit: number): number | null {
  if (schedule.neverRests) {
    let first = Number.POSITIVE_INFINITY;
    for (const day of schedule.holidays) if ((day + 1) * dayMs > reading) first = Math.min(first, day * dayMs);
    return first < limit ? Math.max(first, reading) : null;
  }
  while (reading < limit) {
    const end = endOfWindow(schedule, reading);
    if (end === null) return reading;
    reading = end;
  }
  return null;
}

/** The first instant from `instant` on with a reading that `find` finds; null if there is none within five years. */
function search(
  schedule: CompiledSchedule,
  zone: string,
  instant: number,
  find: (schedule: CompiledSchedule, reading: number, limit: number) => number | null,
): number | null {
  const limit = instant + horizonMs;
  for (let at = instant; at < limit; ) {
    const { offset, until } = stretchAt(zone, at);
    const reading = find(schedule, at + offset, Math.min(until, limit) + offset);
    if (reading !== null) return reading - offset;
    at = until;
  }
  return null;
}

/** Whether a message may go out at an instant (unix ms). */
export function isOpen(schedule: CompiledSchedule | null, zone: string, instant: number): boolean {
  return schedule === null || endOfWindow(schedule, readingAt(zone, instant)) !== null;
}

/** The earliest open instant that is not before `instant`; null if none comes within five years. Unix ms. */
export function nextOpen(schedule: CompiledSchedule | null, zone: string, instant: number): number | null {
  return schedule === null ? instant : search(schedule, zone, instant, openReading);
}

/**
 * The first closed instant after an open one: until then sending may go on, over midnight too if both days are open
 * there. Null if `instant` is closed itself, or if nothing closes within five years.
 */
export function closesAt(schedule: CompiledSchedule | null, zone: string, instant: number): number | null {
  if (schedule === null || (schedule.neverRests && schedule.holidays.size === 0)) return null;
  if (!isOpen(schedule, zone, instant)) return null;
  return search(schedule, zone, instant, closedReading);
}

/** Why a schedule is closed when the wall clock shows a reading; null if it is open. */
export function readingClosedBy(schedule: CompiledSchedule | null, reading: number): ClosedBy | null {
  if (schedule === null || endOfWindow(schedule, reading) !== null) return null;
  const day = dayOf(reading);
  if (schedule.holidays.has(day)) return "holiday";
  const windows = schedule.windows[weekdayOf(day)]!;
  if (windows.length === 0) return "closed_day";
  const time = reading - day * dayMs;
  return windows.some(({ from, to }) => time >= from && time < to) ? "quiet_hours" : "outside_window";
}

/** Why a schedule is closed at an instant; null if it is open. */
export function closedBy(schedule: CompiledSchedule | null, zone: string, instant: number): ClosedBy | null {
  return readingClosedBy(schedule, readingAt(zone, instant));
}
