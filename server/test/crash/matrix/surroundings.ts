import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeraldProcess } from "../herald-process.ts";
import type { LoadName, Row } from "./case.ts";
import { judge, receivedSoFar, settled } from "./judge.ts";
import { startLoad } from "./load.ts";
import { arrivals } from "./run-case.ts";
import { World } from "./world.ts";

/** Faults around Herald that kill nobody: tables that are locked, a full disk, a cut network. */

export const skipped = (point: string, victim: string, why: string): Row => ({
  ...{ point, victim, accepted: 0, delivered: 0, duplicates: 0, allowed: 0, recoveredSeconds: 0 },
  ...{ verdict: "skipped", notes: [why] },
});

/**
 * Makes the fault in the middle of a load, and judges once it is over. `fault` resolves when it has ended. It calls `count`
 * once the fault is there and nothing is claimed or settled through it: that is what may come again. Herald lives on: counted
 * before the fault, what it claimed in between would be missing.
 */
export async function runFault(
  world: World,
  { point, victim, load: name, after }: { point: string; victim: string; load: LoadName; after: number },
  fault: (count: () => Promise<void>) => Promise<void>,
): Promise<Row> {
  const before = receivedSoFar(world);
  const middle = arrivals(world, after);
  const load = await startLoad(world, name, new Map());
  let handedIn = false;
  void load.handedIn.then(() => {
    handedIn = true;
  });
  await middle;
  let counted: number | null = null;
  await fault(async () => {
    counted = await world.underWay();
  });
  if (counted === null) throw new Error(`Nobody counted what was under way at: ${point}`);
  const allowed: number = counted;
  // Neither locked tables nor a full disk let a message be stored.
  const early = name === "messages" && handedIn;
  const began = performance.now();
  await load.handedIn;
  const notes = await settled(world, load);
  const recoveredSeconds = (performance.now() - began) / 1000;
  const { problems, ...counts } = await judge(world, load, before, allowed);
  notes.push(...problems);
  if (early) notes.push("Everything was over before the fault.");
  if (notes.length > 0) notes.push(`Herald said: ${world.herald.stderr.slice(-2_000)}`);
  const verdict = notes.length === 0 ? "ok" : "FAILED";
  return { point, victim, ...counts, allowed, recoveredSeconds, verdict, notes };
}

/** Another session holds all hot tables, as a careless migration does: they can be read, and not written. */
export async function lockedTables(world: World, seconds: number): Promise<Row> {
  const what = { point: `tables locked for ${seconds} s`, victim: "postgres", load: "messages", after: 0 } as const;
  const client = await world.db.connect();
  return await runFault(world, what, async (count) => {
    try {
      for (;;) {
        await client.query("begin");
        try {
          await client.query("lock table outbox, lane, event, message, attempt in exclusive mode");
          break;
        } catch (error) {
          // Of two that wait for each other, the database chose this one.
          if ((error as { code?: string }).code !== "40P01") throw error;
          await client.query("rollback");
        }
      }
      await count();
      await client.query("select pg_sleep($1)", [seconds]);
      await client.query("commit");
    } finally {
      await client.end();
    }
  });
}

const diskMb = 320;

/** Writes until there is no space left. */
function fill(file: string): void {
  const fd = openSync(file, "w");
  try {
    // In ever smaller pieces: to the last page.
    for (let size = 1 << 20; size >= 4_096; size >>= 4) {
      try {
        for (;;) writeSync(fd, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  } finally {
    closeSync(fd);
  }
}

/** Herald's data folder on a disk of its own, which something else fills up, and frees half a minute later. */
export async function fullDisk(seconds: number): Promise<Row> {
  const [point, victim] = [`disk full for ${seconds} s`, "postgres and herald"];
  if (process.getuid?.() !== 0) return skipped(point, victim, "Mounting a disk needs root.");
  await using undo = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "herald-disk-"));
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${diskMb}m,mode=755`, "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    return skipped(point, victim, `No disk could be mounted: ${(error as Error).message.trim()}`);
  }
  undo.defer(() => void execFileSync("umount", ["--lazy", folder]));
  const herald = new HeraldProcess({ HERALD_RECONCILE_AFTER_SECONDS: "1" }, { folder });
  const world = await World.open({ herald }, undo);
  const ballast = join(folder, "ballast");
  // All but some that is filled at once.
  fill(ballast);
  truncateSync(ballast, statSync(ballast).size - 8 * 1024 * 1024);
  return await runFault(world, { point, victim, load: "messages", after: 0 }, async (count) => {
    fill(join(folder, "rest"));
    // What lies in the server's memory and log can still be changed for a moment: the server may also be down by then, and
    // come back when there is room. Herald keeps the results meanwhile, so that nothing comes again by this fault.
    const counting = count();
    // The log of a server that has room left in its segments goes on into them: it is switched, so that it needs more.
    await Promise.race([
      world.db
        .query("select pg_switch_wal() from (select pg_logical_emit_message(true, 'test', 'full')) m")
        .catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, 2_000)),
    ]);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    rmSync(ballast);
    rmSync(join(folder, "rest"));
    await counting;
  });
}
