import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** The replay of a day in full: `npm run test:replay-day -- --events 100000 --seed 1`. */
const usage = `Plays a day of SendPilot's and Apten's webhooks, made by a generator, to Herald in three orders and again, and fails where the state
at the end differs.

Usage: npm run test:replay-day -- [options]

  --events <n>  webhooks of the day, at least 100 (default: 100000, which take some minutes an order)
  --seed <n>    from 0 to 4294967295: the same number makes the same day (default: another one each time, which is printed)
  -h, --help    show this
`;

function fail(problem: string): never {
  process.stderr.write(`${problem}\n\n${usage}`);
  process.exit(2);
}

function optionsOf() {
  try {
    return parseArgs({
      options: {
        events: { type: "string", default: "100000" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

const inRange = (text: string, least: number, most: number) =>
  /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most;

const values = optionsOf();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (!inRange(values.events, 100, Number.POSITIVE_INFINITY))
  fail(`--events ${values.events} is no whole number of at least 100.`);
if (!inRange(values.seed, 0, 2 ** 32 - 1)) fail(`--seed ${values.seed} is no whole number from 0 to 4294967295.`);
process.stdout.write(`${values.events} events, seed ${values.seed}\n`);
const root = join(import.meta.dirname, "../../../..");
const { status } = spawnSync("npx", ["vitest", "run", "server/test/sources/day.test.ts"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, HERALD_DAY_EVENTS: values.events, HERALD_DAY_SEED: values.seed },
});
process.exit(status ?? 1);
