import type { LeadStatus } from "../domain/event.ts";
import type { Told } from "../domain/told.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import { type Act, recordActs } from "./audit.ts";
import { few, ofWorkspace } from "./few.ts";
import { type Lead, leadColumns } from "./lead.ts";
import { moveStanding } from "./lead-standing.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { heldChange } from "./still.ts";
import { inSet, type SetStatement } from "./together.ts";

/** A lead as what comes in about it needs it: with when others said what they said. */
export interface ToldLead extends Lead {
  statusTold: LeadStatus | null;
  statusToldAt: Date | null;
  told: Told | null;
}

const lock: SetStatement<string, ToldLead | null> = {
  name: "lead.lock",
  async run(tx, workspaceId, ids) {
    const { rows } = await tx.query<ToldLead>({
      name: "lead.lock",
      // In their order, so that two that lock the same leads don't wait for each other.
      text: `select ${leadColumns}, l.status_told as "statusTold", l.status_told_at as "statusToldAt", l.told from lead l
        where l.workspace_id = $1 and l.id = any($2::text[]) order by l.id for no key update`,
      values: [workspaceId, textArray([...new Set(ids)], (id) => id)],
    });
    const byId = new Map(rows.map((lead) => [lead.id, lead]));
    return ids.map((id) => byId.get(id) ?? null);
  },
};

/** The lead as it is, held until the transaction ends; null: there is none. */
export async function lockToldLead(tx: Queryable, workspaceId: string, id: string): Promise<ToldLead | null> {
  return await inSet(tx, lock, workspaceId, id);
}

/** Normalised addresses of a person; null: not known. */
export interface PersonAddresses {
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
}

const byAddresses: SetStatement<PersonAddresses, string[]> = {
  name: "lead.by_addresses",
  async run(db, workspaceId, people) {
    const found: string[][] = people.map(() => []);
    const { rows } = await db.query<{ n: number; id: string }>({
      name: "lead.by_addresses",
      text: `select p.n::int as n, l.id from unnest($2::text[], $3::text[], $4::text[]) with ordinality as p (linkedin_url, phone, email, n)
        cross join lateral (
          select 1 as rank, l.id from lead l where l.workspace_id = $1 and l.linkedin_url = p.linkedin_url
          union all
          select 2, l.id from lead l where l.workspace_id = $1 and l.phone = p.phone
          union all
          select 3, l.id from lead l where l.workspace_id = $1 and l.email = p.email
        ) l order by p.n, l.rank`,
      values: [
        workspaceId,
        textArray(people, ({ linkedinUrl }) => linkedinUrl),
        textArray(people, ({ phone }) => phone),
        textArray(people, ({ email }) => email),
      ],
    });
    for (const { n, id } of rows) if (!found[n - 1]!.includes(id)) found[n - 1]!.push(id);
    return found;
  },
};

/** The leads that have one of the addresses: the one with the profile first, then the phone's, then the email's. */
export async function leadsByAddresses(
  db: Queryable,
  workspaceId: string,
  addresses: PersonAddresses,
): Promise<string[]> {
  if (addresses.linkedinUrl === null && addresses.phone === null && addresses.email === null) return [];
  return await inSet(db, byAddresses, workspaceId, addresses);
}

/** Who it is, as far as others say it. */
export interface PersonFields {
  externalLeadId: string | null;
  profile: string | null;
  firstName: string | null;
  lastName: string | null;
  told: Told;
}

/** Whose word changes the lead, and what it had; null where there was no lead before. */
export interface Teller {
  sourceId: string;
  before: Omit<PersonFields, "told">;
}

const personFields = ["externalLeadId", "profile", "firstName", "lastName"] as const;

const describeForms = inForms(
  "lead.describe",
  7,
  (within) => `
with said as materialized (
  select *, ${ofWorkspace} from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    as p (id, external_lead_id, profile, first_name, last_name, told)
  where ${few("p.id")}
)
update lead l set external_lead_id = p.external_lead_id, profile = p.profile, first_name = p.first_name,
  last_name = p.last_name, told = p.told::jsonb, updated_at = now()
from said p where l.workspace_id = p.workspace_id and l.id = p.id${within("l")}`,
);

const describe: SetStatement<PersonFields & { leadId: string; teller: Teller | null }, null> = {
  name: "lead.describe",
  async run(tx, workspaceId, leads) {
    const values = [
      workspaceId,
      textArray(leads, ({ leadId }) => leadId),
      textArray(leads, ({ externalLeadId }) => externalLeadId),
      textArray(leads, ({ profile }) => profile),
      textArray(leads, ({ firstName }) => firstName),
      textArray(leads, ({ lastName }) => lastName),
      textArray(leads, ({ told }) => JSON.stringify(told)),
    ];
    await tx.query(inForm(describeForms, values, tx.sharded ? workspaceId : null));
    await recordActs(
      tx,
      leads.flatMap((lead) => describedAct(workspaceId, lead) ?? []),
    );
    return leads.map(() => null);
  },
};

/** There is no event of it: what a message happens to tell of who wrote it makes none. Null: only the time of it is another. */
function describedAct(
  workspaceId: string,
  { leadId, teller, ...fields }: PersonFields & { leadId: string; teller: Teller | null },
): Act | null {
  const changed = teller === null ? [] : personFields.filter((field) => teller.before[field] !== fields[field]);
  if (teller === null || changed.length === 0) return null;
  const of = (lead: Omit<PersonFields, "told">) => Object.fromEntries(changed.map((field) => [field, lead[field]]));
  return {
    ...{
      workspaceId,
      actor: { kind: "system", id: teller.sourceId },
      action: "lead.described",
      target: leadId,
      leadId,
    },
    content: { before: of(teller.before), after: of(fields) },
  };
}

/** Writes who it is, of a lead that is held; on record. */
export async function describeLead(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  fields: PersonFields,
  teller: Teller | null,
): Promise<void> {
  await inSet(tx, describe, workspaceId, { leadId, teller, ...fields });
}

/** Tags and fields, all of them, and when they were said. */
export interface ToldThings {
  tags: readonly string[];
  custom: Readonly<Record<string, string>>;
  told: Told;
}

const thingsForms = inForms(
  "lead.things",
  5,
  (within) => `
with said as materialized (
  select *, ${ofWorkspace} from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as t (id, tags, custom, told)
  where ${few("t.id")}
)
update lead l set tags = array(select jsonb_array_elements_text(t.tags::jsonb)), custom = t.custom::jsonb, told = t.told::jsonb,
  updated_at = now()
from said t where l.workspace_id = t.workspace_id and l.id = t.id${within("l")}`,
);

const things: SetStatement<ToldThings & { leadId: string }, null> = {
  name: "lead.things",
  async run(tx, workspaceId, leads) {
    const values = [
      workspaceId,
      textArray(leads, ({ leadId }) => leadId),
      textArray(leads, ({ tags }) => JSON.stringify(tags)),
      textArray(leads, ({ custom }) => JSON.stringify(custom)),
      textArray(leads, ({ told }) => JSON.stringify(told)),
    ];
    await tx.query(inForm(thingsForms, values, tx.sharded ? workspaceId : null));
    return leads.map(() => null);
  },
};

/** Writes tags and fields of a lead that is held. */
export async function tellThings(tx: Queryable, workspaceId: string, leadId: string, said: ToldThings): Promise<void> {
  await inSet(tx, things, workspaceId, { leadId, ...said });
}

/** A lead's status, and on what it rests. */
export interface StatusToWrite {
  leadId: string;
  status: LeadStatus;
  /** When the lead wrote, where that is why. */
  repliedAt: Date | null;
  /** What somebody said; null: it follows from something else. */
  told: { status: LeadStatus; at: Date } | null;
  /** The lead is held for it (`holdToChange`). */
  held: boolean;
}

const statusForms = inForms(
  "lead.status",
  7,
  (within, _, of) => `
with told as materialized (
  select k.*, l.status as was, ${ofWorkspace}
  from unnest($2::text[], $3::text[], $4::float8[], $5::text[], $6::float8[], $7::int[])
    as k (id, status, replied_at, told, told_at, held)
  cross join lateral (select l.status from lead l where l.workspace_id = ${of("$1")} and l.id = k.id limit 1) l
  where ${few("k.id")}
),
standing as (${moveStanding("told", within)})
update lead l set status = s.status, replied_at = greatest(l.replied_at, to_timestamp(s.replied_at / 1000)),
  status_told = coalesce(s.told, l.status_told), status_told_at = coalesce(to_timestamp(s.told_at / 1000), l.status_told_at),
  updated_at = now(), ${heldChange("s.held")}
from told s where l.workspace_id = s.workspace_id and l.id = s.id${within("l")}`,
);

const status: SetStatement<StatusToWrite, null> = {
  name: "lead.status",
  async run(tx, workspaceId, leads) {
    const values = [
      workspaceId,
      textArray(leads, ({ leadId }) => leadId),
      textArray(leads, (lead) => lead.status),
      float8Array(leads, ({ repliedAt }) => repliedAt?.getTime()),
      textArray(leads, ({ told }) => told?.status),
      float8Array(leads, ({ told }) => told?.at.getTime()),
      int4Array(leads, ({ held }) => (held ? 1 : 0)),
    ];
    await tx.query(inForm(statusForms, values, tx.sharded ? workspaceId : null));
    return leads.map(() => null);
  },
};

/** Writes the status of a lead that is held; the event is the caller's. */
export async function writeStatus(tx: Queryable, workspaceId: string, lead: StatusToWrite): Promise<void> {
  await inSet(tx, status, workspaceId, lead);
}

/** What happened to a lead after a moment, and moves its status. */
export interface LaterFacts {
  invited: boolean;
  connected: boolean;
  written: boolean;
  replied: boolean;
}

export async function factsAfter(tx: Queryable, workspaceId: string, leadId: string, after: Date): Promise<LaterFacts> {
  return await inSet(tx, later, workspaceId, { leadId, after });
}

const sentLater = (action: string) => `exists (select from message m where m.lead_id = k.id and m.workspace_id = $1
  and m.direction = 'outbound' and m.status = 'sent' and m.action = '${action}' and m.sent_at > to_timestamp(k.after / 1000))`;

const later: SetStatement<{ leadId: string; after: Date }, LaterFacts> = {
  name: "lead.facts_after",
  async run(tx, workspaceId, asked) {
    const { rows } = await tx.query<LaterFacts>({
      name: "lead.facts_after",
      text: `select ${sentLater("connect")} as invited, ${sentLater("message")} as written,
          exists (select from conversation v where v.lead_id = k.id and v.workspace_id = $1
            and v.connected_at > to_timestamp(k.after / 1000)) as connected,
          exists (select from lead l where l.workspace_id = $1 and l.id = k.id and l.replied_at > to_timestamp(k.after / 1000)) as replied
        from unnest($2::text[], $3::float8[]) with ordinality as k (id, after, n) order by k.n`,
      values: [workspaceId, textArray(asked, (k) => k.leadId), float8Array(asked, (k) => k.after.getTime())],
    });
    return rows;
  },
};
