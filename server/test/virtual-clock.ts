import { vi } from "vitest";
import { Database, type DatabaseConfig } from "../src/db/pool.ts";

/**
 * A clock of one's own for one database: its `now()` is a function that a schema before pg_catalog puts in the place of
 * PostgreSQL's, and JavaScript's Date says the same. So the program runs as it is, through days within seconds, and has
 * no switch for tests. Column defaults keep PostgreSQL's own time: what counts is written out in the statements.
 */
export class VirtualClock {
  readonly db: Database;
  private at: number;

  private constructor(db: Database, at: number) {
    this.db = db;
    this.at = at;
  }

  /** `db` is not to be used any more; the clock has one in its place. */
  static async install(db: Database, config: DatabaseConfig, at: number): Promise<VirtualClock> {
    const name = "database" in config ? config.database : "";
    await db.query("create schema clock");
    await db.query("create table clock.time (at timestamptz not null)");
    await db.query("insert into clock.time values (to_timestamp($1::float8 / 1000))", [at]);
    // Any day may come.
    for (const table of ["event", "attempt"]) await db.query(`create table ${table}_any partition of ${table} default`);
    for (const fn of ["now", "clock_timestamp"]) {
      await db.query(
        `create function clock.${fn}() returns timestamptz language sql stable as 'select at from clock.time'`,
      );
    }
    await db.query(`alter database ${name} set search_path = clock, public, pg_catalog`);
    const clock = new VirtualClock(new Database(config, 10), at);
    vi.useFakeTimers({ toFake: ["Date"], now: at });
    return clock;
  }

  now(): number {
    return this.at;
  }

  async set(at: number): Promise<void> {
    this.at = at;
    vi.setSystemTime(at);
    await this.db.query("update clock.time set at = to_timestamp($1::float8 / 1000)", [at]);
  }

  async close(): Promise<void> {
    vi.useRealTimers();
    await this.db.close();
  }
}
