import { dayMs, parseDate, parseTimeOfDay, weekdays } from "./local-date.ts";
import { type DailyRange, rangeProblems, type Schedule, scheduleProblems } from "./schedule.ts";

/** In ms after midnight by the wall clock, from inclusive, to exclusive. */
export interface DayWindow {
  readonly from: number;
  readonly to: number;
}

/** The windows of each weekday, Sunday first; sorted, apart from each other. */
type WeekWindows = readonly (readonly DayWindow[])[];

/** A schedule in the form that is searched. It doesn't change, so whoever reads schedules may cache it. */
export interface CompiledSchedule {
  /** When sending is allowed by all that limits it. */
  readonly open: WeekWindows;
  /** The schedule's own windows, before `withinDaily` cut them: they tell quiet hours from hours outside windows. */
  readonly windows: WeekWindows;
  /** As days since 1970. */
  readonly holidays: ReadonlySet<number>;
  /** It is open all day on each weekday, so that only holidays close it. */
  readonly neverRests: boolean;
}

export type DailyLimited = { ok: true; schedule: CompiledSchedule } | { ok: false; reason: string };

/** @throws RangeError if the schedule is none that `scheduleProblems` lets through. */
export function compileSchedule(schedule: Schedule): CompiledSchedule {
  const [problem] = scheduleProblems(schedule);
  if (problem !== undefined) throw new RangeError(`${problem.field}: ${problem.reason}`);
  const windows = weekdays.map((weekday) => merged((schedule.windows[weekday] ?? []).map(compileRange)));
  const holidays = new Set(schedule.holidays.map((date) => parseDate(date)!));
  return { open: windows, windows, holidays, neverRests: neverRests(windows) };
}

/**
 * The schedule (null: always open) limited to a part of each day, such as 08:00 to 21:00 for SMS; what remains is quiet.
 * Refused with the reason if the range is malformed, or if nothing would be left of any day.
 */
export function withinDaily(schedule: CompiledSchedule | null, range: DailyRange): DailyLimited {
  const [problem] = rangeProblems(range);
  if (problem !== undefined) return { ok: false, reason: problem.reason };
  const limit = compileRange(range);
  const { open, windows, holidays } = schedule ?? alwaysOpen;
  const limited = open.map((day) =>
    day
      .map(({ from, to }) => ({ from: Math.max(from, limit.from), to: Math.min(to, limit.to) }))
      .filter(({ from, to }) => from < to),
  );
  return limited.some((day) => day.length > 0)
    ? { ok: true, schedule: { open: limited, windows, holidays, neverRests: neverRests(limited) } }
    : { ok: false, reason: `No sending window is open between ${range.from} and ${range.to}.` };
}

const allDay: WeekWindows = weekdays.map(() => [{ from: 0, to: dayMs }]);
const alwaysOpen: CompiledSchedule = { open: allDay, windows: allDay, holidays: new Set(), neverRests: true };

/** Windows that touch are one, so that a whole day is one window. */
function neverRests(week: WeekWindows): boolean {
  return week.every((day) => day.some(({ from, to }) => from === 0 && to === dayMs));
}

function compileRange({ from, to }: DailyRange): DayWindow {
  return { from: parseTimeOfDay(from)!, to: parseTimeOfDay(to)! };
}

/** Sorted, and those that touch made one. */
function merged(windows: DayWindow[]): DayWindow[] {
  const result: DayWindow[] = [];
  for (const { from, to } of windows.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last?.to === from) result[result.length - 1] = { from: last.from, to };
    else result.push({ from, to });
  }
  return result;
}
