import { expect, test } from "vitest";
import { normaliseTimeZone } from "../../src/domain/time-zone.ts";

test.each([
  ["Europe/Berlin", "Europe/Berlin"],
  [" america/new_york ", "America/New_York"],
  ["AMERICA/PORT-AU-PRINCE", "America/Port-au-Prince"],
  ["Asia/Kolkata", "Asia/Kolkata"],
  ["asia/calcutta", "Asia/Calcutta"],
  ["europe/kyiv", "Europe/Kyiv"],
  ["US/Pacific", "America/Los_Angeles"],
  ["utc", "UTC"],
  ["GMT", "UTC"],
  ["Etc/UTC", "UTC"],
  ["Etc/GMT+5", "Etc/GMT+5"],
])("%j is the zone %j, which is its own normal form", (raw, value) => {
  expect(normaliseTimeZone(raw)).toEqual({ ok: true, value });
  expect(normaliseTimeZone(value)).toEqual({ ok: true, value });
});

test.each(["+02:00", "-5", "UTC+2", "GMT-3", "utc 2"])(
  "the offset %j is refused: it knows no daylight saving",
  (raw) => {
    expect(normaliseTimeZone(raw)).toEqual({ ok: false, reason: expect.stringContaining("offset") });
  },
);

test.each([
  "EST",
  "PST",
  "CET",
  "Berlin",
  "Pacific Standard Time",
  "Europe/Nowhere",
  "Europe/",
  "",
  "x/".repeat(99),
  "a/\0",
])("%j is refused", (raw) => {
  expect(normaliseTimeZone(raw)).toMatchObject({ ok: false });
});

test("every zone that the platform lists is accepted as it is", () => {
  for (const zone of Intl.supportedValuesOf("timeZone"))
    expect(normaliseTimeZone(zone)).toEqual({ ok: true, value: zone });
});
