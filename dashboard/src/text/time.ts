import { common } from "./common.ts";
import { locale } from "./language.ts";
import { once } from "./once.ts";

/** Times as texts. A time zone is an IANA name; what isn't given is the viewer's. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${kind} ${options.timeZone ?? ""}`;
  let known = formatters.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, known);
  }
  return known;
}

const withZone = (timeZone: string | undefined) => (timeZone === undefined ? {} : { timeZone });

let viewer: { zone: string; until: number } | null = null;

/**
 * UTC where the browser knows none, or (`Etc/Unknown`) says one that it doesn't take itself. Asked for once a minute: to ask
 * takes long, and who travels changes it.
 */
export function viewerZone(): string {
  if (viewer && performance.now() < viewer.until) return viewer.zone;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  viewer = { zone: isTimeZone(timeZone) ? timeZone : "UTC", until: performance.now() + 60_000 };
  return viewer.zone;
}

function isTimeZone(timeZone: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone !== undefined;
  } catch {
    return false;
  }
}

/** 5 Jan 2026, 09:30 */
export const formatDateTime = (at: Date, timeZone?: string): string =>
  formatter("moment", { dateStyle: "medium", timeStyle: "short", ...withZone(timeZone) }).format(at);

/** 5 Jan 2026, 09:30:15: where rows are many and narrow. */
export const formatSecond = (at: Date, timeZone?: string): string =>
  formatter("second", { dateStyle: "medium", timeStyle: "medium", ...withZone(timeZone) }).format(at);

/** With seconds and the zone's name: for a tooltip, where it may be long. */
export const formatExact = (at: Date, timeZone?: string): string =>
  formatter("exact", {
    ...{ weekday: "short", day: "numeric", month: "short", year: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
    ...withZone(timeZone),
  }).format(at);

/** The same moment by the viewer's clock and, where that is another, the workspace's: a line each. */
export const formatBoth = (at: Date, workspaceZone: string | undefined): string[] =>
  workspaceZone && workspaceZone !== viewerZone()
    ? [`${common.yourTime}: ${formatExact(at)}`, `${common.workspaceTime}: ${formatExact(at, workspaceZone)}`]
    : [`${common.yourTime}: ${formatExact(at)}`];

export const formatDay = (at: Date, timeZone?: string): string =>
  formatter("day", { dateStyle: "medium", ...withZone(timeZone) }).format(at);

export const formatClock = (at: Date, timeZone?: string): string =>
  formatter("clock", { timeStyle: "short", ...withZone(timeZone) }).format(at);

const relative = once(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }));
/** "last week", where the short form would be "last wk". */
const relativeDays = once(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));

const units: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ["year", 31_557_600_000],
  ["month", 2_629_800_000],
  ["week", 604_800_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** "5 min ago", "in 2 hr.", "now". */
export function formatRelative(at: Date, now: number): string {
  const ms = at.getTime() - now;
  for (const [unit, size] of units) {
    if (Math.abs(ms) >= size) {
      return (size < 86_400_000 ? relative : relativeDays)().format(Math.trunc(ms / size), unit);
    }
  }
  return relative().format(0, "second");
}

/** Milliseconds after which `formatRelative` may say something else. */
export function relativeChangesAfter(at: Date, now: number): number {
  const ms = Math.abs(at.getTime() - now);
  if (ms < 3_600_000) return 60_000 - (ms % 60_000) + 50;
  return 3_600_000;
}
