import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbedded } from "../../server/src/db/embedded.ts";
import { migrate } from "../../server/src/db/migrate.ts";
import { Database } from "../../server/src/db/pool.ts";
import { SecretBox } from "../../server/src/domain/seal.ts";
import { cpuOfTree } from "./cpu.ts";

/** A data folder in the temporary folder, with Herald's embedded PostgreSQL, set as Herald sets it, and the schema. */
export interface Scratch {
  dataDir: string;
  /** The secret key of the Heralds that use this folder, as base64. */
  secretKey: string;
  box: SecretBox;
  db: Database;
  embedded: EmbeddedPostgres;
  /** For programs that want a URL. */
  connectionString: string;
  /** CPU microseconds of PostgreSQL so far; null where /proc is missing. */
  postgresCpu(): number | null;
  /** Stops PostgreSQL and removes the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openScratch(): Promise<Scratch> {
  await using undo = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "herald-bench-"));
  undo.defer(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o755);
  const embedded = await startEmbedded(dataDir);
  // For what fails from here on to the end of this function; stopping twice is harmless.
  undo.defer(() => embedded.stop());
  const db = new Database(embedded.config);
  undo.defer(() => db.close());
  // A Herald that stops takes the server with it unless somebody else is connected.
  const keeper = await db.connect();
  keeper.on("error", () => {});
  undo.defer(() => keeper.end());
  await migrate(db);
  const secretKey = randomBytes(32);
  const postmaster = Number(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n")[0]);
  const host = "host" in embedded.config ? embedded.config.host : "";
  // First of all the server, which cuts off what is still being asked: after an interruption nobody waits for a query.
  undo.defer(() => embedded.stop());
  const cleanUp = undo.move();
  return {
    dataDir,
    secretKey: secretKey.toString("base64"),
    box: new SecretBox(secretKey),
    db,
    embedded,
    connectionString: `postgresql://herald@/postgres?host=${encodeURIComponent(host)}&port=5432`,
    postgresCpu: () => cpuOfTree(postmaster),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
