import { expect, test } from "vitest";
import { type CompiledSchedule, compileSchedule, withinDaily } from "../../../src/domain/schedule/compiled-schedule.ts";
import { parseDelay } from "../../../src/domain/schedule/delay.ts";
import { dueAt, type MovedBy } from "../../../src/domain/schedule/due.ts";
import type { Schedule } from "../../../src/domain/schedule/schedule.ts";
import { at, clock, hours, workdays } from "./oracle.ts";

function due(schedule: CompiledSchedule | null, zone: string, anchor: number, delay: string) {
  const parsed = parseDelay(delay);
  if (!parsed.ok) throw new Error(parsed.reason);
  return dueAt({ anchor, delay: parsed.delay, schedule, zone });
}

const office = compileSchedule(hours("09:00", "17:00", workdays, ["2026-12-25", "2026-12-28"]));
const withSunday = compileSchedule(hours("00:00", "24:00", ["monday", "sunday"]));

type Case = [anchor: string, delay: string, at: string, movedBy: MovedBy | null, because: string];

test.each<Case>([
  ["2026-06-01T10:00+02:00", "2h", "2026-06-01T12:00+02:00", null, "elapsed"],
  ["2026-06-01T10:00:30.250+02:00", "45s", "2026-06-01T10:01:15.250+02:00", null, "seconds, to the millisecond"],
  ["2026-06-01T16:30+02:00", "30m", "2026-06-02T09:00+02:00", "outside_window", "the end of a window is closed"],
  ["2026-06-01T16:30+02:00", "48h", "2026-06-03T16:30+02:00", null, "hours of a day that is open"],
  ["2026-06-05T16:30+02:00", "1h", "2026-06-08T09:00+02:00", "outside_window", "the first opening after a weekend"],
  ["2026-06-06T10:00+02:00", "1h", "2026-06-08T09:00+02:00", "closed_day", "elapsed into a weekend"],
  ["2026-12-24T10:00+01:00", "24h", "2026-12-29T09:00+01:00", "holiday", "elapsed into a holiday"],
  ["2026-06-01T10:17+02:00", "3d", "2026-06-04T10:17+02:00", null, "three days, the same hour"],
  ["2026-06-04T10:17+02:00", "3d", "2026-06-08T10:17+02:00", "closed_day", "Sunday is closed: Monday, the same hour"],
  ["2026-12-22T10:17+01:00", "3d", "2026-12-29T10:17+01:00", "holiday", "holiday, weekend, holiday: the same hour"],
  ["2026-06-01T07:00+02:00", "1d", "2026-06-02T09:00+02:00", "outside_window", "before the window: its opening"],
  ["2026-06-01T17:00+02:00", "1d", "2026-06-03T09:00+02:00", "outside_window", "after the last window: the next day's"],
  [
    "2026-06-04T20:00+02:00",
    "2d",
    "2026-06-09T09:00+02:00",
    "closed_day",
    "closed, and the hour is after Monday's window",
  ],
  ["2026-06-05T10:17+02:00", "1bd", "2026-06-08T10:17+02:00", null, "the business day after Friday is Monday"],
  ["2026-06-06T10:17+02:00", "1bd", "2026-06-08T10:17+02:00", null, "the business day after Saturday is Monday"],
  ["2026-06-01T10:17+02:00", "10bd", "2026-06-15T10:17+02:00", null, "ten business days are two weeks"],
  ["2026-12-24T10:17+01:00", "1bd", "2026-12-29T10:17+01:00", null, "holidays are no business days"],
  ["2026-06-06T10:17+02:00", "0bd", "2026-06-08T09:00+02:00", "closed_day", "no delay: the next opening"],
  ["2026-06-06T10:17+02:00", "0d", "2026-06-08T09:00+02:00", "closed_day", "no delay: the next opening"],
  ["2026-06-02T10:17+02:00", "0d", "2026-06-02T10:17+02:00", null, "no delay, and open: at once"],
  ["2026-03-27T10:17+01:00", "3d", "2026-03-30T10:17+02:00", null, "the same hour after clocks went forward"],
  ["2026-03-27T10:17+01:00", "72h", "2026-03-30T11:17+02:00", null, "hours are elapsed, whatever clocks do"],
  ["2026-10-23T10:17+02:00", "3d", "2026-10-26T10:17+01:00", null, "the same hour after clocks went back"],
])("in an office in Berlin, %s + %s is %s (moved by: %s): %s", (anchor, delay, expected, movedBy) => {
  expect(due(office, "Europe/Berlin", at(anchor), delay)).toEqual({ at: at(expected), movedBy });
});

test.each<[Schedule | null, string, ...Case]>([
  [
    null,
    "Europe/Berlin",
    "2026-03-28T02:30+01:00",
    "1d",
    "2026-03-29T03:00+02:00",
    "time_change",
    "a gap: what follows",
  ],
  [null, "Europe/Berlin", "2026-10-24T02:30+02:00", "1d", "2026-10-25T02:30+02:00", null, "twice: the first"],
  [null, "Europe/Berlin", "2026-10-25T02:30+01:00", "1d", "2026-10-26T02:30+01:00", null, "from the second pass"],
  [null, "America/New_York", "2026-03-07T02:30-05:00", "1d", "2026-03-08T03:00-04:00", "time_change", "a gap"],
  [null, "America/New_York", "2026-10-31T01:30-04:00", "1d", "2026-11-01T01:30-04:00", null, "twice: the first"],
  [
    null,
    "Australia/Lord_Howe",
    "2026-10-03T02:10+10:30",
    "1d",
    "2026-10-04T02:30+11:00",
    "time_change",
    "half an hour",
  ],
  [null, "Australia/Lord_Howe", "2026-04-04T01:45+11:00", "1d", "2026-04-05T01:45+11:00", null, "twice: the first"],
  [null, "Pacific/Chatham", "2026-09-26T03:00+12:45", "1d", "2026-09-27T03:45+13:45", "time_change", "a gap at 02:45"],
  [
    null,
    "Pacific/Apia",
    "2011-12-29T10:00-10:00",
    "1d",
    "2011-12-31T10:00+14:00",
    "time_change",
    "a day that never was",
  ],
  [null, "Pacific/Apia", "2011-12-29T10:00-10:00", "2d", "2011-12-31T10:00+14:00", null, "the day after it"],
  [null, "Pacific/Apia", "2011-12-29T10:00-10:00", "1bd", "2012-01-02T10:00+14:00", null, "no Friday to count"],
  [hours("09:00", "17:00"), "Pacific/Apia", "2011-12-29T10:00-10:00", "24h", "2011-12-31T10:00+14:00", null, "elapsed"],
  [
    hours("01:30", "03:00"),
    "Europe/Berlin",
    "2026-03-28T02:30+01:00",
    "1d",
    "2026-03-30T01:30+02:00",
    "time_change",
    "the rest of the window is in the gap",
  ],
  [
    hours("09:00", "17:00"),
    "Europe/Berlin",
    "2026-03-28T02:30+01:00",
    "1d",
    "2026-03-29T09:00+02:00",
    "outside_window",
    "closed anyway",
  ],
  [
    hours("02:00", "02:15"),
    "Europe/Berlin",
    "2026-10-24T02:30+02:00",
    "1d",
    "2026-10-26T02:00+01:00",
    "outside_window",
    "not the second pass, which reads earlier",
  ],
  [
    hours("22:00", "24:00", undefined, ["2026-03-29"]),
    "America/Nuuk",
    "2026-03-27T23:30-02:00",
    "1d",
    "2026-03-30T22:00-01:00",
    "time_change",
    "the hour is skipped, and with it the day is over",
  ],
])("%j in %s: %s + %s is %s (moved by: %s): %s", (schedule, zone, anchor, delay, expected, movedBy) => {
  const compiled = schedule && compileSchedule(schedule);
  expect(due(compiled, zone, at(anchor), delay)).toEqual({ at: at(expected), movedBy });
});

test("business days are Monday to Friday also where a schedule is open on Sundays, and then it moves on", () => {
  expect(due(withSunday, "Europe/Berlin", at("2026-06-05T10:17+02:00"), "2bd")).toEqual({
    at: at("2026-06-14T10:17+02:00"),
    movedBy: "closed_day",
  });
});

test("quiet hours move what the windows allow, and say so", () => {
  const limited = withinDaily(compileSchedule(hours("06:00", "23:00", workdays)), { from: "08:00", to: "21:00" });
  if (!limited.ok) throw new Error(limited.reason);
  const sms = (anchor: string, delay: string) => due(limited.schedule, "Europe/Berlin", at(anchor), delay);
  expect(sms("2026-06-01T07:00+02:00", "1d")).toEqual({ at: at("2026-06-02T08:00+02:00"), movedBy: "quiet_hours" });
  expect(sms("2026-06-05T20:30+02:00", "1h")).toEqual({ at: at("2026-06-08T08:00+02:00"), movedBy: "quiet_hours" });
});

test("a time that exists twice is used once: a day after each minute of a Saturday, no minute of Sunday comes twice", () => {
  const shown = new Set<string>();
  const midnight = at("2026-10-24T00:00+02:00");
  for (let minute = 0; minute < 24 * 60; minute++) {
    const found = due(withSunday, "Europe/Berlin", midnight + minute * 60_000, "1d")!;
    shown.add(clock("Europe/Berlin", found.at).text);
    expect(due(withSunday, "Europe/Berlin", found.at, "0s")).toEqual({ at: found.at, movedBy: null });
  }
  expect(shown.size).toBe(24 * 60);
});

test("where nothing opens within five years, a step is never due", () => {
  const start = at("2026-01-05T09:00Z");
  const mondays = Array.from({ length: 300 }, (_, week) =>
    new Date(start + week * 7 * 86_400_000).toISOString().slice(0, 10),
  );
  const never = compileSchedule({ ...hours("09:00", "10:00", ["monday"]), holidays: mondays });
  for (const delay of ["0s", "1h", "1d", "1bd"]) expect(due(never, "UTC", start, delay)).toBeNull();
});
