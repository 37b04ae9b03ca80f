import { textArray } from "./array.ts";
import type { Place } from "./erasure.ts";
import { reasons } from "./erasure-sweep.ts";
import type { Queryable } from "./pool.ts";
import { nextReceived } from "./received-search.ts";

/** What there is about a person, list by list, each in pages in the order of its IDs. For the person themselves. */

/** Whose: a lead's, and what is kept under its addresses. */
export interface Person {
  workspaceId: string;
  leadId: string | null;
  addresses: readonly string[];
  /** Of texts that mention one of the addresses: `mentionPattern`. */
  pattern: string;
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

/** A list of which SQL tells the rows by the lead's ID ($2), its addresses ($3), and the pattern of texts that mention one ($4). */
const ofPerson = (name: string, key: string, row: string, from: string): ExportedList => ({
  name,
  async page(db, { workspaceId, leadId, addresses, pattern }, after, limit) {
    const { rows } = await db.query<ExportedRow>(
      // Gives each parameter its type, also where the list doesn't ask for it.
      `with typed as (select $2::text as lead_id, $3::text[] as addresses, $4::text as pattern)
       select ${key} as key, ${row} as row from ${from} and ${key} > $5 order by 1 limit $6`,
      [workspaceId, leadId, textArray(addresses, (address) => address), pattern, after, limit],
    );
    return rows;
  },
});

/** An attempt, with what was said in it. */
const attemptRow = (
  more: string,
) => `json_build_object(${more}, 'at', a.started_at, 'outcome', a.outcome, 'statusCode', a.status_code,
  'code', a.code, 'detail', a.detail, 'requestHeaders', a.request_headers, 'responseHeaders', a.response_headers,
  'responseBody', a.response_body)`;

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
  ofLead("context", "lead_context", "t.id"),
  // Also under an address that the lead has no more.
  ofPerson(
    "consentChanges",
    "t.id",
    "to_jsonb(t) - array['workspace_id', 'address_hash']",
    `consent_change t where t.workspace_id = $1 and (t.lead_id = $2
       or t.address_hash = any(array(select sha256(convert_to(a, 'UTF8')) from unnest($3::text[]) a)))`,
  ),
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
  ofPerson(
    "crmImports",
    "t.import_id || ' ' || t.crm_id",
    "to_jsonb(t) - array['workspace_id', 'seen_in_run']",
    "crm_import_person t where t.workspace_id = $1 and (t.lead_id = $2 or t.came::text ~* $4)",
  ),
  ofPerson(
    "crmImportFindings",
    "t.id",
    `json_build_object('importId', t.id, 'findings', (
       select json_agg(f) from jsonb_array_elements(t.findings) f where f::text ~* $4))`,
    "crm_import t where t.workspace_id = $1 and t.findings::text ~* $4",
  ),
  // What providers said of each try to send.
  ofPerson(
    "sendAttempts",
    "t.id",
    `json_build_object('messageId', t.id, 'attempts', (select json_agg(${attemptRow("'n', a.n")} order by a.started_at)
       from attempt a where a.workspace_id = $1 and a.ref = t.id and a.kind = 'message'))`,
    `message t where t.workspace_id = $1 and t.lead_id = $2 and exists (
       select 1 from attempt a where a.workspace_id = $1 and a.ref = t.id and a.kind = 'message')`,
  ),
  ofPerson(
    "sandboxMessages",
    "t.id",
    "to_jsonb(s) - array['workspace_id']",
    "message t join sandbox_message s on s.workspace_id = $1 and s.id = t.id where t.workspace_id = $1 and t.lead_id = $2",
  ),
  {
    // Of senders, lanes and the like: few rows each.
    name: "reasons",
    async page(db, { workspaceId, pattern }, after) {
      if (after !== "") return [];
      const found: ExportedRow[] = [];
      for (const [table, columns] of Object.entries(reasons))
        for (const column of columns) {
          const { rows } = await db.query<{ text: string }>(
            `select ${column} as text from ${table} where workspace_id = $1 and ${column} ~* $2`,
            [workspaceId, pattern],
          );
          found.push(...rows.map(({ text }) => ({ key: table, row: { of: table, text } })));
        }
      return found;
    },
  },
  // What agents wanted to write; of what is about no lead (a campaign), what mentions an address.
  ofPerson(
    "approvals",
    "t.id",
    "to_jsonb(t) - array['workspace_id']",
    "approval t where t.workspace_id = $1 and (t.lead_id = $2 or t.lead_id is null and to_jsonb(t)::text ~* $4)",
  ),
];

/** The lead itself, as it is stored. */
export async function leadRow(db: Queryable, workspaceId: string, leadId: string): Promise<unknown> {
  const { rows } = await db.query<{ row: unknown }>(
    "select to_jsonb(l) - $3::text[] as row from lead l where l.workspace_id = $1 and l.id = $2",
    [workspaceId, leadId, ["workspace_id", ...inner]],
  );
  return rows[0]?.row ?? null;
}

/** Acts of these IDs; those of the lead are in `actsOfLead`. */
export async function actsOf(
  db: Queryable,
  { workspaceId, leadId }: Person,
  ids: readonly string[],
): Promise<unknown[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<ExportedRow>(
    `select ${actRow} from audit_entry a left join audit_content c on c.workspace_id = $1 and c.id = a.id
     where a.workspace_id = $1 and a.id = any($2::text[]) and a.kind = 'act' and a.lead_id is distinct from $3
       and a.at = any(array(select k.at from audit_content k where k.workspace_id = $1 and k.id = any($2::text[])))
     order by a.id`,
    [workspaceId, textArray(ids, (id) => id), leadId],
  );
  return rows.map(({ row }) => row);
}

const actRow = `a.id as key, json_build_object('id', a.id, 'at', a.at, 'action', a.action,
  'content', coalesce(a.detail, c.content)::json) as row`;

export const actsOfLead: ExportedList = {
  name: "acts",
  async page(db, { workspaceId, leadId }, after, limit) {
    if (leadId === null) return [];
    const { rows } = await db.query<ExportedRow>(
      `select ${actRow} from audit_entry a left join audit_content c on c.workspace_id = $1 and c.id = a.id
       where a.workspace_id = $1 and a.lead_id = $2 and a.kind = 'act' and a.id > $3 order by a.id limit $4`,
      [workspaceId, leadId, after, limit],
    );
    return rows;
  },
};

/** Events between two places of the log, the first ones first, and where to go on; null: that was the end. */
export interface EventPage {
  ids: string[];
  next: Place | null;
}

/** The lead's own events as far as the audit trail has copied the log, up to `upTo`: the log itself has no index of leads. */
export async function eventsOfLead(
  db: Queryable,
  { workspaceId, leadId }: Person,
  after: Place,
  upTo: Place,
  limit: number,
): Promise<EventPage> {
  if (leadId === null) return { ids: [], next: null };
  const { rows } = await db.query<Place>(
    `select at, id from audit_entry
     where workspace_id = $1 and lead_id = $2 and kind = 'event' and at >= $3 and at <= $5 and (at, id) > ($3, $4) and (at, id) <= ($5, $6)
     order by at, id limit $7`,
    [workspaceId, leadId, after.at, after.id, upTo.at, upTo.id, limit],
  );
  return { ids: rows.map(({ id }) => id), next: rows.length < limit ? null : rows.at(-1)! };
}

/** Events that name no lead and mention one of the person's addresses, up to `upTo`, of the next `limit`. */
export async function eventsOfNobody(
  db: Queryable,
  { workspaceId, pattern }: Person,
  after: Place,
  upTo: Place,
  limit: number,
): Promise<EventPage> {
  const { rows } = await db.query<Place & { hit: boolean }>(
    `select at, id, data ~* $7 as hit from event
     where workspace_id = $1 and lead_id is null and at >= $2 and at <= $4 and (at, id) > ($2, $3) and (at, id) <= ($4, $5)
     order by at, id limit $6`,
    [workspaceId, after.at, after.id, upTo.at, upTo.id, limit, pattern],
  );
  return {
    ids: rows.filter(({ hit }) => hit).map(({ id }) => id),
    next: rows.length < limit ? null : { at: rows.at(-1)!.at, id: rows.at(-1)!.id },
  };
}

/** Each try to deliver events: to whom, what was said, and what a CRM calls what it made of it. */
export async function deliveriesOf(
  db: Queryable,
  workspaceId: string,
  eventIds: readonly string[],
): Promise<unknown[]> {
  if (eventIds.length === 0) return [];
  const { rows } = await db.query<{ row: unknown }>(
    `select ${attemptRow("'eventId', a.ref, 'destinationId', a.lane_id, 'destination', d.name, 'url', d.url, 'crmId', r.crm_id")} as row
     from unnest($2::text[]) as k (id)
     cross join lateral (
       select a.* from attempt a where a.ref = k.id and a.workspace_id = $1 and a.kind = 'delivery'
     ) a
     left join destination d on d.workspace_id = $1 and d.id = a.lane_id
     left join crm_record r on r.workspace_id = $1 and r.destination_id = a.lane_id and r.kind = 'event' and r.ref = a.ref
     order by a.ref, a.started_at`,
    [workspaceId, textArray(eventIds, (id) => id)],
  );
  return rows.map(({ row }) => row);
}

/**
 * What came in that is the lead's, or mentions an address: the IDs among the next few thousand items, and the last that was looked at
 * (null: that was the end).
 */
export async function findReceived(
  db: Queryable,
  { workspaceId, leadId, pattern }: Pick<Person, "workspaceId" | "leadId" | "pattern">,
  after: string,
): Promise<{ ids: string[]; next: string | null }> {
  const next = await nextReceived(db, workspaceId, after);
  if (next === null) return { ids: [], next };
  const { rows } = await db.query<{ id: string }>(
    `select id from received where workspace_id = $1 and id > $2 and id <= $3
       and (lead_id = $4 or encode(body, 'escape') ~* $5 or detail ~* $5) order by id`,
    [workspaceId, after, next, leadId, pattern],
  );
  return { ids: rows.map(({ id }) => id), next };
}

/** Items that came in, with their bodies. */
export async function receivedOf(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ row: object; body: Buffer }[]> {
  const { rows } = await db.query<{ row: object; body: Buffer }>(
    `select r.body, json_build_object('id', r.id, 'sourceId', r.source_id, 'receivedAt', r.received_at, 'type', r.type,
       'status', r.status, 'detail', r.detail, 'contentType', r.content_type) as row
     from received r where r.workspace_id = $1 and r.id = any($2::text[]) order by r.id`,
    [workspaceId, textArray(ids, (id) => id)],
  );
  return rows;
}
