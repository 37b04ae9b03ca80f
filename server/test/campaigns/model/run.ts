import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * The model test for as long as one likes: `npm run test:model -- --histories 5000 --seed 1`. `--path` begins where a failure
 * said it was; `--minutes` is how long it may take, with the making smaller of a failure.
 */
const { values } = parseArgs({
  options: {
    histories: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    path: { type: "string" },
    minutes: { type: "string", default: "60" },
  },
});
const root = join(import.meta.dirname, "../../../..");
const { status } = spawnSync("npx", ["vitest", "run", "server/test/campaigns/model.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    HERALD_MODEL_HISTORIES: values.histories,
    HERALD_MODEL_SEED: values.seed,
    HERALD_MODEL_MINUTES: values.minutes,
    ...(values.path && { HERALD_MODEL_PATH: values.path }),
  },
});
process.exit(status ?? 1);
