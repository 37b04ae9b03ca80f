import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { Database, type DatabaseConfig } from "../src/db/pool.ts";
import { undescribedEvents } from "./described-events.ts";
import "./statements.ts";

/**
 * Whether tests work with the statements of a sharded database: `sharded.on = true` before a test file is imported, or
 * `npm run test:sharded`.
 */
export const sharded = { on: process.env.HERALD_TEST_SHARDED === "1" };

/**
 * A migrated database of one's own on the run's PostgreSQL. `close` drops it, and fails where the log has an event that isn't as
 * its schema says.
 */
export async function testDatabase(): Promise<{ db: Database; config: DatabaseConfig; close(): Promise<void> }> {
  const postgres = inject("postgres");
  const name = `test_${randomBytes(6).toString("hex")}`;
  const admin = new Database(postgres, 2);
  await admin.query(`create database ${name} template template_herald strategy file_copy`);
  const config = { ...postgres, database: name };
  const db = new Database(config, 10);
  if (sharded.on) await db.useShards();
  return {
    db,
    config,
    async close() {
      // A test may have closed it, or taken its tables away.
      const wrong = await undescribedEvents(db).catch(() => []);
      await db.close();
      await admin.query(`drop database ${name} with (force)`);
      await admin.close();
      if (wrong.length > 0)
        throw new Error(`${wrong.length} events aren't as described:\n${wrong.slice(0, 5).join("\n")}`);
    },
  };
}
