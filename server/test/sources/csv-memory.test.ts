import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { CsvRejection } from "../../src/sources/csv.ts";

/** Reads 200 MB in a thread that may use 64 MB; Node ends a thread that needs more. */
async function readInLittleMemory(beginning: string, rest: string) {
  const worker = new Worker(new URL("./reading-worker.ts", import.meta.url), {
    workerData: { beginning, rest },
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
  });
  const [result] = await once(worker, "message");
  return result as { rows: number; rejected: number; first: CsvRejection[] };
}

const unclosed = 'first@example.com,,"a quote that is never closed ';
const header = `email,time zone,${Array.from({ length: 16 }, (_, i) => `note${i}`).join()}\n`;
const notes = Array.from({ length: 16 }, () => `"${"z".repeat(3_900)}"`).join();

test("a quoted value of 200 MB on one line is one bad row, and takes no memory", async () => {
  expect(await readInLittleMemory(header + unclosed, "x".repeat(65_536))).toMatchObject({
    ...{ rows: 0, rejected: 1 },
    first: [{ line: 2, reason: expect.stringMatching(/longer than 65,536 characters; is the quote missing/) }],
  });
});

test.each([
  ["lines of 60,000 characters", `${"y".repeat(60_000)}\n`, 0],
  ["rows with long values", `a@example.com,,${notes}\n`, 3_000],
])("a quote that is never closed before %s costs its own line, and takes no memory", async (_, rest, rows) => {
  const read = await readInLittleMemory(`${header}${unclosed}\n`, rest);
  expect(read.rows).toBeGreaterThanOrEqual(rows);
  expect(read.first[0]).toMatchObject({ line: 2, raw: unclosed.trim() });
});
