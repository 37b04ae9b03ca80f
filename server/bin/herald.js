#!/usr/bin/env node
/**
 * Starts the herald command on a Node that is new enough. Herald needs Node 24; where the one that runs this is older,
 * the npm package `node`, which Herald depends on, brings its own. Plain JavaScript for Node 16 and newer.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const needed = 24;

const folder = dirname(fileURLToPath(import.meta.url));
// Built, as in the npm package; else the source, as in the repository, which Node 24 runs as it is.
const built = join(folder, "../dist/cli/main.js");
const main = existsSync(built) ? built : join(folder, "../src/cli/main.ts");

if (Number(process.versions.node.split(".")[0]) >= needed) {
  await import(pathToFileURL(main).href);
} else {
  const node = findNode();
  if (node === null) {
    console.error(
      `herald: Herald needs Node ${needed} or newer, this is ${process.version}, and the npm package "node" has not ` +
        `brought one (its install script may have been blocked). Install Node ${needed}, or run: npm rebuild node`,
    );
    process.exit(1);
  }
  runWith(node);
}

/** The executable of the package `node`, which its install script puts there, or of the package that holds it. */
function findNode() {
  const require = createRequire(import.meta.url);
  const platform = process.platform === "win32" ? "win" : process.platform;
  // So the package is called for Apple's processors; all others are plain.
  const prefix = platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const holder = `${prefix}-${platform}-${process.arch}`;
  const executable = platform === "win" ? "bin/node.exe" : "bin/node";
  for (const name of [`node/${executable}`, `${holder}/${executable}`, `node/node_modules/${holder}/${executable}`]) {
    try {
      const path = require.resolve(name);
      if (existsSync(path)) return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Runs the same command there: same arguments, same streams; signals go in, the exit code or signal comes out. */
function runWith(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    console.error(`herald: ${node} can't be run: ${error.message}`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
    // Only where the signal doesn't end this process.
    setTimeout(() => process.exit(128 + (constants.signals[signal] || 0)), 100);
  });
}
