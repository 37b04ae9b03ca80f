import type { Queryable } from "./pool.ts";

/** Lists that can be kept as views. */
export const viewKinds = ["leads"] as const;
export type ViewKind = (typeof viewKinds)[number];

/** A list as somebody filtered and sorted it. */
export interface SavedView {
  id: string;
  kind: ViewKind;
  name: string;
  /** The query string of the list's page, in canonical form. */
  query: string;
  /** The whole workspace has it; else its maker alone. */
  shared: boolean;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `v.id, v.kind, v.name, v.query, v.owner_id is null as shared, v.created_by as "createdBy", v.created_at as "createdAt",
  v.updated_at as "updatedAt"`;

/** Those of everybody, and the caller's own. */
const visible = "(v.owner_id is null or v.owner_id = $2)";

/** By name; those of the workspace and the caller's own. */
export async function listSavedViews(
  db: Queryable,
  workspaceId: string,
  callerId: string,
  kind: ViewKind,
): Promise<SavedView[]> {
  const { rows } = await db.query<SavedView>(
    `select ${columns} from saved_view v where v.workspace_id = $1 and ${visible} and v.kind = $3 order by lower(v.name), v.id`,
    [workspaceId, callerId, kind],
  );
  return rows;
}

/** Null: there is none, or it is another one's own. */
export async function getSavedView(
  db: Queryable,
  workspaceId: string,
  callerId: string,
  id: string,
): Promise<SavedView | null> {
  const { rows } = await db.query<SavedView>(
    `select ${columns} from saved_view v where v.workspace_id = $1 and ${visible} and v.id = $3`,
    [workspaceId, callerId, id],
  );
  return rows[0] ?? null;
}

/** How many there are of this kind: the workspace's and the caller's. */
export async function countSavedViews(
  db: Queryable,
  workspaceId: string,
  callerId: string,
  kind: ViewKind,
): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from saved_view v where v.workspace_id = $1 and ${visible} and v.kind = $3`,
    [workspaceId, callerId, kind],
  );
  return rows[0]!.n;
}

/** False: there is one of this name. */
export async function insertSavedView(
  tx: Queryable,
  workspaceId: string,
  view: Pick<SavedView, "id" | "kind" | "name" | "query" | "shared" | "createdBy">,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into saved_view (workspace_id, id, kind, name, query, owner_id, created_by)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [
      ...[workspaceId, view.id, view.kind, view.name, view.query],
      ...[view.shared ? null : view.createdBy, view.createdBy],
    ],
  );
  return rowCount === 1;
}

/** False: there is another one of this name. `owner`: null for the whole workspace. */
export async function updateSavedView(
  tx: Queryable,
  workspaceId: string,
  { id, kind, name, query, owner }: Pick<SavedView, "id" | "kind" | "name" | "query"> & { owner: string | null },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update saved_view v set name = $3, query = $4, owner_id = $5, updated_at = now()
     where v.workspace_id = $1 and v.id = $2 and not exists (
       select 1 from saved_view o where o.workspace_id = $1 and o.kind = $6 and o.owner_id is not distinct from $5::text
         and lower(o.name) = lower($3::text) and o.id <> $2)`,
    [workspaceId, id, name, query, owner, kind],
  );
  return rowCount === 1;
}

export async function deleteSavedView(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  await tx.query("delete from saved_view where workspace_id = $1 and id = $2", [workspaceId, id]);
}
