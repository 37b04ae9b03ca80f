import type { HeraldConfig } from "./config.ts";
import { type EmbeddedPostgres, startEmbedded } from "./db/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { Database, type DatabaseConfig } from "./db/pool.ts";
import { handOver, makeProgramRole, programRole } from "./db/program-role.ts";
import { isSharded } from "./db/sharding.ts";

/** The database of a Herald: embedded in the data folder, or the one that DATABASE_URL names; with the schema up to date. */
export interface OpenDatabase {
  db: Database;
  embedded: EmbeddedPostgres | null;
  /** Closes the connections, and stops the embedded server unless another process still uses it. */
  close(): Promise<void>;
}

export async function openDatabase(config: HeraldConfig): Promise<OpenDatabase> {
  const embedded = config.databaseUrl === null ? await startEmbedded(config.dataDir) : null;
  const target = embedded ? { ...embedded.config, user: programRole } : { connectionString: config.databaseUrl! };
  const db = new Database(target, config.databaseConnections);
  // The pool first: what is still connected counts as a user of the server.
  const close = async () => {
    await db.close();
    await embedded?.leave();
  };
  try {
    if (embedded) await migrateAsOwner(embedded.config);
    else await migrate(db);
    if (await isSharded(db)) await db.useShards();
  } catch (error) {
    await close();
    throw error;
  }
  return { db, embedded, close };
}

/** The schema is made by its owner; the program then works as somebody who can't change the audit trail. */
async function migrateAsOwner(config: DatabaseConfig): Promise<void> {
  const owner = new Database(config, 2);
  try {
    await migrate(owner);
    await makeProgramRole(owner);
    await handOver(owner, programRole);
  } finally {
    await owner.close();
  }
}
