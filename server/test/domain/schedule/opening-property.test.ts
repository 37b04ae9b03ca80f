import { expect, test } from "vitest";
import { type CompiledSchedule, compileSchedule, withinDaily } from "../../../src/domain/schedule/compiled-schedule.ts";
import { closesAt, isOpen, nextOpen } from "../../../src/domain/schedule/opening.ts";
import { always, cases } from "./cases.ts";
import { clock, opens, week } from "./oracle.ts";

const minuteMs = 60_000;

test("an instant is open exactly if the wall clock shows a time in a window on no holiday, in all zones", () => {
  const seen = { open: 0, closed: 0 };
  always(cases, 4_000, ({ zone, instant, limited, compiled }) => {
    const open = isOpen(compiled, zone, instant);
    expect(open).toBe(opens(limited, zone, instant));
    seen[open ? "open" : "closed"]++;
  });
  expect(Math.min(seen.open, seen.closed)).toBeGreaterThan(500);
});

test("the next opening is open by the wall clock, and no minute before it is", () => {
  let scanned = 0;
  always(cases, 500, ({ zone, instant, limited, compiled }) => {
    const opening = nextOpen(compiled, zone, instant)!;
    expect(opening >= instant && opens(limited, zone, opening)).toBe(true);
    if (opening > instant) expect(opens(limited, zone, opening - 1)).toBe(false);
    // Windows begin on whole minutes. The two hours before the opening are scanned by minutes, of longer waits a sample.
    const coarse = Math.max(1, Math.ceil((opening - instant) / minuteMs / 60)) * minuteMs;
    for (let early = instant; early < opening; early += opening - early > 120 * minuteMs ? coarse : minuteMs) {
      scanned++;
      if (opens(limited, zone, early)) expect.fail(`${clock(zone, early).text} in ${zone} is open, and earlier`);
    }
  });
  expect(scanned).toBeGreaterThan(20_000);
});

test("what is open stays open until it closes, and is closed then", () => {
  let closed = 0;
  always(cases, 500, ({ zone, instant, limited, compiled }) => {
    const opening = nextOpen(compiled, zone, instant)!;
    const closing = closesAt(compiled, zone, opening);
    if (closing === null) return;
    closed++;
    expect([opens(limited, zone, closing - 1), opens(limited, zone, closing)]).toEqual([true, false]);
    const step = Math.max(1, Math.floor((closing - opening) / minuteMs / 40)) * minuteMs;
    for (let inside = opening; inside < closing; inside += step) expect(opens(limited, zone, inside)).toBe(true);
  });
  expect(closed).toBeGreaterThan(400);
});

test("what never rests closes as a walk over all its days says it does, in all zones", () => {
  const whole = week.map((day) => [day, [{ from: "00:00", to: "24:00" }]]);
  let closed = 0;
  always(cases, 1_000, ({ zone, instant, limited: { holidays } }) => {
    const schedule = compileSchedule({ windows: Object.fromEntries(whole), holidays });
    expect(schedule.neverRests).toBe(true);
    const closing = closesAt(schedule, zone, instant);
    expect(closing).toBe(closesAt({ ...schedule, neverRests: false }, zone, instant));
    if (closing !== null) closed++;
  });
  expect(closed).toBeGreaterThan(300);
});

test("what never rests is not looked through day by day, for each lead anew", () => {
  const all = withinDaily(null, { from: "00:00", to: "24:00" });
  if (!all.ok) throw new Error(all.reason);
  let days = 0;
  const counting = (holidays: readonly number[]): CompiledSchedule => ({
    ...all.schedule,
    holidays: new Set(holidays),
    open: new Proxy(all.schedule.open, {
      get(week, day) {
        days++;
        return Reflect.get(week, day);
      },
    }),
  });
  const now = Date.UTC(2026, 5, 1, 12);
  expect(closesAt(counting([]), "Europe/Berlin", now)).toBeNull();
  // Of a year that is over.
  expect(closesAt(counting([19_700]), "Europe/Berlin", now)).toBeNull();
  expect(days).toBeLessThan(10);
});
