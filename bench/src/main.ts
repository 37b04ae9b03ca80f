import { parseArgs } from "node:util";
import { accept } from "./accept/benchmark.ts";
import { analytics } from "./analytics/benchmark.ts";
import { assistant } from "./assistant/benchmark.ts";
import { auditing } from "./audit/benchmark.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { delivery } from "./delivery/benchmark.ts";
import { fair } from "./fair/benchmark.ts";
import { importing } from "./import/benchmark.ts";
import { inbound } from "./inbound/benchmark.ts";
import { latency } from "./latency/benchmark.ts";
import { due, plan } from "./plan/benchmark.ts";
import { recovering } from "./recover/benchmark.ts";
import { table, toJson } from "./report.ts";
import { send, smtp } from "./send/benchmark.ts";
import { simulating } from "./simulate/benchmark.ts";
import { workers } from "./workers/benchmark.ts";

/**
 *   node bench/src/main.ts [NAME] [--json] [--quick] [--count N | --seconds N] [--rounds N]
 *     [--destinations N] [--fanout N] [--leads N] [--past N] [--snapshot]
 *
 * Without a name all benchmarks run. The exit code is 1 where one of them was invalid, 2 for a wrong command line.
 */
const benchmarks: readonly Benchmark[] = [
  delivery,
  send,
  smtp,
  importing,
  accept,
  inbound,
  due,
  plan,
  simulating,
  recovering,
  fair,
  latency,
  workers,
  auditing,
  analytics,
  assistant,
];

const usage = `Usage: npm run bench -- [NAME] [--json] [--quick] [--count N | --seconds N] [--rounds N] [--destinations N] [--fanout N] [--leads N] [--past N] [--snapshot]
NAME is one of ${benchmarks.map(({ name }) => name).join(", ")}; without it all of them run.`;

function readCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      count: { type: "string" },
      seconds: { type: "string" },
      rounds: { type: "string" },
      destinations: { type: "string" },
      fanout: { type: "string", default: "1" },
      leads: { type: "string" },
      past: { type: "string" },
      snapshot: { type: "boolean", default: false },
    },
  });
  const chosen = positionals.length === 0 ? benchmarks : benchmarks.filter(({ name }) => positionals.includes(name));
  const unknown = positionals.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) throw new Error(`There is no benchmark ${unknown}.`);
  const number = (name: "count" | "seconds" | "rounds" | "destinations" | "fanout" | "leads" | "past") => {
    const value = values[name];
    if (value === undefined) return null;
    const result = Number(value);
    if (!Number.isFinite(result) || result < 1) throw new Error(`--${name} takes a number from 1.`);
    return name === "seconds" ? result : Math.floor(result);
  };
  return {
    json: values.json,
    chosen,
    options: {
      quick: values.quick,
      count: number("count"),
      seconds: number("seconds"),
      rounds: number("rounds"),
      destinations: number("destinations") ?? number("fanout") ?? 1,
      fanout: number("fanout") ?? 1,
      leads: number("leads") ?? 0,
      past: number("past") ?? 0,
      snapshot: values.snapshot,
    },
  };
}

let commandLine: ReturnType<typeof readCommandLine>;
try {
  commandLine = readCommandLine();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${usage}\n`);
  process.exit(2);
}

const { json, chosen, options } = commandLine;
const interruption = Promise.withResolvers<never>();
interruption.promise.catch(() => {});
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    interrupted = true;
    interruption.reject(new Error("interrupted"));
  });
}

/** Runs one, and leaves nothing behind whatever happens. */
async function runOne(benchmark: Benchmark): Promise<boolean> {
  const undo = new AsyncDisposableStack();
  const progress: BenchmarkOptions["progress"] = (text) => process.stderr.write(`${benchmark.name}: ${text}\n`);
  const began = performance.now();
  const running = benchmark.run({ ...options, progress }, undo);
  try {
    const report = await Promise.race([running, interruption.promise]);
    process.stdout.write(json ? `${toJson(report)}\n` : table(benchmark, report));
    return report.ok;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    if (json)
      process.stdout.write(`${JSON.stringify({ bench: benchmark.name, ok: false, problems: [String(error)] })}\n`);
    return false;
  } finally {
    await undo.disposeAsync();
    // After an interruption it is still on its way to notice.
    await running.catch(() => {});
    progress(`over after ${Math.round((performance.now() - began) / 1000)} s`);
  }
}

let allOk = true;
for (const benchmark of chosen) {
  if (!interrupted) allOk = (await runOne(benchmark)) && allOk;
}
process.exitCode = allOk && !interrupted ? 0 : 1;
