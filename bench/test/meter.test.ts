import { expect, test } from "vitest";
import { Meter, median } from "../src/meter.ts";

test("one disturbed round moves the overall rate, and the median hardly", () => {
  const meter = new Meter();
  for (const seconds of [1, 1.1, 10]) meter.add({ count: 1_000, seconds });
  expect(meter.medianPerSecond).toBeCloseTo(1_000 / 1.1);
  expect(meter.perSecond).toBeCloseTo(3_000 / 12.1);
});

test("the median is the middle one, or the mean of the two in the middle, and nothing of nothing", () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});
