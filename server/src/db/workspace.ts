import { newId } from "../domain/id.ts";
import type { Queryable } from "./pool.ts";

export interface Workspace {
  id: string;
  name: string;
  /** IANA name; used where neither the lead nor the campaign names a zone. */
  timeZone: string;
  createdAt: Date;
}

const columns = `id, name, time_zone as "timeZone", created_at as "createdAt"`;

export async function insertWorkspace(
  db: Queryable,
  workspace: { name: string; timeZone?: string },
): Promise<Workspace> {
  const { rows } = await db.query<Workspace>(
    `insert into workspace (id, name, time_zone) values ($1, $2, $3) returning ${columns}`,
    [newId("workspace"), workspace.name, workspace.timeZone ?? "UTC"],
  );
  return rows[0]!;
}

export async function getWorkspace(db: Queryable, id: string): Promise<Workspace | null> {
  const { rows } = await db.query<Workspace>(`select ${columns} from workspace where id = $1`, [id]);
  return rows[0] ?? null;
}

/** Oldest first: the first one is the workspace that Herald made for itself. */
export async function listWorkspaces(db: Queryable): Promise<Workspace[]> {
  const { rows } = await db.query<Workspace>(`select ${columns} from workspace order by id`);
  return rows;
}

/**
 * The first workspace; made where there is none. Inside a transaction: of several processes that start at once on an
 * empty database, one makes it.
 */
export async function ensureWorkspace(
  tx: Queryable,
  name: string,
): Promise<{ workspace: Workspace; created: boolean }> {
  await tx.query("select pg_advisory_xact_lock(hashtext('herald.workspace'))");
  const [first] = await listWorkspaces(tx);
  return first
    ? { workspace: first, created: false }
    : { workspace: await insertWorkspace(tx, { name }), created: true };
}
