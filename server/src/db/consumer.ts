import type { LogPosition } from "./event-log.ts";
import type { Queryable } from "./pool.ts";

/** A receiver that fetches events, and the place up to which it has acknowledged them. */
export interface Consumer {
  name: string;
  position: LogPosition;
  createdAt: Date;
  /** Null: not yet. */
  acknowledgedAt: Date | null;
}

interface Row {
  name: string;
  /** To the millisecond. */
  at: Date;
  id: string | null;
  createdAt: Date;
  acknowledgedAt: Date | null;
}

const columns = `name, position_at as at, position_id as id, created_at as "createdAt", acknowledged_at as "acknowledgedAt"`;

const consumerOf = ({ at, id, ...row }: Row): Consumer => ({ ...row, position: { at: at.getTime(), id } });

export async function getConsumer(db: Queryable, workspaceId: string, name: string): Promise<Consumer | null> {
  const { rows } = await db.query<Row>(`select ${columns} from consumer where workspace_id = $1 and name = $2`, [
    workspaceId,
    name,
  ]);
  return rows[0] ? consumerOf(rows[0]) : null;
}

/** In the order of their names; `after` is the last name of the page before. */
export async function listConsumers(
  db: Queryable,
  workspaceId: string,
  after: string | null,
  limit: number,
): Promise<Consumer[]> {
  const { rows } = await db.query<Row>(
    `select ${columns} from consumer where workspace_id = $1 and ($2::text is null or name > $2) order by name limit $3`,
    [workspaceId, after, limit],
  );
  return rows.map(consumerOf);
}

export async function countConsumers(db: Queryable, workspaceId: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>("select count(*)::int as n from consumer where workspace_id = $1", [
    workspaceId,
  ]);
  return rows[0]!.n;
}

/** Makes a consumer at this place; false where there is one of this name, which stays as it is. */
export async function insertConsumer(
  db: Queryable,
  workspaceId: string,
  name: string,
  { at, id }: LogPosition,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into consumer (workspace_id, name, position_at, position_id) values ($1, $2, to_timestamp($3::float8 / 1000), $4)
     on conflict do nothing`,
    [workspaceId, name, at, id],
  );
  return rowCount === 1;
}

/** Puts a consumer to a place, forward or back. Null: there is none of this name. */
export async function moveConsumer(
  db: Queryable,
  workspaceId: string,
  name: string,
  { at, id }: LogPosition,
): Promise<Consumer | null> {
  const { rows } = await db.query<Row>(
    `update consumer set position_at = to_timestamp($3::float8 / 1000), position_id = $4
     where workspace_id = $1 and name = $2 returning ${columns}`,
    [workspaceId, name, at, id],
  );
  return rows[0] ? consumerOf(rows[0]) : null;
}

/** Moves a consumer forward to a place; one that is behind it already (acknowledgements overtake each other) stays. Null: none of this name. */
export async function acknowledge(
  db: Queryable,
  workspaceId: string,
  name: string,
  { at, id }: LogPosition,
): Promise<Consumer | null> {
  const { rows } = await db.query<Row>(
    `with given as materialized (select to_timestamp($3::float8 / 1000)::timestamptz(3) as at, $4::text collate "C" as id)
     update consumer c set acknowledged_at = now(), position_at = greatest(c.position_at, g.at),
       -- No ID stands behind all of its millisecond; IDs are ASCII, so that '~' does, too.
       position_id = case when (g.at, coalesce(g.id, '~')) > (c.position_at, coalesce(c.position_id, '~')) then g.id else c.position_id end
     from given g
     where c.workspace_id = $1 and c.name = $2 returning ${columns}`,
    [workspaceId, name, at, id],
  );
  return rows[0] ? consumerOf(rows[0]) : null;
}

export async function deleteConsumer(db: Queryable, workspaceId: string, name: string): Promise<boolean> {
  const { rowCount } = await db.query("delete from consumer where workspace_id = $1 and name = $2", [
    workspaceId,
    name,
  ]);
  return rowCount === 1;
}
