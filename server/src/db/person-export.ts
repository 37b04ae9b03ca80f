import { textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";

/** What there is about a person, list by list, each in pages in the order of its IDs. For the person themselves. */

/** Whose: a lead's, and what is kept under its addresses. */
export interface Person {
  workspaceId: string;
  leadId: string | null;
  addresses: readonly string[];
}

/** A list: a page of rows behind an ID. */
export interface ExportedList {
  name: string;
  page(db: Queryable, person: Person, after: string, limit: number): Promise<ExportedRow[]>;
}

/** A row as it is shown; `key` orders the list. */
export interface ExportedRow {
  key: string;
  row: unknown;
}

/** A list of all of a table's rows of the lead, as JSON without what is no data about anybody. */
const ofLead = (name: string, table: string, key: string, without: readonly string[] = []): ExportedList => ({
  name,
  async page(db, { workspaceId, leadId }, after, limit) {
    if (leadId === null) return [];
    const { rows } = await db.query<ExportedRow>(
      `select ${key} as key, to_jsonb(t) - $5::text[] as row from ${table} t
       where t.workspace_id = $1 and t.lead_id = $2 and ${key} > $3 order by ${key} limit $4`,
      [workspaceId, leadId, after, limit, ["workspace_id", ...without]],
    );
    return rows;
  },
});

const ofAddresses = (name: string, table: string, key: string, without: readonly string[]): ExportedList => ({
  name,
  async page(db, { workspaceId, addresses }, after, limit) {
    const { rows } = await db.query<ExportedRow>(
      `select ${key} as key, to_jsonb(t) - $5::text[] as row from unnest($2::text[]) as a (address)
       join ${table} t on t.address_hash = sha256(convert_to(a.address, 'UTF8')) and t.workspace_id = $1
       where ${key} > $3 order by ${key} limit $4`,
      [workspaceId, textArray(addresses, (address) => address), after, limit, ["workspace_id", ...without]],
    );
    return rows;
  },
});

/** How Herald itself keeps rows says nothing about anybody. */
const inner = [
  "begun_by",
  "stop_no",
  "hold_until",
  "counted_at",
  "send_before",
  "attempts",
  "click_seen_link",
  "writing",
  "writing_until",
];

export const exportedLists: readonly ExportedList[] = [
  ofLead("conversations", "conversation", "t.id"),
  ofLead("messages", "message", "t.id", inner),
  ofLead("enrollments", "enrollment", "t.campaign_id", inner),
  ofLead("passages", "passage", "t.campaign_id || ' ' || t.step_id"),
  ofLead("tasks", "task", "t.id"),
  ofLead("assistant", "assistant_lead", "t.lead_id"),
  ofLead("turns", "assistant_turn", "t.id", ["lease", "reserved_tokens", "reserved_micros"]),
  ofLead("tagReasons", "tag_reason", "t.tag"),
  ofAddresses("consentChanges", "consent_change", "t.id", ["address_hash"]),
  ofAddresses("suppressions", "suppression", "encode(t.address_hash, 'hex') || t.channel || t.kind", ["address_hash"]),
  {
    name: "crmRecords",
    async page(db, { workspaceId, leadId, addresses }, after, limit) {
      const { rows } = await db.query<ExportedRow>(
        `select r.destination_id || ' ' || r.ref as key, json_build_object('destinationId', r.destination_id, 'system', d.kind,
           'name', d.name, 'crmId', r.crm_id) as row
         from destination d join crm_record r on r.workspace_id = $1 and r.destination_id = d.id
         where d.workspace_id = $1 and r.kind = 'person' and r.ref = any($2::text[]) and r.destination_id || ' ' || r.ref > $3
         order by 1 limit $4`,
        [workspaceId, textArray([...(leadId ? [leadId] : []), ...addresses], (ref) => ref), after, limit],
      );
      return rows;
    },
  },
  ofLead("crmImports", "crm_import_person", "t.import_id || ' ' || t.crm_id", ["seen_in_run"]),
  {
    name: "acts",
    async page(db, { workspaceId, leadId }, after, limit) {
      if (leadId === null) return [];
      const { rows } = await db.query<ExportedRow>(
        `select a.id as key, json_build_object('id', a.id, 'at', a.at, 'action', a.action,
           'content', coalesce(a.detail, c.content)::json) as row
         from audit_entry a left join audit_content c on c.workspace_id = $1 and c.id = a.id
         where a.workspace_id = $1 and a.lead_id = $2 and a.kind = 'act' and a.id > $3 order by a.id limit $4`,
        [workspaceId, leadId, after, limit],
      );
      return rows;
    },
  },
];

/** The lead itself, as it is stored. */
export async function leadRow(db: Queryable, workspaceId: string, leadId: string): Promise<unknown> {
  const { rows } = await db.query<{ row: unknown }>(
    "select to_jsonb(l) - $3::text[] as row from lead l where l.workspace_id = $1 and l.id = $2",
    [workspaceId, leadId, ["workspace_id", ...inner]],
  );
  return rows[0]?.row ?? null;
}

/** To whom events went: of each delivery that was made. */
export async function deliveriesOf(
  db: Queryable,
  workspaceId: string,
  eventIds: readonly string[],
): Promise<unknown[]> {
  if (eventIds.length === 0) return [];
  const { rows } = await db.query<{ row: unknown }>(
    `select json_build_object('eventId', a.ref, 'destinationId', a.lane_id, 'destination', d.name, 'url', d.url,
       'at', a.started_at) as row
     from unnest($2::text[]) as k (id)
     cross join lateral (
       select a.ref, a.lane_id, a.started_at from attempt a
       where a.ref = k.id and a.workspace_id = $1 and a.kind = 'delivery' and a.outcome = 'succeeded'
     ) a
     left join destination d on d.workspace_id = $1 and d.id = a.lane_id
     order by a.ref, a.started_at`,
    [workspaceId, textArray(eventIds, (id) => id)],
  );
  return rows.map(({ row }) => row);
}

/** What came in that is the lead's, or mentions an address: of the next few items, and the last that was looked at. */
export async function findReceived(
  db: Queryable,
  workspaceId: string,
  { leadId, pattern }: { leadId: string | null; pattern: string },
  after: string,
  limit: number,
): Promise<{ rows: { row: object; body: Buffer }[]; next: string | null }> {
  const { rows } = await db.query<{ id: string; n: number; row: object; body: Buffer | null }>(
    `with looked as materialized (
       select id, row_number() over (order by id) as n from received where workspace_id = $1 and id > $2 order by id limit $3
     )
     select l.id, l.n::int, r.row, r.body from looked l
     left join lateral (
       select r.body, json_build_object('id', r.id, 'sourceId', r.source_id, 'receivedAt', r.received_at, 'type', r.type,
         'status', r.status, 'contentType', r.content_type) as row
       from received r where r.workspace_id = $1 and r.id = l.id and (r.lead_id = $4 or encode(r.body, 'escape') ~* $5)
     ) r on true
     where r.body is not null or l.n = (select max(n) from looked) order by l.n`,
    [workspaceId, after, limit, leadId, pattern],
  );
  const last = rows.at(-1);
  return {
    rows: rows.flatMap(({ row, body }) => (body === null ? [] : [{ row, body }])),
    next: last && last.n === limit ? last.id : null,
  };
}
