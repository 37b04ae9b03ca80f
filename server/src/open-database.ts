import type { HeraldConfig } from "./config.ts";
import { type EmbeddedPostgres, startEmbedded } from "./db/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { Database } from "./db/pool.ts";
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
  const db = new Database(
    embedded ? embedded.config : { connectionString: config.databaseUrl! },
    config.databaseConnections,
  );
  // The pool first: what is still connected counts as a user of the server.
  const close = async () => {
    await db.close();
    await embedded?.leave();
  };
  try {
    await migrate(db);
    if (await isSharded(db)) await db.useShards();
  } catch (error) {
    await close();
    throw error;
  }
  return { db, embedded, close };
}
