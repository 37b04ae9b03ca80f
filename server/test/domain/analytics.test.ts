import { expect, test } from "vitest";
import { spansOf } from "../../src/domain/analytics/calendar.ts";
import { groupingFor, keep, keptIn, noDimensions } from "../../src/domain/analytics/dimensions.ts";
import { compare, enough, neededEach, pValue, share, zOfTwoSided } from "../../src/domain/analytics/statistics.ts";
import { cellOf } from "../../src/domain/csv-text.ts";

test("a share has Wilson's interval, which never leaves 0 to 1", () => {
  // By solving (p - x/n)² = z² p(1 - p)/n with Python, whose NormalDist has the quantile.
  const of = (count: number, all: number) => {
    const { low, high } = share(count, all);
    return [low!.toFixed(4), high!.toFixed(4)];
  };
  expect(of(3, 20)).toEqual(["0.0524", "0.3604"]);
  expect(of(0, 20)).toEqual(["0.0000", "0.1611"]);
  expect(of(20, 20)).toEqual(["0.8389", "1.0000"]);
  expect(of(50, 1_000)).toEqual(["0.0381", "0.0653"]);
  expect(share(0, 0)).toEqual({ count: 0, of: 0, rate: null, low: null, high: null });
});

test("the test of two proportions agrees with Python's erfc", () => {
  // erfc(0.03 / sqrt(0.105 * 0.895 * 0.002) / sqrt(2))
  expect(pValue({ count: 120, of: 1_000 }, { count: 90, of: 1_000 })).toBeCloseTo(0.028_65, 5);
  expect(pValue({ count: 5, of: 50 }, { count: 5, of: 50 })).toBeCloseTo(1, 6);
  expect(pValue({ count: 0, of: 50 }, { count: 0, of: 50 })).toBe(1);
  expect(zOfTwoSided(0.05)).toBeCloseTo(1.959_964, 4);
});

test("how many are needed agrees with the formula in exact quantiles", () => {
  // 3,840.8 with the quantiles of Python's NormalDist.
  const each = neededEach({ count: 100, of: 1_000 }, { count: 120, of: 1_000 }, 0.05)!;
  expect(Math.abs(each - 3_841)).toBeLessThanOrEqual(2);
});

test("variants are compared in words: nothing, not yet and by how many, significant", () => {
  const arm = (name: string, count: number, of: number) => ({ name, count, of });
  expect(compare([arm("a", 3, 10)])).toMatchObject({ verdict: "no_data", pValue: null });
  expect(compare([arm("a", 3, 10), arm("b", 0, 0)]).text).toContain("fewer than two variants");
  const early = compare([arm("a", 80, 1_000), arm("b", 91, 1_000)]);
  expect(early).toMatchObject({ verdict: "not_yet_significant", best: "b", against: "a" });
  expect(early.text).toMatch(
    /^Not yet significant: b has 9\.1 % of 1,000, a 8\.0 % of 1,000\. .* about [\d,]+ more messages of each/,
  );
  expect(early.moreNeeded).toBeGreaterThan(9_000);
  expect(compare([arm("a", 80, 1_000), arm("b", 120, 1_000)])).toMatchObject({ verdict: "significant", moreNeeded: 0 });
  expect(compare([arm("a", 80, 1_000), arm("b", 120, 1_000)]).text).toContain("come about in 0.3 % of cases");
  // Rare is not never.
  expect(compare([arm("a", 80, 1_000), arm("b", 160, 1_000)]).text).toContain("in fewer than 0.1 % of cases");
  // Three of three against none of three looks like much, and is nothing.
  expect(enough(arm("a", 3, 3), arm("b", 0, 3))).toBe(false);
  expect(compare([arm("a", 3, 3), arm("b", 0, 3)])).toMatchObject({ verdict: "not_yet_significant" });
  expect(compare([arm("a", 10, 100), arm("b", 10, 100)])).toMatchObject({ moreNeeded: null });
  // Of four variants there are six pairs, each of which could come about by chance.
  const four = ["c", "d"].map((name) => arm(name, 60, 1_000));
  expect(compare([arm("a", 90, 1_000), arm("b", 120, 1_000), ...four])).toMatchObject({
    ...{ verdict: "not_yet_significant", alpha: 0.05 / 6 },
  });
});

test("a zone's calendar has no gap, whatever its clocks do", () => {
  const day = 86_400_000;
  // Lord Howe sets its clocks by half an hour; Apia left out a day; Troll has two hours.
  for (const [zone, from] of [
    ["Australia/Lord_Howe", Date.UTC(2025, 3, 4)],
    ["Pacific/Apia", Date.UTC(2011, 11, 28)],
    ["Antarctica/Troll", Date.UTC(2025, 9, 25)],
  ] as const) {
    for (const granularity of ["hour", "day", "week", "month"] as const) {
      const spans = spansOf(granularity, zone, from, from + 4 * day);
      expect(spans[0]!.from).toBeLessThanOrEqual(from);
      expect(spans.at(-1)!.to).toBeGreaterThanOrEqual(from + 4 * day);
      spans.forEach((span, n) => {
        expect(span.to).toBeGreaterThan(span.from);
        if (n > 0) expect(span.from).toBe(spans[n - 1]!.to);
      });
      expect(new Set(spans.map(({ label }) => label)).size).toBe(spans.length);
    }
  }
  expect(
    spansOf("day", "Pacific/Apia", Date.UTC(2011, 11, 28, 12), Date.UTC(2011, 11, 31, 12)).map(({ label }) => label),
  ).toEqual(["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]);
});

test("an hour that is cut by a change of clocks ends there", () => {
  // At 23:30 of 4 May 2018 Pyongyang set its clocks forward by half an hour.
  const spans = spansOf("hour", "Asia/Pyongyang", Date.UTC(2018, 4, 4, 13, 30), Date.UTC(2018, 4, 4, 15, 30));
  expect(spans.map(({ label, from, to }) => [label, (to - from) / 60_000])).toEqual([
    ["2018-05-04T22:00+08:30", 60],
    ["2018-05-04T23:00+08:30", 30],
    ["2018-05-05T00:00+09:00", 60],
  ]);
});

test("what is asked is answered from the smallest sums that know it", () => {
  expect(groupingFor([])).toBe("all");
  expect(groupingFor(["sender"])).toBe("sender");
  expect(groupingFor(["campaign", "step"])).toBe("step");
  expect(groupingFor(["variant"])).toBe("variant");
  expect(groupingFor(["channel", "campaign"])).toBe("full");
  const of = { ...noDimensions, channel: "sms", tags: ["a", "b"] };
  const sets = keptIn(of);
  expect(sets.filter(({ grouping }) => grouping === "tag").map(({ tags }) => tags)).toEqual([["a"], ["b"]]);
  expect(new Set(sets.map(({ id }) => id)).size).toBe(sets.length);
  expect(keep("full", of).id).toBe(sets.at(-1)!.id);
});

test("a text that a spreadsheet would run leaves as a text; others stay as they are", () => {
  for (const text of [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
  ])
    expect(cellOf(text)).toBe(`'${text}`);
  for (const text of ["", " a", "a=1", "2026-01-05", "😀 hello", "a\n=1", "'=1"]) expect(cellOf(text)).toBe(text);
});
