import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./server/test/longest-first.ts";

const include = ["server/test/**/*.test.ts", "sdk/test/**/*.test.ts", "bench/test/**/*.test.ts"];

/** Files that need a process of their own: they measure its memory, or load modules another way than others do. */
const alone = [
  "server/test/expressions/evaluator.test.ts",
  "server/test/outbox/sharded.test.ts",
  "server/test/sources/csv-memory.test.ts",
];

/** Those with a browser: it is started, and the dashboard is built, for a run that has some of them. */
const browser = {
  name: { label: "dashboard", color: "magenta" as const },
  include: ["dashboard/test/**/*.test.ts"],
  globalSetup: ["dashboard/test/global-setup.ts"],
};

/**
 * Node loads the modules, as it does in the product: no server rewrites them first, which a fresh checkout's first run pays for
 * each of a thousand files. Nothing here mocks modules, which is what the other way is for.
 */
const native = { experimental: { viteModuleRunner: false, nodeLoader: false } };

/** Many times what a test takes alone: a busy machine is no failure. */
const timeouts = { testTimeout: 180_000, hookTimeout: 240_000, expect: { poll: { timeout: 60_000 } } };

export default defineConfig({
  test: {
    // One PostgreSQL for all projects.
    globalSetup: ["server/test/global-setup.ts"],
    // Many tests wait for processes that they start: one worker more than cores leaves none idle. Each has connections
    // to the one database, which takes a hundred.
    maxWorkers: Math.min(6, availableParallelism() + 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: { label: "alone", color: "blue" }, include: alone, ...native, ...timeouts } },
      // A worker keeps the modules that it has loaded for its next file: a tenth of all processor time otherwise.
      {
        test: {
          ...{ name: { label: "shared", color: "green" }, include, exclude: alone, isolate: false },
          ...{ ...native, ...timeouts },
        },
      },
      { test: { ...browser, isolate: false, ...native, ...timeouts } },
    ],
  },
});
