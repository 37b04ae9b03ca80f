import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/**
 * Builds the dashboard into `dist`, which the server gives out: `node dashboard/build.ts`.
 *
 * `--if-stale` does nothing where `dist` is that of these sources, and takes a tenth of a second to see it: so `npm ci` builds
 * it, and a server that runs from the sources looks once more when a page is first asked for, after a `git pull`.
 * `--prepare` is for `npm ci`: a failure is said and is none, since the API works without.
 *
 * What is built goes to a folder of its own first: a server never sees half of it, and two builds at once do no harm.
 */
const here = import.meta.dirname;
const output = join(here, "dist");
const stampFile = ".stamp";

/** What the build is made of. Packages are told by their versions in package.json. */
const sources = [
  "index.html",
  "vite.config.ts",
  "build.ts",
  "prune-styles.ts",
  "page-files.ts",
  "package.json",
  "public",
  "src",
  "../sdk/src/client.ts",
];

function filesOf(path: string): string[] {
  const full = join(here, path);
  if (extname(path) !== "") return [full];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function stampOfSources(): string {
  const lines = sources
    .flatMap(filesOf)
    .map((file) => `${relative(here, file)} ${hash("sha256", readFileSync(file), "hex")}`)
    .sort();
  return hash("sha256", lines.join("\n"), "hex");
}

function isCurrent(stamp: string): boolean {
  const path = join(output, stampFile);
  return existsSync(path) && readFileSync(path, "utf8") === stamp;
}

/** Types that get smaller; the server sends the smaller form to whoever takes it. */
const compressible = new Set([".html", ".js", ".css", ".svg", ".json"]);

/**
 * Chromium compiles a script's functions each when it is first called, on the page's thread, which was a third of what the first
 * page took. With this line it does so beside, while the script loads; for other browsers it is a comment
 * (https://v8.dev/blog/explicit-compile-hints).
 */
const compileHint = "//# allFunctionsCalledOnLoad\n";

function hintCompiling(folder: string): void {
  for (const name of readdirSync(join(folder, "assets"))) {
    const path = join(folder, "assets", name);
    if (extname(name) === ".js") writeFileSync(path, compileHint + readFileSync(path, "utf8"));
  }
}

function compress(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // The page has a nonce put in each time.
    if (!entry.isFile() || !compressible.has(extname(path)) || entry.name === "index.html") continue;
    const bytes = readFileSync(path);
    if (bytes.length < 1_024) continue;
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }));
  }
}

async function build(stamp: string): Promise<void> {
  const { build: viteBuild } = await import("vite").catch((cause: unknown) => {
    throw new Error("Vite isn't installed: run npm ci without --omit=dev.", { cause });
  });
  const folder = join(here, `dist-${process.pid}`);
  try {
    await viteBuild({ root: here, logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
    const { pruneStyles } = await import("./prune-styles.ts");
    pruneStyles(folder);
    const { writePageFiles } = await import("./page-files.ts");
    await writePageFiles(folder);
    hintCompiling(folder);
    compress(folder);
    writeFileSync(join(folder, stampFile), stamp);
    rmSync(output, { recursive: true, force: true });
    renameSync(folder, output);
  } catch (error) {
    // Another build was a moment sooner with the same.
    if (!isCurrent(stamp)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// A test run, which builds it too, has another one, with which React would be that of developers.
process.env.NODE_ENV = "production";

const stamp = stampOfSources();
if (!process.argv.includes("--if-stale") || !isCurrent(stamp)) {
  try {
    await build(stamp);
  } catch (error) {
    const message = `The dashboard could not be built: ${error instanceof Error ? error.message : String(error)}`;
    console.error(message);
    if (process.argv.includes("--prepare"))
      console.error("The API works without it. Try again: npm run build -w dashboard");
    else process.exitCode = 1;
  }
}
