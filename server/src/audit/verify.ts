import {
  type AuditHead,
  actsAfter,
  contentsOfNoAct,
  entriesAfter,
  entriesWithin,
  erasedOnRecord,
  eventsWithoutEntry,
  type Misfiled,
  minuteSeals,
  readHead,
  type Seal,
  sealsAfter,
} from "../db/audit.ts";
import { daysDropped } from "../db/audit-dropped.ts";
import type { Queryable } from "../db/pool.ts";
import { compareEntries, hashBytes, leavesOf, merkleRoot, noHash, sealHash, type Tampering } from "../domain/audit.ts";

/** Something in the trail is not as it was sealed. */
export interface AuditFinding {
  what:
    | Tampering["what"]
    | "content_changed"
    | "content_removed"
    | "search_changed"
    | "seal_changed"
    | "seal_missing"
    | "seal_unknown"
    | "head_changed";
  /** The entry, or `minute 12`, `day 3`, or `head`: the place where sealing goes on. */
  id: string;
  /** A sentence for a person. */
  detail: string;
}

export interface AuditReport {
  entries: number;
  minutes: number;
  days: number;
  /** Contents that are gone, by an erasure on record or by retention; their hashes are still sealed. */
  erased: number;
  /** Entries behind the last seal: nothing would show a change of them. A minute is sealed when it is over, while Herald runs. */
  unsealed: number;
  /** When the first of those was put on record. Null: there is none. */
  unsealedSince: Date | null;
  /** The hash of the newest minute's seal, in hex: to be kept elsewhere. Null: nothing is sealed. */
  seal: string | null;
  findings: AuditFinding[];
}

export interface VerifyOptions {
  /** A seal's hash in hex that was kept elsewhere: it must be in the chain. */
  knownSeal?: string;
  onProgress?: (entries: number) => void;
  /** Findings at most; the rest is not looked for. Default 100. */
  mostFindings?: number;
}

/** Each has up to 10,000 IDs and hashes. */
const sealsAtOnce = 8;
const actsAtOnce = 10_000;

/** Verifies a workspace's whole trail in constant memory: every entry, every content that there is, and both chains. */
export async function verifyAudit(
  db: Queryable,
  workspaceId: string,
  options: VerifyOptions = {},
): Promise<AuditReport> {
  const most = options.mostFindings ?? 100;
  const report: AuditReport = {
    ...{ entries: 0, minutes: 0, days: 0, erased: 0, unsealed: 0, unsealedSince: null },
    ...{ seal: null, findings: [] },
  };
  const find = (what: AuditFinding["what"], id: string, detail: string) => {
    if (report.findings.length < most) report.findings.push({ what, id, detail });
  };
  let sealFound = options.knownSeal === undefined;
  const isKnown = (seal: Seal) => {
    if (seal.hash.toString("hex") === options.knownSeal?.toLowerCase()) sealFound = true;
  };

  // Before anything else is read: what is sealed meanwhile is behind it.
  const head = await readHead(db, workspaceId);
  const onRecord = async () => ({
    erased: await erasedOnRecord(db, workspaceId),
    dropped: await daysDropped(db, workspaceId),
  });
  let known = await onRecord();
  type Found = Awaited<ReturnType<typeof entriesWithin>>[number];
  /** By an erasure, or with its event's day, which has left the log by retention. */
  const isExpected = ({ id, leadId, kind, at, content }: Found) =>
    (leadId !== null && known.erased.leads.has(leadId)) ||
    known.erased.entries.has(id) ||
    (content === "gone" &&
      kind === "event" &&
      known.dropped(new Date(at).toISOString().slice(0, 10).replaceAll("-", "")));
  if (head && !beginsAtTheBeginning(head)) find("head_changed", "head", headChanged);
  let previous: { no: number; hash: Buffer } = { no: 0, hash: noHash };
  let from = { at: Number.NEGATIVE_INFINITY, id: "" };
  for (;;) {
    const seals = await sealsAfter(db, workspaceId, "minute", previous.no, sealsAtOnce);
    for (const seal of seals) {
      checkChain(seal, previous, find);
      isKnown(seal);
      if (seal.no === head?.no) checkHead(head, seal, find);
      const ids = seal.ids ?? [];
      const leaves = seal.leaves ?? Buffer.alloc(0);
      const whole = ids.length === seal.count && leaves.length === seal.count * hashBytes;
      if (!whole || !merkleRoot(leaves).equals(seal.root))
        find(
          "seal_changed",
          `minute ${seal.no}`,
          `The list of entries of the seal of minute ${seal.no} doesn't give its root.`,
        );
      const to = { at: seal.lastAt, id: ids.at(-1) ?? "" };
      const found = await entriesWithin(db, workspaceId, from, to);
      const now = leavesOf(found);
      /** Entries that are named already: that an event doesn't fit them says nothing more. */
      const named = new Map<string, Tampering["what"]>();
      if (!now.equals(leaves) || !ids.every((id, n) => id === found[n]?.id)) {
        const sealed = ids.map((id, n) => ({ id, leaf: leafAt(leaves, n) }));
        const there = found.map(({ id }, n) => ({ id, leaf: leafAt(now, n) }));
        for (const { what, id } of compareEntries(sealed, there)) {
          find(what, id, sentences[what](id, seal));
          named.set(id, what);
        }
      }
      const missing = found.filter(({ content }) => content !== "sound" && content !== "changed");
      // What was erased while this was reading is on record since.
      if (missing.some((entry) => !isExpected(entry))) known = await onRecord();
      for (const { id, content, filed } of found) {
        // By a changed entry or content it can't be told.
        if (named.get(id) === "changed") continue;
        if (content === "changed") find("content_changed", id, `What the entry ${id} says is not what was recorded.`);
        else if (filed && !named.has(id)) find("search_changed", id, misfiled(id, filed));
      }
      for (const entry of missing) {
        if (isExpected(entry)) report.erased += 1;
        else find("content_removed", entry.id, `What the entry ${entry.id} says is gone, and no erasure is on record.`);
      }
      const events = found.filter(({ kind, content }) => kind === "event" && content !== "gone").length;
      const unknown = await eventsWithoutEntry(db, workspaceId, from, to, events);
      // One whose entry was removed is named already.
      for (const id of unknown.filter((one) => !ids.includes(one)))
        find("inserted", id, `The event ${id} of the log was not there when minute ${seal.no} was sealed.`);
      report.entries += found.length;
      report.minutes += 1;
      previous = { no: seal.no, hash: seal.hash };
      from = to;
      report.seal = seal.hash.toString("hex");
    }
    options.onProgress?.(report.entries);
    if (seals.length < sealsAtOnce || report.findings.length >= most) break;
  }
  // What isn't sealed yet has its hash beside it all the same.
  for (let at = from, more = report.findings.length < most; more; ) {
    const acts = await actsAfter(db, workspaceId, at, actsAtOnce);
    if (acts.some(({ content, leadId }) => content === "gone" && leadId !== null)) known = await onRecord();
    for (const { id, leadId, content, filed } of acts) {
      if (content === "changed") find("content_changed", id, `What the entry ${id} says is not what was recorded.`);
      else if (filed) find("search_changed", id, misfiled(id, filed));
      const erased = (leadId !== null && known.erased.leads.has(leadId)) || known.erased.entries.has(id);
      if (content === "gone" && !erased)
        find("content_removed", id, `What the entry ${id} says is gone, and no erasure is on record.`);
    }
    more = acts.length === actsAtOnce;
    at = acts.at(-1) ?? at;
  }
  for (const id of await contentsOfNoAct(db, workspaceId))
    find("inserted", id, `The event ${id} was given an act's content (audit_content), by which searches may find it.`);
  const behind = await entriesAfter(db, workspaceId, from);
  report.unsealed = behind.count;
  report.unsealedSince = behind.since;
  const lastDay = await verifyDays(db, workspaceId, head, report, find, isKnown);
  // Seals and the head move in one transaction: behind those that were read it can't be.
  const end = await readHead(db, workspaceId);
  if ((end?.no ?? 0) < previous.no || (end?.dayNo ?? 0) < lastDay) find("head_changed", "head", headChanged);
  if (head && head.no > previous.no) find("seal_missing", ...cutOff("minute", previous.no, head.no));
  if (head && head.dayNo > lastDay) find("seal_missing", ...cutOff("day", lastDay, head.dayNo));
  if (!sealFound)
    find(
      "seal_unknown",
      options.knownSeal ?? "",
      "The seal that was kept elsewhere is not in this trail: it was made anew, or cut off.",
    );
  return report;
}

/** Answers the number of the last day there is. */
async function verifyDays(
  db: Queryable,
  workspaceId: string,
  head: AuditHead | null,
  report: AuditReport,
  find: (what: AuditFinding["what"], id: string, detail: string) => void,
  isKnown: (seal: Seal) => void,
): Promise<number> {
  let previous: { no: number; hash: Buffer } = { no: 0, hash: noHash };
  let lastNo = 0;
  for (;;) {
    const seals = await sealsAfter(db, workspaceId, "day", previous.no, sealsAtOnce);
    for (const seal of seals) {
      checkChain(seal, previous, find);
      isKnown(seal);
      const { firstNo, lastNo: end } = seal;
      if (seal.no === head?.dayNo) {
        if (!seal.hash.equals(head.dayHash)) find("seal_changed", ...madeAnew(seal));
        if (head.dayLastNo !== end) find("head_changed", "head", headChanged);
      }
      const minutes = await minuteSeals(db, workspaceId, firstNo ?? 0, end ?? 0);
      const whole = firstNo === lastNo + 1 && minutes.length === seal.count;
      if (!whole || !merkleRoot(Buffer.concat(minutes.map(({ hash }) => hash))).equals(seal.root))
        find(
          "seal_changed",
          `day ${seal.no}`,
          `The seals of the minutes ${firstNo} to ${end} are not those that day ${seal.no} sealed.`,
        );
      previous = { no: seal.no, hash: seal.hash };
      lastNo = end ?? lastNo;
      report.days += 1;
    }
    if (seals.length < sealsAtOnce) return previous.no;
  }
}

/** Of a chain whose end is gone: so far it was sealed, and there is nothing of it. */
const cutOff = (level: Seal["level"], last: number, sealed: number): [string, string] => [
  `${level} ${last + 1}`,
  sealed === last + 1
    ? `The seal of ${level} ${sealed}, the last one, is missing.`
    : `The seals of the ${level}s ${last + 1} to ${sealed}, the last ones, are missing.`,
];

const headChanged =
  "The place where sealing goes on (audit_head) is not at the end of what was sealed: it was changed, and what comes next may never be sealed.";

function checkHead(
  head: AuditHead,
  seal: Seal,
  find: (what: AuditFinding["what"], id: string, detail: string) => void,
): void {
  if (!seal.hash.equals(head.hash)) find("seal_changed", ...madeAnew(seal));
  if (head.at !== seal.lastAt || head.id !== seal.ids?.at(-1)) find("head_changed", "head", headChanged);
}

/** As `lockHead` makes it, as far as there is no seal yet that it could be compared with. */
const beginsAtTheBeginning = ({ at, id, no, hash, dayNo, dayHash, dayLastNo }: AuditHead): boolean =>
  (no > 0 || (at === 0 && id === "" && hash.equals(noHash))) &&
  (dayNo > 0 || (dayLastNo === 0 && dayHash.equals(noHash)));

const madeAnew = ({ level, no }: Seal): [string, string] => [
  `${level} ${no}`,
  `The seal of ${level} ${no} is not the one with which sealing went on.`,
];

function checkChain(
  seal: Seal,
  previous: { no: number; hash: Buffer },
  find: (what: AuditFinding["what"], id: string, detail: string) => void,
): void {
  const name = `${seal.level} ${seal.no}`;
  if (seal.no !== previous.no + 1)
    find(
      "seal_missing",
      `${seal.level} ${previous.no + 1}`,
      `Before the seal of ${name}, ${seal.no - previous.no - 1} are missing.`,
    );
  if (!seal.previous.equals(previous.hash))
    find("seal_changed", name, `The seal of ${name} is not chained to the one before it.`);
  if (!sealHash(seal).equals(seal.hash)) find("seal_changed", name, `The seal of ${name} doesn't give its own hash.`);
}

const sentences: Record<Tampering["what"], (id: string, seal: Seal) => string> = {
  changed: (id) => `The entry ${id} was changed after it was sealed.`,
  removed: (id, { no }) => `The entry ${id}, sealed in minute ${no}, is missing.`,
  inserted: (id, { no }) => `The entry ${id} was not there when minute ${no} was sealed.`,
  reordered: (id, { no }) => `The entry ${id} is at another place than when minute ${no} was sealed.`,
};

/** What was changed of the columns by which an entry is found, exported and erased, and what that does. */
function misfiled(id: string, { at, entryAt, leadId, erasedWith, about, speaksOf }: Misfiled): string {
  const some = (ids: string[]) =>
    ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
  const [filed, spoken] = [new Set(about), new Set(speaksOf)];
  const [lacks, adds] = [
    (speaksOf ?? []).filter((lead) => !filed.has(lead)),
    (about ?? []).filter((lead) => !spoken.has(lead)),
  ];
  const when = (moment: number) => new Date(moment).toISOString();
  const said: string[] = [];
  if (lacks.length > 0) said.push(`about lacks ${some(lacks)}, whose searches don't find it`);
  if (adds.length > 0) said.push(`about has ${some(adds)}, of whom it doesn't speak`);
  if (leadId !== erasedWith)
    said.push(
      `lead_id is ${leadId ?? "null"} in place of ${erasedWith ?? "null"}, so that an erasure takes it for somebody else's`,
    );
  if (at !== entryAt)
    said.push(
      `at is ${when(at)} in place of ${when(entryAt)}, so that searches by the leads that it is about don't find it`,
    );
  return `By what the entry ${id} is found was changed (audit_content): ${said.join("; ")}.`;
}

/** Empty where there is none. */
const leafAt = (leaves: Buffer, n: number): Buffer => leaves.subarray(n * hashBytes, (n + 1) * hashBytes);
