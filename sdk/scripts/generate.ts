import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { apiTypes } from "./api-types.ts";
import { eventDocs } from "./event-docs.ts";
import { eventTypes } from "./event-types.ts";
import { openApi } from "./open-api.ts";

/**
 * Writes what is made from the server's schemas: the SDK's types of events and of the API, and docs/events.md. With `--check`
 * it writes nothing, and fails where something is out of date.
 */
const root = join(import.meta.dirname, "../..");

/** The files and what they ought to hold. */
export async function generated(): Promise<Map<string, string>> {
  return new Map([
    ["sdk/src/events.ts", formatted("events.ts", eventTypes())],
    ["sdk/src/api.ts", formatted("api.ts", apiTypes(await openApi()))],
    ["docs/events.md", eventDocs()],
  ]);
}

function formatted(name: string, source: string): string {
  const biome = join(dirname(createRequire(import.meta.url).resolve("@biomejs/biome/package.json")), "bin/biome");
  const run = spawnSync(process.execPath, [biome, "format", `--stdin-file-path=${name}`], {
    ...{ cwd: root, input: source, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

/** The files that don't hold what they ought to. */
export async function outdated(): Promise<string[]> {
  return [...(await generated())].flatMap(([path, text]) => (readOrEmpty(path) === text ? [] : [path]));
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return "";
  }
}

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const paths = await outdated();
    for (const path of paths) console.error(`${path} is out of date: run npm run generate.`);
    process.exitCode = paths.length > 0 ? 1 : 0;
  } else for (const [path, text] of await generated()) writeFileSync(join(root, path), text);
}
