import { dayMs, dayOf, weekdayOf } from "../schedule/local-date.ts";
import { instantOf, readingAt } from "../schedule/wall-clock.ts";
import { stretchAt } from "../schedule/zone-offsets.ts";

export const granularities = ["hour", "day", "week", "month"] as const;
export type Granularity = (typeof granularities)[number];

const hourMs = 3_600_000;

/** A stretch of a calendar, from `from` to before `to` (unix ms). */
export interface Span {
  from: number;
  to: number;
  /** On the clock of the zone: `2026-03-29`, of an hour `2026-03-29T02:00+01:00`. A week is called by its Monday. */
  label: string;
}

/** The hours, days, weeks (from Monday) or months of a time zone that touch a range, all of them whole. */
export function spansOf(granularity: Granularity, zone: string, from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (let begin = beginOf(granularity, zone, from); begin < to; ) {
    const end = endOf(granularity, zone, begin);
    spans.push({ from: begin, to: end, label: labelOf(granularity, zone, begin) });
    begin = end;
  }
  return spans;
}

/** How many there are, about; before they are made. */
export function about(granularity: Granularity, from: number, to: number): number {
  const width = { hour: hourMs, day: dayMs, week: 7 * dayMs, month: 28 * dayMs }[granularity];
  return Math.ceil((to - from) / width);
}

function beginOf(granularity: Granularity, zone: string, at: number): number {
  const reading = readingAt(zone, at);
  // An hour that comes twice, as clocks are set back, is two: so it is counted from the instant and not from the reading.
  if (granularity === "hour") {
    const { from, offset } = stretchAt(zone, at);
    return Math.max(from, Math.floor(reading / hourMs) * hourMs - offset);
  }
  return instantOf(zone, firstDay(granularity, dayOf(reading)) * dayMs);
}

function endOf(granularity: Granularity, zone: string, begin: number): number {
  const reading = readingAt(zone, begin);
  if (granularity === "hour") {
    const { until, offset } = stretchAt(zone, begin);
    return Math.min(until, (Math.floor(reading / hourMs) + 1) * hourMs - offset);
  }
  const first = firstDay(granularity, dayOf(reading));
  for (let next = first; ; ) {
    next = granularity === "day" ? next + 1 : granularity === "week" ? next + 7 : firstDay("month", next + 31);
    const end = instantOf(zone, next * dayMs);
    // A day that a zone left out (Apia, 2011-12-30) has no length.
    if (end > begin) return end;
  }
}

function firstDay(granularity: "day" | "week" | "month", day: number): number {
  if (granularity === "day") return day;
  if (granularity === "week") return day - ((weekdayOf(day) + 6) % 7);
  const date = new Date(day * dayMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / dayMs;
}

function labelOf(granularity: Granularity, zone: string, at: number): string {
  const { offset } = stretchAt(zone, at);
  const text = new Date(at + offset).toISOString();
  if (granularity !== "hour") return text.slice(0, granularity === "month" ? 7 : 10);
  const minutes = Math.abs(offset) / 60_000;
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  return `${text.slice(0, 16)}${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}
