import { hash } from "node:crypto";
import { textArray } from "./array.ts";
import { addressFields } from "./lead.ts";
import { forgetStanding } from "./lead-standing.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";

/** A person who is being forgotten, or was. */
export interface Erasure {
  workspaceId: string;
  id: string;
  /** Null: of an address that no lead had. */
  leadId: string | null;
  addressHashes: readonly Buffer[];
  /** Null once nothing is left. */
  addresses: readonly string[] | null;
  requestedAt: Date;
  requestedBy: string | null;
  reason: string | null;
  /** Of what how many rows were erased so far. */
  counts: Readonly<Record<string, number>>;
  finishedAt: Date | null;
}

/** Where it goes on. */
export interface ErasureProgress {
  seenAt: Date | null;
  step: number;
  /** Within the step: behind this. */
  place: Place;
}

export interface Place {
  at: Date;
  id: string;
}
export const start: Place = { at: new Date(0), id: "" };

const columns = `r.workspace_id as "workspaceId", r.id, r.lead_id as "leadId", r.address_hashes as "addressHashes", r.addresses,
  r.requested_at as "requestedAt", r.requested_by as "requestedBy", r.reason, r.counts, r.finished_at as "finishedAt"`;

/** All addresses under which the lead is known, or was written to; without those that another lead has now. */
export async function addressesOfLead(tx: Queryable, workspaceId: string, leadId: string): Promise<string[]> {
  const { rows } = await tx.query<{ address: string }>(
    `with known as materialized (
       select a.address from lead l cross join lateral (values (l.email), (l.phone), (l.linkedin_url)) as a (address)
       where l.workspace_id = $1 and l.id = $2
       union select m.to_address from message m where m.workspace_id = $1 and m.lead_id = $2 and m.direction = 'outbound'
     )
     select k.address from known k where k.address <> ''
       and not exists (select 1 from lead l where l.workspace_id = $1 and l.email = k.address and l.id <> $2)
       and not exists (select 1 from lead l where l.workspace_id = $1 and l.phone = k.address and l.id <> $2)
       and not exists (select 1 from lead l where l.workspace_id = $1 and l.linkedin_url = k.address and l.id <> $2)
     order by 1`,
    [workspaceId, leadId],
  );
  return rows.map(({ address }) => address);
}

/**
 * What waits is cancelled. What may be going out keeps its place in the figures, and whoever comes with its outcome finds that
 * it isn't about that attempt any more.
 */
export async function endMessages(tx: Queryable, workspaceId: string, leadId: string): Promise<number> {
  const { rows } = await tx.query<{ status: string }>(
    `update message set attempts = attempts + case when status = 'sending' then 1 else 0 end,
       doubted_at = case when status = 'sending' then attempted_at else doubted_at end,
       status = case when status = 'sending' then 'uncertain' else 'cancelled' end,
       status_code = 'erased', status_detail = 'The lead was erased.', updated_at = now()
     where workspace_id = $1 and lead_id = $2 and status in ('queued', 'held', 'sending')
     returning status`,
    [workspaceId, leadId],
  );
  await tx.query(
    `update message set attempts = attempts + 1, status_code = 'erased', status_detail = 'The lead was erased.'
     where workspace_id = $1 and lead_id = $2 and status = 'uncertain' and status_code is distinct from 'erased'`,
    [workspaceId, leadId],
  );
  return rows.filter(({ status }) => status === "cancelled").length;
}

/** As `sha256(convert_to(address, 'UTF8'))` in the database. */
const hashOf = (address: string): Buffer => hash("sha256", address, "buffer");

/** The refusals of these addresses, from now on by hash alone, and one for the whole person beside them. */
export async function keepRefusals(
  tx: Queryable,
  workspaceId: string,
  addresses: readonly string[],
  by: string | null,
): Promise<void> {
  await tx.query(
    `insert into suppression (workspace_id, address_hash, channel, kind, reason, source, added_by, erased_at)
     select $1, sha256(convert_to(a.address, 'UTF8')), 'all', 'do_not_contact', 'erased', 'lead', $3, now()
     from unnest($2::text[]) as a (address)
     on conflict (workspace_id, address_hash, channel, kind) do update set
       reason = excluded.reason, erased_at = excluded.erased_at, said_at = excluded.said_at`,
    [workspaceId, textArray(addresses, (address) => address), by],
  );
  await tx.query(
    `update suppression s set address = null, note = null, evidence = null,
       reason = case when s.erased_at is null then s.kind else s.reason end
     where s.workspace_id = $1 and s.address_hash = any($2::bytea[])`,
    [workspaceId, addresses.map(hashOf)],
  );
}

/** The consent that is kept: that it was refused, when and why, of a hash. */
export async function recordErasedConsent(
  tx: Queryable,
  workspaceId: string,
  changes: readonly { id: string; address: string; leadId: string | null; by: string | null }[],
): Promise<void> {
  await tx.query(
    `insert into consent_change (workspace_id, id, change, channel, address_hash, address, lead_id, kind, reason, source, changed_by)
     select $1, c.id, 'opted_out', 'all', sha256(convert_to(c.address, 'UTF8')), null, c.lead_id, 'do_not_contact', 'erased', 'lead', c.changed_by
     from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as c (id, address, lead_id, changed_by)`,
    [
      workspaceId,
      textArray(changes, ({ id }) => id),
      textArray(changes, ({ address }) => address),
      textArray(changes, ({ leadId }) => leadId),
      textArray(changes, ({ by }) => by),
    ],
  );
}

export async function deleteLead(tx: Queryable, workspaceId: string, leadId: string): Promise<void> {
  await forgetStanding(tx, workspaceId, [leadId]);
  await tx.query("delete from lead where workspace_id = $1 and id = $2", [workspaceId, leadId]);
}

/** The leads that have one of these addresses, on whatever channel. */
export async function leadsWithAddresses(
  db: Queryable,
  workspaceId: string,
  addresses: readonly string[],
): Promise<string[]> {
  const found = new Set<string>();
  for (const column of Object.keys(addressFields).map(
    (c) => ({ linkedin: "linkedin_url", sms: "phone", email: "email" })[c]!,
  )) {
    const { rows } = await db.query<{ id: string }>(
      `select id from lead where workspace_id = $1 and ${column} = any($2::text[])`,
      [workspaceId, textArray(addresses, (address) => address)],
    );
    for (const { id } of rows) found.add(id);
  }
  return [...found];
}

export async function insertErasure(
  tx: Queryable,
  workspaceId: string,
  erasure: Pick<Erasure, "id" | "leadId" | "requestedBy" | "reason"> & {
    addresses: readonly string[];
    counts: Readonly<Record<string, number>>;
  },
): Promise<Erasure> {
  const { rows } = await tx.query<Erasure>(
    `insert into erasure as r (workspace_id, id, lead_id, addresses, address_hashes, requested_by, reason, counts)
     select $1, $2, $3, $4::text[], array(select sha256(convert_to(a, 'UTF8')) from unnest($4::text[]) a), $5, $6, $7
     returning ${columns}`,
    [
      ...[workspaceId, erasure.id, erasure.leadId, textArray(erasure.addresses, (address) => address)],
      ...[erasure.requestedBy, erasure.reason, JSON.stringify(erasure.counts)],
    ],
  );
  return rows[0]!;
}

export async function getErasure(db: Queryable, workspaceId: string, id: string): Promise<Erasure | null> {
  const { rows } = await db.query<Erasure>(`select ${columns} from erasure r where r.workspace_id = $1 and r.id = $2`, [
    workspaceId,
    id,
  ]);
  return rows[0] ?? null;
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listErasures(
  db: Queryable,
  workspaceId: string,
  { leadId, before, limit }: { leadId?: string | undefined; before?: string | undefined; limit: number },
): Promise<Erasure[]> {
  const { rows } = await db.query<Erasure>(
    `select ${columns} from erasure r where r.workspace_id = $1 and ($2::text is null or r.id < $2)
       and ($4::text is null or r.lead_id = $4) order by r.id desc limit $3`,
    [workspaceId, before ?? null, limit, leadId ?? null],
  );
  return rows;
}

export type DueErasure = Erasure & ErasureProgress;

export const dueErasureForms = inForms(
  "erasure.due",
  1,
  (within) => `
select ${columns}, r.seen_at as "seenAt", r.step, json_build_object('at', r.place_at, 'id', r.place_id) as place from erasure r
where r.finished_at is null and r.due_at <= now() and ($1::text is null or r.id = $1)${within("r")}
order by r.due_at limit 1
for no key update skip locked`,
);

/** Takes an erasure that is due (this one, or any); null: there is none, or other processes have them. */
export async function lockDueErasure(tx: Queryable, id: string | null): Promise<DueErasure | null> {
  const locked = async (workspaceId: string | null) => {
    const { rows } = await tx.query<DueErasure>(inForm(dueErasureForms, [id], workspaceId));
    const [found] = rows;
    return found ? { ...found, place: { ...found.place, at: new Date(found.place.at) } } : null;
  };
  if (!tx.sharded) return await locked(null);
  const { rows } = await tx.query<{ workspace_id: string }>({
    name: "erasure.workspaces",
    text: "select workspace_id from erasure where finished_at is null and due_at <= now() group by workspace_id order by min(due_at)",
  });
  for (const { workspace_id } of rows) {
    const found = await locked(workspace_id);
    if (found) return found;
  }
  return null;
}

/** First seen at `at`: from here on, when all that is under way has ended, nobody sees the person any more. */
export async function markSeen(tx: Queryable, { workspaceId, id }: Erasure, at: Date): Promise<void> {
  await tx.query("update erasure set seen_at = $3 where workspace_id = $1 and id = $2", [workspaceId, id, at]);
}

/** The database's clock, at this moment. */
export async function clockNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ at: Date }>("select clock_timestamp() as at");
  return rows[0]!.at;
}

/** Not before this. */
export async function putOff(tx: Queryable, { workspaceId, id }: Erasure, until: Date): Promise<void> {
  await tx.query("update erasure set due_at = $3 where workspace_id = $1 and id = $2", [workspaceId, id, until]);
}

/** Moves an erasure on, with what its part erased. */
export async function moveErasure(
  tx: Queryable,
  { workspaceId, id, counts }: Erasure,
  { step, place }: { step: number; place: Place },
  erased: Readonly<Record<string, number>>,
): Promise<void> {
  const sum = { ...counts };
  for (const [what, n] of Object.entries(erased)) if (n > 0) sum[what] = (sum[what] ?? 0) + n;
  await tx.query(
    "update erasure set step = $3, place_at = $4, place_id = $5, counts = $6 where workspace_id = $1 and id = $2",
    [workspaceId, id, step, place.at, place.id, JSON.stringify(sum)],
  );
}

/** Nothing is left: the addresses are forgotten here, too. */
export async function finishErasure(tx: Queryable, { workspaceId, id }: Erasure): Promise<void> {
  await tx.query("update erasure set addresses = null, finished_at = now() where workspace_id = $1 and id = $2", [
    workspaceId,
    id,
  ]);
}

/** Milliseconds until the next one is due; null: none is open. */
export async function nextErasureDue(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ ms: number | null }>({
    name: "erasure.next",
    text: "select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms from erasure where finished_at is null",
  });
  return rows[0]?.ms ?? null;
}
