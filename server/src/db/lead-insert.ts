import type { NormalisedLead } from "../domain/lead.ts";
import { textArray, textArrayLiteral } from "./array.ts";
import type { Database, Queryable } from "./pool.ts";
import type { SetStatement } from "./together.ts";

/** The fields that a lead is recognised by. Each is unique in its workspace. */
export type AddressField = "linkedinUrl" | "phone" | "email";

/** A lead on its way into the database, with the ID that it gets if nobody has its addresses. */
export interface NewLead extends NormalisedLead {
  id: string;
  /** The import of a file that brings it. */
  importId?: string | null;
}

/** Why a lead was not inserted: `leadId` has one of its addresses, in `field`. */
export interface DuplicateLead {
  leadId: string;
  field: AddressField;
}

export interface InsertedLeads {
  /** IDs that are now in the database. */
  inserted: Set<string>;
  /** By the ID of the lead that was given. */
  duplicates: Map<string, DuplicateLead>;
}

// In the order of the rows: of two with the same address the first is inserted. ON CONFLICT without a target holds for
// the three indexes at once.
const insertSql = `
with added as (
insert into lead (workspace_id, id, first_name, last_name, company, title, linkedin_url, phone, email, time_zone,
  external_lead_id, profile, tags, custom, import_id)
select $1, n.id, n.first_name, n.last_name, n.company, n.title, n.linkedin_url, n.phone, n.email, n.time_zone,
  n.external_lead_id, n.profile, n.tags::text[], n.custom::jsonb, n.import_id
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
  $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
  as n (id, first_name, last_name, company, title, linkedin_url, phone, email, time_zone, external_lead_id, profile, tags, custom, import_id)
on conflict do nothing
returning id, status
),
standing as (insert into lead_standing (workspace_id, status, lead_id) select $1, status, id from added)
select id from added`;

// A statement of its own: the insert waits for other transactions that hold the same address, and its own snapshot is
// older than what they commit.
const holderSql = `
select n.id, h.lead_id as "leadId", h.field
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as n (id, linkedin_url, phone, email)
cross join lateral (
  select 1 as rank, l.id as lead_id, 'linkedinUrl' as field from lead l where l.workspace_id = $1 and l.linkedin_url = n.linkedin_url
  union all
  select 2, l.id, 'email' from lead l where l.workspace_id = $1 and l.email = n.email
  union all
  select 3, l.id, 'phone' from lead l where l.workspace_id = $1 and l.phone = n.phone
  order by rank limit 1
) h`;

/** Each round needs a lead that had the address at the insert and had lost it at the look-up. */
const rounds = 3;

/**
 * Inserts leads in one statement, up to about 1,000 at a time. A lead of which any address is taken, by a lead in the
 * database or by an earlier one of `leads`, is left out, and the lead that has the address is named; that one is not
 * changed. Two transactions that insert the same addresses in different orders can deadlock: `isRetryable`.
 */
export async function insertLeads(
  db: Queryable,
  workspaceId: string,
  leads: readonly NewLead[],
): Promise<InsertedLeads> {
  if (db.gather) return await db.gather(insertTogether, workspaceId, leads);
  const result: InsertedLeads = { inserted: new Set(), duplicates: new Map() };
  let open = leads;
  for (let round = 0; open.length > 0; round++) {
    if (round === rounds) throw new Error(`The addresses of ${open.length} leads are changing hands.`);
    const { rows } = await db.query<{ id: string }>({
      name: "lead.insert",
      text: insertSql,
      values: [
        workspaceId,
        textArray(open, (lead) => lead.id),
        textArray(open, (lead) => lead.firstName),
        textArray(open, (lead) => lead.lastName),
        textArray(open, (lead) => lead.company),
        textArray(open, (lead) => lead.title),
        textArray(open, (lead) => lead.linkedinUrl),
        textArray(open, (lead) => lead.phone),
        textArray(open, (lead) => lead.email),
        textArray(open, (lead) => lead.timeZone),
        textArray(open, (lead) => lead.externalLeadId),
        textArray(open, (lead) => lead.profile),
        textArray(open, (lead) => textArrayLiteral(lead.tags)),
        textArray(open, (lead) => JSON.stringify(lead.custom)),
        textArray(open, (lead) => lead.importId),
      ],
    });
    for (const row of rows) result.inserted.add(row.id);
    if (rows.length === open.length) break;
    open = open.filter((lead) => !result.inserted.has(lead.id));
    for (const { id, ...duplicate } of await findHolders(db, workspaceId, open)) result.duplicates.set(id, duplicate);
    open = open.filter((lead) => !result.duplicates.has(lead.id));
  }
  return result;
}

/**
 * Has PostgreSQL look at the leads anew, which it does by itself within a minute. Until then a workspace that was just filled
 * has hardly any leads as far as its planner knows, and each look-up of one by its address walks over all of them: an import of
 * known leads ran into the time limit. Where another look is under way, or this user may not, nothing happens.
 */
export async function analyzeLeads(db: Database): Promise<void> {
  try {
    await db.transaction(async (tx) => {
      await tx.query("set local lock_timeout = '500ms'");
      await tx.query("analyze lead");
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "55P03") throw error;
  }
}

const insertTogether: SetStatement<readonly NewLead[], InsertedLeads> = {
  name: "lead.insert",
  async run(db, workspaceId, lists) {
    const result = await insertLeads(db, workspaceId, lists.flat());
    return lists.map(() => result);
  },
};

async function findHolders(
  db: Queryable,
  workspaceId: string,
  leads: readonly NewLead[],
): Promise<(DuplicateLead & { id: string })[]> {
  const { rows } = await db.query<DuplicateLead & { id: string }>({
    name: "lead.holders",
    text: holderSql,
    values: [
      workspaceId,
      textArray(leads, (lead) => lead.id),
      textArray(leads, (lead) => lead.linkedinUrl),
      textArray(leads, (lead) => lead.phone),
      textArray(leads, (lead) => lead.email),
    ],
  });
  return rows;
}
