import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** The replay of a day in full: `npm run test:replay-day -- --events 100000 --seed 1`. */
const { values } = parseArgs({
  options: {
    events: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
process.stdout.write(`${values.events} events, seed ${values.seed}\n`);
const root = join(import.meta.dirname, "../../../..");
const { status } = spawnSync("npx", ["vitest", "run", "server/test/sources/day.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, HERALD_DAY_EVENTS: values.events, HERALD_DAY_SEED: values.seed },
});
process.exit(status ?? 1);
