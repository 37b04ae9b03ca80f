import fc from "fast-check";
import { expect, test } from "vitest";
import { type Delay, delayUnits } from "../../../src/domain/schedule/delay.ts";
import { dueAt, type MovedBy } from "../../../src/domain/schedule/due.ts";
import type { DailyRange } from "../../../src/domain/schedule/schedule.ts";
import { always, type Case, cases, casesAt, nearChanges } from "./cases.ts";
import { changes } from "./clock-changes.ts";
import { clock, offset, opens, week } from "./oracle.ts";

const dayMs = 86_400_000;
const elapsed = { seconds: 1_000, minutes: 60_000, hours: 3_600_000 };

const changesOf = Map.groupBy(changes, ({ zone }) => zone);
const isIn = (time: string) => (range: DailyRange) => time >= range.from && time < range.to;
const weekdayOf = (date: string) => week[new Date(date).getUTCDay()]!;

/** The date so many days after another; business days are Monday to Friday that are no holidays. */
function laterDate(date: string, { amount, unit }: Delay, holidays: readonly string[]): string {
  for (let left = amount; left > 0; ) {
    date = new Date(Date.parse(date) + dayMs).toISOString().slice(0, 10);
    const off = ["saturday", "sunday"].includes(weekdayOf(date)) || holidays.includes(date);
    if (unit === "days" || !off) left--;
  }
  return date;
}

/** All instants at which a wall clock shows a text: none, one or two. */
function instantsOf(zone: string, text: string): number[] {
  const utc = Date.parse(`${text.replace(" ", "T")}Z`);
  const offsets = new Set([offset(zone, utc - dayMs), offset(zone, utc + dayMs)]);
  return [...offsets].map((ms) => utc - ms).filter((instant) => clock(zone, instant).text === text);
}

/**
 * The first open instant that reads `wish` or later on the first open day. An opening is where a window begins, where
 * clocks change, or the wish itself: those near are all tried.
 */
function firstOpening({ zone, limited }: Case, wish: string): number {
  let [date = "", time] = wish.split(" ");
  while (limited.holidays.includes(date) || !limited.windows[weekdayOf(date)]?.length) {
    date = laterDate(date, { amount: 1, unit: "days" }, []);
  }
  const floor = `${date} ${time}`;
  for (const candidates = instantsOf(zone, floor); ; date = laterDate(date, { amount: 1, unit: "days" }, [])) {
    const starts = (limited.windows[weekdayOf(date)] ?? []).flatMap(({ from }) =>
      instantsOf(zone, `${date} ${from}:00`),
    );
    const near = (changesOf.get(zone) ?? []).map(({ at }) => at).filter((at) => clock(zone, at).date === date);
    candidates.push(...starts, ...near);
    const open = candidates.filter((at) => clock(zone, at).text >= floor && opens(limited, zone, at));
    if (open.length > 0) return Math.min(...open);
  }
}

/** The rule that closes the moment which was asked for; null where the clock shows it and it is open. */
function closing({ zone, limited, windows }: Case, wish: string): MovedBy | null {
  const date = wish.slice(0, 10);
  const time = wish.slice(11, 16);
  const day = weekdayOf(date);
  if (limited.holidays.includes(date)) return "holiday";
  if (!windows[day]?.length) return "closed_day";
  if (!windows[day].some(isIn(time))) return "outside_window";
  if (!limited.windows[day]?.some(isIn(time))) return "quiet_hours";
  return instantsOf(zone, wish).length === 0 ? "time_change" : null;
}

const elapsedDelays: fc.Arbitrary<Delay> = fc.oneof(
  fc.record({ amount: fc.nat({ max: 300 }), unit: fc.constantFrom(...delayUnits.slice(0, 3)) }),
  fc.record({ amount: fc.constant(0), unit: fc.constantFrom(...delayUnits) }),
);
const dayDelays: fc.Arbitrary<Delay> = fc.record({
  amount: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 100 })),
  unit: fc.constantFrom("days", "business_days"),
});

/** A delay of days that leads to within three hours of a change of clocks. */
const intoChanges = fc
  .integer({ min: 1, max: 5 })
  .chain((amount) =>
    fc.tuple(casesAt(nearChanges(3 * 3_600, amount * dayMs)), fc.constant<Delay>({ amount, unit: "days" })),
  );

test("elapsed time is never cut short: a step is due at the first opening after it, and says what closed its moment", () => {
  always(fc.tuple(cases, elapsedDelays), 2_000, ([given, delay]) => {
    const { zone, instant, limited, compiled } = given;
    const wish = instant + delay.amount * (elapsed[delay.unit as keyof typeof elapsed] ?? 0);
    const due = dueAt({ anchor: instant, delay, schedule: compiled, zone })!;
    expect(due.at >= wish && opens(limited, zone, due.at)).toBe(true);
    expect(due.movedBy).toBe(closing(given, clock(zone, wish).text));
    if (due.at > wish) expect(opens(limited, zone, due.at - 1) || opens(limited, zone, wish)).toBe(false);
  });
});

test("days keep their hour: over days that are skipped, over changes of clocks, and else the next opening follows", () => {
  const seen = { asked: 0, kept: 0, other: 0, time_change: 0, quiet_hours: 0 };
  always(fc.oneof(fc.tuple(cases, dayDelays), intoChanges), 5_000, ([given, delay]) => {
    const { zone, instant, limited, compiled } = given;
    const [date, time] = clock(zone, instant).text.split(" ");
    const wish = `${laterDate(date!, delay, limited.holidays)} ${time}`;
    const due = dueAt({ anchor: instant, delay, schedule: compiled, zone })!;
    expect(opens(limited, zone, due.at)).toBe(true);
    expect(clock(zone, due.at).text >= wish).toBe(true);
    expect(due).toEqual({ at: firstOpening(given, wish), movedBy: closing(given, wish) });
    seen[due.movedBy === null ? "asked" : clock(zone, due.at).text.endsWith(time!) ? "kept" : "other"]++;
    if (due.movedBy === "time_change" || due.movedBy === "quiet_hours") seen[due.movedBy]++;
  });
  expect(Math.min(seen.asked, seen.kept, seen.other)).toBeGreaterThan(200);
  expect(Math.min(seen.time_change, seen.quiet_hours)).toBeGreaterThan(20);
});
