import type { ChannelName, ConsentSource, Evidence, SuppressionKind } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { float8Array, textArray } from "./array.ts";
import { given } from "./given.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";

/** One change of what a person agrees to. The table keeps them for ever; events go with their day. */
export interface ConsentChange {
  change: "opted_out" | "opted_in";
  channel: ChannelName | "all";
  address: string;
  leadId: string | null;
  kind: SuppressionKind;
  reason: string;
  source: ConsentSource;
  by: string | null;
  note: string | null;
  evidence: Evidence | null;
}

export async function recordConsentChange(db: Queryable, workspaceId: string, change: ConsentChange): Promise<void> {
  await inSet(db, onRecord, workspaceId, change);
}

const onRecord: SetStatement<ConsentChange, null> = {
  name: "consent.record",
  async run(db, workspaceId, changes) {
    await db.query({
      name: "consent.record",
      text: `insert into consent_change (workspace_id, id, change, channel, address_hash, address, lead_id, kind, reason, source, changed_by,
          note, evidence)
        select $1, c.id, c.change, c.channel, sha256(convert_to(c.address, 'UTF8')), c.address, c.lead_id, c.kind, c.reason, c.source,
          c.changed_by, c.note, c.evidence::jsonb
        from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
          $11::text[], $12::text[])
          as c (id, change, channel, address, lead_id, kind, reason, source, changed_by, note, evidence)`,
      values: [
        workspaceId,
        textArray(changes, () => newId("consent")),
        textArray(changes, (c) => c.change),
        textArray(changes, (c) => c.channel),
        textArray(changes, (c) => c.address),
        textArray(changes, (c) => c.leadId),
        textArray(changes, (c) => c.kind),
        textArray(changes, (c) => c.reason),
        textArray(changes, (c) => c.source),
        textArray(changes, (c) => c.by),
        textArray(changes, (c) => c.note),
        textArray(changes, (c) => (c.evidence ? JSON.stringify(c.evidence) : null)),
      ],
    });
    return changes.map(() => null);
  },
};

export interface SaidBefore {
  address: string;
  channel: ChannelName | "all";
  kind: SuppressionKind;
  at: Date;
}

/** Whether such a suppression of the address was lifted after that moment: what was said before counts no more. */
export async function liftedSince(db: Queryable, workspaceId: string, said: SaidBefore): Promise<boolean> {
  return await inSet(db, lifted, workspaceId, said);
}

const liftedForms = inForms(
  "consent.lifted",
  5,
  (within) => `
select s.n::int as n
from unnest($2::text[], $3::text[], $4::text[], $5::float8[]) with ordinality as s (address, channel, kind, at, n)
cross join lateral (
  -- COALESCE: by the address, and not among all of the workspace's.
  select from consent_change c
  where c.address_hash = sha256(convert_to(s.address, 'UTF8')) and coalesce(c.workspace_id, '') = $1${within("c")}
    and c.change = 'opted_in' and c.channel = s.channel and c.kind = s.kind and c.at >= to_timestamp(s.at / 1000) limit 1
) c`,
);

const lifted: SetStatement<SaidBefore, boolean> = {
  name: "consent.lifted",
  async run(db, workspaceId, all) {
    const values = [
      workspaceId,
      textArray(all, ({ address }) => address),
      textArray(all, ({ channel }) => channel),
      textArray(all, ({ kind }) => kind),
      float8Array(all, ({ at }) => at.getTime()),
    ];
    const { rows } = await db.query<{ n: number }>(inForm(liftedForms, values, db.sharded ? workspaceId : null));
    const since = new Set(rows.map(({ n }) => n - 1));
    return all.map((_, n) => since.has(n));
  },
};

/** What a lead itself had asked for is the register's from now on; what it said stays as evidence. False: there was no such row. */
export async function takeIntoRegister(
  tx: Queryable,
  workspaceId: string,
  { address, reason, source, by }: { address: string; reason: string; source: ConsentSource; by: string },
): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "consent.register",
    text: `update suppression set source = $3, reason = $4, added_by = $5
      where workspace_id = $1 and address_hash = sha256(convert_to($2, 'UTF8')) and kind = 'do_not_contact' and source = 'lead'`,
    values: [workspaceId, address, source, reason, by],
  });
  return (rowCount ?? 0) > 0;
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listConsentChanges(
  db: Queryable,
  workspaceId: string,
  filter: { address?: string | undefined; leadId?: string | undefined; before?: string | undefined; limit: number },
): Promise<(ConsentChange & { id: string; at: Date })[]> {
  const { text, values } = given(
    `select id, at, change, channel, address, lead_id as "leadId", kind, reason, source, changed_by as by, note, evidence
     from consent_change
     where workspace_id = $1 and ($2::text is null or address_hash = sha256(convert_to($2, 'UTF8')))
       and ($3::text is null or lead_id = $3) and ($4::text is null or id < $4)
     order by id desc limit $5`,
    [workspaceId, filter.address ?? null, filter.leadId ?? null, filter.before ?? null, filter.limit],
  );
  const { rows } = await db.query<ConsentChange & { id: string; at: Date }>(text, values);
  return rows;
}
