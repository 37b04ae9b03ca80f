import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** Fuzzing of webhooks for as many requests as one likes: `npm run fuzz -- --count 100000 --seed 1`. */
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
process.stdout.write(`${values.count} requests, seed ${values.seed}\n`);
const root = join(import.meta.dirname, "../../..");
const { status } = spawnSync("npx", ["vitest", "run", "server/test/fuzz/webhooks.test.ts", "--execArgv=--expose-gc"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, HERALD_FUZZ_REQUESTS: values.count, HERALD_FUZZ_SEED: values.seed },
});
process.exit(status ?? 1);
