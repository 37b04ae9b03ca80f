import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { outputOf, temporaryFolder } from "./run.ts";

const launcher = fileURLToPath(new URL("../../bin/herald.js", import.meta.url));

/** Makes this Node say that it is an old one. */
const pretend = `data:text/javascript,${encodeURIComponent(
  "const versions = { ...process.versions, node: '20.1.0' }; process = Object.create(process, { versions: { value: versions } });",
)}`;

/**
 * A package as it is installed, with a program in Herald's place that tells what it was given, and a package \`node\` whose
 * executable is a script that runs the real one.
 */
function install(options: { node: boolean }): string {
  const folder = temporaryFolder();
  const home = join(folder, "node_modules/@herald/server");
  mkdirSync(join(home, "bin"), { recursive: true });
  mkdirSync(join(home, "dist/cli"), { recursive: true });
  copyFileSync(launcher, join(home, "bin/herald.js"));
  writeFileSync(join(home, "package.json"), '{"type": "module"}');
  writeFileSync(
    join(home, "dist/cli/main.js"),
    `process.on("SIGTERM", () => process.exit(7));
     console.log("main " + JSON.stringify(process.argv.slice(2)) + " on " + process.env.HERALD_TEST_NODE);
     if (process.argv[2] === "wait") setInterval(() => {}, 1000);
     if (process.argv[2] === "die") process.kill(process.pid, "SIGKILL");
     if (process.argv[2] === "fail") process.exit(3);`,
  );
  mkdirSync(join(folder, "node_modules/node/bin"), { recursive: true });
  const script = `#!/bin/sh\nHERALD_TEST_NODE=brought exec "${process.execPath}" "$@"\n`;
  if (options.node) {
    writeFileSync(join(folder, "node_modules/node/package.json"), '{"name": "node"}');
    writeFileSync(join(folder, "node_modules/node/bin/node"), script, { mode: 0o755 });
  } else {
    // Nothing in them, and what may lie in folders further up is not looked for.
    for (const name of [
      "node",
      `node-${process.platform}-${process.arch}`,
      `node-bin-${process.platform}-${process.arch}`,
    ]) {
      mkdirSync(join(folder, "node_modules", name), { recursive: true });
      writeFileSync(join(folder, "node_modules", name, "package.json"), '{"exports": {}}');
    }
  }
  return join(home, "bin/herald.js");
}

function launch(file: string, args: string[], old: boolean) {
  const child = spawn(process.execPath, [...(old ? ["--import", pretend] : []), file, ...args], {
    env: { ...process.env, HERALD_TEST_NODE: "own" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, output: outputOf(child) };
}

test("on a new enough Node it runs there; on an old one it runs on the Node that the package brings", async () => {
  const file = install({ node: true });
  const args = ["a b", "--c", ""];
  expect((await launch(file, args, false).output.finished()).stdout).toBe(`main ${JSON.stringify(args)} on own\n`);
  expect((await launch(file, args, true).output.finished()).stdout).toBe(`main ${JSON.stringify(args)} on brought\n`);
});

test("exit code, signal in and signal out pass through", async () => {
  const file = install({ node: true });
  expect((await launch(file, ["fail"], true).output.finished()).code).toBe(3);
  const dead = launch(file, ["die"], true);
  expect(await once(dead.child, "exit")).toEqual([null, "SIGKILL"]);
  const waiting = launch(file, ["wait"], true);
  await waiting.output.until(/main/);
  waiting.child.kill("SIGTERM");
  expect((await waiting.output.finished()).code).toBe(7);
});

test("without any new enough Node it says what is missing and how to get it", async () => {
  const { code, stderr } = await launch(install({ node: false }), [], true).output.finished();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^herald: Herald needs Node 24 or newer[^\n]+npm rebuild node\n$/);
});
