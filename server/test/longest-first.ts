import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest, the longest first: they start processes, or wait for real time to pass. */
const longest = [
  "crash/crash.test.ts",
  "demo.test.ts",
  "cli/start.test.ts",
  "crash/matrix.test.ts",
  "readme/readme.test.ts",
  "api/event-stream.test.ts",
  "cli/at-once.test.ts",
  "crash/workers.test.ts",
  "crash/replay.test.ts",
  "crash/assistant.test.ts",
  "sources/day.test.ts",
  "crash/sources.test.ts",
  "campaigns/model.test.ts",
  "assistant/race.test.ts",
  "db/embedded.test.ts",
];

const rank = (file: TestSpecification) => {
  const found = longest.findIndex((name) => file.moduleId.endsWith(`/server/test/${name}`));
  return found === -1 ? longest.length : found;
};

/**
 * The longest files begin first: else a run ends with one of them on one worker while the others have nothing to do.
 * Vitest orders by the durations of the last run, which a fresh checkout doesn't have; then by size, which says little.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
