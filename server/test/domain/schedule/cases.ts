import fc from "fast-check";
import { type CompiledSchedule, compileSchedule, withinDaily } from "../../../src/domain/schedule/compiled-schedule.ts";
import type { DailyRange, Schedule } from "../../../src/domain/schedule/schedule.ts";
import { changes } from "./clock-changes.ts";
import { allZones, clock, week } from "./oracle.ts";

/** A place, a moment, and a schedule both as it is compiled and as text. */
export interface Case {
  zone: string;
  /** A whole second of the years 2024 to 2027. */
  instant: number;
  /** Without the daily range. */
  windows: Schedule["windows"];
  /** With the daily range cut out of the windows, as text, by nothing of `src`. */
  limited: Schedule;
  compiled: CompiledSchedule;
}

const dayMs = 86_400_000;

interface Place {
  zone: string;
  instant: number;
}

/** Within so many seconds of a change of clocks, and `before` ms earlier. */
export function nearChanges(seconds: number, before = 0): fc.Arbitrary<Place> {
  return fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -seconds, max: seconds }))
    .map(([{ zone, at }, second]) => ({ zone, instant: at + second * 1000 - before }));
}

const anywhere: fc.Arbitrary<Place> = fc.record({
  zone: fc.constantFrom(...allZones),
  instant: fc.integer({ min: 1_704_067_200, max: 1_830_297_600 }).map((second) => second * 1000),
});

/** Clocks change in the first hours of a day and about midnight: many times are there. */
const times = fc
  .oneof(fc.integer({ min: 0, max: 1440 }), fc.integer({ min: 0, max: 240 }), fc.constantFrom(0, 1380, 1440))
  .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`);

/** Different times in order, taken in pairs: none overlap. */
function rangesOf(count: number): fc.Arbitrary<DailyRange[]> {
  return fc.uniqueArray(times, { minLength: 2, maxLength: 2 * count }).map((chosen) => {
    const sorted = chosen.toSorted();
    return Array.from({ length: sorted.length >> 1 }, (_, n) => ({ from: sorted[2 * n]!, to: sorted[2 * n + 1]! }));
  });
}

const weekWindows: fc.Arbitrary<Schedule["windows"]> = fc
  .record(Object.fromEntries(week.map((day) => [day, rangesOf(3)])), { requiredKeys: [] })
  .filter((days) => Object.keys(days).length > 0);

/** The part of each window that is inside the range. Times are of one length, so that text sorts as they do. */
function cut(windows: Schedule["windows"], range: DailyRange): Schedule["windows"] {
  const inside = ({ from, to }: DailyRange): DailyRange => ({
    from: from > range.from ? from : range.from,
    to: to < range.to ? to : range.to,
  });
  return Object.fromEntries(
    week.map((day) => [day, (windows[day] ?? []).map(inside).filter(({ from, to }) => from < to)]),
  );
}

const wholeDay: DailyRange = { from: "00:00", to: "24:00" };

/** Holidays are days near the instant, so that they matter; a daily range that would leave nothing is left out. */
export function casesAt(places: fc.Arbitrary<Place>): fc.Arbitrary<Case> {
  return fc
    .record({
      place: places,
      windows: weekWindows,
      near: fc.array(fc.integer({ min: -1, max: 12 }), { maxLength: 6 }),
      daily: fc.oneof(
        fc.constant(wholeDay),
        rangesOf(1).map(([range]) => range!),
      ),
    })
    .map(({ place, windows, near, daily }) => {
      const holidays = near.map((days) => clock(place.zone, place.instant + days * dayMs).date);
      const compiled = compileSchedule({ windows, holidays });
      const cutWindows = cut(windows, daily);
      return Object.values(cutWindows).some((day) => day.length > 0)
        ? { ...place, windows, limited: { windows: cutWindows, holidays }, compiled: limitedTo(daily, compiled) }
        : { ...place, windows, limited: { windows, holidays }, compiled };
    });
}

/** Four of five are within three days of a change of clocks. */
export const cases: fc.Arbitrary<Case> = casesAt(
  fc.oneof({ weight: 1, arbitrary: anywhere }, { weight: 4, arbitrary: nearChanges(3 * 86_400) }),
);

function limitedTo(daily: DailyRange, schedule: CompiledSchedule): CompiledSchedule {
  const result = withinDaily(schedule, daily);
  if (!result.ok) throw new Error(result.reason);
  return result.schedule;
}

/** Holds for each case. The seed is fixed, so that a failure comes again. */
export function always<T>(values: fc.Arbitrary<T>, runs: number, claim: (value: T) => void): void {
  fc.assert(fc.property(values, claim), { seed: 2026, numRuns: runs });
}
