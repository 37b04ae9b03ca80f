import type { Queryable } from "./pool.ts";

/**
 * Two forms of the statements that are for many workspaces at once. On one PostgreSQL a statement is for rows of any workspaces, which its joins keep apart. On
 * a sharded one (Citus) it is for one workspace, which each table in it names by `workspace_id = $n`: by that, and by
 * nothing that it could find out from a join or an array, Citus sends the whole statement to the node that has the workspace.
 *
 * More that holds there, for all statements:
 *
 * - Rows are locked by statements of one workspace only. A function with statements of its own (`arrange_order`) is called by
 *   itself, not from a statement that reads tables.
 * - What an update assigns or tests takes the time (`now()`, or anything that isn't immutable) within CASE or COALESCE, or
 *   together with a column, from a materialized CTE or a subquery with a LIMIT, not from the function. In ON CONFLICT it takes
 *   what would have been inserted (`excluded`).
 * - An insert within WITH makes Citus run WITH piece by piece: then no row is found by its ctid, and no piece may read what
 *   another one has written.
 */
export interface Forms {
  readonly set: { readonly name: string; readonly text: string };
  readonly one: { readonly name: string; readonly text: string };
}

/** The condition of one table, by its alias: ` and o.workspace_id = $9`, or nothing. Comes behind another condition. */
export type Within = (alias: string) => string;

/**
 * What a table's workspace is compared with: another row's, or in the form for one workspace that workspace itself. For
 * look-ups by a row that is outside: given both conditions, PostgreSQL's planner may keep the comparison with that row and
 * make the other one a test before the scan.
 */
export type Of = (column: string) => string;

/**
 * Both forms of a statement. `parameters`: how many it has; the workspace is the next one. `write` is called once a form;
 * `one` says which it is, for the few places that differ by more than the condition.
 */
export function inForms(
  name: string,
  parameters: number,
  write: (within: Within, one: boolean, of: Of) => string,
): Forms {
  const workspace = `$${parameters + 1}::text`;
  return twoForms(
    {
      name,
      text: write(
        () => "",
        false,
        (column) => column,
      ),
    },
    {
      name: `${name}.one`,
      text: write(
        (alias) => ` and ${alias}.workspace_id = ${workspace}`,
        true,
        () => workspace,
      ),
    },
  );
}

/** Two texts as the forms of one statement. */
export function twoForms(set: Forms["set"], one: Forms["one"]): Forms {
  oneWorkspaceForms.set(set.text, one.text);
  return { set, one };
}

const oneWorkspaceForms = new Map<string, string>();

/** The text in which a statement for all workspaces is sent to a sharded database; null: it has no other form. */
export const oneWorkspaceForm = (text: string): string | null => oneWorkspaceForms.get(text) ?? null;

/** A form with its values: that of one workspace, or with null the one for all. */
export function inForm(forms: Forms, values: unknown[], workspaceId: string | null) {
  return workspaceId === null ? { ...forms.set, values } : { ...forms.one, values: [...values, workspaceId] };
}

type Run<Item, Row> = (db: Queryable, part: readonly Item[], workspaceId: string | null) => Promise<Row[]>;

/**
 * Writes a batch: by one call, or on a sharded database by one a workspace, all in one transaction, so that a batch is
 * written as a whole on both. The workspaces come in their order, which is that of the locks.
 */
export async function writeByWorkspace<Item, Row>(
  db: Queryable,
  items: readonly Item[],
  workspaceOf: (item: Item) => string,
  run: Run<Item, Row>,
): Promise<Row[]> {
  if (!db.sharded) return await run(db, items, null);
  return await whole(db, async (tx) => await readByWorkspace(tx, items, workspaceOf, run));
}

/** As `writeByWorkspace`, for what only reads: without a transaction of its own. */
export async function readByWorkspace<Item, Row>(
  db: Queryable,
  items: readonly Item[],
  workspaceOf: (item: Item) => string,
  run: Run<Item, Row>,
): Promise<Row[]> {
  if (!db.sharded) return await run(db, items, null);
  const parts = new Map<string, Item[]>();
  for (const item of items) {
    const part = parts.get(workspaceOf(item));
    if (part) part.push(item);
    else parts.set(workspaceOf(item), [item]);
  }
  const rows: Row[] = [];
  for (const workspaceId of [...parts.keys()].sort()) {
    rows.push(...(await run(db, parts.get(workspaceId)!, workspaceId)));
  }
  return rows;
}

/**
 * Runs a statement that finds its rows by itself: once, or on a sharded database once in each workspace that `find` names
 * (a statement over all of them that only reads and answers `workspace_id`), each in a transaction of its own.
 */
export async function inEachWorkspace<Row>(
  db: Queryable,
  find: { name: string; text: string; values: unknown[] },
  run: (db: Queryable, workspaceId: string | null) => Promise<Row[]>,
): Promise<Row[]> {
  return await readInEachWorkspace(db, find, (on, workspaceId) =>
    workspaceId === null ? run(on, null) : whole(on, async (tx) => await run(tx, workspaceId)),
  );
}

/** As `inEachWorkspace`, for what only reads, or is one statement: without transactions of its own. */
export async function readInEachWorkspace<Row>(
  db: Queryable,
  find: { name: string; text: string; values: unknown[] },
  run: (db: Queryable, workspaceId: string | null) => Promise<Row[]>,
): Promise<Row[]> {
  if (!db.sharded) return await run(db, null);
  const { rows: found } = await db.query<{ workspace_id: string }>(find);
  const rows: Row[] = [];
  for (const { workspace_id } of found) rows.push(...(await run(db, workspace_id)));
  return rows;
}

/** In one transaction: that which is open, or a new one. */
async function whole<T>(db: Queryable, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction ? await db.transaction(work) : await work(db);
}

/** A table of Herald's schema; partitions go with their parents. */
export interface StoredTable {
  name: string;
  /** Whether it has a workspace_id. */
  keyed: boolean;
  /** local: plain, or one that Citus knows only because of its foreign keys. */
  state: "local" | "distributed" | "reference";
}

/** How each table is stored, on a server that has Citus. */
export async function storedTables(db: Queryable): Promise<StoredTable[]> {
  const { rows } = await db.query<StoredTable>(
    `select c.relname as name,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped) as keyed,
       case when p.partmethod = 'h' then 'distributed' when p.repmodel = 't' then 'reference' else 'local' end as state
     from pg_class c left join pg_dist_partition p on p.logicalrelid = c.oid
     where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = current_schema()::regnamespace
     order by 1`,
  );
  return rows;
}

/**
 * Whether `herald migrate --distributed` has made the tables those of a Citus cluster.
 *
 * @throws Error where some are and some are not (it was interrupted, or an update has added tables): neither form of the
 * statements runs on both.
 */
export async function isSharded(db: Queryable): Promise<boolean> {
  const { rows: known } = await db.query<{ there: boolean }>(
    "select to_regclass('pg_dist_partition') is not null as there",
  );
  if (!known[0]!.there) return false;
  const tables = await storedTables(db);
  if (!tables.some(({ state }) => state === "distributed")) return false;
  const local = tables.filter(({ state }) => state === "local").map(({ name }) => name);
  if (local.length > 0)
    throw new Error(
      `Of the tables some are distributed, and ${local.join(", ")} not yet: stop Herald everywhere and run herald migrate --distributed, which goes on from there.`,
    );
  return true;
}
