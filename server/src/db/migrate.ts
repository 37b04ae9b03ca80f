import { readdir, readFile } from "node:fs/promises";
import type { Database } from "./pool.ts";

const folder = new URL("./migrations/", import.meta.url);

/**
 * Brings the schema up to date: runs each `migrations/NNNN_name.sql` that this database has not had, in order, each in a
 * transaction of its own. Several processes may start at once: an advisory lock lets one run them and the others wait.
 * Returns the names that were applied now.
 */
export async function migrate(db: Database): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  const applied: string[] = [];
  const client = await db.connect();
  try {
    const { rows } = await client.query<{ v: number }>("select current_setting('server_version_num')::int as v");
    if ((rows[0]?.v ?? 0) < 150_000) {
      throw new Error(`Herald needs PostgreSQL 15 or newer; this server is ${Math.floor((rows[0]?.v ?? 0) / 10_000)}.`);
    }
    await client.query("select pg_advisory_lock(hashtext('herald.migrate'))");
    await client.query(
      "create table if not exists migration (name text primary key, applied_at timestamptz not null default now())",
    );
    const done = new Set(
      (await client.query<{ name: string }>("select name from migration")).rows.map((row) => row.name),
    );
    for (const name of names) {
      if (done.has(name)) continue;
      const sql = await readFile(new URL(name, folder), "utf8");
      await client.query("begin");
      try {
        await client.query(sql);
        await client.query("insert into migration (name) values ($1)", [name]);
        await client.query("commit");
      } catch (error) {
        await client.query("rollback");
        const owned = (error as { code?: string }).code === "42501";
        const remedy = owned ? " Run herald migrate --program-role with the DATABASE_URL of the tables' owner." : "";
        throw new Error(`Migration ${name} failed: ${(error as Error).message}.${remedy}`.replace("..", "."), {
          cause: error,
        });
      }
      applied.push(name);
    }
  } finally {
    // Ending the session releases the advisory lock.
    await client.end();
  }
  await createPartitions(db);
  return applied;
}

/** How many days ahead partitions exist; the maintenance loop renews them hourly, so a week covers any outage of it. */
const daysAhead = 7;

/** How long a partition waits for a lock. It is tried again within the hour. Milliseconds. */
const lockTimeoutMs = 200;

/**
 * Creates the day partitions of `event` and `attempt` from yesterday (a clock may step back) to a week ahead. They are read by
 * plans that don't depend on how full they are, so that they are analysed when they have grown by a half, not by a tenth.
 *
 * A table of its own that is attached: `create table ... partition of` locks its parent against all others, so that it would
 * wait for whoever reads (a backup, a report), and everybody else for it. Attaching stands beside readers and writers. What
 * gets no lock in time is left for the next call; only of the days that are written now it throws (55P03).
 */
export async function createPartitions(db: Database): Promise<void> {
  await db.query(`
    do $$
    declare day date; parent text; child text;
    begin
      perform pg_advisory_xact_lock(hashtext('herald.partitions'));
      perform set_config('lock_timeout', '${lockTimeoutMs}ms', true);
      for offset_days in -1..${daysAhead} loop
        day := (now() at time zone 'UTC')::date + offset_days;
        foreach parent in array array['event', 'attempt'] loop
          child := parent || '_' || to_char(day, 'YYYYMMDD');
          if to_regclass(format('%I', child)) is null then
            begin
              execute format('create table %I (like %I including all) with (autovacuum_analyze_scale_factor = 0.5)', child, parent);
              execute format('alter table %I attach partition %I for values from (%L) to (%L)',
                parent, child, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
            exception when lock_not_available then
              if offset_days < 2 then raise; end if;
            end;
          end if;
        end loop;
      end loop;
    end $$`);
}
