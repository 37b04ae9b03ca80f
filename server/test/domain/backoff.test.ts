import { expect, test } from "vitest";
import { deliverySchedule, messageSchedule, nextAttemptDelay } from "../../src/domain/backoff.ts";

test("without jitter, a delivery waits 5 s, 30 s, 2 min, 15 min, 1 h, 3 h, 6 h, 12 h, 24 h, 24 h and is then given up", () => {
  const waits = Array.from({ length: 11 }, (_, made) =>
    nextAttemptDelay(made + 1, { schedule: deliverySchedule, random: () => 0 }),
  );
  expect(waits.map((wait) => wait && wait / 1000)).toEqual([
    5,
    30,
    120,
    900,
    3600,
    10_800,
    21_600,
    43_200,
    86_400,
    86_400,
    null,
  ]);
});

test("a message waits 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 6 h and is then given up", () => {
  const waits = Array.from({ length: 9 }, (_, made) =>
    nextAttemptDelay(made + 1, { schedule: messageSchedule, random: () => 0 }),
  );
  expect(waits.map((wait) => wait && wait / 1000)).toEqual([5, 30, 120, 600, 1800, 3600, 10_800, 21_600, null]);
});

test("jitter adds up to a fifth and takes nothing away", () => {
  expect(nextAttemptDelay(1, { schedule: [1000], random: () => 0.5 })).toBe(1100);
  expect(nextAttemptDelay(1, { schedule: [1000], random: () => 0.999999 })).toBe(1199);
  for (let i = 0; i < 100; i++) {
    const wait = nextAttemptDelay(1, { schedule: [1000] })!;
    expect(wait).toBeGreaterThanOrEqual(1000);
    expect(wait).toBeLessThan(1200);
  }
});

test.each([0, -1, 1.5, Number.NaN])("%d attempts made is a mistake in the program", (attempt) => {
  expect(() => nextAttemptDelay(attempt, { schedule: deliverySchedule })).toThrow(RangeError);
});
