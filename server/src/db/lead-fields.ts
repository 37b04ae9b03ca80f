import type { Queryable } from "./pool.ts";

/** How many of the newest leads are looked at: enough to find a field, and the same for ten leads as for a million. */
export const sampledLeads = 2_000;

/**
 * Custom fields of the newest leads, the commonest first: how many of them have it, and what the newest of these says. Those that
 * templates and conditions can name: what other systems call theirs may be anything.
 */
export async function customFields(
  db: Queryable,
  workspaceId: string,
): Promise<{ name: string; leads: number; example: string }[]> {
  const { rows } = await db.query<{ name: string; leads: number; example: string }>(
    `select f.key as name, count(*)::int as leads, left((array_agg(f.value order by l.id desc))[1], 200) as example
     from (select x.id, x.custom from lead x where x.workspace_id = $1 order by x.id desc limit ${sampledLeads}) l,
       jsonb_each_text(l.custom) f
     where f.value is not null and f.key ~ '^[A-Za-z0-9_.-]{1,64}$' group by 1 order by 2 desc, 1 limit 200`,
    [workspaceId],
  );
  return rows;
}
