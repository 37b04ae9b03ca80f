import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Fifo } from "../../src/destinations/webhook/fifo.ts";
import { type InLine, Line } from "../../src/destinations/webhook/line.ts";

interface Caller extends InLine<Caller> {
  name: string;
}
const caller = (name: string): Caller => ({ name, previous: null, next: null });
const names = (line: Line<Caller>) => line.while(() => true).map(({ name }) => name);

test("a line keeps its order whoever leaves it, and who leaves lets go of its neighbours", () => {
  const line = new Line<Caller>();
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(caller) as [Caller, Caller, Caller, Caller, Caller];
  for (const each of [a, b, c, d, e]) line.add(each);
  // From the middle, from each end, twice, and one that never came.
  line.delete(c);
  line.delete(a);
  line.delete(e);
  line.delete(c);
  line.delete(caller("f"));
  expect(names(line)).toEqual(["b", "d"]);
  expect(line.size).toBe(2);
  // Else one that has grown old in memory would keep all that came after it.
  for (const gone of [a, c, e]) expect(gone).toMatchObject({ previous: null, next: null });
  line.add(a);
  expect(names(line)).toEqual(["b", "d", "a"]);
  expect(line.while(({ name }) => name !== "d").map(({ name }) => name)).toEqual(["b"]);
  for (const each of [b, d, a]) line.delete(each);
  expect(line.first).toBeNull();
  expect(line.size).toBe(0);
  line.add(c);
  expect(line.first).toBe(c);
});

test("who has come out of a queue isn't kept by it", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const queue = new Fifo<object>();
  for (let i = 0; i < 3; i++) queue.push({ i });
  const gone = new WeakRef(queue.shift()!);
  const stays = new WeakRef(queue.first!);
  // What a WeakRef has just been made of lives to the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  gc();
  expect(gone.deref()).toBeUndefined();
  expect(stays.deref()).toEqual({ i: 1 });
  expect(queue.size).toBe(2);
});
