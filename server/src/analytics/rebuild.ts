import { dimensionsById, ensureAnalyticsHead, lockEdition, type StoredFact } from "../db/analytics-count.ts";
import {
  type Difference,
  deleteHead,
  deleteSome,
  differences,
  editions,
  factsBefore,
  headlessEditions,
  insertDraft,
  leaseEditions,
  oldestEvent,
  releaseEdition,
  setsAfter,
  showDraft,
} from "../db/analytics-edition.ts";
import { logHorizon } from "../db/event-log.ts";
import type { Database } from "../db/pool.ts";
import { HeraldError } from "../domain/error.ts";
import { applyFacts } from "./apply.ts";
import { countFrom, countNext } from "./counter.ts";
import { DimensionSets } from "./dimension-sets.ts";

export interface RebuildReport {
  /** Unix ms: from here on the log could be recounted; what was before is taken from the facts that were kept. Null: the log is empty. */
  recountedFrom: number | null;
  /** Facts that were counted, and of these those of events that are gone. */
  facts: number;
  kept: number;
  /** Where the figures that were shown were others; at most `mostDifferences`. */
  differences: Difference[];
  /** Whether the recounted figures are shown now. */
  replaced: boolean;
}

export interface RebuildOptions {
  /** Compares only, and leaves what is shown as it is. */
  check?: boolean;
  onProgress?: (facts: number) => void;
}

export const mostDifferences = 100;
const factsAtOnce = 2_000;
const setsAtOnce = 50;
const first = "00000000-0000-0000-0000-000000000000";

/**
 * Counts a workspace's log anew, into another edition of all figures, while Herald goes on counting into the one that is shown.
 * At the end both are brought to the same place in the log, held there, and compared; then the new one takes the old one's
 * place. If it is interrupted, the old one is shown on, and the next call clears away what is left.
 *
 * @throws HeraldError invalid_state where somebody else is at it.
 */
export async function rebuildAnalytics(
  db: Database,
  workspaceId: string,
  { check = false, onProgress }: RebuildOptions = {},
): Promise<RebuildReport> {
  await ensureAnalyticsHead(db, workspaceId);
  const shown = await clearAway(db, workspaceId);
  const draft = shown + 1;
  const from = await oldestEvent(db, workspaceId);
  if (!(await insertDraft(db, workspaceId, draft, from ?? Date.now()))) throw busy();
  const work = new Rebuild(db, workspaceId, draft, onProgress);
  let kept = await work.takeOver(shown, from ?? Number.MAX_SAFE_INTEGER);
  await work.catchUp();
  // Retention may have taken days meanwhile, before they were read. They had been counted into the edition that is shown; what
  // leaves from here on is in the draft.
  const begins = await oldestEvent(db, workspaceId);
  const moved = from !== null && begins !== from;
  if (moved) kept += await work.takeOver(shown, begins ?? Number.MAX_SAFE_INTEGER, from);
  await work.meet(shown);
  const found = await work.compare(shown);
  if (check) await deleteHead(db, workspaceId, draft);
  else await db.transaction((tx) => showDraft(tx, workspaceId, draft));
  await releaseEdition(db, workspaceId, shown);
  await clearAway(db, workspaceId);
  return { recountedFrom: moved ? begins : from, facts: work.facts, kept, differences: found, replaced: !check };
}

const busy = () =>
  new HeraldError(
    "invalid_state",
    "The figures of this workspace are being recounted already. Wait until that has ended.",
  );

/** What an earlier call left; answers which edition is shown. */
async function clearAway(db: Database, workspaceId: string): Promise<number> {
  for (const { edition, draft, leased } of await editions(db, workspaceId)) {
    if (!draft) continue;
    if (leased) throw busy();
    await deleteHead(db, workspaceId, edition);
  }
  for (const edition of await headlessEditions(db, workspaceId)) {
    while (await deleteSome(db, workspaceId, edition, factsAtOnce));
  }
  return (await editions(db, workspaceId)).find(({ draft }) => !draft)!.edition;
}

class Rebuild {
  facts = 0;
  private readonly db: Database;
  private readonly workspaceId: string;
  private readonly draft: number;
  private readonly onProgress: ((facts: number) => void) | undefined;
  private readonly sets = new DimensionSets();

  constructor(db: Database, workspaceId: string, draft: number, onProgress: ((facts: number) => void) | undefined) {
    this.db = db;
    this.workspaceId = workspaceId;
    this.draft = draft;
    this.onProgress = onProgress;
  }

  private async progress(facts: number): Promise<void> {
    this.facts += facts;
    this.onProgress?.(this.facts);
    if (!(await leaseEditions(this.db, this.workspaceId, [this.draft]))) throw busy();
  }

  /** Facts whose events are gone: of events before and from these times (unix ms). Answers how many. */
  async takeOver(shown: number, before: number, since = 0): Promise<number> {
    let kept = 0;
    for (let after: { leadId: string; id: string } | null = { leadId: "", id: "" }; after; ) {
      const page = await factsBefore(this.db, this.workspaceId, shown, before, after, factsAtOnce);
      // An event's ID begins with its time.
      kept += await this.apply(page.facts.filter(({ id }) => Number(id.slice(4, 17)) >= since));
      await this.progress(page.facts.length);
      after = page.last;
    }
    return kept;
  }

  private async apply(stored: readonly StoredFact[]): Promise<number> {
    if (stored.length === 0) return 0;
    const { db, workspaceId, draft, sets } = this;
    sets.trim();
    const ids = [...new Set(stored.map((fact) => fact.dimensions))];
    for (const set of await dimensionsById(db, workspaceId, ids)) sets.intern(set);
    const facts = stored.map((fact) => ({ ...fact, dimensions: sets.byId(fact.dimensions)!.full }));
    const { added, saved } = await db.transaction(async (tx) => {
      if (!(await lockEdition(tx, workspaceId, draft))) throw busy();
      return await applyFacts(tx, workspaceId, draft, facts, sets);
    });
    saved();
    return added;
  }

  /** Counts the log up to its end; also into the edition that is shown, which nobody may have done. */
  async catchUp(): Promise<void> {
    const cut = await logHorizon(this.db);
    while ((await countNext(this.db, this.workspaceId, cut, this.sets)).more) await this.progress(0);
    for (let more = true; more; ) {
      const batch = await countNext(this.db, this.workspaceId, cut, this.sets, this.draft);
      more = batch.more;
      await this.progress(batch.added);
    }
  }

  /** Both editions come to the same place in the log, and stay there. */
  async meet(shown: number): Promise<void> {
    const { db, workspaceId, draft, sets } = this;
    const { added, saved } = await db.transaction(async (tx) => {
      const done: (() => void)[] = [];
      let facts = 0;
      const cut = await logHorizon(tx);
      for (const edition of [shown, draft]) {
        for (let more = true; more; ) {
          const head = await lockEdition(tx, workspaceId, edition);
          if (!head) throw busy();
          const batch = await countFrom(tx, workspaceId, head, cut, sets);
          done.push(batch.saved);
          if (edition === draft) facts += batch.added;
          more = batch.more;
        }
      }
      await leaseEditions(tx, workspaceId, [shown, draft]);
      return { added: facts, saved: done };
    });
    for (const each of saved) each();
    this.facts += added;
  }

  async compare(shown: number): Promise<Difference[]> {
    const { db, workspaceId, draft } = this;
    const found: Difference[] = [];
    for (let after = first; found.length < mostDifferences; ) {
      const sets = await setsAfter(db, workspaceId, after, setsAtOnce);
      const upTo = sets.at(-1);
      if (upTo === undefined) break;
      const range = { after, upTo };
      for (const width of ["quarter", "day"] as const)
        found.push(...(await differences(db, workspaceId, width, [shown, draft], range, mostDifferences)));
      if (!(await leaseEditions(db, workspaceId, [shown, draft]))) throw busy();
      after = upTo;
    }
    return found.slice(0, mostDifferences);
  }
}
