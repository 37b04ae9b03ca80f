import { HeraldError } from "../domain/error.ts";
import type { ChannelName, LeadStatus } from "../domain/event.ts";
import type { NormalisedLead } from "../domain/lead.ts";
import type { AddressField } from "./lead-insert.ts";
import type { Queryable } from "./pool.ts";
import { replanLead } from "./replan.ts";
import type { SetStatement } from "./together.ts";

export interface Lead extends NormalisedLead {
  id: string;
  status: LeadStatus;
  /** Nobody may write to it, on any channel. */
  doNotContact: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** Of `lead l`, as `Lead` has them. */
export const leadColumns = `l.id, l.first_name as "firstName", l.last_name as "lastName", l.company, l.title, l.linkedin_url as "linkedinUrl",
  l.phone, l.email, l.time_zone as "timeZone", l.external_lead_id as "externalLeadId", l.profile, l.tags, l.custom, l.status,
  l.do_not_contact_at is not null as "doNotContact",
  l.created_at as "createdAt", greatest(l.updated_at, l.status_at) as "updatedAt"`;

/** The address by which a lead is reached on a channel. */
export const addressFields: { readonly [C in ChannelName]: AddressField } = {
  linkedin: "linkedinUrl",
  sms: "phone",
  email: "email",
};
export const addressColumns: { readonly [F in AddressField]: string } = {
  linkedinUrl: "linkedin_url",
  phone: "phone",
  email: "email",
};

export async function getLead(db: Queryable, workspaceId: string, id: string): Promise<Lead | null> {
  return (await getLeads(db, workspaceId, [id]))[0] ?? null;
}

/** The lead, which nobody else changes until the transaction ends. */
export async function getLeadForUpdate(tx: Queryable, workspaceId: string, id: string): Promise<Lead | null> {
  const { rows } = await tx.query<Lead>({
    name: "lead.hold",
    text: `select ${leadColumns} from lead l where l.workspace_id = $1 and l.id = $2 for no key update`,
    values: [workspaceId, id],
  });
  return rows[0] ?? null;
}

/** The leads that exist among `ids`, in no particular order. */
export async function getLeads(db: Queryable, workspaceId: string, ids: readonly string[]): Promise<Lead[]> {
  if (db.gather) return await db.gather(getTogether, workspaceId, ids);
  const { rows } = await db.query<Lead>({
    name: "lead.get",
    text: `select ${leadColumns} from lead l where l.workspace_id = $1 and l.id = any($2::text[])`,
    values: [workspaceId, ids],
  });
  return rows;
}

const getTogether: SetStatement<readonly string[], Lead[]> = {
  name: "lead.get",
  async run(db, workspaceId, lists) {
    const leads = await getLeads(db, workspaceId, [...new Set(lists.flat())]);
    const byId = new Map(leads.map((lead) => [lead.id, lead]));
    return lists.map((ids) => ids.flatMap((id) => byId.get(id) ?? []));
  },
};

/** The lead with this address, which must be in canonical form (see `domain/lead.ts`). */
export async function findLeadByAddress(
  db: Queryable,
  workspaceId: string,
  channel: ChannelName,
  address: string,
): Promise<Lead | null> {
  const column = addressColumns[addressFields[channel]];
  const { rows } = await db.query<Lead>(
    `select ${leadColumns} from lead l where l.workspace_id = $1 and l.${column} = $2`,
    [workspaceId, address],
  );
  return rows[0] ?? null;
}

/** What is to change; undefined leaves a field as it is, null empties it. The status has its own way: `setLeadStatus`. */
export type LeadChange = {
  [F in Exclude<keyof NormalisedLead, "tags" | "custom">]?: NormalisedLead[F] | undefined;
} & {
  /** In place of all tags. */
  tags?: readonly string[] | undefined;
  addTags?: readonly string[] | undefined;
  removeTags?: readonly string[] | undefined;
  /** Merged into what is there; null deletes a key. */
  custom?: Readonly<Record<string, string | null>> | undefined;
};

const changeable = {
  firstName: "first_name",
  lastName: "last_name",
  company: "company",
  title: "title",
  ...addressColumns,
  timeZone: "time_zone",
  externalLeadId: "external_lead_id",
  profile: "profile",
} as const;

/**
 * Changes a lead. Null if there is none.
 * @throws HeraldError `conflict`, with the field and the other lead's ID, if another lead has one of the addresses.
 */
export async function updateLead(
  db: Queryable,
  workspaceId: string,
  id: string,
  change: LeadChange,
): Promise<Lead | null> {
  await refuseTakenAddress(db, workspaceId, id, change);
  const values: unknown[] = [workspaceId, id];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const assignments = ["updated_at = now()"];
  for (const [field, column] of Object.entries(changeable)) {
    const value = change[field as keyof typeof changeable];
    if (value !== undefined) assignments.push(`${column} = ${parameter(value)}`);
  }
  if (change.tags ?? change.addTags ?? change.removeTags) {
    const kept = change.tags === undefined ? "l.tags" : `${parameter(change.tags)}::text[]`;
    // In the order in which they were added.
    assignments.push(`tags = coalesce((select array_agg(t.tag order by t.at) from (
      select tag, min(at) as at from unnest(${kept} || ${parameter(change.addTags ?? [])}::text[]) with ordinality as u (tag, at)
      where tag <> all(${parameter(change.removeTags ?? [])}::text[]) group by tag) t), '{}')`);
  }
  if (change.custom !== undefined) {
    const entries = Object.entries(change.custom);
    const set = Object.fromEntries(entries.filter(([, value]) => value !== null));
    const deleted = entries.filter(([, value]) => value === null).map(([key]) => key);
    assignments.push(`custom = (l.custom || ${parameter(JSON.stringify(set))}::jsonb) - ${parameter(deleted)}::text[]`);
  }
  const told = saidNow(change, change.tags ? await tagsOf(db, workspaceId, id) : [], parameter);
  if (told !== null) assignments.push(`told = ${told}`);
  try {
    const { rows } = await db.query<Lead>(
      `update lead l set ${assignments.join(", ")} where l.workspace_id = $1 and l.id = $2 returning ${leadColumns}`,
      values,
    );
    // Windows are by the lead's clock.
    if (rows[0] && change.timeZone !== undefined) await replanLead(db, workspaceId, id);
    return rows[0] ?? null;
  } catch (error) {
    throw takenMeanwhile(error) ?? error;
  }
}

/**
 * SQL of `told` (see `domain/told.ts`) after a change that is made here: what others said of the same things before is
 * outdated. Null: it doesn't concern that. `replaced`: the tags that there were, where all of them are replaced.
 */
function saidNow(
  change: LeadChange,
  replaced: readonly string[],
  parameter: (value: unknown) => string,
): string | null {
  let told = "coalesce(l.told, '{}')";
  const before = told;
  const now = Date.now();
  const say = (part: string, keys: readonly string[]) => {
    const times = Object.fromEntries(keys.map((key) => [key, now]));
    const all = `coalesce(l.told -> '${part}', '{}') || ${parameter(JSON.stringify(times))}::jsonb`;
    told = `jsonb_set(${told}, '{${part}}', ${all})`;
  };
  if (change.tags ?? change.addTags ?? change.removeTags) {
    say("tags", [...replaced, ...(change.tags ?? []), ...(change.addTags ?? []), ...(change.removeTags ?? [])]);
  }
  if (change.custom !== undefined) say("fields", Object.keys(change.custom));
  // What is written here is the lead's own, which nobody else changes.
  const own = (["externalLeadId", "profile"] as const).filter((field) => change[field] !== undefined) as string[];
  if (change.firstName !== undefined || change.lastName !== undefined) own.push("name");
  for (const part of own) told = `${told} #- '{person,${part}}'`;
  return told === before ? null : told;
}

async function tagsOf(db: Queryable, workspaceId: string, id: string): Promise<string[]> {
  const { rows } = await db.query<{ tags: string[] }>(
    "select tags from lead where workspace_id = $1 and id = $2 for no key update",
    [workspaceId, id],
  );
  return rows[0]?.tags ?? [];
}

async function refuseTakenAddress(db: Queryable, workspaceId: string, id: string, change: LeadChange): Promise<void> {
  for (const [channel, field] of Object.entries(addressFields)) {
    const address = change[field];
    if (address === undefined || address === null) continue;
    const holder = await findLeadByAddress(db, workspaceId, channel as ChannelName, address);
    if (holder !== null && holder.id !== id) throw addressConflict(field, `The lead ${holder.id}`);
  }
}

function addressConflict(field: AddressField, holder: string): HeraldError {
  const reason = `${holder} has this ${field} already.`;
  return new HeraldError("conflict", reason, [{ field, reason }]);
}

/** Another transaction took the address after the look; this one is over, so that its lead can't be asked for. */
function takenMeanwhile(error: unknown): HeraldError | null {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code !== "23505") return null;
  const field = Object.values(addressFields).find((name) => constraint === `lead_${addressColumns[name]}`);
  return field === undefined ? null : addressConflict(field, "Another lead");
}
