import { parseArgs } from "node:util";
import { HeraldProcess } from "../herald-process.ts";
import { allCases, generator, type Row } from "./case.ts";
import { type Cut, cutNetwork } from "./network.ts";
import { lastLine, tableOf } from "./report.ts";
import { runCase } from "./run-case.ts";
import { fullDisk, lockedTables } from "./surroundings.ts";
import { World } from "./world.ts";

/**
 * The crash matrix: `npm run test:crash -- --seed 1`. `--only TEXT` takes the cases whose point or victim has it in its name.
 * The last line is JSON. The exit code is 1 where a promise was broken; what can't be tried here is skipped, and says why.
 */
const { values } = parseArgs({
  options: { seed: { type: "string", default: "20261" }, only: { type: "string", default: "" } },
});
const seed = Number(values.seed);
const random = generator(seed);
const wanted = (point: string, victim: string) => `${point} ${victim}`.includes(values.only);
const rows: Row[] = [];
const add = (row: Row) => {
  rows.push(row);
  process.stderr.write(
    `${row.verdict} ${row.point}, ${row.victim}: ${row.recoveredSeconds.toFixed(1)} s ${row.notes.join(" ")}\n`,
  );
};

// What was started is stopped after Ctrl-C, too.
const interruption = Promise.withResolvers<never>();
interruption.promise.catch(() => {});
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => interruption.reject(new Error("interrupted")));
const unlessInterrupted = <T>(running: Promise<T>): Promise<T> => Promise.race([running, interruption.promise]);

const cases = allCases.filter(({ point, victim }) => wanted(point, victim));
const locked = wanted("tables locked", "postgres");
if (cases.length > 0 || locked) {
  await using undo = new AsyncDisposableStack();
  const world = await World.open({ herald: new HeraldProcess({ HERALD_RECONCILE_AFTER_SECONDS: "1" }) }, undo);
  for (const one of cases) add(await unlessInterrupted(runCase(world, one, random)));
  if (locked) {
    await world.herald.kill();
    await world.herald.start();
    add(await unlessInterrupted(lockedTables(world, 30)));
  }
}
if (wanted("disk full", "postgres and herald")) add(await fullDisk(20));
// A lease is 60 s.
const cuts: Cut[] = [
  { cable: "database", seconds: 8 },
  { cable: "database", seconds: 75 },
  { cable: "receiver", seconds: 8 },
  { cable: "receiver", seconds: 75 },
];
const wantedCuts = cuts.filter(({ cable }) => wanted(`${cable} cut off`, "network"));
if (wantedCuts.length > 0) for (const row of await cutNetwork(wantedCuts)) add(row);

process.stdout.write(`${tableOf(rows)}\n${lastLine(seed, rows)}\n`);
process.exitCode = rows.some(({ verdict }) => verdict === "FAILED") ? 1 : 0;
