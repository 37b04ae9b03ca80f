import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareDataFolder } from "../../src/cli/data-folder.ts";
import { loadConfig } from "../../src/config.ts";
import { temporaryFolder } from "./run.ts";

const prepare = (data: string, env = {}) => prepareDataFolder(loadConfig(env, { data }));

test("a data folder is made with all folders above it, and left empty", async () => {
  const folder = join(temporaryFolder(), "a/b/c");
  await prepare(folder);
  expect(readdirSync(folder)).toEqual([]);
  await prepare(folder);
});

test("a file in the folder's place, or above it, is named as what is in the way", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  for (const folder of [file, join(file, "x/y")]) {
    await expect(prepare(folder)).rejects.toThrow(
      `The data folder ${folder} can't be used: ${file} is a file, not a folder. Change that, or name another folder with --data or HERALD_DATA.`,
    );
  }
});

// Root may write where permission bits say no, and still can't write there.
test("a folder that can't be made is refused in words, at once", async () => {
  await expect(prepare("/proc/herald/data")).rejects.toThrow(
    "The data folder /proc/herald/data can't be used: it can't be created there.",
  );
});

test("no data folder is needed where the database and the key come from outside", async () => {
  const folder = join(temporaryFolder(), "data");
  await prepare(folder, { DATABASE_URL: "postgres://x/y", HERALD_SECRET_KEY: "0".repeat(64) });
  expect(existsSync(folder)).toBe(false);
});
