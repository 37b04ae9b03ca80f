import type { Database, Queryable } from "../src/db/pool.ts";

/** What `work` answers, and how many of the table's rows (with its partitions) it read for that, as Herald's sessions plan it. */
export async function rowsRead<T>(
  db: Database,
  table: string,
  work: (tx: Queryable) => Promise<T>,
): Promise<{ result: T; read: number }> {
  return await db.transaction(async (tx) => await rowsReadWithin(tx, table, () => work(tx)));
}

/** As `rowsRead`, of what is done in a transaction that goes on. */
export async function rowsReadWithin<T>(
  tx: Queryable,
  table: string,
  work: () => Promise<T>,
): Promise<{ result: T; read: number }> {
  // What this connection read, since a moment before this transaction.
  const soFar = async () => {
    const { rows } = await tx.query<{ read: number }>(
      `select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int as read from pg_stat_xact_user_tables
       where relname = $1 or relname ~ ('^' || $1 || '_[0-9]{8}$')`,
      [table],
    );
    return rows[0]!.read;
  };
  const before = await soFar();
  const result = await work();
  return { result, read: (await soFar()) - before };
}
