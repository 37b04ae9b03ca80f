import type { Database, Queryable } from "./pool.ts";
import { storedTables } from "./sharding.ts";

/**
 * Citus: the tables spread over the nodes of a cluster. Tables of a workspace are distributed by `workspace_id` and
 * colocated, so that a workspace is on one node with all that it has. The others are reference tables: on each node, whole.
 */

/** The oldest Citus that can do it: identity columns, and functions that new nodes get by themselves. */
const oldestCitus = 12;

/**
 * Small tables that are read without knowing the workspace (whose key is this? whose address?), or have none. Their unique
 * indexes need not name the workspace. In this order: an API key refers to its workspace, a member to both.
 */
export const referenceTables: readonly string[] = [
  ...["workspace", "api_key", "user_account", "member", "user_session", "invitation", "sign_in_try"],
  ...["source", "mailbox", "worker", "migration"],
];

/** The first one's placement is that of all. */
const firstDistributed = "lane";

/** Functions that statements and triggers on the nodes use. */
const functions = ["queue_of(boolean, text, text[])", "arrange_order(text, text, text[])", "refuse_audit_change()"];

export interface Distributed {
  /** Tables that became distributed or reference tables now; the others were already. */
  distributed: string[];
  reference: string[];
}

/**
 * Makes the tables of a migrated database those of a Citus cluster, whose coordinator `db` is. May be called again, also
 * after it was interrupted. What is in the tables is moved; meanwhile they are locked.
 *
 * @throws Error for a person: no Citus, one that is too old, not the coordinator, processes at work, a table in the way.
 */
export async function distribute(db: Database): Promise<Distributed> {
  const client = await db.connect();
  try {
    await requireCoordinator(client);
    await client.query("select pg_advisory_lock(hashtext('herald.migrate'))");
    const tables = await storedTables(client);
    const wrong = tables.filter((table) => table.state !== "local" && table.state !== wantedOf(table.name));
    if (wrong.length > 0)
      throw new Error(
        `${wrong.map(({ name, state }) => `${name} is a ${state} table`).join(", ")} already, by other hands. Undo that with undistribute_table('${wrong[0]!.name}'), and run this again.`,
      );
    const unkeyed = tables.filter(({ name, keyed }) => !keyed && wantedOf(name) === "distributed");
    if (unkeyed.length > 0)
      throw new Error(
        `${unkeyed.map(({ name }) => name).join(", ")} has no workspace_id, and is none of Herald's tables. Move it to another schema, and run this again.`,
      );
    const missing = tables.filter(({ state }) => state === "local").map(({ name }) => name);
    // They would go on with statements for one PostgreSQL.
    if (missing.length > 0) await requireNobodyAtWork(client);
    const reference = referenceTables.filter((name) => missing.includes(name));
    for (const name of reference) await client.query("select create_reference_table($1)", [name]);
    const place = (name: string) => (name === firstDistributed ? 0 : 1);
    const distributed = missing
      .filter((name) => wantedOf(name) === "distributed")
      .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
    for (const name of functions) await spread(client, name);
    // Those of the audit trail, which look at nothing but that they are called. Citus takes triggers only when told so.
    await client.query("set citus.enable_unsafe_triggers = on");
    for (const name of distributed)
      await client.query("select create_distributed_table($1, 'workspace_id', colocate_with => $2)", [
        name,
        name === firstDistributed ? "none" : firstDistributed,
      ]);
    return { distributed, reference };
  } finally {
    // Ending the session releases the advisory lock.
    await client.end();
  }
}

const wantedOf = (table: string) => (referenceTables.includes(table) ? "reference" : "distributed");

async function requireCoordinator(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ loaded: boolean; available: boolean }>(
    `select to_regproc('citus_version') is not null as loaded,
       exists (select from pg_available_extensions where name = 'citus') as available`,
  );
  const { loaded, available } = rows[0]!;
  if (!loaded)
    throw new Error(
      available
        ? "This database doesn't have the Citus extension yet. On each node of the cluster, in the database of the same name, run: create extension citus. Then add the nodes on the coordinator with citus_add_node, and run this again."
        : `This PostgreSQL has no Citus. Distributed tables need Citus ${oldestCitus} or newer on each node (shared_preload_libraries = 'citus'), see https://docs.citusdata.com. On one PostgreSQL run herald migrate without --distributed.`,
    );
  const { rows: found } = await db.query<{ version: string; group: number }>(
    `select citus_version() as version, (select groupid from pg_dist_local_group)::int as "group"`,
  );
  const { version, group } = found[0]!;
  const major = Number(/^Citus (\d+)\./.exec(version)?.[1] ?? 0);
  if (major < oldestCitus)
    throw new Error(`Herald needs Citus ${oldestCitus} or newer; this is ${version.split(" on ")[0]}.`);
  if (group !== 0)
    throw new Error("This is a worker node of the cluster. Give DATABASE_URL the address of its coordinator.");
}

async function requireNobodyAtWork(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from worker where heartbeat_at > now() - interval '30 seconds'",
  );
  if (rows[0]!.n > 0)
    throw new Error(
      `Herald is at work on this database (processes: ${rows[0]!.n}). Stop all of it, run this again after half a minute, and start it again: processes find out when they start how the tables are stored.`,
    );
}

async function spread(db: Queryable, name: string): Promise<void> {
  await db.query(
    `select create_distributed_function($1) where not exists (
       select from pg_dist_object where classid = 'pg_proc'::regclass and objid = $1::regprocedure)`,
    [name],
  );
}
