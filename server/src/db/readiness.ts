import { readdir } from "node:fs/promises";
import type { Queryable } from "./pool.ts";

/** Names of migrations that this program has and the database doesn't, so that nothing here can work yet. */
export async function missingMigrations(db: Queryable): Promise<string[]> {
  const files = await readdir(new URL("./migrations/", import.meta.url));
  const { rows } = await db.query<{ name: string }>("select name from migration");
  const applied = new Set(rows.map((row) => row.name));
  return files.filter((name) => name.endsWith(".sql") && !applied.has(name));
}
