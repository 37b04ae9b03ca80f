import { afterAll, beforeAll, expect, test } from "vitest";
import type { HeraldConfig } from "../../src/config.ts";
import { distribute, referenceTables } from "../../src/db/distribute.ts";
import { migrate } from "../../src/db/migrate.ts";
import { Database, type DatabaseConfig } from "../../src/db/pool.ts";
import { isSharded } from "../../src/db/sharding.ts";
import { registerWorker, unregisterWorker } from "../../src/db/worker.ts";
import { openDatabase } from "../../src/open-database.ts";
import { testDatabase } from "../database.ts";
import { imitateCitus, sayVersion } from "./citus.ts";

let plain: Database;
let db: Database;
let close: () => Promise<void>;
let config: DatabaseConfig;
beforeAll(async () => {
  ({ db: plain, config, close } = await testDatabase());
});
afterAll(async () => {
  await db.close();
  await close();
});

test("without a cluster, or with processes at work, it says what to do and changes nothing", async () => {
  await expect(distribute(plain)).rejects.toThrow("This PostgreSQL has no Citus. Distributed tables need Citus 12");
  expect(await isSharded(plain)).toBe(false);

  await imitateCitus(plain);
  // Opened after that: the search path is the database's.
  db = new Database(config, 2);
  await sayVersion(db, "Citus 11.3.0 on x86_64");
  await expect(distribute(db)).rejects.toThrow("Herald needs Citus 12 or newer; this is Citus 11.3.0.");
  await sayVersion(db, "Citus 13.0.1 on x86_64");

  await db.query("update pg_dist_local_group set groupid = 2");
  await expect(distribute(db)).rejects.toThrow("This is a worker node");
  await db.query("update pg_dist_local_group set groupid = 0");

  const worker = await registerWorker(db);
  await expect(distribute(db)).rejects.toThrow("Stop all of it");
  await unregisterWorker(db, worker);

  await db.query("select create_reference_table('lead')");
  await expect(distribute(db)).rejects.toThrow("lead is a reference table already, by other hands.");
  await db.query("delete from pg_dist_partition");
  expect(await isSharded(db)).toBe(false);
});

test("every table becomes distributed or a reference table, once; what was interrupted goes on", async () => {
  await db.query("create table passage_of_somebody_else (id int primary key)");
  await expect(distribute(db)).rejects.toThrow("passage_of_somebody_else has no workspace_id");
  await db.query("drop table passage_of_somebody_else");

  await db.query("create unique index wrong on message (provider_message_id)");
  await expect(distribute(db)).rejects.toThrow("UNIQUE constraints");
  await expect(isSharded(db)).rejects.toThrow(
    /and message, .*outbox.* not yet: stop Herald everywhere and run herald migrate --distributed/,
  );
  await db.query("drop index wrong");

  const rest = await distribute(db);
  expect(rest.reference).toEqual([]);
  expect(rest.distributed).toContain("message");
  expect(await isSharded(db)).toBe(true);
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c left join pg_dist_partition p on p.logicalrelid = c.oid
     where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace
       and p.repmodel is distinct from case when c.relname = any($1) then 't'::"char" else 's' end`,
    [referenceTables],
  );
  expect(rows).toEqual([]);
  expect(await distribute(db)).toEqual({ distributed: [], reference: [] });
  expect(await migrate(db)).toEqual([]);

  // Whoever opens it from now on works in that form.
  const { host, port, user, database } = config as { host: string; port: number; user: string; database: string };
  const databaseUrl = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const opened = await openDatabase({ databaseUrl, databaseConnections: 2 } as HeraldConfig);
  expect(opened.db.sharded).toBe(true);
  const { rows: mode } = await opened.db.query<{ plan_cache_mode: string }>("show plan_cache_mode");
  expect(mode).toEqual([{ plan_cache_mode: "force_custom_plan" }]);
  await opened.close();
});
