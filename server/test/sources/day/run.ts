import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** The test of a day in full: `npm run test:replay-day -- --events 100000 --seed 1`. */
const { values } = parseArgs({
  options: {
    events: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const { status } = spawnSync("npx", ["vitest", "run", "server/test/sources/replay-day.test.ts"], {
  cwd: join(import.meta.dirname, "../../../.."),
  stdio: "inherit",
  env: { ...process.env, HERALD_DAY_EVENTS: values.events, HERALD_DAY_SEED: values.seed },
});
process.exit(status ?? 1);
