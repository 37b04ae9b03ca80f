import { expect, test } from "vitest";
import { Housekeeping } from "../../src/background/housekeeping.ts";
import { Rounds } from "../../src/background/rounds.ts";

/** Rounds that end when they are told to, each with the pause that it asks for. */
function controlled(retryMs = 60_000) {
  const begun: ((pauseMs: number | Error) => void)[] = [];
  const waiting: (() => void)[] = [];
  const errors: unknown[] = [];
  const rounds = new Rounds({
    retryMs,
    onError: (error) => errors.push(error),
    round: () =>
      new Promise((resolve, reject) => {
        begun.push((end) => (end instanceof Error ? reject(end) : resolve(end)));
        waiting.shift()?.();
      }),
  });
  const nth = async (n: number) => {
    while (begun.length < n) await new Promise<void>((resolve) => waiting.push(resolve));
    return begun[n - 1]!;
  };
  return { rounds, nth, errors, begun };
}

test("a wake during a round makes the next one begin at once, and one between them ends the pause", async () => {
  const { rounds, nth } = controlled();
  rounds.start();
  rounds.start();
  const first = await nth(1);
  rounds.wake();
  first(3_600_000);
  (await nth(2))(3_600_000);
  // Behind the microtasks of the round's end: it pauses.
  await new Promise((resolve) => setImmediate(resolve));
  rounds.wake();
  (await nth(3))(0);
  const fourth = await nth(4);
  const stopped = rounds.stop();
  expect(rounds.stopping).toBe(true);
  fourth(0);
  await stopped;
});

test("stopping ends a pause at once, after the round that is under way, and no round follows", async () => {
  const { rounds, nth, begun } = controlled();
  await rounds.stop();
  expect(rounds.stopping).toBe(false);
  rounds.start();
  (await nth(1))(3_600_000);
  await new Promise((resolve) => setImmediate(resolve));
  await rounds.stop();
  rounds.wake();
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toHaveLength(1);
});

test("what a round throws is told, and the next one comes", async () => {
  const { rounds, nth, errors } = controlled(1);
  rounds.start();
  (await nth(1))(new Error("away"));
  const second = await nth(2);
  expect(errors).toEqual([new Error("away")]);
  const stopped = rounds.stop();
  second(0);
  await stopped;
});

test("a task of the housekeeping that fails or takes long keeps the others from nothing, and is tried again soon", async () => {
  const done: string[] = [];
  const again = Promise.withResolvers<void>();
  let broken = true;
  const housekeeping = new Housekeeping({
    tasks: {
      fails: async () => {
        done.push("fails");
        if (broken) throw new Error("away");
        again.resolve();
      },
      behind: async () => {
        done.push("behind");
        broken = false;
      },
    },
    retryMs: 1,
    onError: (task, error) => done.push(`${task}: ${(error as Error).message}`),
  });
  housekeeping.start();
  await again.promise;
  await housekeeping.stop();
  expect(done).toEqual(["fails", "fails: away", "behind", "fails"]);
});
