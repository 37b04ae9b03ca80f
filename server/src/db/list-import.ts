import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";

/** Lists of people in a CRM that are imported as leads. Times are unix milliseconds, of the clock of the process. */

export interface ListImport {
  id: string;
  workspaceId: string;
  destinationId: string;
  /** Which list, as the destination's adapter reads it. */
  list: object;
  /** Fields of a lead (or names of custom ones), and the CRM's that they come from. */
  fields: Record<string, string>;
  campaignId: string | null;
  tags: string[];
  defaultCountry: string | null;
  everyMinutes: number | null;
  status: "waiting" | "running" | "done" | "failed";
  run: number;
  place: string | null;
  counts: ListCounts;
  findings: ListFinding[];
  code: string | null;
  problem: string | null;
  tries: number;
  startedAt: Date | null;
  endedAt: Date | null;
  dueAt: Date | null;
  createdAt: Date;
}

/** Of one run. */
export interface ListCounts {
  people: number;
  added: number;
  /** People who were leads already, and are now followed. */
  linked: number;
  updated: number;
  unchanged: number;
  /** Leads of which something stays as it was changed here, or of which another lead has the address. */
  kept: number;
  /** Not taken in: they said no, or were erased. */
  suppressed: number;
  /** Not taken in again: their lead was deleted here. */
  removed: number;
  rejected: number;
  /** Leads that went in without a value that was wrong. */
  warnings: number;
  enrolled: number;
  /** In an earlier run, and not in this one. Their leads stay. Known at its end. */
  left: number;
}

export const noCounts: ListCounts = {
  ...{ people: 0, added: 0, linked: 0, updated: 0, unchanged: 0, kept: 0 },
  ...{ suppressed: 0, removed: 0, rejected: 0, warnings: 0, enrolled: 0, left: 0 },
};

/** What was found about one person; without their data. */
export interface ListFinding {
  crmId: string;
  field: string;
  reason: string;
}

const columns = `i.workspace_id as "workspaceId", i.id, i.destination_id as "destinationId", i.list, i.fields, i.campaign_id as "campaignId",
  i.tags, i.default_country as "defaultCountry", i.every_minutes as "everyMinutes", i.status, i.run, i.place, i.counts, i.findings,
  i.code, i.problem, i.tries, i.started_at as "startedAt", i.ended_at as "endedAt", i.due_at as "dueAt", i.created_at as "createdAt"`;

export type NewListImport = Pick<
  ListImport,
  "id" | "destinationId" | "list" | "fields" | "campaignId" | "tags" | "defaultCountry" | "everyMinutes"
>;

export async function insertListImport(
  tx: Queryable,
  workspaceId: string,
  one: NewListImport,
  now: number,
): Promise<ListImport> {
  const { rows } = await tx.query<ListImport>(
    `insert into crm_import as i (workspace_id, id, destination_id, list, fields, campaign_id, tags, default_country, every_minutes,
       status, counts, due_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, to_timestamp($11::float8 / 1000)) returning ${columns}`,
    [
      ...[workspaceId, one.id, one.destinationId, one.list, one.fields, one.campaignId, one.tags],
      ...[one.defaultCountry, one.everyMinutes, noCounts, now],
    ],
  );
  return rows[0]!;
}

export async function getListImport(db: Queryable, workspaceId: string, id: string): Promise<ListImport | null> {
  const { rows } = await db.query<ListImport>(
    `select ${columns} from crm_import i where i.workspace_id = $1 and i.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listListImports(
  db: Queryable,
  workspaceId: string,
  {
    before,
    destinationId = null,
    limit,
  }: { before: string | null; destinationId?: string | null | undefined; limit: number },
): Promise<ListImport[]> {
  const { rows } = await db.query<ListImport>(
    `select ${columns} from crm_import i
     where i.workspace_id = $1 and ($2::text is null or i.id < $2) and ($3::text is null or i.destination_id = $3)
     order by i.id desc limit $4`,
    [workspaceId, before, destinationId, limit],
  );
  return rows;
}

/** Whom it brought stays; their values of the CRM are forgotten. */
export async function deleteListImport(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  await tx.query("delete from crm_import_person where workspace_id = $1 and import_id = $2", [workspaceId, id]);
  const { rowCount } = await tx.query("delete from crm_import where workspace_id = $1 and id = $2", [workspaceId, id]);
  return rowCount === 1;
}

/** Changes how often it runs; null: only when asked. What runs goes on. */
export async function scheduleListImport(
  tx: Queryable,
  workspaceId: string,
  id: string,
  everyMinutes: number | null,
  now: number,
): Promise<ListImport | null> {
  const { rows } = await tx.query<ListImport>(
    `update crm_import i set every_minutes = $3::int,
       due_at = case when i.status in ('waiting', 'running') then i.due_at else to_timestamp(($4::float8 + $3::int * 60000.0) / 1000) end
     where i.workspace_id = $1 and i.id = $2 returning ${columns}`,
    [workspaceId, id, everyMinutes, now],
  );
  return rows[0] ?? null;
}

/**
 * Has it run now: one that failed goes on where it was, unless `afresh`; null: it isn't there. One that
 * waits to try a page again tries it now. */
export async function startListImport(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { afresh, now }: { afresh: boolean; now: number },
): Promise<ListImport | null> {
  const again = "(i.status = 'done' or $4::boolean)";
  const { rows } = await tx.query<ListImport>(
    `update crm_import i set status = 'waiting', due_at = to_timestamp($3::float8 / 1000), code = null, problem = null, tries = 0,
       run = case when ${again} then i.run + 1 else i.run end,
       place = case when ${again} then null else i.place end,
       counts = case when ${again} then $5::jsonb else i.counts end,
       findings = case when ${again} then '[]' else i.findings end,
       ended_at = case when ${again} then null else i.ended_at end
     where i.workspace_id = $1 and i.id = $2 and i.status in ('done', 'failed') returning ${columns}`,
    [workspaceId, id, now, afresh, noCounts],
  );
  if (rows[0]) return rows[0];
  const { rows: going } = await tx.query<ListImport>(
    `update crm_import i set due_at = to_timestamp($3::float8 / 1000) where i.workspace_id = $1 and i.id = $2 returning ${columns}`,
    [workspaceId, id, now],
  );
  return going[0] ?? null;
}

export const dueListImportForms = inForms(
  "crm.import.due",
  1,
  (within) => `
select ${columns} from crm_import i
where i.due_at <= to_timestamp($1::float8 / 1000) and i.claimed_until <= to_timestamp($1::float8 / 1000)${within("i")}
order by i.due_at limit 1
for no key update skip locked`,
);

/** Takes the import that is due the longest, until `until`; a new run where the last one has ended. Null: there is none. */
export async function takeListImport(
  tx: Queryable,
  claim: string,
  { now, until }: { now: number; until: number },
): Promise<ListImport | null> {
  const due = await lockDue(tx, now);
  if (!due) return null;
  const again = "i.status in ('done', 'failed')";
  const { rows } = await tx.query<ListImport>({
    name: "crm.import.take",
    text: `update crm_import i set claim = $3, claimed_until = to_timestamp($4::float8 / 1000), status = 'running',
        run = case when ${again} then i.run + 1 else i.run end,
        place = case when ${again} then null else i.place end,
        counts = case when ${again} then $5::jsonb else i.counts end,
        findings = case when ${again} then '[]' else i.findings end,
        tries = case when ${again} then 0 else i.tries end,
        started_at = case when ${again} or i.started_at is null or (i.status = 'waiting' and i.place is null)
          then to_timestamp($6::float8 / 1000) else i.started_at end,
        ended_at = null, code = null, problem = null
      where i.workspace_id = $1 and i.id = $2 returning ${columns}`,
    values: [due.workspaceId, due.id, claim, until, noCounts, now],
  });
  return rows[0]!;
}

async function lockDue(tx: Queryable, now: number): Promise<ListImport | null> {
  if (!tx.sharded) return (await tx.query<ListImport>(inForm(dueListImportForms, [now], null))).rows[0] ?? null;
  const { rows } = await tx.query<{ workspace_id: string }>({
    name: "crm.import.workspaces",
    text: `select workspace_id from crm_import where due_at <= to_timestamp($1::float8 / 1000)
      group by workspace_id order by min(due_at)`,
    values: [now],
  });
  for (const { workspace_id } of rows) {
    const { rows: due } = await tx.query<ListImport>(inForm(dueListImportForms, [now], workspace_id));
    if (due[0]) return due[0];
  }
  return null;
}

/** When the next import is due; null: none is. */
export async function nextListImport(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ at: number | null }>({
    name: "crm.import.next",
    text: `select (extract(epoch from min(greatest(due_at, claimed_until))) * 1000)::float8 as at
      from crm_import where due_at is not null`,
  });
  return rows[0]?.at ?? null;
}

export interface ListProgress {
  status: ListImport["status"];
  place: string | null;
  counts: ListCounts;
  findings: readonly ListFinding[];
  tries: number;
  code: string | null;
  problem: string | null;
  /** Until when the claim holds; 0: it ends. */
  claimedUntil: number;
  dueAt: number | null;
  endedAt: number | null;
}

/** How far it is. False: the claim is another's by now, and nothing may be written. */
export async function noteListImport(
  tx: Queryable,
  { workspaceId, id }: Pick<ListImport, "workspaceId" | "id">,
  claim: string,
  progress: ListProgress,
): Promise<boolean> {
  const { status, place, counts, findings, tries, code, problem, claimedUntil, dueAt, endedAt } = progress;
  const { rowCount } = await tx.query({
    name: "crm.import.note",
    text: `update crm_import set status = $4, place = $5, counts = $6, findings = $7, tries = $8, code = $9, problem = $10,
        claimed_until = to_timestamp($11::float8 / 1000), due_at = to_timestamp($12::float8 / 1000),
        ended_at = to_timestamp($13::float8 / 1000)
      where workspace_id = $1 and id = $2 and claim = $3`,
    values: [
      ...[workspaceId, id, claim, status, place, counts, JSON.stringify(findings), tries, code, problem],
      ...[claimedUntil, dueAt, endedAt],
    ],
  });
  return rowCount === 1;
}

/** A person of a list, as they came last. */
export interface ImportedPerson {
  crmId: string;
  leadId: string;
  /** By the lead's fields. */
  came: Record<string, string | null>;
}

/** Those of an import, by their IDs in the CRM, with the run in which they were seen last. */
export async function importedPeople(
  tx: Queryable,
  { workspaceId, id }: Pick<ListImport, "workspaceId" | "id">,
  crmIds: readonly string[],
): Promise<Map<string, ImportedPerson & { seenInRun: number }>> {
  const { rows } = await tx.query<ImportedPerson & { seenInRun: number }>({
    name: "crm.import.people",
    text: `select crm_id as "crmId", lead_id as "leadId", came, seen_in_run as "seenInRun" from crm_import_person
      where workspace_id = $1 and import_id = $2 and crm_id = any($3::text[])`,
    values: [workspaceId, id, crmIds],
  });
  return new Map(rows.map((row) => [row.crmId, row]));
}

export async function noteImportedPeople(
  tx: Queryable,
  { workspaceId, id, run }: Pick<ListImport, "workspaceId" | "id" | "run">,
  people: readonly ImportedPerson[],
): Promise<void> {
  await tx.query({
    name: "crm.import.people.note",
    text: `insert into crm_import_person (workspace_id, import_id, crm_id, lead_id, came, seen_in_run)
      select $1, $2, p.crm_id, p.lead_id, p.came, $3 from jsonb_to_recordset($4::jsonb) as p (crm_id text, lead_id text, came jsonb)
      on conflict (workspace_id, import_id, crm_id) do update
        set lead_id = excluded.lead_id, came = excluded.came, seen_in_run = excluded.seen_in_run`,
    values: [
      ...[workspaceId, id, run],
      JSON.stringify(people.map(({ crmId, leadId, came }) => ({ crm_id: crmId, lead_id: leadId, came }))),
    ],
  });
}

/** People of earlier runs who weren't in this one. */
export async function countLeft(
  tx: Queryable,
  { workspaceId, id, run }: Pick<ListImport, "workspaceId" | "id" | "run">,
): Promise<number> {
  const { rows } = await tx.query<{ left: number }>({
    name: "crm.import.left",
    text: `select count(*) as left from crm_import_person where workspace_id = $1 and import_id = $2 and seen_in_run < $3`,
    values: [workspaceId, id, run],
  });
  return rows[0]!.left;
}
