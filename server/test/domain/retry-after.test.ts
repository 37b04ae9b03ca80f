import fc from "fast-check";
import { expect, test } from "vitest";
import { retryAfterMs } from "../../src/domain/retry-after.ts";

// asctime says no zone and means UTC: anywhere else, a parser that takes it for local time is found out.
process.env.TZ = "Asia/Tokyo";

const now = new Date("2026-03-01T12:00:00.500Z");

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["Sun, 01 Mar 2026 12:01:00 GMT", 59_500],
  ["Sunday, 01-Mar-26 12:01:00 GMT", 59_500],
  ["Sun Mar  1 12:01:00 2026", 59_500],
  ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
])("%j asks for %d ms", (header, wait) => {
  expect(retryAfterMs(header, now)).toBe(wait);
});

test.each([
  null,
  undefined,
  "",
  "soon",
  "-5",
  "1.5",
  "1e3",
  "0x10",
  "5 s",
  "12, 13",
  "2026-03-01T12:01:00Z",
  "Sun, 99 Foo 2026 12:00:00 GMT",
  "March 7",
])("%j makes no sense and is null", (header) => {
  expect(retryAfterMs(header, now)).toBeNull();
});

test("the wait is clamped to the limits, and to a day where none are given", () => {
  expect(retryAfterMs("1", now, { min: 5_000, max: 60_000 })).toBe(5_000);
  expect(retryAfterMs("3600", now, { min: 5_000, max: 60_000 })).toBe(60_000);
  expect(retryAfterMs("Fri, 01 Jan 2100 00:00:00 GMT", now)).toBe(86_400_000);
  expect(retryAfterMs("9".repeat(400), now)).toBe(86_400_000);
});

test("no header can make the wait leave the limits", () => {
  const headers = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(headers, (header) => {
      const wait = retryAfterMs(header, now, { min: 10, max: 1_000 });
      if (wait !== null) expect(wait >= 10 && wait <= 1_000).toBe(true);
    }),
  );
});
