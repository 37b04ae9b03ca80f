import { locale } from "./language.ts";
import { once } from "./once.ts";

/** Numbers and lists as the language of the texts writes them. Formatters are made once: making one costs more than using it. */

const number = once(() => new Intl.NumberFormat(locale));
const compact = once(() => new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }));
const percent = once(() => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }));
const list = once(() => new Intl.ListFormat(locale, { type: "conjunction" }));

/** Small counts look alike wherever English is written: the first pages, which have no others, need no formatter. */
export const formatNumber = (value: number): string =>
  Number.isInteger(value) && value >= 0 && value < 1_000 ? String(value) : number().format(value);
/** 12,345 as 12.3K: for tiles and axes, where the whole number is near. */
export const formatCompact = (value: number): string => compact().format(value);
/** 0.125 as 12.5%. */
export const formatPercent = (share: number): string => percent().format(share);
export const formatList = (items: readonly string[]): string => list().format(items);

const steps: readonly [unit: "byte" | "kilobyte" | "megabyte" | "gigabyte", from: number][] = [
  ["gigabyte", 1e9],
  ["megabyte", 1e6],
  ["kilobyte", 1e3],
  ["byte", 0],
];

export function formatBytes(bytes: number): string {
  const [unit, from] = steps.find(([, least]) => bytes >= least) ?? ["byte", 0];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(bytes / (from || 1));
}

/** Milliseconds as a person says them: 850 ms, 3.2 s, 4 min, 2 h, 3 d. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${number().format(Math.round(ms / 100) / 10)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${number().format(Math.round(ms / 360_000) / 10)} h`;
  return `${number().format(Math.round(ms / 8_640_000) / 10)} d`;
}
