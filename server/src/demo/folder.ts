import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The data folder of a demo. It names the processes that it belongs to, so that a later demo can tell what one that was
 * killed has left behind: the folder, and perhaps a database that runs on it.
 */

const prefix = "herald-demo-";
const ownersFile = "demo.pids";

export function makeFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, prefix));
  // As root, Herald runs its database as another user, which has to pass through; nobody can list it.
  chmodSync(folder, 0o711);
  return folder;
}

/** All in one step: whoever looks at a folder with owners sees all of them. */
export function setOwners(folder: string, pids: readonly number[]): void {
  const file = join(folder, ownersFile);
  writeFileSync(`${file}.new`, pids.join("\n"));
  renameSync(`${file}.new`, file);
}

/** The process of the database that runs in the folder. */
export function databasePid(folder: string): number | null {
  try {
    const pid = Number(readFileSync(join(folder, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
    return pid > 0 && alive(pid) ? pid : null;
  } catch {
    return null;
  }
}

/** Removes the folder and the database that runs on it at once, without returning to the event loop. */
export function removeFolder(folder: string): void {
  const pid = databasePid(folder);
  // Immediate shutdown: it ends its own children, which SIGKILL would leave behind.
  if (pid !== null) kill(pid, "SIGQUIT");
  for (let waited = 0; databasePid(folder) !== null && waited < 5_000; waited += 20) pauseSync(20);
  for (let tries = 0; existsSync(folder) && tries < 20; tries++) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Something that is just ending wrote into it while it was removed.
      pauseSync(50);
    }
  }
}

/** Removes what demos of this user left behind whose processes are all gone. */
export function removeLeftovers(parent = tmpdir()): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    if (name.startsWith(prefix) && isLeftover(folder)) removeFolder(folder);
  }
}

function isLeftover(folder: string): boolean {
  try {
    const entry = lstatSync(folder);
    // Others can make such folders too: what they hold says nothing about processes that are ours.
    if (!entry.isDirectory() || entry.uid !== process.getuid?.()) return false;
    const owners = readFileSync(join(folder, ownersFile), "utf8").split("\n").map(Number);
    if (owners.some(alive)) return false;
    const pid = databasePid(folder);
    // The number may belong to another process by now.
    return (
      pid === null || execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).includes(folder)
    );
  } catch {
    return false;
  }
}

export function pauseSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
