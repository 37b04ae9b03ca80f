import { expect, test } from "vitest";
import { eventIdTime, eventTimestamp, newEventId } from "../../src/domain/id.ts";

test("events noted in one millisecond sort as they were noted, and each has an ID of its own", () => {
  for (const at of [1_767_605_400_000, 1_767_605_400_001, 1_767_605_400_002]) {
    const ids = Array.from({ length: 600 }, () => newEventId(at));
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.every((id) => eventIdTime(id) === at)).toBe(true);
  }
  const many = Array.from({ length: 5_000 }, () => newEventId(1_767_605_400_003));
  expect(new Set(many).size).toBe(5_000);
});

test("what is no event ID has no time, and a time is told as ISO 8601", () => {
  const random = "abcdefghi";
  expect(eventIdTime(`evt_1700000000123_${random}`)).toBe(1_700_000_000_123);
  for (const id of [
    ...["", "evt_", `evt_170000000012_${random}`, `evt_17000000001234_${random}`, `evx_1700000000123_${random}`],
    ...[`evt_17000000001:3_${random}`, `evt_1700000000 23_${random}`, `evt_-700000000123_${random}`],
    ...[
      "evt_1700000000123_abcdefghI",
      "evt_1700000000123_abcdefgh-",
      "evt_1700000000123_abcdefgh\n",
      "evt_1700000000123-abcdefghi",
    ],
    ...[`evt_1700000000123_${random}\n`, ` evt_1700000000123_${random}`],
  ])
    expect([id, eventIdTime(id)]).toEqual([id, null]);
  for (const at of [0, 1, 999, 1_000, 1_700_000_000_123, 1_700_000_000_120, 1_700_000_001_000, 9_999_999_999_999])
    expect(eventTimestamp(at)).toBe(new Date(at).toISOString());
});
