import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Queryable } from "./pool.ts";

/**
 * Processes that perform work. A worker that dies leaves leases behind. On the same host (and in the same process
 * namespace) its death is certain as soon as its process is gone, so that its work goes on at once; elsewhere the leases
 * run out by time.
 */
function here(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // No /proc: the host name alone.
  }
  return `${hostname()} ${namespace}`.trim();
}

/** The process's start time in the kernel's clock ticks, so that a reused process ID isn't taken for the old process. */
function processStart(pid: number | "self"): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold spaces: count fields from behind its closing parenthesis.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function alive(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = processStart(pid);
  return started === null || now === null || now === started;
}

/** Enters this process; returns its number. */
export async function registerWorker(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ no: number }>(
    "insert into worker (host, pid, pid_started) values ($1, $2, $3) returning no",
    [here(), process.pid, processStart("self")],
  );
  return rows[0]!.no;
}

/** Says that this process lives; and removes those that have been silent for a day. */
export async function beat(db: Queryable, no: number): Promise<void> {
  await db.query("update worker set heartbeat_at = now() where no = $1", [no]);
  await db.query("delete from worker where heartbeat_at < now() - interval '1 day'");
}

export async function unregisterWorker(db: Queryable, no: number): Promise<void> {
  await db.query("delete from worker where no = $1", [no]);
}

/** Numbers of workers of this host whose processes are gone. */
export async function deadWorkers(db: Queryable): Promise<number[]> {
  const { rows } = await db.query<{ no: number; pid: number; pid_started: string | null }>(
    "select no, pid, pid_started from worker where host = $1",
    [here()],
  );
  return rows.filter((row) => !alive(row.pid, row.pid_started)).map((row) => row.no);
}
