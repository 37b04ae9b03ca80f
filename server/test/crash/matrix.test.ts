import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { HeraldProcess } from "./herald-process.ts";
import { generator, selectedCases } from "./matrix/case.ts";
import { runCase } from "./matrix/run-case.ts";
import { lockedTables } from "./matrix/surroundings.ts";
import { World } from "./matrix/world.ts";

/** A few fields of the crash matrix: the victims in turn, at points that the seed chooses. `npm run test:crash` has them all. */
const seed = Number(process.env.HERALD_CRASH_SEED ?? 20_261);
const random = generator(seed);

const undo = new AsyncDisposableStack();
let world: World;
beforeAll(async () => {
  world = await World.open(
    { herald: new HeraldProcess({ HERALD_RECONCILE_AFTER_SECONDS: "1" }, { copyOf: inject("dataFolder") }) },
    undo,
  );
});
afterAll(async () => await undo.disposeAsync());

/** Longer than a case waits before it says what was left to do. */
const timeout = 300_000;

test.each(selectedCases(random))(
  `struck at $point, $victim: nothing lost, nothing leased for ever (seed ${seed})`,
  { timeout },
  async (one) => {
    expect(await runCase(world, one, random)).toMatchObject({ verdict: "ok", notes: [] });
  },
);

test("tables that another session holds delay the work, and nothing is lost or sent twice", { timeout }, async () => {
  expect(await lockedTables(world, 1)).toMatchObject({ verdict: "ok", notes: [] });
});
