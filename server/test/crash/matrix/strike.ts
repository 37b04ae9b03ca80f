import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Victim } from "./case.ts";
import type { World } from "./world.ts";

/** Kills the victim; Herald is stopped at the point meanwhile. Afterwards it runs: as it was, or started again. */
export async function strike(world: World, victim: Victim): Promise<void> {
  const { herald } = world;
  if (victim === "herald") {
    await herald.kill();
    return;
  }
  const own = await world.ask<{ pid: number }>(`select pid from ${sessions} order by query_start desc`, [herald.pid]);
  if (victim === "postgres") killServer(herald.postgresPid);
  else if (victim === "backend") process.kill(own[0]!.pid, "SIGKILL");
  else await world.ask(`select pg_terminate_backend(pid) from ${sessions}`, [herald.pid]);
  // Herald goes on when all of them are gone: what it begins after that is no longer under way at the fault.
  await Promise.all(own.map(({ pid }) => gone(pid)));
  herald.thaw();
}

/**
 * Resolves when the database is at none of Herald's statements any more. Herald is stopped, and what it had sent before is
 * still carried out: a claim that ends after a count of what is under way would be missing in it, though its answer lies in
 * Herald's socket, and Herald performs it when it goes on. One that waits for a lock doesn't count: what holds it is Herald's
 * own open transaction, and ends with the strike.
 */
export async function statementsEnded(world: World): Promise<void> {
  const { pid } = world.herald;
  for (const deadline = Date.now() + 20_000; ; ) {
    const backends = await world.ask<{ pid: number }>(`select pid from ${sessions}`, [pid]);
    // First whether all of them sleep: one that was sent something and hasn't read it yet is awake, and still says `idle`.
    // What sleeps in the middle of a statement says `active` after that.
    const asleep = backends.every((backend) => stateOf(backend.pid) === "S");
    const [at] = await world.ask<{ n: number }>(
      `select count(*)::int as n from ${sessions} and state = 'active' and wait_event_type is distinct from 'Lock'`,
      [pid],
    );
    if (asleep && at!.n === 0) return;
    if (Date.now() > deadline) {
      const busy = await world.ask(
        `select pid, state, wait_event_type, wait_event, left(query, 80) as query from ${sessions}`,
        [pid],
      );
      throw new Error(`The database is at something for 20 s though Herald is stopped: ${JSON.stringify(busy)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A process's state, as the kernel calls it; null: it is gone. */
function stateOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] ?? null;
  } catch {
    return null;
  }
}

async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Herald's sessions, and none of this process. */
const sessions = `pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
  and (application_name like 'herald ' || $1::int || ' %' or application_name = 'herald embedded')`;

/** The whole server at once, as when a machine loses its power; but what it has written to the system is there. */
function killServer(postmaster: number): void {
  const children = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === postmaster;
    } catch {
      return false;
    }
  });
  process.kill(postmaster, "SIGKILL");
  for (const pid of children) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has noticed already, and ended.
    }
  }
}
