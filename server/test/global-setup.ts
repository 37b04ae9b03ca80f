import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { compileCacheFolder } from "../src/cli/compile-cache.ts";
import { startEmbedded } from "../src/db/embedded.ts";
import { migrate } from "../src/db/migrate.ts";
import { Database, type DatabaseConfig } from "../src/db/pool.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgres: { host: string; port: number; user: string; database: string };
    /** A data folder whose database is made and migrated, and stopped: for tests whose claim begins after a first start. */
    dataFolder: string;
    /** A folder of this run. */
    scratch: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template that each test file's database is copied from. */
export default async function setup(project: TestProject) {
  // For the tests' processes, and all that they start: what Node has compiled or stripped of its types it need not again.
  process.env.NODE_COMPILE_CACHE ??= compileCacheFolder;
  const folder = mkdtempSync(join(tmpdir(), "herald-test-"));
  const dataFolder = join(folder, "data");
  await makeDataFolder(dataFolder);
  const fast = memoryFolder();
  execFileSync("cp", ["-Rp", join(dataFolder, "postgres"), join(fast ?? folder, "postgres")]);
  // What runs is known by the run's own folder.
  if (fast) symlinkSync(join(fast, "postgres"), join(folder, "postgres"));
  const server = await startEmbedded(folder);
  if (!("host" in server.config)) throw new Error("unreachable");
  const admin = new Database(server.config, 2);
  // Nothing here has to outlive a power cut.
  await admin.query("alter system set fsync = off");
  await admin.query("alter system set full_page_writes = off");
  await admin.query("alter system set max_wal_size = '256MB'");
  await admin.query("select pg_reload_conf()");
  // Where statements are looked at, see statements.ts.
  await admin.query("create database herald_statements template template_herald");
  mkdirSync(join(folder, "statements"));
  await admin.close();
  project.provide("postgres", server.config);
  project.provide("dataFolder", dataFolder);
  project.provide("scratch", folder);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    if (fast) rmSync(fast, { recursive: true, force: true });
  };
}

const memory = "/dev/shm";
const prefix = "herald-test-";

/**
 * A folder in memory, where there is some to spare: each test file's database is 900 new files, which take six times as long on
 * a disk. Null: none. What runs that were killed have left there is removed.
 */
function memoryFolder(): string | null {
  try {
    for (const name of readdirSync(memory)) {
      const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
      if (owner && !runs(Number(owner))) rmSync(join(memory, name), { recursive: true, force: true });
    }
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < 4 * 1024 ** 3) return null;
    const made = mkdtempSync(join(memory, `${prefix}${process.pid}-`));
    // As root, the server runs as another user, which has to pass through.
    chmodSync(made, 0o711);
    return made;
  } catch {
    return null;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Its server has the database that Herald uses, and the template. */
async function makeDataFolder(path: string): Promise<void> {
  const server = await startEmbedded(path);
  const migrated = async (config: DatabaseConfig) => {
    const db = new Database(config, 2);
    await migrate(db);
    await db.close();
  };
  const admin = new Database(server.config, 2);
  await admin.query("create database template_herald");
  await admin.close();
  await Promise.all([
    migrated(server.config),
    migrated({ ...server.config, database: "template_herald" } as DatabaseConfig),
  ]);
  await server.stop();
}
