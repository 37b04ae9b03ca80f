import type { Queryable } from "./pool.ts";

/** So many items and bytes are searched by one statement: some tenths of a second. */
const mostLooks = { items: 5_000, bytes: 8 * 1024 * 1024 };

/**
 * How far one statement searches what came in: some thousand items, or fewer where they are large, since some are a form and some a mail.
 * Null: there is nothing behind `after`.
 */
export async function nextReceived(db: Queryable, workspaceId: string, after: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string | null }>(
    // The length of a body that is stored apart is known without reading it.
    `select max(id) as id from (
       select id, row_number() over items as n, sum(octet_length(body)) over items as bytes
       from received where workspace_id = $1 and id > $2 window items as (order by id) order by id limit ${mostLooks.items}
     ) few where n = 1 or bytes <= ${mostLooks.bytes}`,
    [workspaceId, after],
  );
  return rows[0]!.id;
}
