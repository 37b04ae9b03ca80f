import { expect, test } from "vitest";
import { compileSchedule, withinDaily } from "../../../src/domain/schedule/compiled-schedule.ts";
import type { Schedule } from "../../../src/domain/schedule/schedule.ts";
import { scheduleProblems } from "../../../src/domain/schedule/schedule.ts";
import { hours, week, workdays } from "./oracle.ts";

const hourMs = 3_600_000;

function monday(...windows: [from: string, to: string][]): Schedule {
  return { windows: { monday: windows.map(([from, to]) => ({ from, to })) }, holidays: [] };
}

function holidays(...dates: string[]): Schedule {
  return hours("09:00", "17:00", workdays, dates);
}

test.each<[string, Schedule]>([
  ["windows in any order", monday(["13:00", "17:30"], ["09:00", "12:00"])],
  ["windows that touch", monday(["09:00", "12:00"], ["12:00", "17:00"])],
  ["the whole day", monday(["00:00", "24:00"])],
  ["the last minute", monday(["23:59", "24:00"])],
  ["ten windows", monday(...Array.from({ length: 10 }, (_, n): [string, string] => [`1${n}:00`, `1${n}:30`]))],
  ["29 February of a leap year", holidays("2028-02-29")],
  ["a holiday given twice", holidays("2026-12-25", "2026-12-25")],
  [
    "a weekday that is undefined",
    { windows: { ...monday(["09:00", "17:00"]).windows, friday: undefined }, holidays: [] },
  ],
])("accepted: %s", (_, schedule) => {
  expect(scheduleProblems(schedule)).toEqual([]);
});

test.each<[string, Schedule, string, string]>([
  ["a window that ends before it begins", monday(["17:00", "09:00"]), "windows.monday.0.to", "not after 17:00"],
  ["an empty window", monday(["09:00", "09:00"]), "windows.monday.0.to", "not after 09:00"],
  [
    "windows that overlap",
    monday(["13:00", "15:00"], ["09:00", "13:01"]),
    "windows.monday.0",
    "overlaps 09:00 to 13:01",
  ],
  ["a window given twice", monday(["09:00", "12:00"], ["09:00", "12:00"]), "windows.monday.1", "overlaps"],
  ["a window inside another", monday(["09:00", "17:00"], ["10:00", "11:00"]), "windows.monday.1", "overlaps"],
  ["an hour without a zero", monday(["9:00", "17:00"]), "windows.monday.0.from", "09:00"],
  ["an hour that no clock has", monday(["09:00", "24:01"]), "windows.monday.0.to", "24:00"],
  ["a minute that no clock has", monday(["09:60", "17:00"]), "windows.monday.0.from", "09:00"],
  ["a beginning at the end of the day", monday(["24:00", "24:00"]), "windows.monday.0.to", "not after"],
  ["no window at all", { windows: {}, holidays: [] }, "windows", "nothing would ever be sent"],
  ["only empty weekdays", monday(), "windows", "nothing would ever be sent"],
  ["eleven windows a day", monday(...Array(11).fill(["09:00", "10:00"])), "windows.monday", "at most 10"],
  ["a date that isn't in the calendar", holidays("2026-12-25", "2026-02-30"), "holidays.1", "calendar"],
  ["29 February of another year", holidays("2026-02-29"), "holidays.0", "calendar"],
  ["a date in another order", holidays("25.12.2026"), "holidays.0", "calendar"],
  ["a date with a time", holidays("2026-12-25T00:00"), "holidays.0", "calendar"],
  ["1,001 holidays", holidays(...Array(1001).fill("2026-12-25")), "holidays", "1,001 holidays; at most 1,000"],
])("%s: refused, with the field and the reason", (_, schedule, field, reason) => {
  expect(scheduleProblems(schedule, "schedule.")).toEqual([
    { field: `schedule.${field}`, reason: expect.stringContaining(reason) },
  ]);
  expect(() => compileSchedule(schedule)).toThrow(RangeError);
});

test("a key that is no weekday is refused by name", () => {
  const windows = { ...monday(["09:00", "17:00"]).windows, funday: [] };
  expect(scheduleProblems({ windows, holidays: [] })).toEqual([
    { field: "windows.funday", reason: expect.stringContaining("sunday, monday") },
  ]);
});

test("all problems are found at once", () => {
  const schedule = {
    windows: { monday: [{ from: "x", to: "y" }], friday: [{ from: "2:00", to: "01:00" }] },
    holidays: [""],
  };
  expect(scheduleProblems(schedule).map(({ field }) => field)).toEqual([
    "windows.monday.0.from",
    "windows.monday.0.to",
    "windows.friday.0.from",
    "holidays.0",
  ]);
});

test("windows that touch are one", () => {
  const { open } = compileSchedule(monday(["12:00", "17:00"], ["09:00", "12:00"], ["18:00", "24:00"]));
  expect(open[1]).toEqual([
    { from: 9 * hourMs, to: 17 * hourMs },
    { from: 18 * hourMs, to: 24 * hourMs },
  ]);
  expect(open[2]).toEqual([]);
});

test("a daily range cuts every window, and leaves the holidays", () => {
  const schedule = compileSchedule({
    ...monday(["06:00", "07:00"], ["07:30", "12:00"], ["20:00", "24:00"]),
    holidays: ["2026-12-25"],
  });
  const limited = withinDaily(schedule, { from: "08:00", to: "21:00" });
  expect(limited).toMatchObject({ ok: true, schedule: { windows: schedule.windows, holidays: schedule.holidays } });
  expect(limited.ok && limited.schedule.open[1]).toEqual([
    { from: 8 * hourMs, to: 12 * hourMs },
    { from: 20 * hourMs, to: 21 * hourMs },
  ]);
});

test("a daily range is all that limits a schedule that is always open", () => {
  const limited = withinDaily(null, { from: "08:00", to: "21:00" });
  expect(limited.ok && limited.schedule.open).toEqual(week.map(() => [{ from: 8 * hourMs, to: 21 * hourMs }]));
});

test("a daily range that leaves nothing of any day says so, and so does a malformed one", () => {
  const nights = compileSchedule(hours("21:00", "24:00"));
  expect(withinDaily(nights, { from: "08:00", to: "21:00" })).toEqual({
    ok: false,
    reason: "No sending window is open between 08:00 and 21:00.",
  });
  expect(withinDaily(null, { from: "21:00", to: "08:00" })).toEqual({
    ok: false,
    reason: expect.stringContaining("not after"),
  });
  expect(withinDaily(null, { from: "8", to: "21:00" })).toEqual({
    ok: false,
    reason: expect.stringContaining("09:00"),
  });
});
