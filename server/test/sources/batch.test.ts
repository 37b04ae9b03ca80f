import { expect, test } from "vitest";
import { joined } from "../../src/sources/apply-batch.ts";

test("items with a key in common are one strand in their order, also by way of others; the rest are strands of their own", () => {
  expect(joined([["a"], ["b"], ["a", "c"], [], ["c"], ["b"], ["d"]])).toEqual([[0, 2, 4], [1, 5], [3], [6]]);
  // Two strands that a later item joins.
  expect(joined([["a"], ["b"], ["b"], ["a", "b"]])).toEqual([[0, 1, 2, 3]]);
});
