import { expect, test } from "vitest";
import type { Simulated } from "../src/simulate/herald.ts";
import { judgeSimulation } from "../src/simulate/judge.ts";

const leads = new Map([["lead_1", "Europe/Berlin"]]);
/** Monday to Friday at noon in Berlin. */
const noon = Date.UTC(2026, 2, 2, 11);

function simulated(
  change: { positions?: number[]; times?: number[]; leadIds?: string[]; blocked?: number } = {},
): Simulated {
  const positions = change.positions ?? [1, 2, 3, 4, 5];
  return {
    seconds: 1,
    loadSeconds: 0,
    totals: { sent: positions.length, blocked: change.blocked ?? 0, held: 0, unfinished: 0 },
    ends: true,
    leadIds: change.leadIds ?? positions.map(() => "lead_1"),
    positions: Uint16Array.from(positions),
    times: Float64Array.from(change.times ?? positions.map((_, n) => noon + n * 86_400_000)),
  };
}

test("a simulation counts in which every lead gets every step once, in order, inside its window", () => {
  expect(judgeSimulation(leads, simulated())).toEqual({
    ok: true,
    checked: { sent: 5, arrivedOnce: 5, signaturesValid: null },
    problems: [],
  });
});

test.each([
  ["a missing step", { positions: [1, 2, 3, 4] }],
  ["a doubled step", { positions: [1, 2, 3, 3, 4, 5] }],
  ["steps out of order", { positions: [1, 3, 2, 4, 5] }],
  ["a message at night", { times: [noon, noon + 12 * 3_600_000, noon, noon, noon] }],
  ["a message on Sunday", { times: [noon, noon - 86_400_000, noon, noon, noon] }],
  ["a stranger", { leadIds: ["lead_1", "lead_1", "lead_1", "lead_1", "lead_2"] }],
  ["a blocked step", { blocked: 1 }],
])("%s makes the run invalid", (_, change) => {
  expect(judgeSimulation(leads, simulated(change)).ok).toBe(false);
});
