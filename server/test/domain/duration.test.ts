import { expect, test } from "vitest";
import { parseDuration } from "../../src/domain/duration.ts";

test.each([
  ["30s", 30_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["3d", 259_200_000],
  [" 3 D ", 259_200_000],
  [90, 90_000],
  ["90", 90_000],
  [1.5, 1_500],
  [0, 0],
  ["366d", 31_622_400_000],
])("%j is %d ms", (value, ms) => {
  expect(parseDuration(value)).toEqual({ ok: true, ms });
});

test.each(["", "s", "1w", "-1s", -1, "1.5h", "1h30m", "1e3", Number.NaN, Number.POSITIVE_INFINITY, "1s\0"])(
  "%j is refused with an example of what to write",
  (value) => {
    expect(parseDuration(value)).toEqual({ ok: false, reason: expect.stringContaining("30s") });
  },
);

test("more than 366 days is refused", () => {
  expect(parseDuration("367d")).toEqual({ ok: false, reason: expect.stringContaining("366 days") });
});
