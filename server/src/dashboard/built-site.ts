import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Site } from "./site.ts";

/** In the npm package: beside the compiled code, where build.ts puts it. */
const packaged = join(import.meta.dirname, "../site");
/** In the repository. */
const source = join(import.meta.dirname, "../../../dashboard");

/** Longer than a build takes on a slow machine. */
const buildWithinMs = 180_000;

/** Why there is no dashboard, for the person who opened it. */
export class NoSite extends Error {}

/**
 * The dashboard's files. From the repository, what is missing or older than its sources is built first (dashboard/build.ts), in
 * a process of its own, so that the API goes on meanwhile. Throws NoSite, which says what to do.
 */
export async function builtSite(): Promise<Site> {
  if (existsSync(join(packaged, "index.html"))) return Site.read(packaged);
  if (!existsSync(join(source, "build.ts"))) {
    throw new NoSite("This package of Herald was made without the dashboard. Make it with: npm pack -w server");
  }
  const problem = await build();
  const folder = join(source, "dist");
  // One that is older than its sources is better than none.
  if (existsSync(join(folder, "index.html"))) return Site.read(folder);
  throw new NoSite(problem ?? "The dashboard isn't built. Run: npm run build -w dashboard");
}

/** Null: it is built. Else what went wrong. */
function build(): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { cwd: source, timeout: buildWithinMs };
    execFile(process.execPath, ["build.ts", "--if-stale"], options, (error, _output, problem) =>
      resolve(error ? `${problem.trim().slice(0, 500) || error.message} Run: npm run build -w dashboard` : null),
    );
  });
}
