import { normaliseAddress } from "../domain/address.ts";
import type { ChannelName, LeadStatus } from "../domain/event.ts";
import { inOrder } from "./few.ts";
import { addressColumns, addressFields, type Lead, leadColumns } from "./lead.ts";
import type { Queryable } from "./pool.ts";

export interface LeadFilter {
  /** Leads that are or were in this campaign. */
  campaignId?: string | undefined;
  status?: LeadStatus | undefined;
  tag?: string | undefined;
  /** Part of a name, company or address, in any case; a whole address, however it is written, is its lead's alone. */
  search?: string | undefined;
  /** Has an address on this channel. */
  reachableBy?: ChannelName | undefined;
}

/**
 * What leads can be sorted by. Each has an index (0037) that gives its order, with the ID for those that are equal; an empty
 * name or company comes first. Not the time of the last change: sending moves `status_at`, which is in no index (0063).
 */
export const leadSorts = {
  createdAt: null,
  name: "lower(coalesce(l.last_name, l.first_name, ''))",
  company: "lower(coalesce(l.company, ''))",
} as const;

export interface LeadOrder {
  by: keyof typeof leadSorts;
  descending: boolean;
}

export const newestFirst: LeadOrder = { by: "createdAt", descending: true };

/** Where a page ends: its last lead's ID, and what it is sorted by. */
export interface LeadPlace {
  id: string;
  value: string | null;
}

/** So many leads of a status are fetched by their IDs and sorted sooner than a list in some order is read through for them. */
const few = 5_000;

/** Whether few leads have a status. Statements are planned without their values, so that the planner can't tell. */
async function isRare(db: Queryable, workspaceId: string, status: LeadStatus | undefined): Promise<boolean> {
  if (status === undefined) return false;
  const { rows } = await db.query<{ many: boolean }>(
    `select count(*) > $3 as many from (
       select from lead_standing where workspace_id = $1 and status = $2 limit $3::int + 1) s`,
    [workspaceId, status, few],
  );
  return !rows[0]!.many;
}

/**
 * Whose whole address is searched for: found by its index, where a part of one reads all leads. It may be written as people write it
 * (`+1 (202) 555-0143`), which no part of it is. None: it is the beginning of one, or nobody's.
 */
async function haveAddress(db: Queryable, workspaceId: string, search: string | undefined): Promise<string[]> {
  const address = search === undefined ? null : normaliseAddress(null, search);
  if (!address?.ok) return [];
  const { rows } = await db.query<{ id: string }>(
    `select id from lead where workspace_id = $1 and email = $2
     union select id from lead where workspace_id = $1 and phone = $2
     union select id from lead where workspace_id = $1 and linkedin_url = $2`,
    [workspaceId, address.value],
  );
  return rows.map(({ id }) => id);
}

async function conditions(
  db: Queryable,
  workspaceId: string,
  filter: LeadFilter,
): Promise<{ where: string; values: unknown[] }> {
  const rare = await isRare(db, workspaceId, filter.status);
  const addressed = await haveAddress(db, workspaceId, filter.search);
  const values: unknown[] = [workspaceId];
  const parts = ["l.workspace_id = $1", inOrder("l")];
  const add = (value: string, sql: (parameter: string) => string) => {
    values.push(value);
    parts.push(sql(`$${values.length}`));
  };
  if (filter.campaignId !== undefined) {
    add(
      filter.campaignId,
      (p) =>
        `exists (select from enrollment e where e.workspace_id = l.workspace_id and e.campaign_id = ${p} and e.lead_id = l.id)`,
    );
  }
  if (filter.status !== undefined)
    add(filter.status, (p) =>
      rare
        ? `l.status = ${p} and l.id = any(array(select s.lead_id from lead_standing s where s.workspace_id = $1 and s.status = ${p}))`
        : `l.status = ${p}`,
    );
  if (filter.tag !== undefined) add(filter.tag, (p) => `l.tags @> array[${p}::text]`);
  if (filter.reachableBy !== undefined)
    parts.push(`l.${addressColumns[addressFields[filter.reachableBy]]} is not null`);
  if (addressed.length > 0) parts.push(`l.id = any($${values.push(addressed)})`);
  else if (filter.search !== undefined) {
    add(
      `%${filter.search.replace(/[\\%_]/g, "\\$&")}%`,
      (p) => `concat_ws(' ', l.first_name, l.last_name, l.company, l.email, l.phone, l.linkedin_url) ilike ${p}`,
    );
  }
  return { where: parts.join(" and "), values };
}

const orderBy = ({ by, descending }: LeadOrder): string => {
  const direction = descending ? "desc" : "asc";
  const expression = leadSorts[by];
  return `${expression === null ? "" : `${expression} ${direction}, `}l.id ${direction}`;
};

/** What `LeadPlace.value` is for a lead; as the index has it. */
const placeColumn = ({ by }: LeadOrder): string => `${leadSorts[by] ?? "null"} as "placeValue"`;

/** A page behind `after`, at most `limit`: any page costs the same. */
export async function listLeads(
  db: Queryable,
  workspaceId: string,
  filter: LeadFilter,
  after: LeadPlace | null,
  limit: number,
  order: LeadOrder = newestFirst,
): Promise<(Lead & { placeValue: string | null })[]> {
  const { where, values } = await conditions(db, workspaceId, filter);
  const parts = [where];
  if (after !== null) {
    const compare = order.descending ? "<" : ">";
    const expression = leadSorts[order.by];
    if (expression === null) parts.push(`l.id ${compare} $${values.push(after.id)}`);
    else
      parts.push(
        `(${expression}, l.id) ${compare} ($${values.push(after.value ?? "")}::text, $${values.push(after.id)})`,
      );
  }
  const { rows } = await db.query<Lead & { placeValue: string | null }>(
    `select ${leadColumns}, ${placeColumn(order)} from lead l where ${parts.join(" and ")}
     order by ${orderBy(order)} limit $${values.push(limit)}`,
    values,
  );
  return rows;
}

const isOnlyByStatus = (filter: LeadFilter) =>
  filter.status !== undefined && Object.values(filter).filter((value) => value !== undefined).length === 1;

/** Page `page` (from 1) of the same list, and how many leads there are. Later pages cost more: programs use `listLeads`. */
export async function listLeadPage(
  db: Queryable,
  workspaceId: string,
  filter: LeadFilter,
  page: number,
  limit: number,
  order: LeadOrder = newestFirst,
): Promise<{ leads: (Lead & { placeValue: string | null })[]; total: number }> {
  const { where, values } = await conditions(db, workspaceId, filter);
  const counted = await db.query<{ total: number }>(
    isOnlyByStatus(filter)
      ? "select count(*) as total from lead_standing where workspace_id = $1 and status = $2"
      : `select count(*) as total from lead l where ${where}`,
    values,
  );
  const total = counted.rows[0]!.total;
  const offset = (page - 1) * limit;
  if (offset >= total) return { leads: [], total };
  values.push(limit, offset);
  // Of an order with an index of its own, the rows are read along it. IDs alone are cheaper to skip: for later pages of the newest.
  const text =
    order.by === "createdAt"
      ? `select ${leadColumns}, ${placeColumn(order)} from lead l join (select l.id from lead l where ${where} order by ${orderBy(order)}
           limit $${values.length - 1} offset $${values.length}) p on l.id = p.id
         where l.workspace_id = $1 order by ${orderBy(order)}`
      : `select ${leadColumns}, ${placeColumn(order)} from lead l where ${where} order by ${orderBy(order)}
           limit $${values.length - 1} offset $${values.length}`;
  const { rows } = await db.query<Lead & { placeValue: string | null }>(text, values);
  return { leads: rows, total };
}
