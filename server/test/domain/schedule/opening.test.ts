import { expect, test } from "vitest";
import { type CompiledSchedule, compileSchedule, withinDaily } from "../../../src/domain/schedule/compiled-schedule.ts";
import { closedBy, closesAt, isOpen, nextOpen } from "../../../src/domain/schedule/opening.ts";
import { at, clock, hours, workdays } from "./oracle.ts";

const minuteMs = 60_000;

/** The stretches in which a schedule is open between two instants, found by `nextOpen` and `closesAt` in turns. */
function openings(schedule: CompiledSchedule, zone: string, from: string, until: string): string[] {
  const found: string[] = [];
  for (let instant = at(from); ; ) {
    const opens = nextOpen(schedule, zone, instant);
    if (opens === null || opens >= at(until)) return found;
    instant = closesAt(schedule, zone, opens)!;
    found.push(`${clock(zone, opens).text.slice(0, 16)} for ${(instant - opens) / minuteMs} min`);
  }
}

const office = compileSchedule({
  windows: Object.fromEntries(
    workdays.map((day) => [
      day,
      [
        { from: "09:00", to: "12:00" },
        { from: "13:00", to: "17:30" },
      ],
    ]),
  ),
  holidays: ["2026-12-25"],
});

test.each([
  ["2026-12-23T08:59:59.999+01:00", "2026-12-23T09:00+01:00", "outside_window"],
  ["2026-12-23T09:00+01:00", "2026-12-23T09:00+01:00", null],
  ["2026-12-23T11:59:59.999+01:00", "2026-12-23T11:59:59.999+01:00", null],
  ["2026-12-23T12:00+01:00", "2026-12-23T13:00+01:00", "outside_window"],
  ["2026-12-24T17:30+01:00", "2026-12-28T09:00+01:00", "outside_window"],
  ["2026-12-25T10:00+01:00", "2026-12-28T09:00+01:00", "holiday"],
  ["2026-12-26T10:00+01:00", "2026-12-28T09:00+01:00", "closed_day"],
])("from %s the office next opens at %s (closed by: %s)", (from, opens, by) => {
  expect(new Date(nextOpen(office, "Europe/Berlin", at(from))!)).toEqual(new Date(opens));
  expect(closedBy(office, "Europe/Berlin", at(from))).toBe(by);
  expect(isOpen(office, "Europe/Berlin", at(from))).toBe(by === null);
});

test.each([
  ["02:00", "03:00", [], "a window that is wholly in the gap doesn't open"],
  ["01:30", "03:00", ["2026-03-29 01:30 for 30 min"], "a window that ends in the gap ends where the gap begins"],
  ["02:30", "04:00", ["2026-03-29 03:00 for 60 min"], "a window that begins in the gap begins where it ends"],
  ["01:30", "03:30", ["2026-03-29 01:30 for 60 min"], "a window around the gap is an hour shorter"],
])("Berlin in spring, %s to %s: %j: %s", (from, to, expected) => {
  const schedule = compileSchedule(hours(from, to, ["sunday"]));
  expect(openings(schedule, "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-30T12:00Z")).toEqual(expected);
});

test.each([
  [
    "02:15",
    "02:45",
    ["2026-10-25 02:15 for 30 min", "2026-10-25 02:15 for 30 min"],
    "open by the clock, in both passes",
  ],
  ["01:00", "02:30", ["2026-10-25 01:00 for 90 min", "2026-10-25 02:00 for 30 min"], "closed in between"],
  ["02:30", "04:00", ["2026-10-25 02:30 for 30 min", "2026-10-25 02:30 for 90 min"], "closed in between"],
  ["01:30", "03:30", ["2026-10-25 01:30 for 180 min"], "an hour longer, and in one piece"],
])("Berlin in autumn, %s to %s: %j: %s", (from, to, expected) => {
  const schedule = compileSchedule(hours(from, to, ["sunday"]));
  expect(openings(schedule, "Europe/Berlin", "2026-10-24T12:00Z", "2026-10-26T12:00Z")).toEqual(expected);
});

test.each([
  ["Australia/Lord_Howe", "2026-10-03T12:00Z", "02:00", "03:00", "2026-10-04 02:30 for 30 min"],
  ["Australia/Lord_Howe", "2026-04-04T12:00Z", "01:00", "03:00", "2026-04-05 01:00 for 150 min"],
  ["Pacific/Chatham", "2026-09-26T12:00Z", "02:00", "04:00", "2026-09-27 02:00 for 60 min"],
  ["Antarctica/Troll", "2026-03-28T12:00Z", "02:00", "04:00", "2026-03-29 03:00 for 60 min"],
  ["Asia/Beirut", "2026-03-28T12:00Z", "00:00", "02:00", "2026-03-29 01:00 for 60 min"],
])("in %s from %s, %s to %s is open at %s", (zone, from, start, end, expected) => {
  const until = new Date(at(from) + 86_400_000).toISOString();
  expect(openings(compileSchedule(hours(start, end)), zone, from, until)[0]).toBe(expected);
});

test("a day that the date line skipped doesn't open, and the one before it closes at midnight", () => {
  const nights = compileSchedule(hours("22:00", "24:00"));
  expect(openings(nights, "Pacific/Apia", "2011-12-29T12:00-10:00", "2012-01-01T12:00+14:00")).toEqual([
    "2011-12-29 22:00 for 120 min",
    "2011-12-31 22:00 for 120 min",
  ]);
  const friday = compileSchedule(hours("09:00", "17:00", ["friday"]));
  expect(nextOpen(friday, "Pacific/Apia", at("2011-12-29T12:00-10:00"))).toBe(at("2012-01-06T09:00+14:00"));
});

test("the last hour of a Saturday that comes twice is Saturday's, and Sunday's holiday waits for midnight", () => {
  const schedule = compileSchedule({ ...hours("22:00", "24:00", ["saturday", "sunday"]), holidays: ["2018-02-18"] });
  expect(openings(schedule, "America/Sao_Paulo", "2018-02-17T12:00Z", "2018-02-19T12:00Z")).toEqual([
    "2018-02-17 22:00 for 180 min",
  ]);
});

test("what is open over midnight closes once", () => {
  const schedule = compileSchedule({
    windows: { monday: [{ from: "22:00", to: "24:00" }], tuesday: [{ from: "00:00", to: "02:00" }] },
    holidays: [],
  });
  expect(closesAt(schedule, "Europe/Berlin", at("2026-06-01T23:00+02:00"))).toBe(at("2026-06-02T02:00+02:00"));
});

test("nothing closes that is always open, and nothing that is closed", () => {
  const allWeek = compileSchedule(hours("00:00", "24:00"));
  for (const schedule of [null, allWeek]) {
    const now = at("2026-03-28T23:00Z");
    expect(isOpen(schedule, "Europe/Berlin", now)).toBe(true);
    expect(nextOpen(schedule, "Europe/Berlin", now)).toBe(now);
    expect(closesAt(schedule, "Europe/Berlin", now)).toBeNull();
    expect(closedBy(schedule, "Europe/Berlin", now)).toBeNull();
  }
  expect(closesAt(office, "Europe/Berlin", at("2026-12-23T12:00+01:00"))).toBeNull();
});

test("a schedule that is open all week closes for its holiday", () => {
  const schedule = compileSchedule({ ...hours("00:00", "24:00"), holidays: ["2026-12-25"] });
  const closes = at("2026-12-25T00:00+01:00");
  expect(closesAt(schedule, "Europe/Berlin", at("2026-03-01T00:00Z"))).toBe(closes);
  expect(nextOpen(schedule, "Europe/Berlin", closes)).toBe(at("2026-12-26T00:00+01:00"));
});

test("five years of holidays are given up on, and a day less is not", () => {
  const start = at("2026-01-05T00:00Z");
  const mondays = Array.from({ length: 300 }, (_, week) =>
    new Date(start + week * 7 * 86_400_000).toISOString().slice(0, 10),
  );
  const schedule = compileSchedule({ ...hours("09:00", "10:00", ["monday"]), holidays: mondays });
  expect(nextOpen(schedule, "UTC", start)).toBeNull();
  const [after] = [start + 300 * 7 * 86_400_000 + 9 * 3_600_000];
  expect(nextOpen(schedule, "UTC", after - 5 * 366 * 86_400_000)).toBeNull();
  expect(nextOpen(schedule, "UTC", after - 5 * 366 * 86_400_000 + 1)).toBe(after);
});

test("quiet hours close what the windows leave open, and are told from hours outside the windows", () => {
  const limited = withinDaily(compileSchedule(hours("07:00", "20:00", workdays)), { from: "08:00", to: "21:00" });
  if (!limited.ok) throw new Error(limited.reason);
  const by = (text: string) => closedBy(limited.schedule, "Europe/Berlin", at(text));
  expect(by("2026-06-01T07:59+02:00")).toBe("quiet_hours");
  expect(by("2026-06-01T08:00+02:00")).toBeNull();
  expect(by("2026-06-01T20:00+02:00")).toBe("outside_window");
  expect(by("2026-06-01T06:00+02:00")).toBe("outside_window");
  expect(by("2026-06-06T07:30+02:00")).toBe("closed_day");
  expect(nextOpen(limited.schedule, "Europe/Berlin", at("2026-06-01T07:10+02:00"))).toBe(at("2026-06-01T08:00+02:00"));
});
