import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * Fuzzing for as long as one likes: `npm run fuzz -- webhooks --count 100000 --seed 1`, or `mail` in place of `webhooks` (the
 * default). The seed is printed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [part = "webhooks"] = positionals;
const root = join(import.meta.dirname, "../../..");
process.stdout.write(`${part}: ${values.count}, seed ${values.seed}\n`);

function run(command: string, args: string[], env: Record<string, string> = {}): never {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  process.exit(status ?? 1);
}

switch (part) {
  case "webhooks":
    run("npx", ["vitest", "run", "server/test/fuzz/webhooks.test.ts"], {
      HERALD_FUZZ_REQUESTS: values.count,
      HERALD_FUZZ_SEED: values.seed,
    });
    break;
  case "mail":
    run(process.execPath, ["server/test/fuzz/mail.ts", "--count", values.count, "--seed", values.seed]);
    break;
  default:
    process.stderr.write(`There is no part ${part}: webhooks and mail.\n`);
    process.exit(2);
}
