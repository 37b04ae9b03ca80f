import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchedule } from "../../../src/domain/schedule/compiled-schedule.ts";
import { isOpen } from "../../../src/domain/schedule/opening.ts";
import type { Schedule } from "../../../src/domain/schedule/schedule.ts";
import { type ClockedSchedule, firstClosing, nextOpenTogether } from "../../../src/domain/schedule/together.ts";

const daily = (days: readonly string[], from: string, to: string): Schedule => ({
  windows: Object.fromEntries(days.map((day) => [day, [{ from, to }]])),
  holidays: [],
});
const workdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
const week = [...workdays, "saturday", "sunday"];
const clocked = (schedule: Schedule | null, zone: string): ClockedSchedule => ({
  schedule: schedule && compileSchedule(schedule),
  zone,
});
const at = (text: string) => Date.parse(text);
const shown = (instant: number | null) => instant && new Date(instant).toISOString().slice(0, 16);

describe("two schedules by clocks of different places", () => {
  const office = (zone: string) => clocked(daily(workdays, "09:00", "17:00"), zone);

  test("are open together from the later opening to the earlier closing", () => {
    const both = [office("America/New_York"), office("Europe/Berlin")];
    // In New York it is 09:00 at 15:00 in Berlin.
    const opens = nextOpenTogether(both, at("2026-01-05T00:00Z"));
    expect(shown(opens)).toBe("2026-01-05T14:00");
    expect(shown(firstClosing(both, opens!))).toBe("2026-01-05T16:00");
    expect(shown(nextOpenTogether(both, at("2026-01-09T16:00Z")))).toBe("2026-01-12T14:00");
    expect(nextOpenTogether([], 5)).toBe(5);
    expect(firstClosing([clocked(null, "UTC")], 5)).toBeNull();
  });

  test("open an hour earlier between the days on which clocks change here and there", () => {
    const both = [office("America/New_York"), office("Europe/Berlin")];
    expect(shown(nextOpenTogether(both, at("2026-03-09T00:00Z")))).toBe("2026-03-09T13:00");
    expect(shown(nextOpenTogether(both, at("2026-03-30T00:00Z")))).toBe("2026-03-30T13:00");
  });

  test("wait for the next day where clocks skip what they have in common", () => {
    const both = [
      clocked(daily(week, "02:00", "03:00"), "Europe/Berlin"),
      clocked(daily(week, "00:00", "24:00"), "UTC"),
    ];
    expect(shown(nextOpenTogether(both, at("2026-03-28T12:00Z")))).toBe("2026-03-30T00:00");
  });

  test("that are never open together are found to be so, and the holidays of one of them count", () => {
    const never = [clocked(daily(["saturday", "sunday"], "00:00", "24:00"), "UTC"), office("UTC")];
    expect(nextOpenTogether(never, at("2026-01-05T00:00Z"))).toBeNull();
    const holiday = { ...daily(["monday"], "09:00", "10:00"), holidays: ["2026-01-05"] };
    expect(shown(nextOpenTogether([clocked(holiday, "UTC"), office("UTC")], at("2026-01-05T00:00Z")))).toBe(
      "2026-01-12T09:00",
    );
  });

  test("open, and close, as looking at each quarter of an hour finds it", () => {
    const hours = fc.integer({ min: 0, max: 23 });
    const one = fc
      .tuple(
        fc.subarray(week, { minLength: 1 }),
        hours,
        hours,
        fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"),
      )
      .map(([days, a, b, zone]) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1].map((hour) => `${String(hour).padStart(2, "0")}:00`);
        return clocked(daily(days, from!, to!), zone);
      });
    const start = fc.integer({ min: 0, max: 365 * 96 }).map((quarter) => at("2026-01-01T00:00Z") + quarter * 900_000);
    fc.assert(
      fc.property(one, one, start, (a, b, from) => {
        const open = (instant: number) => [a, b].every(({ schedule, zone }) => isOpen(schedule, zone, instant));
        let expected: number | null = null;
        for (let n = 0; n < 15 * 96 && expected === null; n++)
          if (open(from + n * 900_000)) expected = from + n * 900_000;
        const found = nextOpenTogether([a, b], from);
        if (expected === null) expect(found === null || found > from + 14 * 86_400_000).toBe(true);
        else expect(found).toBe(expected);
        if (found === null) return;
        const closes = firstClosing([a, b], found);
        if (closes !== null) expect([open(closes - 1), open(closes)]).toEqual([true, false]);
      }),
      { numRuns: 200 },
    );
  });
});
