import type { AuditEntry } from "../domain/audit.ts";
import { textArray } from "./array.ts";
import { isErased, ms } from "./audit.ts";
import type { Queryable } from "./pool.ts";

/** What is left out matches everything. */
export interface AuditFilter {
  /** Unix milliseconds: not before, and before. */
  from?: number | undefined;
  to?: number | undefined;
  kind?: "act" | "event" | undefined;
  /** With a `*` at its end: all that begin so. */
  action?: string | undefined;
  actor?: string | undefined;
  target?: string | undefined;
  /** Also acts on many leads of which it is one. */
  leadId?: string | undefined;
  requestId?: string | undefined;
  ip?: string | undefined;
}

export type AuditRow = Omit<AuditEntry, "contentHash" | "workspaceId"> & {
  /** JSON text; null: erased, or past its retention. */
  content: string | null;
};

/** Behind which entry a list goes on. */
export interface AuditPlace {
  at: number;
  id: string;
}

export interface AuditSearch extends AuditFilter {
  order: "asc" | "desc";
  after: AuditPlace | null;
  limit: number;
  /** Bytes of contents after which a page ends, with the entry that passes them. Default: no bound. */
  bytes?: number;
  /** Entries that are looked at for a page, where no index finds them. Default 50,000. */
  looks?: number;
}

/**
 * Entries behind a place, in the wanted order. A page may have fewer than `limit`, even none, and be not the last one: `next` is
 * null where it is.
 */
export async function listAudit(
  db: Queryable,
  workspaceId: string,
  { order, after, limit, bytes, looks = 50_000, ...filter }: AuditSearch,
): Promise<{ rows: AuditRow[]; next: AuditPlace | null }> {
  const values: unknown[] = [workspaceId];
  const place = (value: unknown) => `$${values.push(value)}`;
  const time = (value: number) => `to_timestamp(${place(value)}::float8 / 1000)`;
  // What the walk through the trail begins and ends with.
  const range = ["a.workspace_id = $1"];
  if (filter.from !== undefined) range.push(`a.at >= ${time(filter.from)}`);
  if (filter.to !== undefined) range.push(`a.at < ${time(filter.to)}`);
  if (after) range.push(`(a.at, a.id) ${order === "asc" ? ">" : "<"} (${time(after.at)}, ${place(after.id)})`);
  const rangeValues = values.length;
  const conditions: string[] = [];
  const { action, leadId } = filter;
  if (action !== undefined)
    conditions.push(
      action.endsWith("*") ? `starts_with(a.action, ${place(action.slice(0, -1))})` : `a.action = ${place(action)}`,
    );
  for (const [column, value] of [
    ["kind", filter.kind],
    ["actor", filter.actor],
    ["target", filter.target],
    ["request_id", filter.requestId],
    ["ip", filter.ip],
  ] as const)
    if (value !== undefined) conditions.push(`a.${column} = ${place(value)}`);
  if (leadId !== undefined) {
    const named = `a.lead_id = ${place(leadId)}`;
    const among = await actsAbout(db, workspaceId, leadId);
    const ids = () => place(textArray(among, ({ id }) => id));
    const times = () => place(textArray(among, ({ at }) => at));
    conditions.push(
      among.length === 0
        ? named
        : `(${named} or a.at = any(${times()}::text[]::timestamptz[]) and a.id = any(${ids()}::text[]))`,
    );
  }
  const by = `order by a.at ${order}, a.id ${order}`;
  // An index has a lead's entries, and what acts were done to; else the trail is walked through.
  const walks =
    conditions.length > 0 && leadId === undefined && !(filter.kind === "act" && filter.target !== undefined);
  const looked = walks
    ? `(select * from audit_entry a where ${range.join(" and ")} ${by} limit ${place(looks)}) a where ${conditions.join(" and ")}`
    : `audit_entry a where ${[...range, ...conditions].join(" and ")}`;
  const content = (detail: string, event: string, act: string) => `case
      when a.detail is not null then ${detail}
      when a.kind = 'event' then (select case when not ${isErased("e.data")} then ${event} end from event e where e.workspace_id = $1 and e.at = a.at and e.id = a.id)
      else (select ${act} from audit_content c where c.workspace_id = $1 and c.id = a.id) end`;
  const { rows } = await db.query<AuditRow>(
    `with entry as materialized (select a.* from ${looked} ${by} limit ${place(limit)}),
     -- The length of a text is known without reading it.
     measured as (
       select a.*, sum(${content("octet_length(a.detail)", "octet_length(e.data)", "octet_length(c.content)")}) over (${by}
         rows between unbounded preceding and 1 preceding) as bytes
       from entry a
     )
     select ${ms("a.at")} as at, a.id, a.kind, a.actor_kind as "actorKind", a.actor, a.action, a.target, a.lead_id as "leadId",
       a.request_id as "requestId", a.ip, ${content("a.detail", "e.data", "c.content")} as content
     from ${bytes === undefined ? "entry" : "measured"} a ${bytes === undefined ? "" : `where coalesce(a.bytes, 0) < ${place(bytes)}`} ${by}`,
    values,
  );
  const last = rows.at(-1);
  if (last && (rows.length === limit || bytes !== undefined)) return { rows, next: { at: last.at, id: last.id } };
  if (!walks) return { rows, next: null };
  // So far it was looked; behind that there is more.
  const { rows: end } = await db.query<AuditPlace>(
    `select ${ms("a.at")} as at, a.id from audit_entry a where ${range.join(" and ")} ${by} offset $${rangeValues + 1} limit 1`,
    [...values.slice(0, rangeValues), looks - 1],
  );
  return { rows, next: end[0] ?? null };
}

/** Acts that say something about a lead beside others: the newest ten thousand. `at`: as PostgreSQL writes it. */
async function actsAbout(db: Queryable, workspaceId: string, leadId: string): Promise<{ id: string; at: string }[]> {
  const { rows } = await db.query<{ id: string; at: string }>(
    `select id, at::text as at from audit_content where workspace_id = $1 and about is not null and about @> array[$2::text]
     order by id desc limit 10000`,
    [workspaceId, leadId],
  );
  return rows;
}
