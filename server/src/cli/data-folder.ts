import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HeraldConfig } from "../config.ts";
import { codeOf, Failure } from "./failure.ts";

const problems: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "its file system is read-only",
  ENOSPC: "its disk is full",
  EDQUOT: "its disk quota is used up",
  ENOENT: "it can't be created there",
  ENAMETOOLONG: "its path is too long",
  ELOOP: "its path is a loop of links",
};

/**
 * Makes the data folder and really writes into it: permission bits say nothing to root, nor about a read-only mount.
 * Needed with DATABASE_URL too, for the file secret.key, unless HERALD_SECRET_KEY is set.
 * @throws Failure that names the folder
 */
export async function prepareDataFolder({ dataDir, databaseUrl, secretKey }: HeraldConfig): Promise<void> {
  if (databaseUrl !== null && secretKey !== null) return;
  const probe = join(dataDir, `.write-test-${process.pid}`);
  try {
    await makeFolder(dataDir);
    await writeFile(probe, "");
    await rm(probe, { force: true });
  } catch (error) {
    const code = codeOf(error) ?? "";
    // EEXIST: a file in the folder's place. ENOTDIR: a file in the place of a folder above it.
    const isFile = code === "EEXIST" || code === "ENOTDIR";
    const problem = isFile ? await whichFile(dataDir) : (problems[code] ?? (error as Error).message);
    const remedy = "name another folder with --data or HERALD_DATA";
    const mend = code === "ENOSPC" || code === "EDQUOT" ? `Make room, or ${remedy}` : `Change that, or ${remedy}`;
    throw new Failure(`The data folder ${dataDir} can't be used: ${problem}. ${mend}.`, { cause: error });
  }
}

/** Folder by folder: on file systems that take none (/proc), Node's `recursive` never ends. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) === "EEXIST" && (await stat(path)).isDirectory()) return;
    if (codeOf(error) !== "ENOENT" || (await stat(above).catch(() => null)) !== null) throw error;
    await makeFolder(above);
    await mkdir(path);
  }
}

async function whichFile(path: string): Promise<string> {
  const parts = path.split("/");
  for (let length = 2; length <= parts.length; length++) {
    const part = parts.slice(0, length).join("/");
    const entry = await stat(part).catch(() => null);
    if (entry !== null && !entry.isDirectory()) return `${part} is a file, not a folder`;
  }
  return "there is a file in its place";
}
