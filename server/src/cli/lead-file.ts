import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { enrollLeads } from "../campaigns/control.ts";
import { getCampaign } from "../db/campaign.ts";
import type { Database } from "../db/pool.ts";
import { notFound } from "../domain/error.ts";
import { isPhoneCountry } from "../domain/phone.ts";
import { type Enroll, type ImportProgress, type ImportReport, importLeads } from "../sources/lead-import.ts";
import { codeOf, Failure } from "./failure.ts";
import { printReport, writeErrors } from "./lead-report.ts";
import type { ImportOptions } from "./leads.ts";
import { count, print } from "./print.ts";
import { bar, duration, Progress } from "./progress.ts";
import { configOf } from "./settings.ts";
import { stopSignal } from "./stop-signal.ts";
import { userName } from "./who.ts";
import { withDatabase, workspaceIdOf } from "./with-database.ts";

/** `herald leads import`. */
export async function importFile(file: string, options: ImportOptions): Promise<void> {
  const country = options.country?.toUpperCase();
  if (country !== undefined && !isPhoneCountry(country)) {
    throw new Failure(`There is no country ${country}; --country takes a two-letter code such as US.`, { exitCode: 2 });
  }
  const config = configOf(options);
  // Before a database is started for nothing.
  const size = file === "-" ? null : await sizeOf(file);
  const started = performance.now();
  const report = await withDatabase(config, async (db) => {
    const workspaceId = await workspaceIdOf(db, options.workspace);
    return await run(db, workspaceId, file, size, options, country);
  });
  if (options.errors !== undefined) await writeErrors(options.errors, report);
  if (options.json) print(JSON.stringify({ ...report, seconds: Math.round(performance.now() - started) / 1_000 }));
  else printReport(report, options.errors, performance.now() - started);
}

async function sizeOf(file: string): Promise<number | null> {
  let entry: Stats;
  try {
    entry = await stat(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  if (entry.isDirectory()) throw new Failure(`${file} is a folder; name a CSV file in it.`);
  return entry.isFile() ? entry.size : null;
}

function unreadable(file: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR")
    return new Failure(`There is no file ${file}; check its path.`, { cause: error });
  if (code === "EACCES" || code === "EPERM") {
    return new Failure(`The file ${file} can't be read: this user may not read it. Change its permissions.`, {
      cause: error,
    });
  }
  return error;
}

async function run(
  db: Database,
  workspaceId: string,
  file: string,
  size: number | null,
  options: ImportOptions,
  country: string | undefined,
): Promise<ImportReport> {
  const enroll = options.campaign === undefined ? undefined : await enrollInto(db, workspaceId, options.campaign);
  const stop = stopSignal();
  const controller = new AbortController();
  const stream = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  void stop.requested.then(() => {
    controller.abort(stopped);
    stream.destroy(stopped);
  });
  const progress = new Progress(process.stderr);
  const started = performance.now();
  let last: ImportProgress = { bytesRead: 0, rows: 0, added: 0 };
  try {
    return await importLeads({
      db,
      workspaceId,
      stream,
      enroll,
      defaultCountry: country,
      startedBy: userName(),
      signal: controller.signal,
      onProgress(now) {
        last = now;
        progress.show(() => progressLine(now, size, performance.now() - started));
      },
    });
  } catch (error) {
    if (!stop.isRequested) throw unreadable(file, error);
    const done = `${count(last.rows, "row")} (${count(last.added, "new lead")}) were imported before that`;
    throw new Failure(`Stopped. ${done} and stay; run the command again to import the rest.`, { exitCode: 130 });
  } finally {
    progress.clear();
    stop.release();
    // Standard input would keep the process waiting for its end.
    stream.destroy();
  }
}

const stopped = new Error("stopped");

async function enrollInto(db: Database, workspaceId: string, campaignId: string): Promise<Enroll> {
  if (!(await getCampaign(db, workspaceId, campaignId))) throw notFound("campaign", campaignId);
  return { campaignId, enroll: (tx, leadIds) => enrollLeads(tx, workspaceId, campaignId, leadIds) };
}

function progressLine({ bytesRead, rows }: ImportProgress, size: number | null, ms: number): string {
  const rate = `${count(rows, "row")}, ${Math.round((rows * 1_000) / Math.max(1, ms)).toLocaleString("en-US")} a second`;
  if (size === null) return `importing: ${rate}`;
  const left = (ms * Math.max(0, size - bytesRead)) / Math.max(1, bytesRead);
  return `${bar(bytesRead, size)}  ${rate}, ${duration(left)} left`;
}
