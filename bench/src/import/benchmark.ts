import { createReadStream } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { judgeImport } from "../judge.ts";
import { Meter } from "../meter.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { digest, header, type LeadFile, writeLeadFile } from "./csv-file.ts";
import type { ImportCalls } from "./herald.ts";

/**
 * A CSV file of leads, read, checked and normalised row by row, and stored under three unique addresses.
 *
 * The baseline is the least that any import can cost: PostgreSQL's own COPY of the same file, by the server itself, as
 * text into a table without a single index. It checks nothing and normalises nothing, so that the ratio is far below 1;
 * it is there because it moves with the machine as the import does.
 */
export const importing: Benchmark = {
  name: "import",
  title: "leads of a CSV file checked, normalised and stored without duplicates",
  targets: { rssMb: 300 },
  run,
};

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const rows = options.count ?? (options.seconds ? Math.round(options.seconds * 10_000) : quick ? 50_000 : 1_000_000);
  progress(`writing ${rows} rows`);
  const file = await writeLeadFile(join(scratch.dataDir, "leads.csv"), rows);
  const small = await writeLeadFile(join(scratch.dataDir, "small.csv"), 5_000);
  const child = await adopt(
    undo,
    startChild<ImportCalls>(new URL("herald.ts", import.meta.url), scratch.embedded.config),
  );

  progress("warming up");
  const columns = header.split(",").map((name) => `"${name}" text`);
  await scratch.db.query(`create table plain (${columns.join(", ")})`);
  await copy(scratch, small);
  await child.call("run", { path: small.path, workspaceId: await addWorkspace(scratch) });

  const baseline = new Meter();
  progress("measuring");
  baseline.add(await copy(scratch, file));
  const workspaceId = await addWorkspace(scratch);
  const cpu = new CpuMeter({ importer: () => cpuOf(child.pid), postgres: () => scratch.postgresCpu() });
  const { seconds, report } = await child.call("run", { path: file.path, workspaceId });
  const meter = new Meter();
  meter.add({ count: rows, seconds, cpu: cpu.read() });
  baseline.add(await copy(scratch, file));
  const parsing = await parseAlone(file);

  const stored = await scratch.db.query<{ email: string }>("select email from lead where workspace_id = $1", [
    workspaceId,
  ]);
  const emails = stored.rows.map(({ email }) => email);
  const verdict = judgeImport(file, report, { leads: emails.length, emailsSha256: digest(emails) });
  return {
    bench: "import",
    ...verdict,
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: "COPY of the file by the server itself into a table without indexes",
    peers: {},
    rssMb: await child.call("peakRss", undefined),
    cpuMicroseconds: meter.cpuEach,
    figures: { rows, seconds, csvParseAlonePerSecond: parsing.perSecond },
  };
}

async function addWorkspace({ db }: Scratch): Promise<string> {
  const id = newId("workspace");
  await db.query("insert into workspace (id, name) values ($1, 'bench')", [id]);
  return id;
}

async function copy({ db }: Scratch, { path, rows }: LeadFile): Promise<{ count: number; seconds: number }> {
  await db.query("truncate plain");
  const startedAt = performance.now();
  await db.query(`copy plain from '${path.replaceAll("'", "''")}' (format csv, header)`);
  return { count: rows, seconds: (performance.now() - startedAt) / 1000 };
}

/** What reading the file with the npm package `csv-parse` takes, and nothing else done with it. */
async function parseAlone({ path, rows }: LeadFile): Promise<{ perSecond: number }> {
  const startedAt = performance.now();
  let seen = 0;
  for await (const _ of createReadStream(path).pipe(parse())) seen += 1;
  if (seen !== rows + 1) throw new Error(`csv-parse read ${seen} rows of ${rows + 1}.`);
  return { perSecond: rows / ((performance.now() - startedAt) / 1000) };
}
