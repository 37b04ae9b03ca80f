import { expect, test } from "vitest";
import { isId, newId } from "../../src/domain/id.ts";

test("IDs of one process sort as they were made, within a millisecond too, and are never the same", () => {
  const ids = Array.from({ length: 2_000 }, () => newId("received", 1_767_605_400_000));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => isId("received", id))).toBe(true);
  expect(newId("received", 1_767_605_400_001) > ids.at(-1)!).toBe(true);
});

test("more than that in one millisecond are still different", () => {
  const ids = Array.from({ length: 10_000 }, () => newId("lead", 1_767_605_400_002));
  expect(new Set(ids).size).toBe(ids.length);
});
