import { parentPort, workerData } from "node:worker_threads";
import { type CsvRejection, readLeads } from "../../src/sources/csv.ts";

/** Reads a file of 200 MB that is `beginning` and then `rest` again and again, and keeps what an import's report keeps. */
const { beginning, rest } = workerData as { beginning: string; rest: string };

async function* file() {
  yield Buffer.from(beginning);
  const chunk = Buffer.from(rest.repeat(Math.ceil(65_536 / rest.length)));
  for (let bytes = 0; bytes < 200e6; bytes += chunk.length) yield chunk;
}

const counts = { rows: 0, rejected: 0 };
const kept: CsvRejection[] = [];
for await (const batch of readLeads(file(), { batchSize: 500 })) {
  counts.rows += batch.rows.length;
  counts.rejected += batch.rejected.length;
  kept.push(...batch.rejected.slice(0, 1_000 - kept.length));
}
parentPort!.postMessage({ ...counts, first: kept.slice(0, 2) });
