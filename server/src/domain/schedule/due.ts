import type { CompiledSchedule } from "./compiled-schedule.ts";
import type { Delay, DelayUnit } from "./delay.ts";
import { dayMs, dayOf, weekdayOf } from "./local-date.ts";
import { type ClosedBy, closedBy, horizonDays, isOpenDay, nextOpen, readingClosedBy } from "./opening.ts";
import { dayExists, instantOf, readingAt } from "./wall-clock.ts";

/** The rule that moved a step: its moment was closed, or the wall clock never showed it. */
export type MovedBy = ClosedBy | "time_change";

export interface DueInput {
  /** From when the delay counts, unix ms. */
  anchor: number;
  delay: Delay;
  /** Null: always open. */
  schedule: CompiledSchedule | null;
  /** IANA name. Windows and days are by its wall clock. */
  zone: string;
}

export interface Due {
  /** Unix ms. */
  at: number;
  /**
   * Why it is not simply anchor plus delay; null if it is. Where several rules moved it one after the other, the first:
   * the one that closed the moment which was asked for.
   */
  movedBy: MovedBy | null;
}

/**
 * When a step is due; null if nothing opens within five years.
 *
 * Seconds, minutes and hours, and any delay of 0: the first open instant that is not before anchor + delay. Days and
 * business days: the same hour on the wall clock that many days later. If that day is closed (holiday, no windows, or
 * skipped by the date line), the same hour of the next open day; if the hour is outside that day's windows, the next
 * opening after it.
 *
 * The delay must be one that `delayProblems` lets through; errors are those of `stretchAt`.
 */
export function dueAt(input: DueInput): Due | null {
  const { anchor, delay, schedule, zone } = input;
  const ms = elapsedMs[delay.unit];
  if (ms === undefined && delay.amount > 0) return dueOnDay(input);
  const wish = anchor + delay.amount * (ms ?? 0);
  const at = nextOpen(schedule, zone, wish);
  return at === null ? null : { at, movedBy: closedBy(schedule, zone, wish) };
}

const elapsedMs: Partial<Record<DelayUnit, number>> = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 };

function dueOnDay({ anchor, delay, schedule, zone }: DueInput): Due | null {
  const reading = readingAt(zone, anchor);
  const time = reading - dayOf(reading) * dayMs;
  const wishedDay =
    delay.unit === "days"
      ? dayOf(reading) + delay.amount
      : businessDaysAfter(dayOf(reading), delay.amount, schedule, zone);
  const wish = wishedDay * dayMs + time;
  const day = openDayFrom(wishedDay, schedule, zone);
  if (day === null) return null;
  const at = openingFrom(day * dayMs + time, schedule, zone);
  if (at === null) return null;
  return { at, movedBy: readingAt(zone, at) === wish ? null : (readingClosedBy(schedule, wish) ?? "time_change") };
}

/** The first open instant that reads `reading` or later, and is not before the reading's own instant. */
function openingFrom(reading: number, schedule: CompiledSchedule | null, zone: string): number | null {
  let at = nextOpen(schedule, zone, instantOf(zone, reading));
  // Clocks were turned back, and a window of the repeated hour opens again, which ends before the hour that is meant.
  while (at !== null && readingAt(zone, at) < reading) {
    at = nextOpen(schedule, zone, at + reading - readingAt(zone, at));
  }
  return at;
}

function openDayFrom(day: number, schedule: CompiledSchedule | null, zone: string): number | null {
  for (let candidate = day; candidate < day + horizonDays; candidate++) {
    if (isOpenDay(schedule, candidate) && dayExists(zone, candidate)) return candidate;
  }
  return null;
}

/** Ends, because a schedule has finitely many holidays, and no zone skips more than a few days. */
function businessDaysAfter(day: number, count: number, schedule: CompiledSchedule | null, zone: string): number {
  for (let left = count; left > 0; ) {
    day++;
    const weekday = weekdayOf(day);
    const off = weekday === 0 || weekday === 6 || schedule?.holidays.has(day) || !dayExists(zone, day);
    if (!off) left--;
  }
  return day;
}
