import type { CompiledSchedule } from "./compiled-schedule.ts";
import { closesAt, horizonDays, isOpen, nextOpen } from "./opening.ts";

/** A schedule with the clock that it goes by: two of them may be by clocks of different places. */
export interface ClockedSchedule {
  /** Null: always open. */
  schedule: CompiledSchedule | null;
  /** IANA name. */
  zone: string;
}

/**
 * The earliest instant, not before `instant` (unix ms), at which all of them are open; null if they aren't within five years,
 * be it that one never is. What is open when is for `opening.ts` to say; errors are those of `stretchAt`.
 */
export function nextOpenTogether(all: readonly ClockedSchedule[], instant: number): number | null {
  const limit = instant + horizonDays * 86_400_000;
  for (let at = instant; at < limit; ) {
    let latest = at;
    for (const { schedule, zone } of all) {
      const opens = nextOpen(schedule, zone, latest);
      if (opens === null) return null;
      latest = opens;
    }
    // One after the other they moved it: it counts once none of them does.
    if (all.every(({ schedule, zone }) => isOpen(schedule, zone, latest))) return latest < limit ? latest : null;
    at = latest;
  }
  return null;
}

/** The first instant after an open one at which one of them closes; null: none does. Unix ms. */
export function firstClosing(all: readonly ClockedSchedule[], instant: number): number | null {
  let first: number | null = null;
  for (const { schedule, zone } of all) {
    const at = closesAt(schedule, zone, instant);
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first;
}
