import { expect, test } from "vitest";
import { Batcher } from "../../src/outbox/batcher.ts";

/** A batcher whose flushes end when they are told to. */
function slow(besideAfterMs: number) {
  const begun: { items: number[]; end: () => void }[] = [];
  const beginnings: (() => void)[] = [];
  const batcher = new Batcher<number, number>(
    (items) =>
      new Promise((resolve) => {
        begun.push({ items, end: () => resolve(items) });
        for (const told of beginnings.splice(0)) told();
      }),
    { maxSize: 10, maxConcurrent: 2, besideAfterMs },
  );
  /** Resolves when the next flush begins. */
  const next = () => new Promise<void>((resolve) => beginnings.push(resolve));
  return { begun, batcher, next, items: () => begun.map((one) => one.items) };
}

test("a batch that takes its time is left alone, and what comes meanwhile goes together when it ends", async () => {
  const { begun, batcher, next, items } = slow(60_000);
  let flush = next();
  const first = batcher.add(1);
  await flush;
  const others = [batcher.add(2), batcher.add(3)];
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(items()).toEqual([[1]]);
  flush = next();
  begun[0]!.end();
  await flush;
  expect(items()).toEqual([[1], [2, 3]]);
  begun[1]!.end();
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 3]);
});

test("beside one that hangs another one begins after a while", async () => {
  const { begun, batcher, next, items } = slow(5);
  let flush = next();
  void batcher.add(1);
  await flush;
  flush = next();
  const other = batcher.add(2);
  await flush;
  expect(items()).toEqual([[1], [2]]);
  begun[1]!.end();
  expect(await other).toBe(2);
});
