export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** In the order of weekday numbers: Sunday is 0, as in `Date.getDay`. */
export const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export type Weekday = (typeof weekdays)[number];

/** The day (number of days since 1970-01-01) of a wall clock's reading. */
export function dayOf(reading: number): number {
  return Math.floor(reading / dayMs);
}

/** The weekday of a day, 0 to 6. */
export function weekdayOf(day: number): number {
  // 1970-01-01 was a Thursday; the second remainder is for days before it.
  return (((day + 4) % 7) + 7) % 7;
}

/** The day of a date `YYYY-MM-DD`; null if it is written otherwise or isn't in the calendar, like 2026-02-30. */
export function parseDate(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  // Date.parse takes 30 February for 2 March.
  const instant = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(text) ? null : instant / dayMs;
}

/** A time of day `HH:MM` in ms after midnight, from 00:00 to 24:00; null if it is written otherwise. */
export function parseTimeOfDay(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) return text === "24:00" ? dayMs : null;
  return (Number(match[1]) * 60 + Number(match[2])) * minuteMs;
}
