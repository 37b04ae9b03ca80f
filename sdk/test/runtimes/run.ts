import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Packs the package, installs it in an empty folder, and runs its receivers there on Node, Bun and Deno, as far as they are on
 * the PATH: part of `npm run test:pack`. Needs no registry.
 */
const sdk = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "herald-runtimes-"));
const runtimes = [
  ["node", ["--version"], ["receivers.mjs"]],
  ["bun", ["--version"], ["receivers.mjs"]],
  ["deno", ["--version"], ["run", "--allow-net", "--allow-read", "--node-modules-dir=manual", "receivers.mjs"]],
] as const;

try {
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: sdk, stdio: "ignore" });
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{"name": "app", "private": true}\n');
  const install = ["install", "--silent", "--offline", "--no-audit", "--no-fund", join(folder, archive)];
  execFileSync("npm", install, { cwd: app, stdio: "ignore" });
  copyFileSync(join(import.meta.dirname, "receivers.mjs"), join(app, "receivers.mjs"));
  for (const [command, version, args] of runtimes) {
    if (spawnSync(command, version, { stdio: "ignore" }).status !== 0) {
      console.log(`skipped: ${command} is not on the PATH`);
      continue;
    }
    const { status } = spawnSync(command, args, { cwd: app, stdio: "inherit", timeout: 60_000 });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
