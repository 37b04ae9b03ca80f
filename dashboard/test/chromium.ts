import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type BrowserServer, chromium, type LaunchOptions } from "playwright-core";

/**
 * A headless Chromium: the one that HERALD_CHROMIUM names, else that of the npm package `@sparticuz/chromium`, which is made
 * for machines that have nothing, else the system's. No download, no rights of an administrator.
 */

/** No sandbox: it needs rights that containers don't have, and the pages are our own. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
  "--hide-scrollbars",
];

const systemNames = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const systemPaths = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

interface Candidate {
  path: string;
  env?: Record<string, string>;
}

/** A browser that runs, for several processes. Throws with all that was tried where none does. */
export async function launchChromium(): Promise<BrowserServer> {
  const problems: string[] = [];
  for (const find of [named, packaged, system]) {
    let found: Candidate | null = null;
    try {
      found = find();
      if (found) return await chromium.launchServer(optionsOf(found));
    } catch (error) {
      problems.push(`${found?.path ?? find.name}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  throw new Error(
    `No Chromium runs here. Set HERALD_CHROMIUM to the path of a Chromium or Chrome, or install one.\n${problems.join("\n")}`,
  );
}

function optionsOf({ path, env }: Candidate): LaunchOptions {
  return { executablePath: path, headless: true, args, env: { ...(process.env as Record<string, string>), ...env } };
}

function named(): Candidate | null {
  const path = process.env.HERALD_CHROMIUM;
  if (!path) return null;
  if (!existsSync(path)) throw new Error(`HERALD_CHROMIUM is ${path}, and there is no such file.`);
  return { path };
}

/**
 * The package holds it compressed (67 MB) and unpacks it into the folder for temporary files, where another run may find half of
 * it. So it is unpacked into a folder of its own, which gets its name when it is whole, and is kept for the next run.
 */
function packaged(): Candidate | null {
  if (process.platform !== "linux") return null;
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const { version } = JSON.parse(readFileSync(join(dirname(entry), "../package.json"), "utf8")) as { version: string };
  const folder = join(tmpdir(), `herald-chromium-${version}-${process.arch}`);
  if (!existsSync(join(folder, "chromium"))) unpack(entry, folder);
  const env: Record<string, string> = {};
  // Its own libraries only where the system lacks some: they are those of another distribution.
  if (spawnSync("ldd", [join(folder, "chromium")], { encoding: "utf8" }).stdout?.includes("not found")) {
    env.LD_LIBRARY_PATH = join(folder, "al2023/lib");
  }
  const fonts = spawnSync("fc-list", { encoding: "utf8" }).stdout?.trim();
  if (!fonts) env.FONTCONFIG_PATH = join(folder, "fonts");
  return { path: join(folder, "chromium"), env };
}

function unpack(entry: string, folder: string): void {
  const part = mkdtempSync(`${folder}-`);
  try {
    const script = `import(${JSON.stringify(entry)}).then((chromium) => chromium.default.executablePath())`;
    // With this name it unpacks its libraries, too.
    const env = { ...process.env, TMPDIR: part, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
    execFileSync(process.execPath, ["-e", script], { env, stdio: ["ignore", "ignore", "pipe"] });
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(part, folder);
  } catch (error) {
    // Another run may have been a moment sooner.
    if (!existsSync(join(folder, "chromium"))) throw error;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function system(): Candidate | null {
  for (const path of systemPaths) if (existsSync(path)) return { path };
  for (const name of systemNames) {
    const { stdout } = spawnSync("which", [name], { encoding: "utf8" });
    if (stdout?.trim()) return { path: stdout.trim() };
  }
  return null;
}
