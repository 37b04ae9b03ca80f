import { locale } from "../../../text/language.ts";
import type { Forecast } from "./forecast-tab.tsx";

export type HourCount = Forecast["hours"][number];

/** One day of the calendar: what goes out in each of its hours, by the clock of a zone. */
export interface CalendarDay {
  /** 2026-03-02 */
  date: string;
  hours: (HourCount[] | undefined)[];
  total: number;
}

/** Hours as days of a zone. Where clocks go back, two hours of the day are one field. */
export function daysOf(hours: readonly HourCount[], timeZone: string): CalendarDay[] {
  const dateOf = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const hourOf = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" });
  const days = new Map<string, CalendarDay>();
  for (const count of hours) {
    const at = new Date(count.hour);
    const date = dateOf.format(at);
    let day = days.get(date);
    if (!day) {
      day = { date, hours: Array.from({ length: 24 }), total: 0 };
      days.set(date, day);
    }
    const hour = Number(hourOf.format(at));
    day.hours[hour] = [...(day.hours[hour] ?? []), count];
    day.total += count.messages;
  }
  return [...days.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** Mon, 2 Mar: of a date, whatever the viewer's zone. */
const dayName = new Intl.DateTimeFormat(locale, {
  weekday: "short",
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});
export const nameOfDay = (date: string): string => dayName.format(new Date(`${date}T00:00:00Z`));

export const nameOfHour = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;
