import type { ChannelName } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

/** A text that a team answers with. */
export interface Snippet {
  id: string;
  name: string;
  /** Null: on any channel. */
  channel: ChannelName | null;
  /** A template, with the variables of a campaign's steps. */
  text: string;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `id, name, channel, text, created_by as "createdBy", created_at as "createdAt", updated_at as "updatedAt"`;

/** By name. `channel`: those that fit it. */
export async function listSnippets(
  db: Queryable,
  workspaceId: string,
  { channel, after, limit }: { channel?: ChannelName | undefined; after?: string | undefined; limit: number },
): Promise<Snippet[]> {
  const { rows } = await db.query<Snippet>(
    `select ${columns} from snippet where workspace_id = $1 and ($2::text is null or channel is null or channel = $2)
       and ($3::text is null or name > $3) order by name limit $4`,
    [workspaceId, channel ?? null, after ?? null, limit],
  );
  return rows;
}

export async function getSnippet(db: Queryable, workspaceId: string, id: string): Promise<Snippet | null> {
  const { rows } = await db.query<Snippet>(`select ${columns} from snippet where workspace_id = $1 and id = $2`, [
    workspaceId,
    id,
  ]);
  return rows[0] ?? null;
}

/** The snippet, which nobody else changes until the transaction ends. */
export async function lockSnippet(tx: Queryable, workspaceId: string, id: string): Promise<Snippet | null> {
  await tx.query("select 1 from snippet where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
  return await getSnippet(tx, workspaceId, id);
}

/** False: there is one of this name. */
export async function insertSnippet(
  tx: Queryable,
  workspaceId: string,
  { id, name, channel, text, createdBy }: Pick<Snippet, "id" | "name" | "channel" | "text" | "createdBy">,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into snippet (workspace_id, id, name, channel, text, created_by) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing`,
    [workspaceId, id, name, channel, text, createdBy],
  );
  return rowCount === 1;
}

/** False: there is another one of this name. */
export async function updateSnippet(
  tx: Queryable,
  workspaceId: string,
  { id, name, channel, text }: Pick<Snippet, "id" | "name" | "channel" | "text">,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update snippet set name = $3, channel = $4, text = $5, updated_at = now() where workspace_id = $1 and id = $2
       and not exists (select 1 from snippet o where o.workspace_id = $1 and o.name = $3 and o.id <> $2)`,
    [workspaceId, id, name, channel, text],
  );
  return rowCount === 1;
}

/** False: there is none. */
export async function deleteSnippet(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query("delete from snippet where workspace_id = $1 and id = $2", [workspaceId, id]);
  return rowCount === 1;
}
