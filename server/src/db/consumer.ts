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
  at: number;
  id: string | null;
  createdAt: Date;
  acknowledgedAt: Date | null;
}

const columns = `name, (extract(epoch from position_at) * 1000)::float8 as at, position_id as id,
  created_at as "createdAt", acknowledged_at as "acknowledgedAt"`;

const consumerOf = ({ at, id, ...row }: Row): Consumer => ({ ...row, position: { at, id } });

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
    `update consumer set acknowledged_at = now(),
       -- No ID stands behind all of its millisecond; IDs are ASCII, so that '~' does, too.
       (position_at, position_id) = (select new.at, new.id
         from (values (to_timestamp($3::float8 / 1000)::timestamptz(3), $4::text collate "C"), (position_at, position_id)) as new (at, id)
         order by new.at desc, coalesce(new.id, '~') desc limit 1)
     where workspace_id = $1 and name = $2 returning ${columns}`,
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
