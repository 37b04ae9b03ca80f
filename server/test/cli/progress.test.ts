import { expect, test } from "vitest";
import { bar, duration, Progress } from "../../src/cli/progress.ts";

function setup(terminal: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  let now = 0;
  const output = { ...terminal, write: (text: string) => written.push(text) };
  const progress = new Progress(output, { now: () => now, plainEveryMs: 1_000 });
  return { written, progress, at: (ms: number) => (now = ms) };
}

test("on a terminal the line is rewritten in place at most ten times a second, cut to its width, and taken away", () => {
  const { written, progress, at } = setup({ isTTY: true, columns: 10 });
  progress.show(() => "one");
  at(50);
  progress.show(() => "too soon");
  at(100);
  progress.show(() => "much too wide");
  progress.clear();
  expect(written).toEqual(["\r\x1b[Kone", "\r\x1b[Kmuch too ", "\r\x1b[K"]);
});

test("elsewhere it is a line of its own now and then, without control characters, and none in the beginning", () => {
  const { written, progress, at } = setup({});
  progress.show(() => "at the start");
  at(1_000);
  progress.show(() => "one");
  at(1_500);
  progress.show(() => "too soon");
  progress.clear();
  expect(written).toEqual(["one\n"]);
});

test("bars and times read as people write them", () => {
  expect([bar(0, 4, 4), bar(1, 4, 4), bar(9, 4, 4), bar(0, 0, 4)]).toEqual([
    "[----]   0%",
    "[#---]  25%",
    "[####] 100%",
    "[####] 100%",
  ]);
  expect([999, 59_400, 65_000, 7_800_000].map(duration)).toEqual(["1 s", "59 s", "1 min 05 s", "2 h 10 min"]);
});
