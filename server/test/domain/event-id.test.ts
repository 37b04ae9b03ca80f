import { expect, test } from "vitest";
import { eventIdTime, newEventId } from "../../src/domain/id.ts";

test("events noted in one millisecond sort as they were noted, and each has an ID of its own", () => {
  for (const at of [1_767_605_400_000, 1_767_605_400_001, 1_767_605_400_002]) {
    const ids = Array.from({ length: 600 }, () => newEventId(at));
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.every((id) => eventIdTime(id) === at)).toBe(true);
  }
  const many = Array.from({ length: 5_000 }, () => newEventId(1_767_605_400_003));
  expect(new Set(many).size).toBe(5_000);
});
