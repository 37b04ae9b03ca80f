import { erasedDataOf, isErasedData } from "../domain/erasure.ts";
import { float8Array, textArray } from "./array.ts";
import { erasureAction } from "./audit.ts";
import type { Place } from "./erasure.ts";
import { loadEvents } from "./event.ts";
import { countUnread } from "./inbox-count.ts";
import type { Queryable } from "./pool.ts";
import { nextReceived } from "./received-search.ts";

/**
 * What is erased of a person, table by table, in parts. Each part answers where the next one begins (null: there is none) and
 * how many rows it erased. Done again it changes nothing. docs/erasure.md lists the tables, and a test walks the schema.
 */

/** Who is erased. */
export interface Whom {
  workspaceId: string;
  /** Null: nobody but the addresses is known. */
  leadId: string | null;
  addresses: readonly string[];
  hashes: readonly Buffer[];
  /** Of texts that mention one of the addresses: `mentionPattern`. */
  pattern: string;
}

export interface Part {
  next: Place | null;
  counts: Readonly<Record<string, number>>;
  /** Entries of the audit trail whose contents were erased, though they name no lead. */
  entries?: readonly string[];
}

const done: Part = { next: null, counts: {} };
const rowsAtOnce = 500;
/** Rows that a search looks at. */
const looksAtOnce = 5_000;

/** Of an attempt, that it was made and how it ended stays. */
async function eraseAttempts(tx: Queryable, workspaceId: string, refs: readonly string[]): Promise<number> {
  const { rowCount } = await tx.query(
    `update attempt set detail = null, request_headers = null, response_headers = null, response_body = null
     where workspace_id = $1 and ref = any($2::text[])
       and (detail is not null or request_headers is not null or response_headers is not null or response_body is not null)`,
    [workspaceId, textArray(refs, (ref) => ref)],
  );
  return rowCount ?? 0;
}

/** Messages, what a sandbox kept of them, and what providers said. That there were so many, when and how they ended stays. */
export async function sweepMessages(tx: Queryable, { workspaceId, leadId }: Whom, place: Place): Promise<Part> {
  if (leadId === null) return done;
  const { rows } = await tx.query<{ id: string }>(
    "select id from message where workspace_id = $1 and lead_id = $2 and id > $3 order by id limit $4",
    [workspaceId, leadId, place.id, rowsAtOnce],
  );
  if (rows.length === 0) return done;
  const ids = textArray(rows, ({ id }) => id);
  const { rowCount } = await tx.query(
    `update message set subject = null, text = '', html = null, visible_text = null, to_address = '', attachments = null,
       hours_override = null, external = case when external is not null then '{}'::jsonb end, provider_message_id = null,
       status_detail = case when status_detail is not null then 'Erased.' end,
       status = case when status in ('queued', 'held') then 'cancelled' else status end
     where workspace_id = $1 and id = any($2::text[]) and (to_address <> '' or text <> '')`,
    [workspaceId, ids],
  );
  await tx.query("delete from sandbox_message where workspace_id = $1 and id = any($2::text[])", [workspaceId, ids]);
  await tx.query("delete from flight where workspace_id = $1 and message_id = any($2::text[])", [workspaceId, ids]);
  const attempts = await eraseAttempts(
    tx,
    workspaceId,
    rows.map(({ id }) => id),
  );
  const next = rows.length < rowsAtOnce ? null : { at: place.at, id: rows.at(-1)!.id };
  return { next, counts: { messages: rowCount ?? 0, attempts } };
}

/** Events of these IDs, what receivers answered to them, and what CRMs call them. */
async function eraseEvents(
  tx: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ events: number; attempts: number; crmRecords: number }> {
  if (ids.length === 0) return { events: 0, attempts: 0, crmRecords: 0 };
  const loaded = await loadEvents(
    tx,
    ids.map((id) => ({ workspaceId, id })),
  );
  // That it happened is what has to be known afterwards.
  const fresh = loaded.filter(({ type, data }) => type !== erasureAction && !isErasedData(data));
  if (fresh.length > 0) {
    const times = fresh.map(({ id }) => Number(id.slice(4, 17)));
    await tx.query(
      `update event e set data = n.data, formats = 0
       from unnest($2::float8[], $3::text[], $4::text[]) as n (at, id, data)
       where e.workspace_id = $1 and e.at = to_timestamp(n.at / 1000) and e.id = n.id
         and e.at between to_timestamp($5::float8 / 1000) and to_timestamp($6::float8 / 1000)`,
      [
        workspaceId,
        float8Array(times, (time) => time),
        textArray(fresh, ({ id }) => id),
        textArray(fresh, ({ data }) => erasedDataOf(data)),
        Math.min(...times),
        Math.max(...times),
      ],
    );
  }
  const crmRecords = await eraseCrmRecords(tx, workspaceId, "event", ids);
  return { events: fresh.length, attempts: await eraseAttempts(tx, workspaceId, ids), crmRecords };
}

async function eraseCrmRecords(
  tx: Queryable,
  workspaceId: string,
  kind: "event" | "person",
  refs: readonly string[],
): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from crm_record r where r.workspace_id = $1 and r.kind = $2 and r.ref = any($3::text[])
       and r.destination_id = any(array(select d.id from destination d where d.workspace_id = $1 and d.kind <> 'webhook'))`,
    [workspaceId, kind, textArray(refs, (ref) => ref)],
  );
  return rowCount ?? 0;
}

/** The lead's events, as far as the audit trail has them. What is newer the search finds. */
export async function sweepEvents(tx: Queryable, { workspaceId, leadId }: Whom, place: Place): Promise<Part> {
  if (leadId === null) return done;
  const { rows } = await tx.query<Place>(
    `select at, id from audit_entry
     where workspace_id = $1 and lead_id = $2 and kind = 'event' and action <> '${erasureAction}' and at >= $3 and (at, id) > ($3, $4)
     order by at, id limit $5`,
    [workspaceId, leadId, place.at, place.id, rowsAtOnce],
  );
  const counts = await eraseEvents(
    tx,
    workspaceId,
    rows.map(({ id }) => id),
  );
  return { next: rows.length < rowsAtOnce ? null : rows.at(-1)!, counts };
}

/** An event that a search has found, or the last one that it looked at. */
interface Found extends Place {
  hit: boolean;
  /** It names the lead. */
  named: boolean;
}

/**
 * A search of the log, for the lead's own events and for those that mention an address and name no lead: of the next few
 * thousand events those that are, and where to go on (null: that was the end).
 */
export async function findEvents(
  db: Queryable,
  { workspaceId, leadId, pattern }: Pick<Whom, "workspaceId" | "leadId" | "pattern">,
  place: Place,
): Promise<{ hits: Found[]; next: Place | null }> {
  const { rows } = await db.query<Found & { n: number }>(
    `with looked as materialized (
       select at, id, lead_id, row_number() over (order by at, id) as n from event
       where workspace_id = $1 and at >= $2 and (at, id) > ($2, $3) order by at, id limit $4
     ),
     found as (
       select l.at, l.id, l.n, l.lead_id is not null as named, coalesce(l.lead_id = $5
         or l.lead_id is null and (select e.data ~* $6 from event e where e.workspace_id = $1 and e.at = l.at and e.id = l.id), false) as hit
       from looked l
     )
     select at, id, hit, named, n::int from found where hit or n = (select max(n) from looked) order by n`,
    [workspaceId, place.at, place.id, looksAtOnce, leadId, pattern],
  );
  const last = rows.at(-1);
  return {
    hits: rows.filter(({ hit }) => hit),
    next: last && last.n === looksAtOnce ? { at: last.at, id: last.id } : null,
  };
}

export async function searchEvents(tx: Queryable, whom: Whom, place: Place): Promise<Part> {
  const { hits, next } = await findEvents(tx, whom, place);
  const counts = await eraseEvents(
    tx,
    whom.workspaceId,
    hits.map(({ id }) => id),
  );
  return { next, counts, entries: hits.filter(({ named }) => !named).map(({ id }) => id) };
}

/** What acts said about the lead. The entries stay: they name nobody. */
export async function sweepActs(tx: Queryable, { workspaceId, leadId }: Whom): Promise<Part> {
  if (leadId === null) return done;
  const { rowCount } = await tx.query("delete from audit_content where workspace_id = $1 and lead_id = $2", [
    workspaceId,
    leadId,
  ]);
  return { next: null, counts: { acts: rowCount ?? 0 } };
}

/** A search of what acts said that are about no lead in particular: the IDs of those that speak of the person. */
export async function findActs(
  db: Queryable,
  { workspaceId, leadId, pattern }: Pick<Whom, "workspaceId" | "leadId" | "pattern">,
  place: Place,
): Promise<{ ids: string[]; next: Place | null }> {
  const { rows } = await db.query<{ id: string; hit: boolean; n: number }>(
    `with looked as materialized (
       select id, row_number() over (order by id) as n from audit_content
       where workspace_id = $1 and lead_id is null and id > $2 order by id limit $3
     ),
     found as (
       select l.id, l.n, coalesce((select (c.content ~* $4 or strpos(c.content, '"lead":{"id":"' || $5) > 0
           -- Events that were shown before and after.
           or strpos(c.content, '"data":{') > 0 and strpos(c.content, '"leadId":"' || $5) > 0) and not starts_with(c.content, '{"erasure":')
         from audit_content c where c.workspace_id = $1 and c.id = l.id), false) as hit
       from looked l
     )
     select id, hit, n::int from found where hit or n = (select max(n) from looked) order by n`,
    [workspaceId, place.id, looksAtOnce, pattern, leadId],
  );
  const last = rows.at(-1);
  return {
    ids: rows.filter(({ hit }) => hit).map(({ id }) => id),
    next: last && last.n === looksAtOnce ? { at: place.at, id: last.id } : null,
  };
}

export async function searchActs(tx: Queryable, whom: Whom, place: Place): Promise<Part> {
  const { workspaceId } = whom;
  const { ids: entries, next } = await findActs(tx, whom, place);
  if (entries.length > 0)
    await tx.query("delete from audit_content where workspace_id = $1 and id = any($2::text[])", [
      workspaceId,
      textArray(entries, (id) => id),
    ]);
  return { next, counts: { acts: entries.length }, entries };
}

/** Conversations, sequences, tasks, and who it is in CRMs. */
export async function sweepLead(tx: Queryable, { workspaceId, leadId, addresses }: Whom): Promise<Part> {
  const crmRecords = await eraseCrmRecords(tx, workspaceId, "person", [...(leadId ? [leadId] : []), ...addresses]);
  if (leadId === null) return { next: null, counts: { crmRecords } };
  // What agents wanted to write to the lead.
  await tx.query("delete from approval where workspace_id = $1 and lead_id = $2", [workspaceId, leadId]);
  await tx.query("delete from crm_import_person where workspace_id = $1 and lead_id = $2", [workspaceId, leadId]);
  const { rows: conversations } = await tx.query<{ channel: "linkedin" | "sms" | "email"; unread: number }>(
    `delete from conversation where workspace_id = $1 and lead_id = $2
     returning channel, case when last_message_at is not null and last_message_text is not null then unread else 0 end as unread`,
    [workspaceId, leadId],
  );
  for (const { channel, unread } of conversations)
    await countUnread(tx, workspaceId, channel, { conversations: unread > 0 ? -1 : 0, messages: -unread });
  const { rows: enrollments } = await tx.query<{ campaignId: string }>(
    `update enrollment set state = case when state in ('active', 'held') then 'stopped' else state end, next_at = null,
       state_reason = case when state_reason is not null or state in ('active', 'held') then 'erased: The lead was erased.' end,
       wait_reason = null
     where workspace_id = $1 and lead_id = $2 returning campaign_id as "campaignId"`,
    [workspaceId, leadId],
  );
  const values = [workspaceId, textArray(enrollments, ({ campaignId }) => campaignId), leadId];
  const tasks = await tx.query(
    `update task set title = null, text = '', note = null, ended_at = case status when 'open' then $4 else ended_at end,
       status = case status when 'open' then 'cancelled' else status end
     where workspace_id = $1 and campaign_id = any($2::text[]) and lead_id = $3`,
    [...values, new Date()],
  );
  await tx.query(
    "update passage set reason = null where workspace_id = $1 and campaign_id = any($2::text[]) and lead_id = $3",
    values,
  );
  const turns = await sweepAssistant(tx, workspaceId, leadId);
  return {
    next: null,
    counts: { conversations: conversations.length, tasks: (tasks.rowCount ?? 0) + turns.tasks, crmRecords },
  };
}

/** What the assistant wrote, was told and found out about the lead; what people had to do in its place is called off. */
async function sweepAssistant(tx: Queryable, workspaceId: string, leadId: string): Promise<{ tasks: number }> {
  const { rows: turns } = await tx.query<{ id: string }>(
    "delete from assistant_turn where workspace_id = $1 and lead_id = $2 returning id",
    [workspaceId, leadId],
  );
  const tasks = await tx.query(
    `update task set title = null, text = '', note = null, ended_at = case status when 'open' then $3 else ended_at end,
       status = case status when 'open' then 'cancelled' else status end
     where workspace_id = $1 and turn_id = any($2::text[])`,
    [workspaceId, textArray(turns, ({ id }) => id), new Date()],
  );
  await tx.query("delete from assistant_lead where workspace_id = $1 and lead_id = $2", [workspaceId, leadId]);
  await tx.query("delete from tag_reason where workspace_id = $1 and lead_id = $2", [workspaceId, leadId]);
  await tx.query("delete from lead_context where workspace_id = $1 and lead_id = $2", [workspaceId, leadId]);
  return { tasks: tasks.rowCount ?? 0 };
}

/** What came in from providers and other systems, as it came. */
export async function searchReceived(
  tx: Queryable,
  { workspaceId, leadId, pattern }: Whom,
  place: Place,
): Promise<Part> {
  const next = await nextReceived(tx, workspaceId, place.id);
  if (next === null) return done;
  const { rowCount } = await tx.query(
    `delete from received where workspace_id = $1 and id > $2 and id <= $3
       and (lead_id = $4 or encode(body, 'escape') ~* $5 or detail ~* $5)`,
    [workspaceId, place.id, next, leadId, pattern],
  );
  return { next: { at: place.at, id: next }, counts: { received: rowCount ?? 0 } };
}

/** Who came by an import of a CRM's list, and what was found of them there. The next run finds that they may not be written to. */
export async function searchImports(
  tx: Queryable,
  { workspaceId, leadId, pattern }: Whom,
  place: Place,
): Promise<Part> {
  const { rows } = await tx.query<{ id: string }>(
    `select import_id || ' ' || crm_id as id from crm_import_person
     where workspace_id = $1 and (import_id, crm_id) > (split_part($2, ' ', 1), substr($2, strpos($2, ' ') + 1))
     order by import_id, crm_id limit $3`,
    [workspaceId, place.id, looksAtOnce],
  );
  const last = rows.at(-1)?.id;
  if (last === undefined) return done;
  const { rowCount } = await tx.query(
    `delete from crm_import_person
     where workspace_id = $1 and (import_id, crm_id) > (split_part($2, ' ', 1), substr($2, strpos($2, ' ') + 1))
       and (import_id, crm_id) <= (split_part($3, ' ', 1), substr($3, strpos($3, ' ') + 1))
       and (lead_id = $4 or came::text ~* $5)`,
    [workspaceId, place.id, last, leadId, pattern],
  );
  await tx.query("update crm_import set findings = '[]' where workspace_id = $1 and findings::text ~* $2", [
    workspaceId,
    pattern,
  ]);
  return { next: rows.length < looksAtOnce ? null : { at: place.at, id: last }, counts: { imported: rowCount ?? 0 } };
}

/** The history of consent: what remains is that of a hash. */
export async function searchConsent(tx: Queryable, { workspaceId, leadId, hashes }: Whom, place: Place): Promise<Part> {
  const { rows } = await tx.query<{ id: string }>(
    "select id from consent_change where workspace_id = $1 and id > $2 order by id limit $3",
    [workspaceId, place.id, looksAtOnce],
  );
  const last = rows.at(-1)?.id;
  if (last === undefined) return done;
  const { rowCount } = await tx.query(
    `update consent_change set address = null, note = null, evidence = null, reason = case reason when 'erased' then reason else kind end
     where workspace_id = $1 and id > $2 and id <= $3 and (lead_id = $4 or address_hash = any($5::bytea[]))
       and (address is not null or note is not null or evidence is not null)`,
    [workspaceId, place.id, last, leadId, hashes],
  );
  const next = rows.length < looksAtOnce ? null : { at: place.at, id: last };
  return { next, counts: { consentChanges: rowCount ?? 0 } };
}

/** What stands as a reason at senders, lanes and the like, in a provider's words: of few rows each. */
export const reasons = {
  sender: ["status_reason"],
  lane: ["parked_reason", "broken_reason"],
  destination: ["status_reason"],
  notifier: ["reason"],
  mailbox: ["error"],
  poll: ["error"],
  campaign: ["pause_reason"],
  crm_import: ["problem"],
  crm_pace: ["reason"],
  crm_token: ["problem"],
  replay_target: ["reason"],
} as const;

export async function sweepReasons(tx: Queryable, { workspaceId, pattern }: Whom): Promise<Part> {
  // What agents asked for that is about no lead in particular (a campaign): they may say for whom.
  await tx.query(
    `delete from approval where workspace_id = $1 and lead_id is null
       and (request::text ~* $2 or note ~* $2 or decision_note ~* $2 or changed_request::text ~* $2 or outcome::text ~* $2)`,
    [workspaceId, pattern],
  );
  for (const [table, columns] of Object.entries(reasons))
    for (const column of columns)
      await tx.query(`update ${table} set ${column} = 'Erased.' where workspace_id = $1 and ${column} ~* $2`, [
        workspaceId,
        pattern,
      ]);
  return done;
}
