import { type Counter, counters } from "../domain/analytics/counters.ts";
import { type FactKind, factKinds } from "../domain/analytics/fact.ts";
import { columnOf, type StoredFact } from "./analytics-count.ts";
import type { Queryable } from "./pool.ts";

/** What counting anew needs beside counting: another edition of all figures, how two of them differ, and being rid of one. */

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** How long whoever counts anew has the heads to itself, unless it says again that it is at work; seconds. */
const leaseSeconds = 60;

/** All editions of a workspace. */
export async function editions(
  db: Queryable,
  workspaceId: string,
): Promise<{ edition: number; draft: boolean; leased: boolean }[]> {
  const { rows } = await db.query<{ edition: number; draft: boolean; leased: boolean }>(
    `select edition, draft, coalesce(lease_until > now(), false) as leased from analytics_head where workspace_id = $1 order by edition`,
    [workspaceId],
  );
  return rows;
}

/** Begins a draft behind this time (unix ms); false: somebody else has. */
export async function insertDraft(db: Queryable, workspaceId: string, edition: number, from: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into analytics_head (workspace_id, edition, draft, at, id, lease_until)
     values ($1, $2, true, to_timestamp($3::float8 / 1000), '', now() + make_interval(secs => ${leaseSeconds})) on conflict do nothing`,
    [workspaceId, edition, from],
  );
  return rowCount === 1;
}

/** Keeps others from counting these editions, or from counting anew beside. False: one of them is gone. */
export async function leaseEditions(db: Queryable, workspaceId: string, which: readonly number[]): Promise<boolean> {
  const { rowCount } = await db.query(
    `update analytics_head set lease_until = now() + make_interval(secs => ${leaseSeconds})
     where workspace_id = $1 and edition = any($2::int[])`,
    [workspaceId, which],
  );
  return rowCount === which.length;
}

export async function releaseEdition(db: Queryable, workspaceId: string, edition: number): Promise<void> {
  await db.query("update analytics_head set lease_until = null where workspace_id = $1 and edition = $2", [
    workspaceId,
    edition,
  ]);
}

/** The draft takes the place of what was shown. In a transaction. */
export async function showDraft(tx: Queryable, workspaceId: string, draft: number): Promise<void> {
  await tx.query("delete from analytics_head where workspace_id = $1 and edition <> $2", [workspaceId, draft]);
  await tx.query(
    "update analytics_head set draft = false, lease_until = null where workspace_id = $1 and edition = $2",
    [workspaceId, draft],
  );
}

/** The time of the oldest event that is still in the log, unix ms; null: there is none. */
export async function oldestEvent(db: Queryable, workspaceId: string): Promise<number | null> {
  const { rows } = await db.query<{ at: number }>(
    `select ${ms("at")} as at from event where workspace_id = $1 order by at limit 1`,
    [workspaceId],
  );
  return rows[0]?.at ?? null;
}

/** Facts of events before this time, in the order of leads, behind a place. `limit`: how many are looked at. */
export async function factsBefore(
  db: Queryable,
  workspaceId: string,
  edition: number,
  before: number,
  after: { leadId: string; id: string },
  limit: number,
): Promise<{ facts: StoredFact[]; last: { leadId: string; id: string } | null }> {
  const { rows } = await db.query<Omit<StoredFact, "kind"> & { kind: number }>(
    `select id, lead_id as "leadId", ${ms("at")} as at, kind, message_id as "messageId", dimensions::text from analytics_fact
     where workspace_id = $1 and edition = $2 and (lead_id, id) > ($3, $4)
     order by lead_id, id limit $5`,
    [workspaceId, edition, after.leadId, after.id, limit],
  );
  const last = rows.length === limit ? rows.at(-1)! : null;
  // An event's ID begins with its time.
  const bound = `evt_${String(before).padStart(13, "0")}`;
  const facts = rows.filter(({ id }) => id < bound).map((row) => ({ ...row, kind: factKinds[row.kind] as FactKind }));
  return { facts, last: last && { leadId: last.leadId, id: last.id } };
}

/** A counter that two editions have differently. */
export interface Difference {
  /** Unix ms: when the quarter or day begins. */
  at: number;
  width: "quarter" | "day";
  /** What it is of: `all`, or the grouping with its values. */
  of: string;
  counter: Counter;
  shown: number;
  recounted: number;
}

/** IDs of the sets, a page. */
export async function setsAfter(db: Queryable, workspaceId: string, after: string, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    "select id::text as id from analytics_dimensions where workspace_id = $1 and id > $2::uuid order by id limit $3",
    [workspaceId, after, limit],
  );
  return rows.map(({ id }) => id);
}

const columns = counters.map(columnOf);

/** Where two editions differ in the sets between two IDs, at most `limit` quarters or days. */
export async function differences(
  db: Queryable,
  workspaceId: string,
  width: Difference["width"],
  [shown, recounted]: readonly [number, number],
  sets: { after: string; upTo: string },
  limit: number,
): Promise<Difference[]> {
  const side = (parameter: number) =>
    `(select * from ${width === "day" ? "analytics_day" : "analytics_count"} where workspace_id = $1 and edition = $${parameter} and dimensions > $4::uuid and dimensions <= $5::uuid)`;
  // What a set is called is looked up for what is told, and not for each quarter: nobody has statistics of a new edition yet, and a
  // plan for one row goes through all sets for each of thousands.
  const { rows } = await db.query<Record<string, number> & { at: number; of: string }>(
    `with differing as materialized (
       select coalesce(a.begins_at, b.begins_at) as begins_at, coalesce(a.dimensions, b.dimensions) as dimensions,
         ${columns.map((column, n) => `coalesce(a.${column}, 0) as a${n}, coalesce(b.${column}, 0) as b${n}`).join(", ")}
       from ${side(2)} a
       full join ${side(3)} b on b.dimensions = a.dimensions and b.begins_at = a.begins_at
       where ${columns.map((column) => `coalesce(a.${column}, 0) <> coalesce(b.${column}, 0)`).join(" or ")}
       order by 1, 2 limit $6
     )
     select ${ms("x.begins_at")} as at,
       concat_ws(' ', d.grouping, d.channel, d.campaign_id, d.step, d.variant, d.sender_id, d.profile, d.source, nullif(array_to_string(d.tags, ','), '')) as of,
       ${columns.map((_, n) => `x.a${n}, x.b${n}`).join(", ")}
     from differing x
     join analytics_dimensions d on d.workspace_id = $1 and d.id = x.dimensions
     order by 1, 2`,
    [workspaceId, shown, recounted, sets.after, sets.upTo, limit],
  );
  return rows.flatMap((row) =>
    counters.flatMap((counter, n) =>
      row[`a${n}`] === row[`b${n}`]
        ? []
        : [{ at: row.at, width, of: row.of, counter, shown: row[`a${n}`]!, recounted: row[`b${n}`]! }],
    ),
  );
}

const kept = [
  ["analytics_fact", "lead_id"],
  ["analytics_count", "dimensions"],
  ["analytics_day", "dimensions"],
  ["analytics_answer", "message_id"],
] as const;

/** Deletes some rows of an edition; false: nothing is left of it. Its head is to be gone. */
export async function deleteSome(db: Queryable, workspaceId: string, edition: number, limit: number): Promise<boolean> {
  for (const [table, column] of kept) {
    const { rows } = await db.query<{ upTo: string }>(
      `select max(k)::text as "upTo" from (
         select ${column}::text as k from ${table} where workspace_id = $1 and edition = $2 order by ${column} limit $3
       ) t`,
      [workspaceId, edition, limit],
    );
    const upTo = rows[0]?.upTo ?? null;
    if (upTo === null) continue;
    const type = column === "dimensions" ? "uuid" : "text";
    await db.query(`delete from ${table} where workspace_id = $1 and edition = $2 and ${column} <= $3::${type}`, [
      workspaceId,
      edition,
      upTo,
    ]);
    return true;
  }
  return false;
}

/** Editions of which there are rows and no head: what was left behind. */
export async function headlessEditions(db: Queryable, workspaceId: string): Promise<number[]> {
  const found: number[] = [];
  for (const [table] of kept) {
    // By jumps over the index.
    for (let after = 0; ; ) {
      const { rows } = await db.query<{ edition: number }>(
        `select edition from ${table} where workspace_id = $1 and edition > $2 order by edition limit 1`,
        [workspaceId, after],
      );
      if (!rows[0]) break;
      after = rows[0].edition;
      found.push(after);
    }
  }
  const known = (await editions(db, workspaceId)).map(({ edition }) => edition);
  return [...new Set(found)].filter((edition) => !known.includes(edition)).sort((a, b) => a - b);
}

export async function deleteHead(db: Queryable, workspaceId: string, edition: number): Promise<void> {
  await db.query("delete from analytics_head where workspace_id = $1 and edition = $2 and draft", [
    workspaceId,
    edition,
  ]);
}
