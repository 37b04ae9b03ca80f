import { parseArgs } from "node:util";
import { crmKinds } from "../setup.ts";
import { type FloodResult, flood } from "./flood.ts";

/**
 * `npm run test:crm -- --events 10000 --seed 1`: so many messages to each CRM (or to `--only hubspot`), of whose answers 5 % are
 * lost and 5 % are limits, while Herald is killed in the middle. The last line is JSON; the exit code is 1 where something was
 * not logged exactly once.
 */
const { values } = parseArgs({
  options: {
    events: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const results: FloodResult[] = [];
const log = (line: string) => void process.stderr.write(`${line}\n`);
for (const kind of crmKinds.filter((one) => one.includes(values.only))) {
  const result = await flood(kind, { events: Number(values.events), seed: Number(values.seed), log });
  log(JSON.stringify(result));
  results.push(result);
}
process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), results })}\n`);
process.exitCode = results.every(({ once, events, failed }) => once === events && failed === 0) ? 0 : 1;
