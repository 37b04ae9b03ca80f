import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { alive, makeFolder, removeFolder, removeLeftovers, setOwners } from "../../src/demo/folder.ts";

const embedded = new URL("../../src/db/embedded.ts", import.meta.url).href;

/** The number of a process that has ended. */
const gone = () => spawnSync(process.execPath, ["-e", ""]).pid;

test("what a killed demo left is removed with the database that runs on it; what may still be in use is not", async () => {
  const parent = mkdtempSync(join(tmpdir(), "herald-leftovers-"));
  const folderOf = (...owners: number[]) => {
    const folder = makeFolder(parent);
    if (owners.length > 0) setOwners(folder, owners);
    return folder;
  };
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const left = folderOf(gone(), gone());
  const withDatabase = folderOf(gone());
  onTestFinished(() => removeFolder(withDatabase));
  // By a process that has ended, like a killed Herald.
  const start = `import(${JSON.stringify(embedded)}).then((it) => it.startEmbedded(${JSON.stringify(withDatabase)}))`;
  expect(spawnSync(process.execPath, ["-e", start], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  const database = Number(readFileSync(join(withDatabase, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  const inUse = folderOf(process.pid, gone());
  const stopping = folderOf(gone(), process.pid);
  const beginning = folderOf();
  removeLeftovers(parent);
  expect([left, withDatabase, inUse, stopping, beginning].map(existsSync)).toEqual([false, false, true, true, true]);
  await expect.poll(() => alive(database), { timeout: 120_000 }).toBe(false);
});

test("a process that has the number of a database that is gone is left alone", () => {
  const parent = mkdtempSync(join(tmpdir(), "herald-leftovers-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = makeFolder(parent);
  setOwners(folder, [gone()]);
  mkdirSync(join(folder, "postgres"));
  writeFileSync(join(folder, "postgres/postmaster.pid"), `${process.pid}\n`);
  removeLeftovers(parent);
  expect(existsSync(folder)).toBe(true);
});
