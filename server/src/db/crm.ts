import { recordActs } from "./audit.ts";
import type { Queryable } from "./pool.ts";
import { oldestEventDay } from "./retention.ts";

/** `event`: an activity in the CRM. `person`: somebody in the CRM. */
export type CrmRecordKind = "event" | "person";

export interface CrmRecordKey {
  workspaceId: string;
  destinationId: string;
  kind: CrmRecordKind;
  /** event: its ID. person: the lead's ID, or an address. */
  ref: string;
}

export interface CrmClaim {
  /** The CRM's ID, where it is there; then nothing is to be created. */
  crmId: string | null;
  /** Whether the caller may create it now. */
  mine: boolean;
  /** From 2 on it may have been created already: ask the CRM first. */
  tries: number;
  /** When the first try began. */
  begunAt: Date;
  /** When somebody may try again, where it is neither there nor the caller's. */
  askAt: Date;
  /** Of an event: with whom in the CRM a try was made whose end nobody knows, where that is known. */
  personId: string | null;
}

/**
 * Says that the caller (`claim`, a random text) is about to create something in the CRM. It has `leaseMs` for it; after
 * that somebody else may try, who asks the CRM first.
 */
export async function claimCrmRecord(
  db: Queryable,
  key: CrmRecordKey,
  claim: string,
  leaseMs: number,
): Promise<CrmClaim> {
  const { rows } = await db.query<CrmClaim>({
    name: "crm.claim",
    text: `insert into crm_record as r (workspace_id, destination_id, kind, ref, claim, begun_at, ask_at)
      values ($1, $2, $3, $4, $5, now(), now() + make_interval(secs => $6::float8 / 1000))
      on conflict (workspace_id, destination_id, kind, ref) do update set
        claim = case when r.crm_id is null and r.ask_at <= excluded.begun_at then excluded.claim else r.claim end,
        tries = case when r.crm_id is null and r.ask_at <= excluded.begun_at then r.tries + 1 else r.tries end,
        ask_at = case when r.crm_id is null and r.ask_at <= excluded.begun_at then excluded.ask_at else r.ask_at end
      returning r.crm_id as "crmId", r.crm_id is null and r.claim = $5 as mine, r.tries, r.begun_at as "begunAt", r.ask_at as "askAt", r.person_id as "personId"`,
    values: [...valuesOf(key), claim, leaseMs],
  });
  return rows[0]!;
}

/** It is there, with this ID. Also for what was found and never claimed. `externalId`: of a person, what the lead had when they were found. */
export async function linkCrmRecord(
  db: Queryable,
  key: CrmRecordKey,
  crmId: string,
  externalId: string | null,
): Promise<void> {
  await db.query({
    name: "crm.link",
    text: `insert into crm_record as r (workspace_id, destination_id, kind, ref, claim, ask_at, crm_id, external_id)
      values ($1, $2, $3, $4, '', now(), $5, $6)
      on conflict (workspace_id, destination_id, kind, ref) do update set crm_id = excluded.crm_id, external_id = excluded.external_id`,
    values: [...valuesOf(key), crmId, externalId],
  });
}

/** It was surely not created by this claim: the next one needn't ask. */
export async function releaseCrmRecord(db: Queryable, key: CrmRecordKey, claim: string): Promise<void> {
  await db.query({
    name: "crm.release",
    text: `delete from crm_record where workspace_id = $1 and destination_id = $2 and kind = $3 and ref = $4
      and claim = $5 and crm_id is null`,
    values: [...valuesOf(key), claim],
  });
}

/**
 * The try of this claim is over, and nobody knows how it ended: the CRM can be asked from `askAt` on. `personId`: with whom there it
 * was made; null: as it was.
 */
export async function doubtCrmRecord(
  db: Queryable,
  key: CrmRecordKey,
  claim: string,
  askAt: Date,
  personId: string | null,
): Promise<void> {
  await db.query({
    name: "crm.doubt",
    text: `update crm_record set ask_at = $6, person_id = coalesce($7, person_id)
      where workspace_id = $1 and destination_id = $2 and kind = $3 and ref = $4 and claim = $5 and crm_id is null`,
    values: [...valuesOf(key), claim, askAt, personId],
  });
}

export interface CrmLink {
  crmId: string;
  /** As `linkCrmRecord` was told. */
  externalId: string | null;
}

/** The CRM's ID, as far as is known. */
export async function getCrmLink(db: Queryable, key: CrmRecordKey): Promise<CrmLink | null> {
  const { rows } = await db.query<CrmLink>({
    name: "crm.get",
    text: `select crm_id as "crmId", external_id as "externalId" from crm_record
      where workspace_id = $1 and destination_id = $2 and kind = $3 and ref = $4 and crm_id is not null`,
    values: valuesOf(key),
  });
  return rows[0] ?? null;
}

/** The CRM doesn't have this ID any more (deleted, merged). */
export async function forgetCrmRecord(db: Queryable, key: CrmRecordKey, crmId: string): Promise<void> {
  await db.query({
    name: "crm.forget",
    text: `delete from crm_record where workspace_id = $1 and destination_id = $2 and kind = $3 and ref = $4 and crm_id = $5`,
    values: [...valuesOf(key), crmId],
  });
}

/** Keeps a lead's ID in the CRM, where none is known, or the one that ended (`gone`: the record was deleted or merged); on record. */
export async function completeExternalLeadId(
  db: Queryable,
  { workspaceId, destinationId }: Pick<CrmRecordKey, "workspaceId" | "destinationId">,
  leadId: string,
  crmId: string,
  gone: string | null,
): Promise<void> {
  const complete = async (tx: Queryable) => {
    const { rows } = await tx.query<{ before: string | null }>({
      name: "crm.lead",
      text: `select external_lead_id as before from lead
        where workspace_id = $1 and id = $2 and (external_lead_id is null or external_lead_id = $3) for no key update`,
      values: [workspaceId, leadId, gone],
    });
    if (!rows[0] || rows[0].before === crmId) return;
    await tx.query({
      name: "crm.lead.complete",
      text: "update lead set external_lead_id = $3, updated_at = now() where workspace_id = $1 and id = $2",
      values: [workspaceId, leadId, crmId],
    });
    const content = { before: { externalLeadId: rows[0].before }, after: { externalLeadId: crmId } };
    const actor = { kind: "system", id: destinationId } as const;
    await recordActs(tx, [{ workspaceId, actor, action: "lead.described", target: leadId, leadId, content }]);
  };
  await (db.transaction ? db.transaction(complete) : complete(db));
}

/** Between the clocks of Herald, which gives events their time, and of PostgreSQL, which gives it to records. */
const clocksApartMs = 3_600_000;

/**
 * Deletes what was begun before the oldest day of the event log: no event of that time can be delivered or replayed any more,
 * and people are found again. Age alone won't do: a day stays whole, and longer while anything of it waits. Returns how many.
 */
export async function deleteOldCrmRecords(db: Queryable): Promise<number> {
  const oldest = await oldestEventDay(db);
  if (oldest === null) return 0;
  const { rowCount } = await db.query({
    name: "crm.old",
    text: "delete from crm_record where begun_at < $1",
    values: [new Date(oldest.getTime() - clocksApartMs)],
  });
  return rowCount ?? 0;
}

/** Who was found there: the destination may lead to another account by now, in which the same IDs are others'. */
export async function forgetCrmPeople(
  db: Queryable,
  { workspaceId, destinationId }: Pick<CrmRecordKey, "workspaceId" | "destinationId">,
): Promise<void> {
  await db.query({
    name: "crm.people.forget",
    text: `delete from crm_record
      where workspace_id = $1 and destination_id = $2 and kind = 'person' and crm_id is not null`,
    values: [workspaceId, destinationId],
  });
}

/** All that is kept for a destination that is deleted. */
export async function forgetCrm(tx: Queryable, workspaceId: string, destinationId: string): Promise<void> {
  for (const table of ["crm_record", "crm_token"])
    await tx.query(`delete from ${table} where workspace_id = $1 and destination_id = $2`, [
      workspaceId,
      destinationId,
    ]);
  await tx.query(
    `delete from crm_import_person where workspace_id = $1 and import_id in (
       select id from crm_import where workspace_id = $1 and destination_id = $2)`,
    [workspaceId, destinationId],
  );
  await tx.query("delete from crm_import where workspace_id = $1 and destination_id = $2", [
    workspaceId,
    destinationId,
  ]);
}

const valuesOf = ({ workspaceId, destinationId, kind, ref }: CrmRecordKey) => [workspaceId, destinationId, kind, ref];
