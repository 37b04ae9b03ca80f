import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** The assistant's race test for as many leads as one likes: `npm run test:assistant-race -- --rounds 5000 --seed 1`. */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const root = join(import.meta.dirname, "../../../..");
const { status } = spawnSync("npx", ["vitest", "run", "server/test/assistant/race.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, HERALD_RACE_ROUNDS: values.rounds, HERALD_RACE_SEED: values.seed },
});
process.exit(status ?? 1);
