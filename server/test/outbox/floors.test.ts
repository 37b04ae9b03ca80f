import { expect, test } from "vitest";
import type { ClaimedItem } from "../../src/db/outbox.ts";
import { Floors } from "../../src/outbox/floors.ts";

const item = (laneId: string, dueAt?: string) => ({ laneId, ...(dueAt && { dueAt }) }) as ClaimedItem;
const of = (floors: ReadonlyMap<string, string> | undefined) => floors && [...floors];

test("quick claims have no floors, and take no time for them", () => {
  const floors = new Floors();
  floors.claimed([item("a", "10:00")], 0, 9);
  floors.claimed([item("a", "10:00")], 1, 9);
  expect(floors.at(10)).toBe(undefined);
  // Nor has a single slow one among them.
  floors.claimed([item("a", "10:00")], 10, 100);
  floors.claimed([item("a", "10:00")], 200, 9);
  floors.claimed([item("a", "10:00")], 300, 100);
  expect(floors.at(500)).toBe(undefined);
});

test("after two slow claims each lane is looked at from where it was taken to, and at everything again within a second", () => {
  const floors = new Floors();
  // Their rows didn't say when they were due.
  floors.claimed([item("a"), item("b")], -100, 100);
  floors.claimed([item("a"), item("b")], 0, 100);
  expect(of(floors.at(100))).toEqual([]);
  floors.claimed([item("a", "10:00"), item("a", "10:01"), item("b", "10:02")], 100, 100);
  expect(of(floors.at(200))).toEqual([
    ["a", "10:01"],
    ["b", "10:02"],
  ]);
  floors.claimed([item("a", "10:03")], 200, 1);
  expect(of(floors.at(999))).toEqual([
    ["b", "10:02"],
    ["a", "10:03"],
  ]);
  expect(of(floors.at(1_000))).toEqual([]);
  floors.claimed([item("a", "10:04")], 1_000, 1);
  expect(of(floors.at(1_899))).toEqual([["a", "10:04"]]);
  // Ten seconds after the last slow one.
  expect(of(floors.at(10_099))).toEqual([]);
  expect(floors.at(10_100)).toBe(undefined);
});

test("a claim of many rows may take longer", () => {
  const floors = new Floors();
  const many = Array.from({ length: 1_000 }, () => item("a", "10:00"));
  for (const now of [0, 1]) floors.claimed(many, now, 39);
  expect(floors.at(2)).toBe(undefined);
  for (const now of [2, 3]) floors.claimed(many, now, 41);
  expect(floors.at(4)).not.toBe(undefined);
});

test("few lanes have a floor: the latest ones", () => {
  const floors = new Floors();
  floors.claimed([], -1, 100);
  floors.claimed([], 0, 100);
  floors.claimed(
    Array.from({ length: 100 }, (_, n) => item(`lane${n}`, "10:00")),
    1,
    100,
  );
  const lanes = [...floors.at(2)!.keys()];
  expect([lanes.length, lanes[0], lanes.at(-1)]).toEqual([64, "lane36", "lane99"]);
});
