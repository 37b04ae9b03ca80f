import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDuration } from "../../../src/domain/duration.ts";
import {
  type DelayUnit,
  delayProblems,
  delayUnits,
  formatDelay,
  parseDelay,
} from "../../../src/domain/schedule/delay.ts";

test.each<[string | number, number, DelayUnit]>([
  ["45s", 45, "seconds"],
  ["30m", 30, "minutes"],
  ["2h", 2, "hours"],
  ["3d", 3, "days"],
  ["2bd", 2, "business_days"],
  [" 2 BD ", 2, "business_days"],
  [90, 90, "seconds"],
  ["90", 90, "seconds"],
  [1.5, 2, "seconds"],
  [0, 0, "seconds"],
  ["366bd", 366, "business_days"],
  ["8784h", 8_784, "hours"],
])("%j is %d %s", (text, amount, unit) => {
  expect(parseDelay(text)).toEqual({ ok: true, delay: { amount, unit } });
});

test("an object is taken as it is, without what else it holds", () => {
  const given = { amount: 2, unit: "business_days" as const, note: "x" };
  expect(parseDelay(given)).toEqual({ ok: true, delay: { amount: 2, unit: "business_days" } });
});

test.each(["", "s", "bd", "1w", "-1s", -1, "1.5h", "1.5bd", "1h30m", "1e3", Number.NaN, "2b", "2db", "1s\0"])(
  "%j is refused with an example of what to write",
  (text) => {
    expect(parseDelay(text)).toEqual({ ok: false, reason: expect.stringContaining("2bd") });
  },
);

test.each<[string | number, string]>([
  ["146100d", "366 days; this is 146,100"],
  ["367bd", "366 business days; this is 367"],
  ["8785h", "8,784 hours"],
  ["527041m", "527,040 minutes"],
  [31_622_401, "31,622,400 seconds"],
  ["9".repeat(20), "31,622,400 seconds"],
])("%j is refused: a delay is at most a year", (text, reason) => {
  expect(parseDelay(text)).toEqual({ ok: false, reason: expect.stringContaining(`at most a year, ${reason}`) });
});

test.each([-1, 1.5, Number.NaN])("an amount of %d is refused, under its field", (amount) => {
  expect(delayProblems({ amount, unit: "days" }, "steps.2.delay.")).toEqual([
    { field: "steps.2.delay.amount", reason: expect.stringContaining("whole number") },
  ]);
});

test.each(["weeks", "constructor", ""])("the unit %j is refused, under its field", (unit) => {
  expect(delayProblems({ amount: 1, unit: unit as DelayUnit }, "delay.")).toEqual([
    { field: "delay.unit", reason: expect.stringContaining("business_days") },
  ]);
});

test("what a delay is written as is read as the same delay", () => {
  fc.assert(
    fc.property(fc.nat({ max: 366 }), fc.constantFrom(...delayUnits), (amount, unit) => {
      expect(parseDelay(formatDelay({ amount, unit }))).toEqual({ ok: true, delay: { amount, unit } });
    }),
  );
});

test("all that is a duration is a delay of that length, to the second above", () => {
  const ms = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000, business_days: Number.NaN };
  const texts = fc
    .tuple(fc.nat({ max: 40_000 }), fc.constantFrom("", "s", "m", "h", "d", " H"))
    .map((text) => text.join(""));
  fc.assert(
    fc.property(
      fc.oneof(
        texts,
        fc.nat({ max: 40_000_000 }).map((ms) => ms / 1000),
      ),
      (value) => {
        const [duration, read] = [parseDuration(value), parseDelay(value)];
        expect(read.ok).toBe(duration.ok);
        if (!duration.ok || !read.ok) return;
        expect(read.delay.amount * ms[read.delay.unit]).toBe(Math.ceil(duration.ms / 1000) * 1000);
      },
    ),
    { seed: 1, examples: [[1.5]] },
  );
});
