import type { ErrorDetail } from "../error.ts";
import { parseDate, parseTimeOfDay, type Weekday, weekdays } from "./local-date.ts";

/** A part of a day by the wall clock: `HH:MM`, from inclusive, to exclusive; to may be 24:00. */
export interface DailyRange {
  from: string;
  to: string;
}

/** When messages may go out, by the clock on the wall where the lead is. */
export interface Schedule {
  /** Several a weekday, in any order. A weekday without windows is closed. */
  windows: Partial<Record<Weekday, readonly DailyRange[]>>;
  /** Local dates `YYYY-MM-DD` on which nothing is sent. */
  holidays: readonly string[];
}

export const scheduleLimits = { windowsPerDay: 10, holidays: 1_000 } as const;

/** All that is wrong with a schedule; fields are named under `prefix` (`schedule.windows.monday.0.from`). */
export function scheduleProblems({ windows, holidays }: Schedule, prefix = ""): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  const refuse = (field: string, reason: string) => problems.push({ field: prefix + field, reason });
  for (const [weekday, ranges = []] of Object.entries(windows)) {
    const field = `windows.${weekday}`;
    if (!weekdays.some((name) => name === weekday)) {
      refuse(field, `This is not a weekday; they are ${weekdays.join(", ")}.`);
    } else if (ranges.length > scheduleLimits.windowsPerDay) {
      refuse(field, `${ranges.length} windows; a day has at most ${scheduleLimits.windowsPerDay}.`);
    } else problems.push(...dayProblems(ranges, `${prefix}${field}.`));
  }
  if (!weekdays.some((weekday) => (windows[weekday]?.length ?? 0) > 0)) {
    refuse("windows", "No weekday has a window, so nothing would ever be sent.");
  }
  if (holidays.length > scheduleLimits.holidays) {
    const [given, most] = [holidays.length, scheduleLimits.holidays].map((count) => count.toLocaleString("en-US"));
    refuse("holidays", `${given} holidays; at most ${most}.`);
  } else {
    for (const [index, date] of holidays.entries()) {
      if (parseDate(date) === null) refuse(`holidays.${index}`, "This is not a date of the calendar like 2026-12-25.");
    }
  }
  return problems;
}

/** What is wrong with one range; fields are named under `prefix`. */
export function rangeProblems({ from, to }: DailyRange, prefix = ""): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  const [start, end] = [parseTimeOfDay(from), parseTimeOfDay(to)];
  if (start === null) problems.push({ field: `${prefix}from`, reason: "This is not a time of day like 09:00." });
  if (end === null) problems.push({ field: `${prefix}to`, reason: "This is not a time of day like 17:30 or 24:00." });
  if (start !== null && end !== null && start >= end) {
    problems.push({
      field: `${prefix}to`,
      reason: `A window ends after it begins, on the same day; ${to} is not after ${from}.`,
    });
  }
  return problems;
}

function dayProblems(ranges: readonly DailyRange[], prefix: string): ErrorDetail[] {
  const problems = ranges.flatMap((range, index) => rangeProblems(range, `${prefix}${index}.`));
  if (problems.length > 0) return problems;
  // Times of day are of one length, so that their text sorts as they do.
  const sorted = [...ranges.entries()].sort(([, a], [, b]) => Number(a.from > b.from) - Number(a.from < b.from));
  return sorted.slice(1).flatMap(([index, range], before) => {
    const [, previous] = sorted[before]!;
    if (range.from >= previous.to) return [];
    const reason = `${range.from} to ${range.to} overlaps ${previous.from} to ${previous.to} of the same day.`;
    return [{ field: `${prefix}${index}`, reason }];
  });
}
