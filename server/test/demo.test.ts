import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, setOwners } from "../src/demo/folder.ts";
import { outputOf, runCli, spawnCli, temporaryFolder } from "./cli/run.ts";

/** Temporary files of the demo go here, so that it can be seen what is left of them; short, for the socket's path. */
function temporaryFiles(): { TMPDIR: string } {
  const TMPDIR = join(temporaryFolder(), "t");
  mkdirSync(TMPDIR, { mode: 0o711 });
  return { TMPDIR };
}

/** What is true of a run where nothing went wrong: 60 leads in three steps, ten more messages, and what they tell. */
const numbers = {
  ...{ leads: 60, badRows: 6, messages: { linkedin: 64, sms: 63, email: 63 } },
  ...{ events: 252, deliveries: { herald: 252, sendpilot: 126, apten: 126 } },
  ...{ signaturesValid: 504, signaturesInvalid: 0, lost: 0, duplicates: 0 },
  seconds: expect.any(Number),
};

test("herald demo sends 190 messages once each, tells everybody, proves it, and leaves nothing behind, also of one that was killed", async () => {
  const env = temporaryFiles();
  setOwners(makeFolder(env.TMPDIR), [spawnSync(process.execPath, ["-e", ""]).pid]);
  const { code, stdout, stderr } = await runCli(["demo", "--json"], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  expect(JSON.parse(lines.at(-1)!)).toEqual(numbers);
  expect(lines.filter((line) => /^ {2}line \d+: /.test(line))).toHaveLength(6);
  for (const format of ["herald", "sendpilot", "apten"])
    expect(stdout).toContain(`A webhook in the ${format} format (signature valid):`);
  expect(readdirSync(env.TMPDIR)).toEqual([]);
  const herald = Number(/\(process (\d+),/.exec(stdout)![1]);
  expect(() => process.kill(herald, 0)).toThrow("ESRCH");
}, 180_000);

test("Ctrl-C in the middle of the demo ends all of it, its database too", async () => {
  const env = temporaryFiles();
  const child = spawnCli(["demo"], { env });
  const output = outputOf(child);
  const [, herald] = await output.until(/\(process (\d+),/);
  await output.until(/The campaign starts/);
  child.kill("SIGINT");
  expect(await output.finished()).toMatchObject({ code: 130, stderr: "herald: Stopped; nothing is left behind.\n" });
  expect(() => process.kill(Number(herald), 0)).toThrow("ESRCH");
  expect(readdirSync(env.TMPDIR)).toEqual([]);
}, 180_000);

test("a Herald that dies in the middle fails the demo, which says so and cleans up after it", async () => {
  const env = temporaryFiles();
  const output = outputOf(spawnCli(["demo"], { env }));
  const [, herald] = await output.until(/\(process (\d+),/);
  await output.until(/A webhook in the sendpilot format/);
  process.kill(Number(herald), "SIGKILL");
  const { code, stderr } = await output.finished();
  expect(code).toBe(1);
  expect(stderr).toMatch(/The demo failed:\n {2}- Herald ended in the middle[\s\S]*lost \(\d+ in all\)/);
  expect(readdirSync(env.TMPDIR)).toEqual([]);
}, 180_000);
