import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FairQueue, type Turn } from "../../src/destinations/webhook/fair-queue.ts";
import { targetOf } from "../../src/destinations/webhook/http-client.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const post = (owner: string, since?: number) => ({
  target: targetOf(new URL("/", "http://127.0.0.1"), { owner }),
  ...(since === undefined ? {} : { since }),
  begin: () => null,
  end: () => {},
});

/** Begins what may begin; says whose it is. */
function begin(queue: FairQueue): Turn[] {
  const turns: Turn[] = [];
  for (let turn = queue.next(); turn; turn = queue.next()) {
    queue.begin(turn);
    turns.push(turn);
  }
  return turns;
}
const owners = (turns: readonly Turn[]) => turns.map(({ post }) => post.target.owner).join("");
const count = (turns: readonly Turn[], owner: string) => turns.filter(({ post }) => post.target.owner === owner).length;

/** Destinations of which each has answered once, after so many milliseconds. */
function known(connections: number, answers: Record<string, number>): FairQueue {
  const queue = new FairQueue(connections);
  for (const [owner, ms] of Object.entries(answers)) {
    queue.add(post(owner));
    const [turn] = begin(queue);
    vi.advanceTimersByTime(ms);
    queue.end(turn!);
  }
  return queue;
}

test("destinations take turns on the connections that they share", () => {
  const queue = known(4, { a: 5, b: 5, c: 5 });
  for (let i = 0; i < 9; i++) queue.add(post("a"));
  queue.add(post("b"));
  queue.add(post("c"));
  queue.add(post("c"));
  const turns = begin(queue);
  expect(owners(turns)).toBe("abca");
  for (const turn of turns) queue.end(turn);
  expect(owners(begin(queue))).toBe("caaa");
});

test("one alone gets all connections, and before its first answer half of them", () => {
  const queue = new FairQueue(8);
  for (let i = 0; i < 20; i++) queue.add(post("a"));
  const turns = begin(queue);
  expect(turns).toHaveLength(4);
  queue.end(turns[0]!);
  expect(begin(queue)).toHaveLength(5);
});

test("slow ones leave the fast ones all of theirs, and each other some", () => {
  const queue = known(8, { a: 5, s: 1_500, t: 1_500, u: 1_500 });
  for (const owner of ["s", "t", "u"]) {
    for (let i = 0; i < 50; i++) queue.add(post(owner));
    const turns = begin(queue);
    // 8 alone, then half of what is left, and half of that.
    expect(count(turns, owner)).toBe({ s: 8, t: 4, u: 2 }[owner]);
  }
  for (let i = 0; i < 50; i++) queue.add(post("a"));
  expect(owners(begin(queue))).toBe("aaaaaaaa");
});

test("what turns out to be slow while it is under way makes room for the others", () => {
  const queue = known(4, { a: 5, b: 5 });
  for (let i = 0; i < 9; i++) queue.add(post("a"));
  const stuck = begin(queue);
  queue.add(post("b"));
  expect([stuck.length, begin(queue).length]).toEqual([4, 0]);
  vi.advanceTimersByTime(1_001);
  queue.markSlow();
  expect(owners(begin(queue))).toBe("b");
  // A slow one by its latest answers, and a fast one again by the next.
  for (const turn of stuck) queue.end(turn);
  const turns = begin(queue);
  expect([turns.length, turns.every(({ slow }) => slow)]).toEqual([4, true]);
  queue.end(turns[0]!);
  expect(begin(queue).map(({ slow }) => slow)).toEqual([false]);
});

test("what has waited too long is taken out, of each destination what came first", () => {
  const queue = known(1, { a: 5 });
  const [busy] = [post("a", 0), post("a", 10), post("a", 20), post("b", 15), post("b")].map((each) => {
    queue.add(each);
    return each;
  });
  expect(begin(queue).map((turn) => turn.post)).toEqual([busy]);
  expect(queue.take(20).map(({ since }) => since)).toEqual([10, 15]);
  expect(queue.take().map(({ since }) => since)).toEqual([20, undefined]);
});
