import type { DailyRange, Schedule } from "../../../src/domain/schedule/schedule.ts";

/** What the tests know of time, from Intl alone: nothing here imports code of `src`. */

export const allZones = Intl.supportedValuesOf("timeZone");

export interface Clock {
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM` */
  time: string;
  /** `YYYY-MM-DD HH:MM:SS`, so that text sorts as readings do. */
  text: string;
  weekday: "sunday" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday";
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clock on the wall shows in a zone. */
export function clock(zone: string, instant: number): Clock {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      weekday: "long",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  // `Sunday, 29/03/2026, 04:00:00`, read as one text: its parts take six times as long, and are asked for some 100,000 times.
  const text = format.format(instant);
  const read = /^(\w+),? (\d\d)\/(\d\d)\/(\d+),? (\d\d:\d\d)(:\d\d)$/.exec(text);
  if (read === null) throw new Error(`Not as clocks are written in en-GB: ${text}`);
  const [, weekday = "", day, month, year, time = "", seconds] = read;
  const date = `${year}-${month}-${day}`;
  return { date, time, text: `${date} ${time}${seconds}`, weekday: weekday.toLowerCase() as Clock["weekday"] };
}

/** Wall clock minus UTC in ms, at an instant that is a whole second. */
export function offset(zone: string, instant: number): number {
  return Date.parse(`${clock(zone, instant).text.replace(" ", "T")}Z`) - instant;
}

/** Whether an instant is inside a window, and inside the daily range if there is one, on a date that is no holiday. */
export function opens(schedule: Schedule, zone: string, instant: number, daily?: DailyRange): boolean {
  const { date, time, weekday } = clock(zone, instant);
  const inside = ({ from, to }: DailyRange) => time >= from && time < to;
  return (
    !schedule.holidays.includes(date) &&
    (schedule.windows[weekday] ?? []).some(inside) &&
    (daily === undefined || inside(daily))
  );
}

/** An instant written with its offset: `2026-03-29T03:00+02:00`. */
export function at(text: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new RangeError(text);
  return instant;
}

/** Windows of the same hours on each of some days, which are all seven if none are named. */
export function hours(from: string, to: string, days: readonly Clock["weekday"][] = week, holidays: string[] = []) {
  const windows = Object.fromEntries(days.map((day) => [day, [{ from, to }]]));
  return { windows, holidays } satisfies Schedule;
}

export const workdays = ["monday", "tuesday", "wednesday", "thursday", "friday"] as const;
export const week = ["sunday", ...workdays, "saturday"] as const;
