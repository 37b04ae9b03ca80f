import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "../src/db/embedded.ts";
import { migrate } from "../src/db/migrate.ts";
import { Database } from "../src/db/pool.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgres: { host: string; port: number; user: string; database: string };
    /** A folder of this run. */
    scratch: string;
  }
}

/** One PostgreSQL for the whole run, with a migrated template that each test file's database is copied from. */
export default async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), "herald-test-"));
  const server = await startEmbedded(folder);
  if (!("host" in server.config)) throw new Error("unreachable");
  const admin = new Database(server.config, 2);
  // Nothing here has to outlive a power cut.
  await admin.query("alter system set fsync = off");
  await admin.query("alter system set full_page_writes = off");
  await admin.query("select pg_reload_conf()");
  await admin.query("create database template_herald");
  const template = new Database({ ...server.config, database: "template_herald" }, 2);
  await migrate(template);
  await template.close();
  // Where statements are looked at, see statements.ts.
  await admin.query("create database herald_statements template template_herald");
  mkdirSync(join(folder, "statements"));
  await admin.close();
  project.provide("postgres", server.config);
  project.provide("scratch", folder);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
