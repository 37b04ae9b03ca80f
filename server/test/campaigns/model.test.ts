import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../database.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { history, monday } from "./model/history.ts";
import { judge } from "./model/model.ts";
import { World } from "./model/world.ts";

/**
 * Random histories against the rules (model/model.ts). HERALD_MODEL_SEED repeats a run, HERALD_MODEL_HISTORIES makes it
 * longer: `npm run test:model -- --histories 5000 --seed 1`. A history that breaks a rule is made smaller before it is shown.
 */
const seed = Number(process.env.HERALD_MODEL_SEED ?? 20_260_302);
const histories = Number(process.env.HERALD_MODEL_HISTORIES ?? 20);
const minutes = Number(process.env.HERALD_MODEL_MINUTES ?? 4);
/** Where in the run, and where in its shrinking: as fast-check says it of a failure. */
const path = process.env.HERALD_MODEL_PATH;

let clock: VirtualClock;
let close: () => Promise<void>;
beforeAll(async () => {
  const created = await testDatabase();
  clock = await VirtualClock.install(created.db, created.config, monday);
  close = async () => {
    await clock.close();
    await created.close();
  };
});
afterAll(async () => await close());

test(`${histories} random histories keep every rule (seed ${seed})`, { timeout: minutes * 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(history, async (each) => {
      const { record, journal } = await World.run(clock, each);
      const problems = judge(record);
      if (problems.length > 0) expect.fail([...problems, "", ...journal].join("\n"));
    }),
    {
      seed,
      numRuns: histories,
      ...(path && { path }),
      // Whatever is left of the time goes into making a failure smaller.
      interruptAfterTimeLimit: (minutes - 0.5) * 60_000,
      markInterruptAsFailure: true,
    },
  );
});
