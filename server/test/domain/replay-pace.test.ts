import { expect, test } from "vitest";
import { leastRoom, mostRoom, nextRoom, replayAllowance } from "../../src/domain/replay-pace.ts";

const lane = {
  ...{ waiting: 0, unfinished: 0, room: 100, sinceFedMs: 300, parkedMs: null, failures: 0, rate: null },
};

test("the room follows what the destination takes, within its bounds", () => {
  expect(nextRoom(100, 50)).toBe(200);
  expect(nextRoom(100, 400)).toBe(100);
  expect(nextRoom(100, 5_000)).toBe(50);
  expect(nextRoom(mostRoom, 1)).toBe(mostRoom);
  expect(nextRoom(leastRoom, 60_000)).toBe(leastRoom);
});

test("for any destination the room settles at what it takes in a second and a half at most", () => {
  for (const perSecond of [1, 20, 300, 5_000]) {
    let room = 32;
    for (let n = 0; n < 40; n++) {
      // A look every 50 ms finds it half empty.
      const halfEmptyMs = Math.ceil(((room / 2 / perSecond) * 1_000) / 50) * 50;
      room = nextRoom(room, halfEmptyMs);
    }
    expect(room, String(perSecond)).toBeLessThanOrEqual(Math.max(leastRoom, perSecond * 1.7));
    expect(room, String(perSecond)).toBeGreaterThanOrEqual(Math.min(leastRoom, perSecond));
  }
});

test("the lane is filled up to the room, and only once it is half empty", () => {
  expect(replayAllowance(lane)).toMatchObject({ rows: 100, full: 100 });
  expect(replayAllowance({ ...lane, waiting: 50 })).toMatchObject({ rows: 50, full: 50 });
  expect(replayAllowance({ ...lane, waiting: 51 }).rows).toBe(0);
});

test("a parked lane gets nothing, and is looked at again when it is free or ten seconds later", () => {
  expect(replayAllowance({ ...lane, parkedMs: 3_000 })).toMatchObject({ rows: 0, nextMs: 3_000 });
  expect(replayAllowance({ ...lane, parkedMs: Number.POSITIVE_INFINITY })).toMatchObject({ rows: 0, nextMs: 10_000 });
});

test("what waits for later attempts is bounded", () => {
  expect(replayAllowance({ ...lane, unfinished: 20_000 }).rows).toBe(0);
  expect(replayAllowance({ ...lane, unfinished: 19_990 }).rows).toBe(10);
});

test("a destination that fails gets one in half a minute", () => {
  expect(replayAllowance({ ...lane, failures: 9 }).rows).toBe(100);
  expect(replayAllowance({ ...lane, failures: 10, sinceFedMs: 29_000 }).rows).toBe(0);
  expect(replayAllowance({ ...lane, failures: 10, sinceFedMs: 30_000 }).rows).toBe(1);
  expect(replayAllowance({ ...lane, failures: 10, sinceFedMs: null }).rows).toBe(1);
});

test("a rate is never passed, and is kept in the mean, however irregular the looks are", () => {
  for (const rate of [0.01, 0.5, 1, 7, 30, 60, 900]) {
    let at = 0;
    let fedAt: number | null = null;
    let fed = 0;
    const end = Math.max(60_000, 20_000 / rate);
    for (let n = 0; at < end; n++) {
      const sinceFedMs = fedAt === null ? null : at - fedAt;
      const { rows, nextMs, creditMs } = replayAllowance({ ...lane, room: 1_000, rate, sinceFedMs });
      if (rows > 0) {
        fed += rows;
        fedAt = at - creditMs;
      }
      at += Math.max(50, nextMs) + ((n * 7) % 40);
    }
    const meant = (at / 1_000) * rate;
    expect(fed, String(rate)).toBeLessThanOrEqual(meant + 1 + rate / 20);
    expect(fed, String(rate)).toBeGreaterThanOrEqual(meant * 0.95 - 2);
  }
});
