import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { HeraldError } from "../domain/error.ts";
import { StillSending, untilStill } from "./still.ts";
import type { SetStatement } from "./together.ts";

// bigint columns (outbox IDs, leases, delays) stay far below 2^53: numbers are safe and cheaper than strings.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** What a query function needs: the pool, or one connection inside a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
  /** The tables are spread over nodes by workspace: hot statements run in their one-workspace form, see `sharding.ts`. */
  readonly sharded?: boolean;
  /** There, where calls of one statement are gathered: see `together.ts`. */
  gather?<Item, Result>(statement: SetStatement<Item, Result>, workspaceId: string, item: Item): Promise<Result>;
  /** There, where no transaction is open: runs `work` in one. */
  transaction?<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** There, where one is open: `work` is done after its commit, before who made the transaction goes on. Not if it is rolled back. */
  afterCommit?(work: AfterCommit): void;
}

/**
 * What is to be done when a transaction has committed. It may be lost (the process dies in between), and is then found by a
 * look now and then; where the database is away it is tried again for a while, without anybody waiting for it.
 */
export type AfterCommit = (db: Queryable) => Promise<unknown>;

/** Milliseconds for which that is tried. */
const afterCommitForMs = 60_000;

export type DatabaseConfig =
  | { connectionString: string }
  | { host: string; port: number; user: string; database: string };

/**
 * The statements here all have an index for what they read. A planner without statistics (a new table, a large import a
 * moment ago) would rather read whole tables, and a prepared statement keeps that plan. jit: plans of a millisecond are
 * not worth compiling.
 */
const sessionOptions = "-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan";
/** Citus finds the node by the workspace's value, which a generic plan doesn't know. */
const shardedOptions = "-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_custom_plan";

/**
 * A server that is there and doesn't answer (a frozen machine, a full disk) is away: no statement here takes this long.
 */
const queryTimeoutMs = 10_000;
/** So is one that takes a connection and doesn't greet: a wrong port, a firewall that drops what it gets. */
const connectTimeoutMs = 10_000;

/**
 * A connection string whose sslmode is said by the name of what it is. To the driver (pg 8) prefer, require and verify-ca are
 * verify-full, and it prints nine lines of warning at each start that its next version will make them weaker. Here they stay
 * what they are, whichever version it is. With `uselibpqcompat=true` they were chosen as libpq has them.
 */
function verified(connectionString: string): string {
  if (/[?&]uselibpqcompat=true(?=[&#]|$)/.test(connectionString)) return connectionString;
  return connectionString.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=[&#]|$)/g, "$1verify-full");
}

/** PostgreSQL, through a pool of connections. */
export class Database implements Queryable {
  readonly config: DatabaseConfig;
  /** Names this process's connections in pg_stat_activity. */
  readonly applicationName = `herald ${process.pid} ${randomBytes(3).toString("hex")}`;
  private readonly max: number;
  private pool: pg.Pool;
  private spread = false;

  /** `max`: connections of this process (1 to 100). */
  constructor(config: DatabaseConfig, max = 12) {
    this.config = "connectionString" in config ? { connectionString: verified(config.connectionString) } : config;
    this.max = max;
    this.pool = this.open(sessionOptions);
  }

  private open(options: string): pg.Pool {
    const pool = new pg.Pool({
      ...this.config,
      application_name: this.applicationName,
      options,
      query_timeout: queryTimeoutMs,
      max: this.max,
      idleTimeoutMillis: 60_000,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
    });
    // An idle connection that the server drops is no failure of any query; the pool opens another.
    pool.on("error", () => {});
    return pool;
  }

  /**
   * Another pool on the same database, of `max` connections: for work that shall neither wait for those of others nor take
   * them away, and that runs the same statements again and again. (Each connection has a server process of its own, which
   * plans a statement and learns where the tables lie for itself.) Who asks for it closes it. After `useShards`, if at all.
   */
  beside(max: number): Database {
    const other = new Database(this.config, max);
    if (this.spread) {
      other.spread = true;
      other.pool = other.open(shardedOptions);
    }
    return other;
  }

  get sharded(): boolean {
    return this.spread;
  }

  /** From now on statements are written and planned for a sharded database. Once, before others use this pool. */
  async useShards(): Promise<void> {
    const before = this.pool;
    this.spread = true;
    this.pool = this.open(shardedOptions);
    await before.end();
  }

  async query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>> {
    return await this.pool.query<Row>(text as string, values);
  }

  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Where it must wait for a message
   * that is just being sent (see `still.ts`) it is rolled back, and run again when that is over.
   */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    for (let round = 1; ; round++) {
      try {
        return await this.transactionNow(work);
      } catch (error) {
        // A second round finds nothing under way; only a flood of holds that end each other could make it more.
        if (!(error instanceof StillSending) || round === 5) throw error;
        await untilStill(this, error);
      }
    }
  }

  /** As `transaction`, but throws StillSending to the caller, who can't wait. */
  async transactionNow<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    // A connection that is lost between two statements says so by an event; the next statement fails with it as well.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on("error", onError);
    const afterwards: AfterCommit[] = [];
    let result: T;
    try {
      await client.query("begin");
      result = await work({
        query: client.query.bind(client) as Queryable["query"],
        afterCommit: (next) => void afterwards.push(next),
        ...(this.spread && { sharded: true }),
      });
      await client.query("commit");
    } catch (error) {
      // A server that did not answer will not answer this either; closing the connection rolls back too.
      // So does one whose prepared statements are of an older schema, and one to a server that has become a standby.
      if (isConnectionError(error) || isOldPlan(error)) broken = error as Error;
      else
        await client.query("rollback").catch((rollbackError: Error) => {
          broken = rollbackError;
        });
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
    for (const next of afterwards) await doAfterwards(this, next);
    return result;
  }

  /** A connection of its own outside the pool, for LISTEN. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.config,
      application_name: this.applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
    });
    // Whoever uses it listens for `end`; an error without a listener would end the process.
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** Does what was to be done after a commit that has been. Doesn't throw: what was committed stays, and its caller is told so. */
export async function doAfterwards(db: Queryable, work: AfterCommit): Promise<void> {
  try {
    await work(db);
  } catch {
    void outlastOutage(() => work(db), afterCommitForMs).catch(() => {});
  }
}

/** Between tries while the database is away. Milliseconds. */
const awayLookMs = 100;

/**
 * Does it again while the database is away, for `forMs` milliseconds at most: for what is known nowhere else, as a refresh
 * token that was just given in place of one that doesn't hold any more. It may be done twice, since an answer can be lost
 * after the commit.
 */
export async function outlastOutage<T>(work: () => Promise<T>, forMs: number): Promise<T> {
  const end = performance.now() + forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionError(error) || performance.now() >= end) throw error;
    }
    await delay(awayLookMs);
  }
}

/**
 * Whether an error means "the database isn't there now" (as opposed to a wrong statement): connection refused or lost,
 * server starting or shutting down, no connection free in time; or that it is there and takes nothing from anybody: its disk is
 * full, its memory used up, or it has become the standby of another one. None of these says anything of what was to be written.
 */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isConnectionError);
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string") {
    if (/^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN)$/.test(code)) return true;
    // Class 08: connection exception; 57P01..05: shutting down, crashed, starting up, dropped, idle for too long; 25P03, 25P04: a
    // transaction that the server ended with its connection; 53000..300: disk, memory or connections used up; 58030: its disk fails;
    // 25006: read-only.
    if (/^(08...|57P0[1-5]|25P0[34]|53[0-3]00|58030|25006)$/.test(code)) return true;
    return false;
  }
  return /Query read timeout|Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|not queryable/i.test(
    error.message,
  );
}

/**
 * Deadlock, serialisation failure, lock or statement timeout, a statement that was prepared before a migration: the same
 * statement may pass the next time.
 */
export function isRetryable(error: unknown): boolean {
  return (
    /^(40P01|40001|55P03|57014)$/.test(String((error as { code?: unknown } | null)?.code ?? "")) || isOldPlan(error)
  );
}

/** Tries in all: the third deadlock is told to the caller. */
const mostDeadlocks = 3;

/**
 * Does it again where PostgreSQL has ended it to let others go on (a deadlock, 40P01): by then they are done, as a rule. For
 * work of which nothing is left then: a transaction.
 */
export async function pastDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let met = 1; ; met++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== "40P01" || met === mostDeadlocks) throw error;
    }
  }
}

/** A newer version's migration changed what a statement answers that this connection has prepared. It never learns by itself. */
function isOldPlan(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === "0A000" && String(message).startsWith("cached plan must not change");
}

/** A statement that took longer than it may was ended by the server (`statement_timeout`), or by somebody's hand. */
export function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "57014";
}

/** The error that the API gives while the database is away. */
export function databaseUnavailable(): HeraldError {
  return new HeraldError(
    "database_unavailable",
    "The database can't be reached, or can't store anything, at the moment. Send the request again in a few seconds, with the same Idempotency-Key if it has one: should it have been stored after all, nothing is done twice.",
  );
}
