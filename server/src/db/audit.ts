import { randomBytes } from "node:crypto";
import { type AuditEntry, contentHashOf, noHash, type SealBody } from "../domain/audit.ts";
import { erasedMark } from "../domain/erasure.ts";
import { newId } from "../domain/id.ts";
import { textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, type Of, readInEachWorkspace } from "./sharding.ts";

/** Who did something, and from where. */
export interface Actor {
  kind: "key" | "user" | "cli" | "system";
  /** The ID of the key or person, or the user of the machine; null for Herald itself. */
  id: string | null;
  requestId?: string | null;
  ip?: string | null;
}

export interface Act {
  workspaceId: string;
  actor: Actor;
  /** `POST /v1/senders`, or another name that stays the same. */
  action: string;
  /** The ID of what it was done to. */
  target: string | null;
  leadId?: string | null;
  /** What changed, without secrets (`withoutSecrets`). Erased with the lead, unless `lasting`. */
  content: object;
  /** It says nothing about a person: it stays when the lead is erased. */
  lasting?: boolean;
}

const saltBytes = 16;

/** Puts acts on record, in the transaction that does them. Entries are never changed. */
export async function recordActs(tx: Queryable, acts: readonly Act[]): Promise<void> {
  if (acts.length === 0) return;
  const rows = acts.map((act) => {
    const salt = randomBytes(saltBytes);
    const content = JSON.stringify(act.content ?? {});
    return {
      ...act,
      id: newId("audit"),
      salt,
      content,
      hash: contentHashOf(salt, content),
      about: leadsIn(act, content),
    };
  });
  for (const [workspaceId, part] of Map.groupBy(rows, (row) => row.workspaceId)) {
    // The clock is read once the transaction has its ID, as for events: behind the log's horizon nothing is added.
    if (tx.sharded) await tx.query("select pg_current_xact_id()");
    await tx.query({
      name: "audit.record",
      text: `
with moment as materialized (select clock_timestamp() as at where pg_current_xact_id() is not null),
act as materialized (
  select m.at, a.* from moment m, unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
  as a (id, actor_kind, actor, action, target, lead_id, request_id, ip, hash, salt, content, erased_with, about)
),
kept as (
  insert into audit_content (workspace_id, id, at, lead_id, salt, content, about)
  select $1, id, date_trunc('milliseconds', at), erased_with, decode(salt, 'hex'), content, string_to_array(about, ',') from act
)
insert into audit_entry (workspace_id, at, id, kind, actor_kind, actor, action, target, lead_id, request_id, ip, content_hash)
select $1, date_trunc('milliseconds', at), id, 'act', actor_kind, actor, action, target, lead_id, request_id, ip, decode(hash, 'hex')
from act`,
      values: [
        workspaceId,
        textArray(part, (row) => row.id),
        textArray(part, (row) => row.actor.kind),
        textArray(part, (row) => row.actor.id),
        textArray(part, (row) => row.action),
        textArray(part, (row) => row.target),
        textArray(part, (row) => row.leadId ?? null),
        textArray(part, (row) => row.actor.requestId ?? null),
        textArray(part, (row) => row.actor.ip ?? null),
        textArray(part, (row) => row.hash.toString("hex")),
        textArray(part, (row) => row.salt.toString("hex")),
        textArray(part, (row) => row.content),
        textArray(part, (row) => (row.lasting ? null : (row.leadId ?? null))),
        textArray(part, (row) => row.about),
      ],
    });
  }
}

/**
 * Leads of whom an act says something, beside the one that its entry names; separated by commas. `verifyAudit` finds them again in what is
 * hashed (`filedOf`), so that what was recorded once by a rule has to be found by it for ever.
 */
function leadsIn({ leadId }: Act, content: string): string | null {
  const ids = new Set(content.match(/(?<=")lead_[0-9a-z]{26}(?=")/g));
  ids.delete(leadId ?? "");
  return ids.size === 0 ? null : [...ids].join(",");
}

/** An act whose content says nothing about a person but IDs, for a statement that does what it is about. */
export interface ActEntry {
  id: string;
  actorKind: Actor["kind"];
  actor: string | null;
  action: string;
  requestId: string | null;
  ip: string | null;
  /** JSON text. Kept in the entry, and never erased. */
  detail: string;
}

export function actEntry(actor: Actor, action: string, content: object): ActEntry {
  const { kind, id, requestId = null, ip = null } = actor;
  return { id: newId("audit"), actorKind: kind, actor: id, action, requestId, ip, detail: JSON.stringify(content) };
}

/**
 * Parts of a statement's WITH that put its acts on record: `rows` is the part that has done what they are about, with `act`
 * (an ActEntry as JSON, or null), "workspaceId" and the columns of what it was done to and of the lead.
 */
export const recordedWith = (rows: string, target: string, leadId: string) => `
moment as materialized (select clock_timestamp() as at where pg_current_xact_id() is not null),
recorded as (
  insert into audit_entry (workspace_id, at, id, kind, actor_kind, actor, action, target, lead_id, request_id, ip, content_hash, detail)
  select r."workspaceId", date_trunc('milliseconds', m.at), a.id, 'act', a."actorKind", a.actor, a.action, r.${target}, r.${leadId},
    a."requestId", a.ip, sha256(convert_to(a.detail, 'UTF8')), a.detail
  from moment m, ${rows} r, json_to_record(r.act)
    as a (id text, "actorKind" text, actor text, action text, "requestId" text, ip text, detail text)
  where r.act is not null
)`;

/** Where the sealing of a workspace goes on. */
export interface AuditHead {
  at: number;
  id: string;
  no: number;
  hash: Buffer;
  dayNo: number;
  dayHash: Buffer;
  dayLastNo: number;
}

/** SQL of unix ms. */
export const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

const headColumns = `${ms("at")} as at, id, no::float8 as no, hash, day_no::float8 as "dayNo", day_hash as "dayHash",
  day_last_no::float8 as "dayLastNo"`;

const behind = (table: string, of: Of, more = "") => `exists (
  select 1 from ${table} e where e.workspace_id = ${of("w.id")} and e.at >= coalesce(h.at, '-infinity') and e.at < to_timestamp($1::float8 / 1000)
    and (e.at > coalesce(h.at, '-infinity') or e.id > h.id)${more})`;

export const unsealedForms = inForms(
  "audit.unsealed",
  1,
  (_, one, of) => `
select w.id from workspace w left join audit_head h on h.workspace_id = ${of("w.id")}
where (${behind("event", of)} or ${behind("audit_entry", of, " and e.kind = 'act'")}
  or (h.no > h.day_last_no and date_trunc('day', h.at, 'UTC') < date_trunc('day', to_timestamp($1::float8 / 1000), 'UTC')))
  ${one ? `and w.id = ${of("w.id")}` : ""}
order by w.id`,
);

/** Workspaces that have entries before `cut` (unix ms) that are not sealed, or a day that is over and not sealed. */
export async function unsealedWorkspaces(db: Queryable, cut: number): Promise<string[]> {
  const find = { name: "audit.workspaces", text: "select id as workspace_id from workspace order by 1", values: [] };
  const rows = await readInEachWorkspace(db, find, async (on, workspaceId) => {
    const { text, values } = inForm(unsealedForms, [cut], workspaceId);
    return (await on.query<{ id: string }>({ text, values })).rows;
  });
  return rows.map((row) => row.id);
}

/** The head, locked until the transaction ends; made where there is none. Null: another process seals this workspace. */
export async function lockHead(tx: Queryable, workspaceId: string): Promise<AuditHead | null> {
  await tx.query(
    `insert into audit_head (workspace_id, at, id, no, hash, day_no, day_hash, day_last_no)
     values ($1, 'epoch', '', 0, $2, 0, $2, 0) on conflict do nothing`,
    [workspaceId, noHash],
  );
  const { rows } = await tx.query<AuditHead>(
    `select ${headColumns} from audit_head where workspace_id = $1 for update skip locked`,
    [workspaceId],
  );
  return rows[0] ?? null;
}

/** The head as it is, not locked. Null: nothing was sealed yet. */
export async function readHead(db: Queryable, workspaceId: string): Promise<AuditHead | null> {
  const { rows } = await db.query<AuditHead>(`select ${headColumns} from audit_head where workspace_id = $1`, [
    workspaceId,
  ]);
  return rows[0] ?? null;
}

export async function moveHead(tx: Queryable, workspaceId: string, head: AuditHead): Promise<void> {
  await tx.query(
    `update audit_head set at = to_timestamp($2::float8 / 1000), id = $3, no = $4, hash = $5, day_no = $6, day_hash = $7, day_last_no = $8
     where workspace_id = $1`,
    [workspaceId, head.at, head.id, head.no, head.hash, head.dayNo, head.dayHash, head.dayLastNo],
  );
}

const entryColumns = (e: string) =>
  `${e}.workspace_id as "workspaceId", ${ms(`${e}.at`)} as at, ${e}.id, ${e}.kind, ${e}.actor_kind as "actorKind", ${e}.actor,
  ${e}.action, ${e}.target, ${e}.lead_id as "leadId", ${e}.request_id as "requestId", ${e}.ip, encode(${e}.content_hash, 'hex') as "contentHash"`;

/** After `from`, before `to` (unix ms). */
const within = (table: string) => `${table}.workspace_id = $1 and ${table}.at >= to_timestamp($2::float8 / 1000)
  and ${table}.at < to_timestamp($4::float8 / 1000) and (${table}.at > to_timestamp($2::float8 / 1000) or ${table}.id > $3)`;

/** Entries of a minute, as they are sealed. */
export interface EntriesOfMinute {
  /** Unix ms. */
  beginsAt: number;
  count: number;
  /** In the entries' order, separated by commas. */
  ids: string;
  /** The entries' hashes, one after the other. */
  leaves: Buffer;
  lastAt: number;
  lastId: string;
}

/** SQL of an entry's hash, as `leavesOf` (domain/audit.ts) makes it: of the JSON of its fields behind a zero byte. */
const leafOf = (e: string) =>
  `sha256('\\x00'::bytea || convert_to(left(array_to_json(array[${e}.workspace_id])::text, -1) || ',' ||
    (date_part('epoch', ${e}.at) * 1000)::int8::text || ',' || substr(array_to_json(array[${e}.id, ${e}.kind, ${e}.actor_kind, ${e}.actor,
    ${e}.action, ${e}.target, ${e}.lead_id, ${e}.request_id, ${e}.ip, encode(${e}.content_hash, 'hex')])::text, 2), 'UTF8'))`;

/**
 * Copies the log's next events into the trail, and answers with all that is to be sealed next, acts among them, by minutes; at
 * most `limit` entries. They are hashed where they are: sending each here took longer than hashing it.
 */
export async function takeEntries(
  tx: Queryable,
  workspaceId: string,
  from: { at: number; id: string },
  cut: number,
  limit: number,
): Promise<EntriesOfMinute[]> {
  const range = [workspaceId, from.at, from.id, cut];
  const { rows: bound } = await tx.query<{ at: number; id: string }>(
    `select ${ms("at")} as at, id from (
       (select at, id from event where ${within("event")} order by at, id limit $5)
       union all (select at, id from audit_entry where ${within("audit_entry")} and kind = 'act' order by at, id limit $5)
     ) e order by e.at, id offset $5 - 1 limit 1`,
    [...range, limit],
  );
  const last = bound[0] ?? { at: cut, id: "" };
  // The first condition bounds what the index is read for; the rest only filters.
  const upTo = (table: string) =>
    `${table}.at <= to_timestamp($5::float8 / 1000) and (${table}.at < to_timestamp($5::float8 / 1000) or ${table}.id <= $6)`;
  const { rows } = await tx.query<EntriesOfMinute>(
    `with copied as (
       insert into audit_entry (workspace_id, at, id, kind, actor_kind, actor, action, target, lead_id, content_hash)
       select $1, e.at, e.id, 'event', coalesce(e.by[1], 'system'), e.by[2], e.type, e.campaign_id, e.lead_id,
         sha256(convert_to(e.data, 'UTF8'))
       from (
         -- Whose call it was that had it sent: the first act on record about the message. Only for those of the API: a join
         -- would keep what it found by the whole data of each event. No quote within a text of the data stands alone, so that
         -- the names are found without taking it to pieces. The fence: in their order acts are walked through one by one.
         select event.at, event.id, event.type, event.campaign_id, event.lead_id, event.data,
           case when event.type = 'message.sent' and strpos(event.data, '"source":"api"') > 0 then (
             select array[f.actor_kind, f.actor] from (
               select a.actor_kind, a.actor, a.at from audit_entry a
               where a.target = split_part(substr(event.data, strpos(event.data, '"messageId":"') + 13, 100), '"', 1)
                 and a.workspace_id = $1 and a.kind = 'act' and a.target is not null
               offset 0
             ) f order by f.at limit 1
           ) end as by
         from event
         where ${within("event")} and ${upTo("event")}
         offset 0
       ) e
       returning *
     ),
     hashed as (
       select c.at, c.id, ${leafOf("c")} as leaf from copied c
       union all
       select audit_entry.at, audit_entry.id, ${leafOf("audit_entry")} from audit_entry
       where ${within("audit_entry")} and ${upTo("audit_entry")} and kind = 'act'
     )
     select h.minute * 60000 as "beginsAt", count(*)::float8 as count, string_agg(h.id, ',' order by h.at, h.id) as ids,
       string_agg(h.leaf, '' order by h.at, h.id) as leaves, max(h.at) as "lastAt"
     from (select floor(date_part('epoch', at) / 60) as minute, (date_part('epoch', at) * 1000)::int8::float8 as at, id, leaf from hashed) h
     group by h.minute order by h.minute`,
    [...range, last.at, last.id],
  );
  return rows.map((row) => ({ ...row, lastId: row.ids.slice(row.ids.lastIndexOf(",") + 1) }));
}

export interface Seal extends SealBody {
  hash: Buffer;
  /** Of a minute: the entries' IDs in their order, and their hashes one after the other. */
  ids: string[] | null;
  leaves: Buffer | null;
  /** Of a day: the numbers of its minutes' seals. */
  firstNo: number | null;
  lastNo: number | null;
}

/** `ids`: separated by commas. */
export async function insertSeal(tx: Queryable, seal: Omit<Seal, "ids"> & { ids: string | null }): Promise<void> {
  await tx.query(
    `insert into audit_seal (workspace_id, level, no, begins_at, last_at, ids, leaves, first_no, last_no, count, root, previous, hash)
     values ($1, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000), string_to_array($6, ','), $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[seal.workspaceId, seal.level, seal.no, seal.beginsAt, seal.lastAt, seal.ids, seal.leaves, seal.firstNo],
      ...[seal.lastNo, seal.count, seal.root, seal.previous, seal.hash],
    ],
  );
}

const sealColumns = `workspace_id as "workspaceId", level, no::float8 as no, ${ms("begins_at")} as "beginsAt", ${ms("last_at")} as "lastAt",
  ids, leaves, first_no::float8 as "firstNo", last_no::float8 as "lastNo", count::float8 as count, root, previous, hash`;

/** The next seals of a level after this number, at most `limit`. */
export async function sealsAfter(
  db: Queryable,
  workspaceId: string,
  level: Seal["level"],
  no: number,
  limit: number,
): Promise<Seal[]> {
  const { rows } = await db.query<Seal>(
    `select ${sealColumns} from audit_seal where workspace_id = $1 and level = $2 and no > $3 order by no limit $4`,
    [workspaceId, level, no, limit],
  );
  return rows;
}

/** The newest seal of a level; null: nothing is sealed yet. */
export async function lastSeal(db: Queryable, workspaceId: string, level: Seal["level"]): Promise<Seal | null> {
  const { rows } = await db.query<Seal>(
    `select ${sealColumns} from audit_seal where workspace_id = $1 and level = $2 order by no desc limit 1`,
    [workspaceId, level],
  );
  return rows[0] ?? null;
}

/** Hash, number and times of the minutes' seals with these numbers. */
export async function minuteSeals(
  db: Queryable,
  workspaceId: string,
  first: number,
  last: number,
): Promise<{ no: number; beginsAt: number; lastAt: number; hash: Buffer }[]> {
  const { rows } = await db.query<{ no: number; beginsAt: number; lastAt: number; hash: Buffer }>(
    `select no::float8 as no, ${ms("begins_at")} as "beginsAt", ${ms("last_at")} as "lastAt", hash from audit_seal
     where workspace_id = $1 and level = 'minute' and no between $2 and $3 order by no`,
    [workspaceId, first, last],
  );
  return rows;
}

/** Whether what an entry hashes is as it was. `erased`: it says that it is; `gone`: there is nothing. */
export type ContentState = "sound" | "changed" | "erased" | "gone";

/**
 * SQL of whether an act's content is what was hashed. Salt and content are hashed as one: by the salt's length, and the brace with which
 * each content begins, it is known where the one ends, so that nothing of a content can be passed off as salt, nor of a detail.
 */
const contentIsSound = (a: string, c: string) =>
  `(octet_length(${c}.salt) = ${saltBytes} and starts_with(${c}.content, '{') and sha256(${c}.salt || convert_to(${c}.content, 'UTF8')) = ${a}.content_hash)`;

const detailIsSound = (a: string) =>
  `(starts_with(${a}.detail, '{') and sha256(convert_to(${a}.detail, 'UTF8')) = ${a}.content_hash)`;

/** What a lead's erasure is called in the trail. */
export const erasureAction = "lead.erased";

/** Of what the trail says that it was erased: leads, and entries that were about a person without naming a lead. */
export interface ErasedOnRecord {
  leads: ReadonlySet<string>;
  entries: ReadonlySet<string>;
}

export async function erasedOnRecord(db: Queryable, workspaceId: string): Promise<ErasedOnRecord> {
  const { rows } = await db.query<{ leadId: string | null; entries: string[] | null }>(
    `select a.lead_id as "leadId", array(select jsonb_array_elements_text(c.content::jsonb -> 'entries')) as entries
     from audit_entry a
     left join audit_content c on c.workspace_id = $1 and c.id = a.id
       and ${contentIsSound("a", "c")}
     where a.workspace_id = $1 and a.kind = 'act' and a.action = '${erasureAction}'`,
    [workspaceId],
  );
  return {
    leads: new Set(rows.flatMap((row) => row.leadId ?? [])),
    entries: new Set(rows.flatMap((row) => row.entries ?? [])),
  };
}

/** SQL of whether an event's content was erased. */
export const isErased = (data: string) => `starts_with(${data}, '${erasedMark}')`;

/** Under what an act's content is found, where that isn't what its entry and the content say. */
export interface Misfiled {
  /** Unix ms; it is found at its entry's. */
  at: number;
  entryAt: number;
  /** With whom it is erased, and with whom it should be. */
  leadId: string | null;
  erasedWith: string | null;
  /** The leads it is about beside that one: those by whom it is found, and those of whom it speaks. Sorted; null: none. */
  about: string[] | null;
  speaksOf: string[] | null;
}

/**
 * SQL of how an act's content is filed wrongly (a `Misfiled`), or null. No hash covers these columns, since what they have to be
 * follows from what is hashed: the time and lead of the entry, and the leads in the content, found as by `leadsIn`. Most contents
 * name no other lead than their entry, and are done with one look; a regular expression over each takes ten times as long as its hash.
 */
const filedOf = (a: string, c: string) => `
case when ${c}.id is not null and ${a}.detail is null and (${c}.at <> ${a}.at or ${c}.about is not null or ${c}.lead_id is distinct from ${a}.lead_id
  or ${a}.action = '${erasureAction}' or strpos(case when ${a}.lead_id is null then ${c}.content else replace(${c}.content, '"' || ${a}.lead_id || '"', '') end, '"lead_') > 0)
then (
  select json_build_object('at', ${ms(`${c}.at`)}, 'entryAt', ${ms(`${a}.at`)}, 'leadId', ${c}.lead_id, 'erasedWith', f.erased_with,
    'about', f.about, 'speaksOf', f.speaks_of)
  from (
    select case when ${a}.action <> '${erasureAction}' then ${a}.lead_id end as erased_with,
      (select array_agg(id order by id) from (select unnest(${c}.about) collate "C" as id) i) as about,
      (select array_agg(distinct id) from (
         select 'lead_' || left(part, 26) collate "C" as id from unnest((string_to_array(${c}.content, '"lead_'))[2:]) part
         where part ~ '^[0-9a-z]{26}"'
       ) i where id is distinct from ${a}.lead_id) as speaks_of
    offset 0
  ) f
  where ${c}.at <> ${a}.at or ${c}.lead_id is distinct from f.erased_with or f.about is distinct from f.speaks_of
) end as filed`;

/** Entries behind `from` up to `to`, with the state of their contents, and how they are filed wrongly. */
export async function entriesWithin(
  db: Queryable,
  workspaceId: string,
  from: { at: number; id: string },
  to: { at: number; id: string },
): Promise<(AuditEntry & { content: ContentState; filed: Misfiled | null })[]> {
  const { rows } = await db.query<AuditEntry & { content: ContentState; filed: Misfiled | null }>({
    name: "audit.within",
    text: `
select ${entryColumns("a")}, case
  -- In this order, by which the trail is read, too: what stands in the entry itself is what it says.
  when a.detail is not null then case when ${detailIsSound("a")} and c.id is null then 'sound' else 'changed' end
  when a.kind = 'event' then case
    when e.id is null then 'gone'
    when e.type <> a.action or e.lead_id is distinct from a.lead_id or e.campaign_id is distinct from a.target then 'changed'
    when ${isErased("e.data")} then 'erased'
    when sha256(convert_to(e.data, 'UTF8')) = a.content_hash then 'sound' else 'changed' end
  when c.id is null then 'gone'
  when ${contentIsSound("a", "c")} then 'sound' else 'changed' end as content,${filedOf("a", "c")}
from audit_entry a
left join event e on a.kind = 'event' and e.workspace_id = a.workspace_id and e.at = a.at and e.id = a.id
  and e.workspace_id = $1 and e.at >= to_timestamp($2::float8 / 1000) and e.at <= to_timestamp($4::float8 / 1000)
left join audit_content c on a.kind = 'act' and c.workspace_id = a.workspace_id and c.id = a.id and c.workspace_id = $1
where a.workspace_id = $1 and a.at >= to_timestamp($2::float8 / 1000) and a.at <= to_timestamp($4::float8 / 1000)
  and (a.at > to_timestamp($2::float8 / 1000) or a.id > $3) and (a.at < to_timestamp($4::float8 / 1000) or a.id <= $5)
order by a.at, a.id`,
    values: [workspaceId, from.at, from.id, to.at, to.id],
  });
  return rows;
}

/** An act whose hash is in no seal yet. */
interface UnsealedAct {
  at: number;
  id: string;
  leadId: string | null;
  content: ContentState;
  filed: Misfiled | null;
}

/** Acts behind `from`, whose hash is in no seal yet, with the state of their contents by it; `limit` at most. */
export async function actsAfter(
  db: Queryable,
  workspaceId: string,
  from: { at: number; id: string },
  limit: number,
): Promise<UnsealedAct[]> {
  const { rows } = await db.query<UnsealedAct>({
    name: "audit.acts_after",
    text: `
select ${ms("a.at")} as at, a.id, a.lead_id as "leadId", case
  when a.detail is not null then case when ${detailIsSound("a")} and c.id is null then 'sound' else 'changed' end
  when c.id is null then 'gone'
  when ${contentIsSound("a", "c")} then 'sound' else 'changed' end as content,${filedOf("a", "c")}
from audit_entry a
left join audit_content c on c.workspace_id = $1 and c.workspace_id = a.workspace_id and c.id = a.id
where a.workspace_id = $1 and a.kind = 'act' and a.at >= to_timestamp($2::float8 / 1000) and (a.at > to_timestamp($2::float8 / 1000) or a.id > $3)
order by a.at, a.id limit $4`,
    values: [workspaceId, from.at, from.id, limit],
  });
  return rows;
}

/** Contents under IDs of events, a hundred at most: Herald puts none there, and by their `about` a search finds the event. */
export async function contentsOfNoAct(db: Queryable, workspaceId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    "select id from audit_content where workspace_id = $1 and id >= 'evt' and id < 'evu' order by id limit 100",
    [workspaceId],
  );
  return rows.map(({ id }) => id);
}

/** Events of the log behind `from` up to `to` that the trail doesn't have, where there are more than `known` in all; a hundred at most. */
export async function eventsWithoutEntry(
  db: Queryable,
  workspaceId: string,
  from: { at: number; id: string },
  to: { at: number; id: string },
  known: number,
): Promise<string[]> {
  const range = `e.workspace_id = $1 and e.at >= to_timestamp($2::float8 / 1000) and e.at <= to_timestamp($4::float8 / 1000)
    and (e.at > to_timestamp($2::float8 / 1000) or e.id > $3) and (e.at < to_timestamp($4::float8 / 1000) or e.id <= $5)`;
  const values = [workspaceId, from.at, from.id, to.at, to.id];
  const { rows: counted } = await db.query<{ count: number }>({
    name: "audit.events",
    text: `select count(*)::int as count from event e where ${range}`,
    values,
  });
  if (counted[0]!.count <= known) return [];
  const { rows } = await db.query<{ id: string }>(
    `select e.id from event e where ${range} and not exists (
       select 1 from audit_entry a where a.workspace_id = $1 and a.at = e.at and a.id = e.id)
     order by e.at, e.id limit 100`,
    values,
  );
  return rows.map(({ id }) => id);
}

/**
 * What comes after a place of the trail, and so is sealed by nothing yet: acts, and events, which enter the trail when they are sealed.
 * `since`: when the first of it was put on record.
 */
export async function entriesAfter(
  db: Queryable,
  workspaceId: string,
  from: { at: number; id: string },
): Promise<{ count: number; since: Date | null }> {
  const at = Number.isFinite(from.at) ? from.at : 0;
  const behind = `workspace_id = $1 and at >= to_timestamp($2::float8 / 1000) and (at > to_timestamp($2::float8 / 1000) or id > $3)`;
  const { rows } = await db.query<{ count: number; since: Date | null }>({
    name: "audit.after",
    text: `select sum(count)::int as count, min(since) as since from (
        select count(*) as count, min(at) as since from audit_entry where ${behind}
        union all select count(*), min(at) from event where ${behind}
      ) e`,
    values: [workspaceId, at, from.id],
  });
  return rows[0]!;
}

/** The names of the people and keys that acted, by their IDs; of those who left, too. */
export async function namesOfActors(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; name: string }>(
    `select id, name from user_account where id = any($2::text[])
     union all select id, name from api_key where workspace_id = $1 and id = any($2::text[])`,
    [workspaceId, ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
