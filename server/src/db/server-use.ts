import pg from "pg";
import type { DatabaseConfig } from "./pool.ts";

/**
 * Who uses the embedded server. Every process holds a shared lock in the database for as long as it does, on a connection
 * of its own, which ends with the process however that ends. Whoever stops the server takes the lock for itself first:
 * then nobody uses it, and nobody begins to before the server is gone. (Counting the connections alone was a race: one
 * that came after the count was cut off.)
 */
const lock = "hashtext('herald.embedded')";
/** In pg_stat_activity. These connections are no use by themselves: some are of processes that only try to begin. */
const applicationName = "herald embedded";

/** How long connections that are being closed are waited for. */
const closingMs = 3_000;

/** What its types leave out. */
type Client = pg.Client & { ref(): void; unref(): void };

export class ServerUse {
  readonly #client: Client;
  #lost = false;

  private constructor(client: Client) {
    this.#client = client;
    client.once("end", () => {
      this.#lost = true;
    });
    // It waits for nothing, and must not keep a process that fails from ending.
    client.unref();
  }

  /** Or why not: the server is not there, is starting or stopping, or somebody is about to stop it. */
  static async begin(config: DatabaseConfig): Promise<ServerUse | Error> {
    const client = clientOf(config);
    try {
      await client.connect();
      const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock_shared(${lock}) as taken`);
      if (!rows[0]!.taken) throw new Error("another process is about to stop the server");
      // Of a server that is being stopped, the stopping process may be cut off first and lose its lock: then this one
      // was to be had, and will not be kept. But from the signal on no connection is accepted any more.
      const witness = clientOf(config);
      await witness.connect().finally(() => witness.end().catch(() => {}));
      return new ServerUse(client);
    } catch (error) {
      await client.end().catch(() => {});
      return error as Error;
    }
  }

  /** The server died, or this connection alone. */
  get lost(): boolean {
    return this.#lost;
  }

  /**
   * Whether nobody else uses the server, neither a Herald nor anybody with a connection. If so, nobody can begin until
   * this use ends, or the server. The caller's own connections must have ended.
   */
  async isLast(): Promise<boolean> {
    this.#client.ref();
    try {
      await this.#client.query(`select pg_advisory_unlock_shared(${lock})`);
      const { rows } = await this.#client.query<{ alone: boolean }>(`select pg_try_advisory_lock(${lock}) as alone`);
      if (!rows[0]!.alone) return false;
      // Connections that were closed just now are listed until their server processes have ended; on a busy machine that
      // takes a while, and a server that is left running for them would be in the way of whoever copies its folder.
      for (const until = Date.now() + closingMs; ; ) {
        const { rowCount } = await this.#client.query(
          "select 1 from pg_stat_activity where backend_type = 'client backend' and application_name <> $1 limit 1",
          [applicationName],
        );
        if (!rowCount) return true;
        if (Date.now() > until) return false;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } catch {
      // Nobody knows then; a server that is left running is adopted by the next Herald.
      return false;
    }
  }

  async end(): Promise<void> {
    this.#client.ref();
    await this.#client.end().catch(() => {});
  }
}

function clientOf(config: DatabaseConfig): Client {
  const client = new pg.Client({
    ...config,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  // An error without a listener would end the process; whoever uses the connection learns of it otherwise.
  client.on("error", () => {});
  return client as Client;
}
