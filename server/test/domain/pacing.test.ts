import fc from "fast-check";
import { expect, test } from "vitest";
import { capacityNow, dayCap, gapAfter, nextSlot, type PaceState, paceOf, share } from "../../src/domain/pacing.ts";

const hour = 3_600_000;
const now = Date.UTC(2026, 2, 2, 10);
const idle: PaceState = { last: null, today: 0, cap: null, weekEdge: null, nextDay: now + 14 * hour };
const pace = (part: object) => ({ ...paceOf("sandbox", "message", {}), ...part });

test("LinkedIn's safe paces hold unless something else was set, one by one", () => {
  expect(paceOf("unipile", "connect", {})).toMatchObject({ perDay: 20, perWeek: 100, minGapSeconds: 60 });
  expect(paceOf("unipile", "message", { message: { perDay: 70 } })).toMatchObject({ perDay: 70, minGapSeconds: 10 });
  expect(paceOf("unipile", "connect", { connect: { perWeek: null } })).toMatchObject({ perDay: 20, perWeek: null });
  expect(paceOf("twilio", "message", {})).toMatchObject({ perDay: null, perWeek: null, minGapSeconds: 0 });
});

test("an exhausted day waits for the next one, an exhausted week for its oldest message to leave it", () => {
  const day = pace({ perDay: 40 });
  expect(nextSlot(day, { ...idle, today: 39, cap: 40 }, now)).toEqual({ at: now, reason: null });
  const full = nextSlot(day, { ...idle, today: 40, cap: 40 }, now);
  expect(full).toEqual({ at: idle.nextDay, reason: "the sender is at 40 of 40 today" });
  const edge = now - 6 * 24 * hour;
  const week = nextSlot(pace({ perWeek: 100 }), { ...idle, weekEdge: edge }, now);
  expect(week).toEqual({ at: edge + 7 * 24 * hour, reason: "the sender is at 100 of 100 in 7 days" });
  // A week that is over holds nobody back.
  expect(nextSlot(pace({ perWeek: 100 }), { ...idle, weekEdge: now - 8 * 24 * hour }, now).reason).toBeNull();
});

test("of several limits the latest counts", () => {
  const state = { ...idle, today: 5, cap: 5, last: { at: now, key: "a" } };
  expect(nextSlot(pace({ perDay: 5, minGapSeconds: 60 }), state, now).at).toBe(idle.nextDay);
});

test("a ramp grows by the day up to its ceiling, and never beyond the fixed cap", () => {
  const ramped = pace({ ramp: { start: 5, step: 3, ceiling: 20 } });
  expect([0, 1, 2, 5, 100].map((age) => dayCap(ramped, age))).toEqual([5, 8, 11, 20, 20]);
  expect(dayCap(pace({ perDay: 7, ramp: { start: 5, step: 3, ceiling: 20 } }), 4)).toBe(7);
  // A clock that was set back makes no negative day.
  expect(dayCap(ramped, -3)).toBe(5);
});

test("the gap has its jitter, the same for the same message each time it is asked", () => {
  const jittery = pace({ minGapSeconds: 10, jitter: 1 });
  fc.assert(
    fc.property(fc.string(), (key) => {
      const gap = gapAfter(jittery, key);
      expect(gap).toBe(gapAfter(jittery, key));
      expect(gap).toBeGreaterThanOrEqual(10_000);
      expect(gap).toBeLessThanOrEqual(20_000);
    }),
  );
  const shares = Array.from({ length: 10_000 }, (_, n) => share(`lead_${n}`));
  const tenths = new Array(10).fill(0);
  for (const each of shares) tenths[Math.floor(each * 10)]++;
  // Evenly spread: a tenth each, give or take a fifth.
  for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(200);
});

test("capacity never lets more out than the slot rule would, one after the other", () => {
  const arbitrary = fc.record({
    cap: fc.option(fc.integer({ min: 1, max: 30 })),
    today: fc.integer({ min: 0, max: 40 }),
    gap: fc.constantFrom(0, 30),
    most: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ cap, today, gap, most }) => {
      const rule = pace({ perDay: cap, minGapSeconds: gap });
      const state: PaceState = { ...idle, cap, today };
      let allowed = 0;
      while (allowed < most && nextSlot(rule, state, now).at <= now) {
        allowed += 1;
        state.today += 1;
        state.last = { at: now, key: "k" };
      }
      expect(capacityNow(rule, { ...idle, cap, today }, now, most)).toBe(allowed);
    }),
  );
});
