import type { Database, Queryable } from "./pool.ts";

/**
 * The role under which Herald's processes work, apart from the one that owns the audit trail: it owns all tables but those to
 * which entries are only added, in which it may read and add. So not even a statement that somebody smuggles in can change or
 * drop them, nor the triggers that guard them. Partitions of other tables are made and dropped by it.
 */

/** Of the embedded server. */
export const programRole = "herald_program";

/** Tables to which the program only adds. */
const onlyAdded = ["audit_entry", "audit_seal"];

/**
 * Hands the tables to the program's role, which must be there; again where a migration has made new ones. Does nothing where
 * it is so already. `db` is their owner's: a superuser's, or a role that is a member of the program's.
 * @returns how many tables changed hands.
 */
export async function handOver(db: Database, role: string): Promise<number> {
  const client = await db.connect();
  try {
    // Not while another start migrates, or hands them over. Each table by itself: processes may be at work.
    await client.query("select pg_advisory_lock(hashtext('herald.migrate'))");
    const { rows } = await client.query<{ table: string; role: string; schema: string; kept: boolean }>(
      `select quote_ident(c.relname) as table, quote_ident($1) as role, quote_ident(current_schema()) as schema,
         c.relname = any($2::text[]) as kept
       from pg_class c
       where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace and case when c.relname = any($2::text[])
         then not (has_table_privilege($1, c.oid, 'select') and has_table_privilege($1, c.oid, 'insert'))
         else c.relowner <> $1::regrole end
       order by 1`,
      [role, onlyAdded],
    );
    for (const { table, role: to, schema, kept } of rows) {
      await client.query(`grant usage, create on schema ${schema} to ${to}`);
      await client.query(kept ? `grant select, insert on ${table} to ${to}` : `alter table ${table} owner to ${to}`);
    }
    return rows.length;
  } finally {
    // Ending the session releases the advisory lock.
    await client.end();
  }
}

/** Makes the role, on a server that is Herald's own, where all who reach its socket may be anybody. */
export async function makeProgramRole(db: Queryable): Promise<void> {
  const { rows } = await db.query("select 1 from pg_roles where rolname = $1", [programRole]);
  if (rows.length > 0) return;
  // Reading pg_stat_activity: the log's horizon looks at the transactions of all roles.
  await db.query(`do $$ begin
    create role ${programRole} login in role pg_read_all_stats;
  exception when duplicate_object or unique_violation then null; end $$`);
}
