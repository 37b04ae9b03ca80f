import { type Intake, recordNewLeads } from "../campaigns/new-leads.ts";
import type { TouchedLane } from "../db/event.ts";
import { endLeadImport, insertLeadImport, moveLeadImport } from "../db/lead-import.ts";
import { type AddressField, analyzeLeads, type InsertedLeads, insertLeads, type NewLead } from "../db/lead-insert.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { HeraldError } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { type CsvBatch, type CsvLead, type CsvRejection, readLeads } from "./csv.ts";

/** Rows in a transaction. More would not be faster, and parsing them would keep other requests waiting (15 ms for 500). */
const batchSize = 500;

/** How many of each kind of finding a report lists; all are counted. */
export const reportedFindings = 1_000;

export interface ImportReport {
  /** By which it can be undone; null: no row could be read. */
  importId: string | null;
  /** Rows that are not blank: added + duplicates + rejected. */
  rows: number;
  added: number;
  /** Rows of which a lead has an address already, in the database or further up in the file. That lead is not changed. */
  duplicates: number;
  rejected: number;
  /** Rows that went in without a value that was wrong (a time zone). */
  warnings: number;
  /** Leads, new and known, that entered the campaign; null without one. */
  enrolled: number | null;
  /** Why rows were rejected: the first 1,000. */
  errors: CsvRejection[];
  /** The first 1,000: the row's line, and the lead that has the address in `field`. */
  duplicateRows: { line: number; leadId: string; field: AddressField }[];
  /** The first 1,000. */
  warningRows: { line: number; field: string; reason: string }[];
}

export interface ImportProgress {
  bytesRead: number;
  /** Rows that are finished: what they brought is committed. */
  rows: number;
  added: number;
}

/** Takes leads into a campaign. */
export interface Enroll {
  campaignId: string;
  /** Says how many of them were not in it, and which lanes got work by it. */
  enroll(tx: Queryable, leadIds: string[]): Promise<{ enrolled: number; lanes: TouchedLane[] }>;
}

export interface ImportOptions {
  db: Database;
  workspaceId: string;
  stream: AsyncIterable<Uint8Array>;
  /** Takes every lead of the file, known ones too, into a campaign, in the transaction that adds it. */
  enroll?: Enroll | undefined;
  /** Country of phone numbers without a country code: ISO 3166, in capitals (`US`). */
  defaultCountry?: string | undefined;
  /** A tag for every lead that is added; known ones keep theirs. */
  tag?: string | undefined;
  /** Who imports: a person, an API key, or the user of the machine. */
  startedBy?: string | null;
  /** Called after each commit. */
  onProgress?: (progress: ImportProgress, lanes: TouchedLane[]) => void;
  /** Ends the import before the next batch, by throwing its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Imports leads from a CSV file as it arrives, in constant memory: a batch of 500 rows is a transaction, and the
 * next one is parsed while the database works on it. What was committed stays when the import ends early; importing the
 * same file again adds the rest, because the rows that are in are duplicates then.
 * @throws HeraldError `invalid_request` for a file that is no list of leads.
 */
export async function importLeads(options: ImportOptions): Promise<ImportReport> {
  const { stream, defaultCountry, signal } = options;
  const report: ImportReport = {
    importId: null,
    ...{ rows: 0, added: 0, duplicates: 0, rejected: 0, warnings: 0 },
    enrolled: options.enroll === undefined ? null : 0,
    ...{ errors: [], duplicateRows: [], warningRows: [] },
  };
  let storing: Promise<void> = Promise.resolve();
  try {
    const csv = { batchSize, ...(defaultCountry !== undefined && { defaultCountry }) };
    for await (const batch of readLeads(stream, csv)) {
      await storing;
      signal?.throwIfAborted();
      storing = storeBatch(options, batch, report);
      // Its failure is thrown by the next await, not while the file is being read.
      storing.catch(() => {});
    }
  } finally {
    // Nothing is stored any more once this function has ended.
    try {
      await storing;
    } finally {
      // Of one that ends early what was stored can be undone at once.
      if (report.importId !== null) await endLeadImport(options.db, options.workspaceId, report.importId);
    }
  }
  return report;
}

/** Leads that an import has added when PostgreSQL is to look at them anew: so few times that a million rows hardly notice. */
const looks = [1_000, 8_000, 64_000, 512_000];

async function storeBatch(options: ImportOptions, batch: CsvBatch, report: ImportReport): Promise<void> {
  const { db, workspaceId, enroll, tag, startedBy = null } = options;
  const importId = report.importId ?? newId("leadImport");
  const leads = batch.rows.map(({ lead }) => {
    const tags = tag === undefined || lead.tags.includes(tag) ? lead.tags : [...lead.tags, tag];
    return { ...lead, tags, id: newId("lead"), importId };
  });
  const stored = await db.transaction(async (tx) => {
    if (report.importId === null)
      await insertLeadImport(tx, workspaceId, {
        ...{ id: importId, startedBy, tag: tag ?? null },
        campaignId: enroll?.campaignId ?? null,
      });
    const stored = await storeLeads(tx, workspaceId, leads, "import", enroll);
    const rows = batch.rows.length + batch.rejected.length;
    if (!(await moveLeadImport(tx, workspaceId, importId, { rows, leadIds: [...stored.inserted] })))
      throw new HeraldError("invalid_state", "The import was undone while it ran.");
    return stored;
  });
  report.importId = importId;
  report.rows += batch.rows.length + batch.rejected.length;
  report.added += stored.inserted.size;
  report.duplicates += stored.duplicates.size;
  report.rejected += batch.rejected.length;
  if (report.enrolled !== null) report.enrolled += stored.enrolled;
  listSome(report.errors, batch.rejected);
  for (const [index, row] of batch.rows.entries()) addFindings(report, row, leads[index]!.id, stored);
  const before = report.added - stored.inserted.size;
  if (looks.some((leads) => before < leads && report.added >= leads)) await analyzeLeads(db);
  options.onProgress?.({ bytesRead: batch.bytesRead, rows: report.rows, added: report.added }, stored.lanes);
}

function addFindings(report: ImportReport, row: CsvLead, id: string, stored: InsertedLeads): void {
  const { line } = row;
  if (row.warnings.length > 0) {
    report.warnings += 1;
    listSome(
      report.warningRows,
      row.warnings.map((warning) => ({ line, ...warning })),
    );
  }
  const duplicate = stored.duplicates.get(id);
  if (duplicate !== undefined) listSome(report.duplicateRows, [{ line, ...duplicate }]);
}

function listSome<Item>(list: Item[], items: readonly Item[]): void {
  list.push(...items.slice(0, reportedFindings - list.length));
}

export interface StoredLeads extends InsertedLeads {
  /** How many of the leads, new and known, entered the campaign. */
  enrolled: number;
  lanes: TouchedLane[];
}

/** Tries of a store: others that add the same leads can get in its way, each time for a moment. */
const tries = 5;

/**
 * Stores up to about 1,000 leads and takes all of them, known ones too, into a campaign; `lead.created` is recorded for the new
 * ones. Two transactions that add the
 * same leads in different orders deadlock; PostgreSQL ends one of them, which then goes back to its savepoint and finds
 * the other's leads.
 */
export async function storeLeads(
  tx: Queryable,
  workspaceId: string,
  leads: readonly NewLead[],
  origin: Intake["origin"],
  into: Enroll | undefined,
): Promise<StoredLeads> {
  await tx.query("savepoint leads");
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await insertLeads(tx, workspaceId, leads);
      const created = leads.filter((lead) => stored.inserted.has(lead.id));
      const ids = new Set(leads.map((lead) => stored.duplicates.get(lead.id)?.leadId ?? lead.id));
      // Events come last, as everywhere: they lock lanes, which who holds the campaign may be about to do.
      const { enrolled, lanes } =
        into === undefined || ids.size === 0 ? { enrolled: 0, lanes: [] } : await into.enroll(tx, [...ids]);
      const told = await recordNewLeads(tx, workspaceId, created, { origin, campaignId: into?.campaignId ?? null });
      return { ...stored, enrolled, lanes: [...lanes, ...told] };
    } catch (error) {
      if (attempt === tries || (error as { code?: unknown }).code !== "40P01") throw error;
      await tx.query("rollback to savepoint leads");
    }
  }
}
