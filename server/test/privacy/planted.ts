import type { Database } from "../../src/db/pool.ts";

/** Where a text stands in the database: `table.column`, of every table and column that there is. Bytes are read as text. */
export async function placesOf(db: Database, text: string): Promise<string[]> {
  const { rows: columns } = await db.query<{ table: string; column: string; type: string }>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = current_schema()::regnamespace
     order by 1, a.attnum`,
  );
  const found: string[] = [];
  for (const [table, own] of Map.groupBy(columns, (column) => column.table)) {
    const tests = own.map(({ column, type }, n) => {
      const value = type === "bytea" ? `encode("${column}", 'escape')` : `"${column}"::text`;
      return `coalesce(bool_or(position($1 in lower(${value})) > 0), false) as c${n}`;
    });
    const { rows } = await db.query<Record<string, boolean>>(`select ${tests.join(", ")} from "${table}"`, [text]);
    for (const [n, { column }] of own.entries()) if (rows[0]![`c${n}`]) found.push(`${table}.${column}`);
  }
  return found;
}
