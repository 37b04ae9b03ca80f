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
