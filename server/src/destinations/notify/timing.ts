import { type CompiledSchedule, compileSchedule } from "../../domain/schedule/compiled-schedule.ts";
import { dayMs, dayOf, minuteMs, parseTimeOfDay, type Weekday, weekdays } from "../../domain/schedule/local-date.ts";
import { nextOpen } from "../../domain/schedule/opening.ts";
import { type DailyRange, scheduleProblems } from "../../domain/schedule/schedule.ts";
import { dayExists, instantOf, readingAt } from "../../domain/schedule/wall-clock.ts";
import { normaliseTimeZone } from "../../domain/time-zone.ts";

export interface Timing {
  mode: "at_once" | "digest";
  everyMinutes?: number | undefined;
  dailyAt?: string | undefined;
  timeZone: string;
  quietHours?: DailyRange | undefined;
  quietDays: readonly Weekday[];
}

/** When what is queued at `now` is to be posted, without regard to the chat's pace. Unix milliseconds. */
export function dueTime(timing: Timing, now: number): number {
  const first = wished(timing, now);
  const open = afterQuiet(timing, first);
  if (timing.mode === "at_once" || timing.dailyAt === undefined || open === first) return open;
  // Of a quiet day: at the next one's hour, and not in the night in which the quiet ends. An hour that is quiet on all: at its end.
  for (let at = first; at < first + 8 * dayMs; at = wished(timing, at)) if (afterQuiet(timing, at) === at) return at;
  return open;
}

/** The first moment from `now` on that is not quiet. */
export function afterQuiet(timing: Timing, now: number): number {
  if (!timing.quietHours && timing.quietDays.length === 0) return now;
  return nextOpen(openHours(timing), zoneOf(timing), now) ?? now;
}

function wished(timing: Timing, now: number): number {
  if (timing.mode === "at_once") return now;
  if (timing.everyMinutes !== undefined) return now + timing.everyMinutes * minuteMs;
  const zone = zoneOf(timing);
  const time = parseTimeOfDay(timing.dailyAt!)!;
  // A reading that clocks skip becomes the first instant after the gap, one that comes twice the earlier instant.
  for (let day = dayOf(readingAt(zone, now)); ; day++) {
    const at = instantOf(zone, day * dayMs + time);
    if (at > now && dayExists(zone, day)) return at;
  }
}

const zoneOf = ({ timeZone }: Timing): string => {
  const zone = normaliseTimeZone(timeZone);
  return zone.ok ? zone.value : "UTC";
};

/** All that is not quiet, as a schedule. */
function openWindows({ quietHours, quietDays }: Timing) {
  const ranges: DailyRange[] = !quietHours
    ? [{ from: "00:00", to: "24:00" }]
    : quietHours.from < quietHours.to
      ? [
          { from: "00:00", to: quietHours.from },
          { from: quietHours.to, to: "24:00" },
        ]
      : [{ from: quietHours.to, to: quietHours.from }];
  const open = ranges.filter(({ from, to }) => from < to);
  const days = weekdays.filter((day) => !quietDays.includes(day));
  return { windows: Object.fromEntries(days.map((day) => [day, open])), holidays: [] };
}

const compiled = new WeakMap<Timing, CompiledSchedule>();

function openHours(timing: Timing): CompiledSchedule {
  const known = compiled.get(timing);
  if (known) return known;
  const schedule = compileSchedule(openWindows(timing));
  compiled.set(timing, schedule);
  return schedule;
}

/** Why nothing would ever be posted, or null. */
export function quietProblem(timing: Timing): string | null {
  const { quietHours } = timing;
  if (quietHours && (quietHours.from === quietHours.to || (quietHours.from === "24:00" && quietHours.to === "00:00")))
    return "Quiet hours begin and end at different times.";
  return scheduleProblems(openWindows(timing)).length > 0 ? "Every hour is quiet: nothing would ever be posted." : null;
}
