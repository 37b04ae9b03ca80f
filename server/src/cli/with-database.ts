import type { HeraldConfig } from "../config.ts";
import type { Database } from "../db/pool.ts";
import { ensureWorkspace, getWorkspace } from "../db/workspace.ts";
import { openDatabase } from "../open-database.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { Failure } from "./failure.ts";

/**
 * For commands that work on the database directly: opens it with its schema up to date. The embedded one is adopted where
 * it runs, else started and stopped again.
 */
export async function withDatabase<T>(config: HeraldConfig, work: (db: Database) => Promise<T>): Promise<T> {
  await prepareDataFolder(config);
  const opened = await openDatabase(config);
  try {
    return await work(opened.db);
  } finally {
    await opened.close();
  }
}

/** The workspace that a command means: the one that was named, else the first one, made where there is none. */
export async function workspaceIdOf(db: Database, named: string | undefined): Promise<string> {
  if (named === undefined) return (await db.transaction((tx) => ensureWorkspace(tx, "Default"))).workspace.id;
  if (await getWorkspace(db, named)) return named;
  throw new Failure(`There is no workspace ${named} in this database; leave --workspace out for the first one.`);
}
