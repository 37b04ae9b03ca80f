import { locale } from "./language.ts";
import { once } from "./once.ts";

/** Days of a zone's clock as moments. */

/**
 * Those of the browser that know zones without its data on languages, which takes a slow processor a tenth of a second to open and which a
 * first page may do without. Not in Safari yet, nor in Node 24.
 */
interface Zoned {
  Instant: {
    fromEpochMilliseconds(at: number): { toZonedDateTimeISO(timeZone: string): { offsetNanoseconds: number } };
  };
}
const { Temporal: zoned } = globalThis as { Temporal?: Zoned };

const parts = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clock is ahead of UTC at a moment, in milliseconds. */
function ahead(at: number, timeZone: string): number {
  // Whole ones, which is what it takes.
  if (zoned)
    return zoned.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;
  let format = parts.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric", second: "numeric" },
    });
    parts.set(timeZone, format);
  }
  const of = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const clock = Date.UTC(of.year!, of.month! - 1, of.day!, of.hour!, of.minute!, of.second!);
  return clock - Math.floor(at / 1_000) * 1_000;
}

/** When the day `2026-03-29` begins by the zone's clock. */
export function dayBegins(day: string, timeZone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Twice: the first guess may lie on the other side of a change of clocks.
  const guess = midnight - ahead(midnight, timeZone);
  const begins = midnight - ahead(guess, timeZone);
  // Where clocks go forward at midnight (Santiago, Havana, the Azores) the day has none: it begins when they have.
  return new Date(dayOf(begins, timeZone) < day ? guess : begins);
}

/** The zone's day `2026-03-29` at a moment, so many days on (negative: back). */
export function dayOf(at: number, timeZone: string, days = 0): string {
  const clock = new Date(at + ahead(at, timeZone));
  clock.setUTCDate(clock.getUTCDate() + days);
  return clock.toISOString().slice(0, 10);
}

const short = once(() => new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }));
const month = once(() => new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" }));

/** A label of a time series (`2026-03-29`, `2026-03`, `2026-03-29T01:00+01:00`) for an axis. */
export function formatLabel(label: string): string {
  if (label.length === 7) return month().format(new Date(`${label}-01T00:00:00Z`));
  const day = short().format(new Date(`${label.slice(0, 10)}T00:00:00Z`));
  return label.length > 10 ? `${day}, ${label.slice(11, 16)}` : day;
}
