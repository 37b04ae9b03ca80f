import { expect, test } from "vitest";
import { mayLookAgain } from "../src/api/look-again.ts";

const query = (pages: number, ageMs: number, fetchStatus = "idle") => ({
  state: { data: { pages: Array(pages) }, dataUpdatedAt: 100_000 - ageMs, fetchStatus },
});

test("while events come, a short list is looked at each time, a long one now and then, and none that is being fetched", () => {
  expect(mayLookAgain(query(1, 0), 100_000)).toBe(true);
  expect(mayLookAgain({ state: { data: { id: 1 }, dataUpdatedAt: 100_000, fetchStatus: "idle" } }, 100_000)).toBe(true);
  expect(mayLookAgain(query(40, 14_999), 100_000)).toBe(false);
  expect(mayLookAgain(query(40, 15_000), 100_000)).toBe(true);
  expect(mayLookAgain(query(1, 60_000, "fetching"), 100_000)).toBe(false);
});
