import fc from "fast-check";
import { expect, test } from "vitest";
import { dayMs, parseDate, weekdayOf } from "../../../src/domain/schedule/local-date.ts";
import { dayExists, instantOf, offsetAt, readingAt } from "../../../src/domain/schedule/wall-clock.ts";
import { stretchAt } from "../../../src/domain/schedule/zone-offsets.ts";
import { changes } from "./clock-changes.ts";
import { allZones, at, clock, offset } from "./oracle.ts";

/** A wall clock's reading as a number. */
const reading = (text: string) => at(`${text}Z`);

test.each([
  ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00+02:00", "a gap of an hour"],
  ["Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:30+02:00", "a repeated hour"],
  ["Europe/Berlin", "2026-10-25T03:00", "2026-10-25T03:00+01:00", "the end of a repeated hour"],
  ["America/New_York", "2026-03-08T02:00", "2026-03-08T03:00-04:00", "the first instant of a gap"],
  ["America/New_York", "2026-11-01T01:59", "2026-11-01T01:59-04:00", "the last minute of a repeated hour"],
  ["Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-04T02:30+11:00", "a gap of half an hour"],
  ["Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45+11:00", "a repeated half hour"],
  ["Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-05T02:00+10:30", "the end of a repeated half hour"],
  ["Pacific/Chatham", "2026-09-27T03:00", "2026-09-27T03:45+13:45", "a gap at a quarter to"],
  ["Pacific/Chatham", "2026-04-05T03:00", "2026-04-05T03:00+13:45", "a repetition at a quarter to"],
  ["Asia/Kathmandu", "2026-06-01T09:00", "2026-06-01T09:00+05:45", "an offset of 45 minutes"],
  ["Antarctica/Troll", "2026-03-29T01:30", "2026-03-29T03:00+02:00", "a gap of two hours"],
  ["Antarctica/Troll", "2026-10-25T01:30", "2026-10-25T01:30+02:00", "a repetition of two hours"],
  ["America/Sao_Paulo", "2017-10-15T00:00", "2017-10-15T01:00-02:00", "a day that begins at 01:00"],
  ["America/Sao_Paulo", "2018-02-17T23:30", "2018-02-17T23:30-02:00", "the repeated last hour of a day"],
  ["Africa/Cairo", "2026-04-24T00:15", "2026-04-24T01:00+03:00", "a Friday that begins at 01:00"],
  ["Asia/Beirut", "2026-03-29T00:59", "2026-03-29T01:00+03:00", "a Sunday that begins at 01:00"],
  ["America/Nuuk", "2026-03-28T23:30", "2026-03-29T00:00-01:00", "a day that ends at 23:00"],
  ["Pacific/Apia", "2011-12-30T10:00", "2011-12-31T00:00+14:00", "a day that never was"],
  ["America/Argentina/Tucuman", "2004-06-05T12:00", "2004-06-05T12:00-04:00", "twelve days of another offset"],
  ["America/Boa_Vista", "2000-10-10T12:00", "2000-10-10T12:00-03:00", "seven days of another offset"],
  ["Africa/Casablanca", "2025-03-15T12:00", "2025-03-15T12:00+00:00", "a Ramadan"],
])("%s %s means %s: %s", (zone, local, instant) => {
  expect(new Date(instantOf(zone, reading(local)))).toEqual(new Date(instant));
});

test("offsets are those of Intl, in all zones, from 1970 to 2040", () => {
  const seconds = fc.integer({ min: 0, max: Date.UTC(2040, 0) / 1000 });
  fc.assert(
    fc.property(fc.constantFrom(...allZones), seconds, (zone, second) => {
      expect(offsetAt(zone, second * 1000)).toBe(offset(zone, second * 1000));
    }),
    { seed: 1, numRuns: 4_000 },
  );
});

test("each change of clocks in 2024 to 2027 is known to the millisecond, in all zones", () => {
  expect(changes.length).toBeGreaterThan(1_000);
  for (const { zone, at, by } of changes) {
    const after = stretchAt(zone, at);
    expect([zone, after.from, after.offset - offsetAt(zone, at - 1)]).toEqual([zone, at, by]);
  }
});

test("a wall clock's reading leads to its first instant, and a skipped one to the first after the gap", () => {
  const minutes = fc.integer({ min: -200, max: 200 });
  fc.assert(
    fc.property(fc.constantFrom(...changes), minutes, ({ zone, at, by }, minute) => {
      const asked = at + offset(zone, at - 60_000) + minute * 60_000;
      const instant = instantOf(zone, asked);
      const [text, shown] = [new Date(asked).toISOString().slice(0, 19).replace("T", " "), clock(zone, instant).text];
      if (shown === text) {
        // Where the reading exists twice, the other instant is as much later as clocks were turned back.
        expect(clock(zone, instant - Math.abs(by)).text < text).toBe(true);
      } else {
        expect([by > 0, instant]).toEqual([true, at]);
        expect(shown > text && clock(zone, instant - 1000).text < text).toBe(true);
      }
    }),
    { seed: 2, numRuns: 5_000 },
  );
});

test("a reading is the inverse of its instant, to the millisecond", () => {
  const instant = at("2026-07-01T12:34:56.789Z");
  for (const zone of allZones) expect(instantOf(zone, readingAt(zone, instant))).toBe(instant);
});

test("only a day that the date line skipped doesn't exist", () => {
  const day = (date: string) => parseDate(date)!;
  expect(["2011-12-29", "2011-12-30", "2011-12-31"].map((date) => dayExists("Pacific/Apia", day(date)))).toEqual([
    true,
    false,
    true,
  ]);
  // Days that begin at 01:00, begin twice, or lack their last hour are days nonetheless.
  for (const { zone, at } of changes) {
    for (const near of [-1, 0, 1]) expect(dayExists(zone, day(clock(zone, at).date) + near)).toBe(true);
  }
});

test("weekdays are those of the calendar, before 1970 too", () => {
  for (let day = -30_000; day < 30_000; day++) expect(weekdayOf(day)).toBe(new Date(day * dayMs).getUTCDay());
});

test("what is no zone, or no instant, is a RangeError", () => {
  expect(() => offsetAt("Europe/Nowhere", 0)).toThrow(RangeError);
  for (const instant of [Number.NaN, Number.POSITIVE_INFINITY, 9e15]) {
    expect(() => offsetAt("Europe/Berlin", instant)).toThrow(RangeError);
  }
});
