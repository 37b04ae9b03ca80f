import { expect, test } from "vitest";
import { configProblem, notifyConfig } from "../../../src/destinations/notify/settings.ts";
import { afterQuiet, dueTime } from "../../../src/destinations/notify/timing.ts";

const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();
const due = (config: object, now: string) => iso(dueTime(notifyConfig.parse(config), at(now)));

test("a daily digest keeps its hour by the clock on the wall, also when clocks change", () => {
  const daily = { mode: "digest", dailyAt: "02:30", timeZone: "Europe/Berlin" };
  expect(due(daily, "2026-03-27T12:00:00Z")).toBe("2026-03-28T01:30:00.000Z");
  // 02:30 is skipped: at 03:00, when clocks go on; the next day at 02:30 again.
  expect(due(daily, "2026-03-28T12:00:00Z")).toBe("2026-03-29T01:00:00.000Z");
  expect(due(daily, "2026-03-29T01:00:00Z")).toBe("2026-03-30T00:30:00.000Z");
  // 02:30 comes twice: once is enough.
  expect(due(daily, "2026-10-24T12:00:00Z")).toBe("2026-10-25T00:30:00.000Z");
  expect(due(daily, "2026-10-25T00:30:00Z")).toBe("2026-10-26T01:30:00.000Z");
});

test.each(["Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Santiago"])(
  "a daily digest comes once on each day in %s, whatever clocks do: never twice, never not",
  (timeZone) => {
    const date = new Intl.DateTimeFormat("en-CA", { timeZone });
    for (const dailyAt of ["00:00", "00:30", "01:30", "02:00", "02:15", "02:30", "23:59"]) {
      const config = notifyConfig.parse({ mode: "digest", dailyAt, timeZone });
      const days: string[] = [];
      for (let now = at("2026-03-01T12:00:00Z"); days.length < 260; days.push(date.format(now)))
        now = dueTime(config, now);
      const expected = days.map((_, n) => new Date(at(days[0]!) + n * 86_400_000).toISOString().slice(0, 10));
      expect(days, dailyAt).toEqual(expected);
    }
  },
);

test("quiet hours and days hold what comes, over midnight too", () => {
  const quiet = {
    ...{ timeZone: "America/New_York", quietHours: { from: "22:00", to: "07:00" } },
    quietDays: ["saturday", "sunday"],
  };
  expect(due(quiet, "2026-01-05T15:00:00Z")).toBe("2026-01-05T15:00:00.000Z");
  expect(due(quiet, "2026-01-06T03:00:00Z")).toBe("2026-01-06T12:00:00.000Z");
  expect(due(quiet, "2026-01-06T02:59:59Z")).toBe("2026-01-06T02:59:59.000Z");
  // Friday night: on Monday.
  expect(due(quiet, "2026-01-10T03:30:00Z")).toBe("2026-01-12T12:00:00.000Z");
  expect(due({ ...quiet, mode: "digest", everyMinutes: 60 }, "2026-01-06T02:30:00Z")).toBe("2026-01-06T12:00:00.000Z");
  expect(afterQuiet(notifyConfig.parse({}), 5)).toBe(5);
});

test("a daily digest of a quiet day comes at its hour of the next one that isn't, and one in quiet hours at their end", () => {
  const daily = { mode: "digest", dailyAt: "09:00", timeZone: "America/New_York", quietDays: ["saturday", "sunday"] };
  expect(due(daily, "2026-01-09T15:00:00Z")).toBe("2026-01-12T14:00:00.000Z");
  // Over the weekend on which clocks change.
  expect(due(daily, "2026-03-06T15:00:00Z")).toBe("2026-03-09T13:00:00.000Z");
  const quiet = { ...daily, quietHours: { from: "20:00", to: "10:30" } };
  expect(due(quiet, "2026-01-07T23:00:00Z")).toBe("2026-01-08T15:30:00.000Z");
  // Apia left out Friday, 2011-12-30, and has Sunday when UTC has Saturday.
  const apia = { ...daily, timeZone: "Pacific/Apia" };
  expect(due(apia, "2011-12-29T20:00:00Z")).toBe("2012-01-01T19:00:00.000Z");
  expect(due({ ...apia, quietDays: [] }, "2011-12-29T20:00:00Z")).toBe("2011-12-30T19:00:00.000Z");
});

test.each([
  [{ mode: "digest" }, "everyMinutes and dailyAt"],
  [{ mode: "digest", everyMinutes: 5, dailyAt: "09:00" }, "everyMinutes and dailyAt"],
  [{ everyMinutes: 5 }, "set mode to digest"],
  [{ quietHours: { from: "09:00", to: "09:00" } }, "different times"],
  [{ quietHours: { from: "24:00", to: "00:00" } }, "different times"],
  [{ quietHours: { from: "00:00", to: "24:00" } }, "Every hour is quiet"],
])("settings that make no sense together are refused: %j", (config, reason) => {
  expect(configProblem(notifyConfig.parse(config))?.reason).toContain(reason);
});

test("bad values are refused with their reason", () => {
  expect(notifyConfig.safeParse({ timeZone: "+02:00" }).error?.message).toContain("An offset");
  expect(notifyConfig.safeParse({ dailyAt: "9" }).success).toBe(false);
  expect(notifyConfig.safeParse({ channel: "#general" }).success).toBe(false);
});
