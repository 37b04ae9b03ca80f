import { expect, test } from "vitest";
import { leastRoom, mostRoom, nextRoom, replayAllowance } from "../../src/domain/replay-pace.ts";

const lane = {
  ...{ waiting: 10, unfinished: 0, room: 100, sinceFedMs: 300, parkedMs: null, badStreak: 0, rate: null },
};

test("the room follows what the destination takes, within its bounds", () => {
  expect(nextRoom(100, 50, 10)).toBe(200);
  expect(nextRoom(100, 1_000, 0)).toBe(200);
  expect(nextRoom(100, 200, 10)).toBe(100);
  expect(nextRoom(100, 5_000, 10)).toBe(50);
  expect(nextRoom(100, 5_000, 0)).toBe(100);
  expect(nextRoom(mostRoom, 1, 0)).toBe(mostRoom);
  expect(nextRoom(leastRoom, 60_000, 1)).toBe(leastRoom);
});

test("destinations of any speed are kept busy, with less than a second of their work before a live event", () => {
  for (const perSecond of [10, 50, 300, 5_000]) {
    for (const lookMs of [50, 90]) {
      let [room, waiting, fedAt, idle, most] = [32, 0, null as number | null, 0, 0];
      const end = 60_000;
      for (let at = 0; at < end; at += lookMs) {
        const taken = (perSecond * lookMs) / 1_000;
        // The first ten seconds are for learning.
        if (at > 10_000) idle += Math.max(0, taken - waiting);
        waiting = Math.max(0, waiting - taken);
        const sinceFedMs = fedAt === null ? null : at - fedAt;
        const allowed = replayAllowance({ ...lane, room, waiting: Math.ceil(waiting), sinceFedMs });
        if (allowed.rows > 0) [room, fedAt] = [allowed.room, at];
        waiting += allowed.rows;
        if (at > 10_000) most = Math.max(most, waiting);
      }
      const label = `${perSecond} a second, looked at every ${lookMs} ms`;
      expect(most, label).toBeLessThanOrEqual(Math.max(leastRoom + 1, perSecond * 0.9));
      expect(idle / (perSecond * 50), label).toBeLessThan(0.05);
    }
  }
});

test("the lane is filled up to the room, and only once it is half empty", () => {
  expect(replayAllowance(lane)).toMatchObject({ rows: 90, full: 90 });
  expect(replayAllowance({ ...lane, waiting: 50 })).toMatchObject({ rows: 50, full: 50 });
  expect(replayAllowance({ ...lane, waiting: 51 }).rows).toBe(0);
});

test("a parked lane gets nothing, and is looked at again when it is free or ten seconds later", () => {
  expect(replayAllowance({ ...lane, parkedMs: 3_000 })).toMatchObject({ rows: 0, nextMs: 3_000 });
  expect(replayAllowance({ ...lane, parkedMs: Number.POSITIVE_INFINITY })).toMatchObject({ rows: 0, nextMs: 10_000 });
});

test("what waits for later attempts is bounded", () => {
  expect(replayAllowance({ ...lane, unfinished: 200_000 }).rows).toBe(0);
  expect(replayAllowance({ ...lane, unfinished: 199_990 }).rows).toBe(10);
});

test("a destination that fails gets one in half a minute", () => {
  expect(replayAllowance({ ...lane, badStreak: 9 }).rows).toBe(90);
  expect(replayAllowance({ ...lane, badStreak: 10, sinceFedMs: 29_000 }).rows).toBe(0);
  expect(replayAllowance({ ...lane, badStreak: 10, sinceFedMs: 30_000 }).rows).toBe(1);
  expect(replayAllowance({ ...lane, badStreak: 10, sinceFedMs: null }).rows).toBe(1);
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
