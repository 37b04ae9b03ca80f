import { randomUUID } from "node:crypto";
import { Rounds } from "../../background/rounds.ts";
import type { TouchedLane } from "../../db/event.ts";
import {
  countLeft,
  getListImport,
  type ListCounts,
  type ListFinding,
  type ListImport,
  type ListProgress,
  nextListImport,
  noteListImport,
  takeListImport,
} from "../../db/list-import.ts";
import type { Database } from "../../db/pool.ts";
import type { PeoplePage, PeopleReader } from "../../domain/people-list.ts";
import type { Enroll } from "../lead-import.ts";
import { applyPage } from "./apply-page.ts";

export interface ListImporterOptions {
  db: Database;
  /** Opens what an import reads; or says why it can't be, for good. */
  open(one: ListImport): Promise<PeopleReader | { code: string; detail: string }>;
  /** Takes leads into a campaign. */
  enrolling(workspaceId: string, campaignId: string | null): Enroll | undefined;
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  wakePlanner: () => void;
  onError: (stage: string, error: unknown) => void;
  /** Milliseconds between looks when nothing wakes it: what another process started begins so late. Default 5,000. */
  lookMs?: number;
  /** Unix milliseconds. Default: the system's clock. */
  clock?: () => number;
}

/** Longer than a page may take. Milliseconds, as the next ones. */
const claimMs = 120_000;
const pageMs = 60_000;
/** Pages of one turn; then it is others' turn. */
const pagesATurn = 50;
/** Waits after pages that weren't read. */
const backoff = [5_000, 30_000, 120_000, 600_000, 1_800_000];
/** A run that has failed so often ends, without having come to anybody new meanwhile. */
const mostTries = 12;
/** Findings of a run that are kept. */
const mostFindings = 200;

/** What is counted of a list that is read from its beginning once more: those who have become leads are known, the others come again. */
const fromTheBeginning = (counts: ListCounts): ListCounts => ({
  ...{ ...counts, suppressed: 0, rejected: 0 },
  people: counts.people - counts.suppressed - counts.rejected,
});

const isNew = (known: readonly ListFinding[]) => (one: ListFinding) =>
  !known.some(({ crmId, field }) => crmId === one.crmId && field === one.field);

/** The claim is another process's by now. */
class TurnLost extends Error {}

/**
 * Reads lists of people, page by page: what a page brought and how far the import is are one transaction, so that one that is
 * interrupted goes on where it was. Any number of processes may; each import belongs to one of them at a time.
 */
export class ListImporter {
  private readonly options: Required<ListImporterOptions>;
  private readonly stopped = new AbortController();
  private readonly rounds: Rounds;

  constructor(options: ListImporterOptions) {
    this.options = { lookMs: 5_000, clock: Date.now, ...options };
    const { db, lookMs, clock, onError } = this.options;
    const round = async () => {
      while (!this.stopped.signal.aborted && (await this.runOnce()));
      const next = await nextListImport(db);
      return next === null ? lookMs : Math.min(lookMs, Math.max(next - clock(), 50));
    };
    this.rounds = new Rounds({ round, retryMs: lookMs, onError: (error) => onError("list import", error) });
  }

  start(): void {
    this.rounds.start();
  }

  /** Ends calls that are under way; what was committed stays. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.rounds.stop();
  }

  /** One was started: look before the next pause ends. */
  wake(): void {
    this.rounds.wake();
  }

  /** Gives the import that is due the longest a turn. False: none is due. */
  async runOnce(): Promise<boolean> {
    const { db, clock, onError } = this.options;
    const claim = randomUUID();
    const now = clock();
    const one = await db.transaction((tx) => takeListImport(tx, claim, { now, until: now + claimMs }));
    if (one === null) return false;
    try {
      await this.turn(one, claim);
    } catch (error) {
      if (error instanceof TurnLost) return true;
      onError("list import", error);
      // Something of Herald's own: it is tried again, and says so.
      const detail = `Herald failed at it: ${error instanceof Error ? error.message : String(error)}`;
      // From where its last page has brought it, and that one may have been stored without an answer.
      const now = await getListImport(db, one.workspaceId, one.id);
      if (now === null || now.status === "done") return true;
      await this.notRead(now, claim, { ok: false, code: "import_failed", detail, retryAfterMs: null, final: false });
    }
    return true;
  }

  private async turn(one: ListImport, claim: string): Promise<void> {
    const { db, open, clock } = this.options;
    const reader = await open(one);
    if (!("page" in reader)) {
      await this.notRead(one, claim, { ok: false, ...reader, retryAfterMs: null, final: true });
      return;
    }
    try {
      let now = one;
      for (let pages = 1; ; pages++) {
        const signal = AbortSignal.any([this.stopped.signal, AbortSignal.timeout(pageMs)]);
        const page = await reader.page(now.place, signal);
        if (this.stopped.signal.aborted) {
          // Another process may go on at once.
          await noteListImport(db, now, claim, this.progress(now, { claimedUntil: 0 }));
          return;
        }
        if (!page.ok) {
          await this.notRead(now, claim, page);
          return;
        }
        const last = page.next === null || pages === pagesATurn;
        now = await this.take(now, claim, page, last ? 0 : clock() + claimMs);
        if (last) return;
      }
    } finally {
      await reader.close();
    }
  }

  private async take(
    one: ListImport,
    claim: string,
    { people, next }: Extract<PeoplePage, { ok: true }>,
    claimedUntil: number,
  ): Promise<ListImport> {
    const { db, clock, enrolling, wakeDeliveries, wakePlanner } = this.options;
    const { after, lanes, planned } = await db.transaction(async (tx) => {
      const page = await applyPage(tx, one, people, enrolling(one.workspaceId, one.campaignId));
      const findings = [...one.findings, ...page.findings.filter(isNew(one.findings))].slice(0, mostFindings);
      const counts = { ...page.counts, left: next === null ? await countLeft(tx, one) : 0 };
      const after: ListImport = { ...one, place: next, counts, findings, tries: page.further ? 0 : one.tries };
      const ended = next === null && { status: "done" as const, endedAt: clock(), dueAt: this.nextRun(one) };
      if (!(await noteListImport(tx, one, claim, this.progress(after, { claimedUntil, ...ended }))))
        throw new TurnLost();
      return { after, lanes: page.lanes, planned: page.planned };
    });
    if (lanes.length > 0) wakeDeliveries(lanes);
    if (planned) wakePlanner();
    return after;
  }

  private async notRead(one: ListImport, claim: string, page: Extract<PeoplePage, { ok: false }>): Promise<void> {
    const { db, clock } = this.options;
    const tries = one.tries + 1;
    const said = { code: page.code, problem: page.detail, claimedUntil: 0, tries };
    if (page.final || tries >= mostTries) {
      const failed = { ...said, status: "failed" as const, endedAt: clock(), dueAt: this.nextRun(one) };
      await noteListImport(db, one, claim, this.progress(one, failed));
      return;
    }
    const again = page.lost === true ? { place: null, counts: fromTheBeginning(one.counts) } : {};
    const wait =
      page.lost === true ? 0 : Math.max(backoff[Math.min(tries, backoff.length) - 1]!, page.retryAfterMs ?? 0);
    await noteListImport(db, one, claim, this.progress(one, { ...said, ...again, dueAt: clock() + wait }));
  }

  private nextRun({ everyMinutes }: ListImport): number | null {
    return everyMinutes === null ? null : this.options.clock() + everyMinutes * 60_000;
  }

  private progress(one: ListImport, change: Partial<ListProgress>): ListProgress {
    const { place, counts, findings, tries, code, problem, dueAt } = one;
    return {
      ...{ status: "running", place, counts, findings, tries, code, problem },
      ...{ claimedUntil: 0, dueAt: dueAt?.getTime() ?? null, endedAt: null },
      ...change,
    };
  }
}
