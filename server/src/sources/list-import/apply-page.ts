import { keepFromNewAddresses } from "../../campaigns/consent.ts";
import { retryBlockedSteps } from "../../campaigns/control.ts";
import { recordLeadChange } from "../../campaigns/lead-change.ts";
import type { TouchedLane } from "../../db/event.ts";
import { getLeadForUpdate, getLeads, type Lead, type LeadChange, updateLead } from "../../db/lead.ts";
import type { NewLead } from "../../db/lead-insert.ts";
import { leadsByAddresses } from "../../db/lead-told.ts";
import {
  type ImportedPerson,
  importedPeople,
  type ListCounts,
  type ListFinding,
  type ListImport,
  noteImportedPeople,
} from "../../db/list-import.ts";
import type { Queryable } from "../../db/pool.ts";
import { refusedAddresses } from "../../db/suppression.ts";
import { HeraldError } from "../../domain/error.ts";
import { newId } from "../../domain/id.ts";
import { type NormalisedLead, normaliseLead } from "../../domain/lead.ts";
import type { ListedPerson } from "../../domain/people-list.ts";
import { type Enroll, storeLeads } from "../lead-import.ts";

/** What a page brought. */
export interface AppliedPage {
  counts: ListCounts;
  findings: ListFinding[];
  lanes: TouchedLane[];
  /** Something became due. */
  planned: boolean;
  /** Whether anybody was on it who wasn't seen in this run, and is a lead. */
  further: boolean;
}

interface Read {
  person: ListedPerson;
  lead: NormalisedLead;
  known: ImportedPerson | undefined;
}

const addresses = ["linkedinUrl", "phone", "email"] as const;

/**
 * Makes leads of a page of people, in the transaction that says how far the import is. Of a lead that is there already a field
 * follows the CRM as long as it is as the CRM had it: what somebody changed here stays, and what the CRM has emptied does, too.
 */
export async function applyPage(
  tx: Queryable,
  one: ListImport,
  people: readonly ListedPerson[],
  enroll: Enroll | undefined,
): Promise<AppliedPage> {
  const page: AppliedPage = { counts: { ...one.counts }, findings: [], lanes: [], planned: false, further: false };
  const known = await importedPeople(
    tx,
    one,
    people.map(({ id }) => id),
  );
  // A list may have somebody twice; and in the order of their IDs two imports of the same people don't wait for each other.
  const once = [...new Map(people.map((person) => [person.id, person])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
  // Those of a run that lost its place and began again are counted already.
  const open = once.filter(({ id }) => known.get(id)?.seenInRun !== one.run);
  page.counts.people += open.length;
  const read = open.flatMap((person): Read[] => {
    const lead = readPerson(one, person, page);
    return lead === null ? [] : [{ person, lead, known: known.get(person.id) }];
  });
  const seen: ImportedPerson[] = [];
  const linked = await takeIn(
    tx,
    one,
    read.filter((item) => item.known === undefined),
    enroll,
    page,
    seen,
  );
  const followed = read.flatMap((item) => (item.known ? [{ item, before: item.known, how: "followed" as const }] : []));
  const others = linked.map(([item, leadId]) => {
    const before: ImportedPerson = { crmId: item.person.id, leadId, came: {} };
    return { item, before, how: "linked" as const };
  });
  seen.push(...(await followAll(tx, one, [...followed, ...others], page)));
  if (seen.length > 0) await noteImportedPeople(tx, one, seen);
  page.further = seen.length > 0;
  return page;
}

/** The person as a lead; a value that is wrong is left out where an address is left. Null: there is none. */
function readPerson(one: ListImport, { id, values }: ListedPerson, page: AppliedPage): NormalisedLead | null {
  const given: Record<string, unknown> = { ...values, externalLeadId: id, tags: one.tags };
  const options = one.defaultCountry === null ? {} : { defaultCountry: one.defaultCountry };
  let result = normaliseLead(given, options);
  if (!result.ok) {
    const wrong = result.errors.filter(({ field }) => field in values);
    for (const { field } of wrong) delete given[field];
    result = normaliseLead(given, options);
    if (result.ok) {
      page.counts.warnings++;
      page.findings.push(...wrong.map(({ field, reason }) => ({ crmId: id, field, reason })));
    }
  }
  if (result.ok) return result.lead;
  page.counts.rejected++;
  page.findings.push(...result.errors.map(({ field, reason }) => ({ crmId: id, field, reason })));
  return null;
}

/** Adds those who are no leads yet. Returns those who are, and with which. */
async function takeIn(
  tx: Queryable,
  one: ListImport,
  items: readonly Read[],
  enroll: Enroll | undefined,
  page: AppliedPage,
  seen: ImportedPerson[],
): Promise<[Read, string][]> {
  const { workspaceId } = one;
  const all = items.flatMap(({ lead }) => addresses.flatMap((field) => lead[field] ?? []));
  const refused = all.length === 0 ? new Set<string>() : await refusedAddresses(tx, workspaceId, all);
  const fresh: { item: Read; lead: NewLead }[] = [];
  const linked: [Read, string][] = [];
  for (const item of items) {
    if (!addresses.some((field) => refused.has(item.lead[field] ?? ""))) {
      fresh.push({ item, lead: { ...item.lead, id: newId("lead") } });
      continue;
    }
    // Who said no is no lead by an import; one who is a lead already stays one, with the refusal.
    const [leadId] = await leadsByAddresses(tx, workspaceId, item.lead);
    if (leadId !== undefined) linked.push([item, leadId]);
    else page.counts.suppressed++;
  }
  const stored = await storeLeads(
    tx,
    workspaceId,
    fresh.map(({ lead }) => lead),
    "import",
    enroll,
  );
  page.lanes.push(...stored.lanes);
  page.counts.enrolled += stored.enrolled;
  if (stored.enrolled > 0) page.planned = true;
  for (const { item, lead } of fresh) {
    const duplicate = stored.duplicates.get(lead.id);
    if (duplicate !== undefined) linked.push([item, duplicate.leadId]);
    else {
      page.counts.added++;
      seen.push({ crmId: item.person.id, leadId: lead.id, came: cameOf(one, lead) });
    }
  }
  return linked;
}

const isField = (name: string): name is Exclude<keyof NormalisedLead, "tags" | "custom"> =>
  name !== "tags" && name !== "custom";

/** The values that a list brings, as the lead has them. */
function cameOf(one: ListImport, lead: NormalisedLead): Record<string, string | null> {
  const standard = lead as unknown as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(one.fields).map((field) => [
      field,
      field in standard ? (standard[field] as string | null) : (lead.custom[field] ?? null),
    ]),
  );
}

interface Comparison {
  /** What the CRM has changed and nobody here has. */
  changes: Record<string, string>;
  /** Whether something stays as somebody changed it here. */
  kept: boolean;
  came: Record<string, string | null>;
}

function compare(one: ListImport, said: NormalisedLead, before: ImportedPerson, lead: Lead): Comparison {
  const current = cameOf(one, lead);
  const result: Comparison = { changes: {}, kept: false, came: { ...before.came } };
  for (const [field, value] of Object.entries(cameOf(one, said))) {
    const last = before.came[field] ?? null;
    if (value === null || value === last) continue;
    result.came[field] = value;
    if (current[field] === value) continue;
    if ((current[field] ?? null) === last) result.changes[field] = value;
    else result.kept = true;
  }
  return result;
}

/** Leads that are there already follow the CRM, as far as they are as the CRM had them. */
async function followAll(
  tx: Queryable,
  one: ListImport,
  items: readonly { item: Read; before: ImportedPerson; how: "followed" | "linked" }[],
  page: AppliedPage,
): Promise<ImportedPerson[]> {
  const ids = items.map(({ before }) => before.leadId);
  const leads = new Map((await getLeads(tx, one.workspaceId, ids)).map((lead) => [lead.id, lead]));
  const { counts } = page;
  const seen: ImportedPerson[] = [];
  for (const { item, before, how } of items) {
    const leadId = before.leadId;
    const found = leads.get(leadId);
    if (found === undefined) {
      // Deleted here: it stays so, and nothing of theirs is kept.
      counts.removed++;
      seen.push({ ...before, came: {} });
      continue;
    }
    let { changes, kept, came } = compare(one, item.lead, before, found);
    let written = false;
    if (Object.keys(changes).length > 0 || found.externalLeadId === null) {
      // As it is now, held: somebody may just be changing it.
      const lead = await getLeadForUpdate(tx, one.workspaceId, leadId);
      if (lead !== null) {
        ({ changes, kept, came } = compare(one, item.lead, before, lead));
        const wanted = Object.keys(changes).length;
        const left = await write(tx, one, item.person.id, lead, changes, page);
        written = left > 0;
        if (left < wanted) kept = true;
      }
    }
    if (how === "linked") counts.linked++;
    else if (written) counts.updated++;
    else counts.unchanged++;
    if (kept) counts.kept++;
    seen.push({ crmId: item.person.id, leadId, came });
  }
  return seen;
}

/** How many fields were written. An address that another lead has is left out. */
async function write(
  tx: Queryable,
  { workspaceId }: ListImport,
  crmId: string,
  before: Lead,
  values: Record<string, string>,
  page: AppliedPage,
): Promise<number> {
  const change: LeadChange = {};
  const custom: Record<string, string> = {};
  for (const [field, value] of Object.entries(values)) {
    if (isField(field) && field in before) change[field as "firstName"] = value;
    else custom[field] = value;
  }
  if (Object.keys(custom).length > 0) change.custom = custom;
  if (before.externalLeadId === null) change.externalLeadId = crmId;
  let left = Object.keys(values).length;
  for (;;) {
    if (Object.keys(change).length === 0) return 0;
    await tx.query("savepoint person");
    try {
      const lead = await updateLead(tx, workspaceId, before.id, change);
      if (lead === null) return 0;
      await keepFromNewAddresses(tx, workspaceId, lead);
      page.lanes.push(...(await recordLeadChange(tx, workspaceId, before, lead, "source")));
      const { retried, lanes } = await retryBlockedSteps(tx, workspaceId, before.id);
      page.lanes.push(...lanes);
      if (retried > 0 || change.timeZone !== undefined) page.planned = true;
      return left;
    } catch (error) {
      const field = error instanceof HeraldError && error.code === "conflict" ? error.details?.[0]?.field : undefined;
      if (field === undefined || !(field in change)) throw error;
      await tx.query("rollback to savepoint person");
      page.findings.push({ crmId, field, reason: "Another lead has this address already; it was left out." });
      delete change[field as "email"];
      left--;
    }
  }
}
