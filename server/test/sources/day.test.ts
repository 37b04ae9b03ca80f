import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../database.ts";
import { type Delivery, disorder, generateDay } from "./day/generate.ts";
import { differences, openPlay } from "./day/play.ts";
import { untold } from "./day/told.ts";

const size = Number(process.env.HERALD_DAY_EVENTS ?? 900);
const seed = Number(process.env.HERALD_DAY_SEED ?? 20260105);
const full = process.env.HERALD_DAY_EVENTS !== undefined;

let db: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

test("a day of SendPilot and Apten ends the same whatever the order, and however often it is replayed", {
  timeout: full ? 3_600_000 : 180_000,
}, async () => {
  const day = generateDay(size, seed);
  const orders: Record<string, Delivery[]> = {
    "as it happened": day.deliveries,
    backwards: disorder(day, seed).toReversed(),
    "in disorder": disorder(day, seed + 1),
  };
  const told: [string, Awaited<ReturnType<typeof openPlay>>][] = [];
  for (const [name, deliveries] of Object.entries(orders)) {
    const began = performance.now();
    const play = await openPlay(db.db, day);
    await play.play(deliveries, seed);
    expect(play.errors, name).toEqual([]);
    expect((await untold(db.db, play.workspaceId)).slice(0, 5), name).toEqual([]);
    told.push([name, play]);
    if (full) console.log(`${name}: ${deliveries.length} in ${Math.round(performance.now() - began)} ms`);
  }
  const [, first] = told[0]!;
  const state = await first.state();
  expect(state.leads!.length).toBeGreaterThan(size / 20);
  for (const [name, play] of told.slice(1)) expect(differences(state, await play.state()), name).toEqual([]);
  // The same deliveries are known; after retention they are known by what they say.
  const [, last] = told.at(-1)!;
  const again = disorder(day, seed + 3);
  const part = full ? again.length : 250;
  await last.play(again.slice(0, part), seed + 2);
  await last.forget();
  await last.play(again.slice(-part), seed + 3);
  expect(differences(state, await last.state()), "replayed").toEqual([]);
  expect((await untold(db.db, last.workspaceId)).slice(0, 5), "replayed").toEqual([]);
  expect(last.errors).toEqual([]);
});

test("the generator's command says how it is called, and refuses what it can't do instead of playing something else", () => {
  const call = (...args: string[]) => {
    const run = join(import.meta.dirname, "day/run.ts");
    return spawnSync(process.execPath, [run, ...args], { encoding: "utf8" });
  };
  expect(call("--help")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^ {2}--events <n>/m) });
  for (const wrong of [
    ["--events", "many"],
    ["--seed", "-1"],
    ["--event", "5"],
  ]) {
    const { status, stdout, stderr } = call(...wrong);
    expect([status, stdout, stderr]).toEqual([2, "", expect.stringContaining("Usage:")]);
  }
});
