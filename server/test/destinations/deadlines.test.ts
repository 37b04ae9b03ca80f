import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadlines } from "../../src/destinations/webhook/deadlines.ts";
import type { InLine } from "../../src/destinations/webhook/line.ts";

interface Call extends InLine<Call> {
  name: string;
  begunAt: number;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("each call is late at its own time, in the order in which they began; one that has ended never is", () => {
  const late: [string, number][] = [];
  const zero = performance.now();
  const deadlines = new Deadlines<Call>(30_000, ({ name }) => late.push([name, Math.round(performance.now() - zero)]));
  const begin = (name: string) => {
    const call: Call = { name, begunAt: performance.now(), previous: null, next: null };
    deadlines.add(call);
    return call;
  };
  begin("a");
  vi.advanceTimersByTime(100);
  const ended = begin("b");
  begin("c");
  vi.advanceTimersByTime(20_000);
  deadlines.delete(ended);
  begin("d");
  vi.advanceTimersByTime(60_000);
  expect(late).toEqual([
    ["a", 30_000],
    ["c", 30_100],
    ["d", 50_100],
  ]);
  // Nothing was left to watch for a while: it begins anew.
  begin("e");
  vi.advanceTimersByTime(29_999);
  expect(late).toHaveLength(3);
  vi.advanceTimersByTime(1);
  expect(late.at(-1)?.[0]).toBe("e");
});
