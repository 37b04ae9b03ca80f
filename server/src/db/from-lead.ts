import { int4Array, textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readByWorkspace, type Within } from "./sharding.ts";

/**
 * What came in counts from the moment it is on record, and is processed a while later. Until then nothing is sent to the lead
 * from whom it seems to be. Who keeps an item commits it, and then waits for calls that are under way; who sends commits the
 * attempt, and then looks for items: whichever of the two is first, the other one sees it.
 */

/** As long as this an item holds its lead, if it isn't processed: what can't be is no reason to be silent for ever. */
const holdsFor = "interval '1 hour'";

/** What an item tells of whom it is from. Addresses are normalised. */
export interface Author {
  workspaceId: string;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  /** The provider's ID of the account it came to, and by what that knows the conversation and the person. */
  accountId: string | null;
  threadId: string | null;
  providerLeadId: string | null;
}

export const authorForms = inForms("received.author", 8, (_, one, of) => {
  const workspace = of("i.workspace_id");
  const inConversation = (rank: number, column: string) => `
  select ${rank} as rank, v.lead_id
  from sender s
  -- With a LIMIT, or where little is known of the table all that are known by such an ID are walked through for each.
  cross join lateral (
    select v.lead_id from conversation v
    where v.workspace_id = ${one ? workspace : "s.workspace_id"} and v.sender_id = s.id and v.${column} = i.${column} limit 1
  ) v
  where i.${column} is not null and s.workspace_id = ${workspace} and s.config ->> 'accountId' = i.account_id`;
  const withAddress = (rank: number, column: string) => `
  select ${rank}, l.id from lead l where l.workspace_id = ${workspace} and l.${column} = i.${column}`;
  return `
select i.n, f.lead_id as "leadId"
from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  as i (n, workspace_id, linkedin_url, phone, email, account_id, provider_thread_id, provider_lead_id)
cross join lateral (${[
    inConversation(1, "provider_thread_id"),
    inConversation(2, "provider_lead_id"),
    withAddress(3, "linkedin_url"),
    withAddress(4, "phone"),
    withAddress(5, "email"),
  ].join("\n  union all")}
) f
order by i.n, f.rank`;
});

/** As many leads one item holds: a phone number may be one's, and the address beside it another's. */
const mostLeads = 2;

/** The leads from whom items seem to be: the author's place in the list, and one or two leads, the likelier first. */
export async function leadsOfAuthors(db: Queryable, authors: readonly Author[]): Promise<Map<number, string[]>> {
  if (authors.length === 0) return new Map();
  const rows = await readByWorkspace(
    db,
    authors.map((author, n) => ({ ...author, n })),
    ({ workspaceId }) => workspaceId,
    async (on, part, workspaceId) => {
      const values = [
        int4Array(part, ({ n }) => n),
        textArray(part, (author) => author.workspaceId),
        textArray(part, ({ linkedinUrl }) => linkedinUrl),
        textArray(part, ({ phone }) => phone),
        textArray(part, ({ email }) => email),
        textArray(part, ({ accountId }) => accountId),
        textArray(part, ({ threadId }) => threadId),
        textArray(part, ({ providerLeadId }) => providerLeadId),
      ];
      return (await on.query<{ n: number; leadId: string }>(inForm(authorForms, values, workspaceId))).rows;
    },
  );
  const found = new Map<number, string[]>();
  for (const { n, leadId } of rows) {
    const known = found.get(n);
    if (!known) found.set(n, [leadId]);
    else if (known.length < mostLeads && !known.includes(leadId)) known.push(leadId);
  }
  return found;
}

/**
 * SQL of one row, or none: something waits that seems to be from a lead.
 *
 * @param workspace SQL of the workspace
 * @param lead SQL of the lead's ID
 */
export function waitingFrom(workspace: string, lead: string, within: Within = () => ""): string {
  const named = (column: string) => `
      select 1 as waits from received r
      where r.${column} = ${lead} and r.workspace_id = ${workspace} and r.status = 'waiting' and r.${column} is not null
        and r.received_at > now() - ${holdsFor}${within("r")}`;
  return `
    select 1 as waits from (${named("from_lead_id")}
      union all${named("also_lead_id")}
    ) r
    limit 1`;
}

export const wroteForms = inForms(
  "received.wrote",
  2,
  (_, __, of) => `
select i.lead_id as "leadId" from unnest($1::text[], $2::text[]) as i (workspace_id, lead_id)
cross join lateral (${waitingFrom(of("i.workspace_id"), "i.lead_id")}
) r`,
);

/** Of these leads the IDs of those from whom something waits to be processed. */
export async function leadsWhoWrote(
  db: Queryable,
  leads: readonly { workspaceId: string; leadId: string }[],
): Promise<Set<string>> {
  return await leadIds(db, leads, wroteForms);
}

export const calledForms = inForms(
  "message.under_way",
  2,
  (_, __, of) => `
select distinct i.lead_id as "leadId" from unnest($1::text[], $2::text[]) as i (workspace_id, lead_id)
join message m on m.workspace_id = ${of("i.workspace_id")} and m.lead_id = i.lead_id
where m.status = 'sending' and m.attempted_at > now() - interval '35 seconds'`,
);

/** Of these leads the IDs of those to whom a call may be under way. */
export async function leadsBeingCalled(
  db: Queryable,
  leads: readonly { workspaceId: string; leadId: string }[],
): Promise<Set<string>> {
  return await leadIds(db, leads, calledForms);
}

async function leadIds(
  db: Queryable,
  leads: readonly { workspaceId: string; leadId: string }[],
  forms: ReturnType<typeof inForms>,
): Promise<Set<string>> {
  if (leads.length === 0) return new Set();
  const rows = await readByWorkspace(
    db,
    leads,
    ({ workspaceId }) => workspaceId,
    async (on, part, workspaceId) => {
      const values = [textArray(part, (lead) => lead.workspaceId), textArray(part, ({ leadId }) => leadId)];
      return (await on.query<{ leadId: string }>(inForm(forms, values, workspaceId))).rows;
    },
  );
  return new Set(rows.map(({ leadId }) => leadId));
}
