import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
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
  const folder = mkdtempSync(join(tmpdir(), "herald-test-"));
  const dataFolder = join(folder, "data");
  await makeDataFolder(dataFolder);
  execFileSync("cp", ["-Rp", join(dataFolder, "postgres"), join(folder, "postgres")]);
  const server = await startEmbedded(folder);
  if (!("host" in server.config)) throw new Error("unreachable");
  const admin = new Database(server.config, 2);
  // Nothing here has to outlive a power cut.
  await admin.query("alter system set fsync = off");
  await admin.query("alter system set full_page_writes = off");
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
  };
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
