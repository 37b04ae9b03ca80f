import { expect, test } from "vitest";
import { Places } from "../../src/outbox/places.ts";

interface Item {
  laneId: string;
  places: number;
  n: number;
}
const items = (laneId: string, count: number, places: number): Item[] =>
  Array.from({ length: count }, (_, n) => ({ laneId, places, n }));

test("no more of a lane are taken than it has places, in order", () => {
  const places = new Places<Item>();
  places.add(items("a", 5, 2));
  expect(places.take(100).map(({ n }) => n)).toEqual([0, 1]);
  expect(places.take(100)).toEqual([]);
  places.free("a");
  expect(places.take(100).map(({ n }) => n)).toEqual([2]);
});

test("a lane with many places is filled when half of them are free, not one by one", () => {
  const places = new Places<Item>();
  places.add(items("a", 40, 8));
  expect(places.take(100)).toHaveLength(8);
  for (let i = 0; i < 3; i++) places.free("a");
  expect(places.take(100)).toEqual([]);
  places.free("a");
  expect(places.take(100)).toHaveLength(4);
});

test("of a lane's places those are filled that are worth it at that moment", () => {
  const places = new Places<Item>();
  places.add([...items("a", 40, 8), ...items("b", 40, 8)]);
  const worth = (laneId: string) => (laneId === "a" ? 2 : undefined);
  expect(places.take(100, worth).map(({ laneId }) => laneId)).toEqual([..."aabbbbbbbb"]);
  places.free("a");
  expect(places.take(100, worth)).toHaveLength(1);
  expect(places.take(100, () => 16)).toHaveLength(6);
  // Fewer than are taken already.
  expect(places.take(100, () => 1)).toEqual([]);
});

test("the last few of a lane are not kept waiting for company", () => {
  const places = new Places<Item>();
  places.add(items("a", 9, 8));
  expect(places.take(100)).toHaveLength(8);
  places.free("a");
  expect(places.take(100).map(({ n }) => n)).toEqual([8]);
});

test("lanes take turns where the limit lets only one of them go", () => {
  const places = new Places<Item>();
  places.add([...items("a", 50, 10), ...items("b", 50, 10)]);
  const turns = [0, 1, 2, 3].map(() => places.take(5).map(({ laneId }) => laneId)[0]);
  expect(turns).toEqual(["a", "b", "a", "b"]);
});

test("what is drained is taken by nobody else", () => {
  const places = new Places<Item>();
  places.add(items("a", 3, 1));
  const [first] = places.take(1);
  expect(places.drain()).toHaveLength(2);
  places.free(first!.laneId);
  expect(places.take(10)).toEqual([]);
});
