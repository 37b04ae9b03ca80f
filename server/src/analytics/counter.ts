import {
  type AnalyticsHead,
  lockAnalyticsHead,
  lockEdition,
  moveAnalyticsHead,
  nextCountedEvents,
  uncountedWorkspaces,
} from "../db/analytics-count.ts";
import { logHorizon } from "../db/event-log.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { type Fact, factOf } from "../domain/analytics/fact.ts";
import { applyFacts } from "./apply.ts";
import { DimensionSets } from "./dimension-sets.ts";

export interface AnalyticsCounterOptions {
  db: Database;
  /** Milliseconds between looks. Default 5,000: what is counted at once costs less, the more it is. */
  everyMs?: number;
  onError: (stage: string, error: unknown) => void;
}

/** Events that one transaction looks at: while it is open, nobody reads the log beyond its beginning. */
export const countedAtOnce = 2_000;

/**
 * For how many times as long as a batch took nothing is counted after it: what has to be counted up must not take from those
 * who send and deliver. Figures of a large backlog come a few seconds later for it.
 */
const restTimes = 2;

/** How often all of the log is looked at for what is not counted, and not only what is new since the last look. */
const wholeLookMs = 60_000;

/**
 * Counts the event log. Events, facts, counters and how far the log is counted are one transaction, so that a crash counts
 * nothing twice and leaves nothing out. Any number of processes may do so; a workspace's head is locked by one.
 */
export class AnalyticsCounter {
  private readonly options: AnalyticsCounterOptions;
  private readonly sets = new DimensionSets();
  private timer: NodeJS.Timeout | null = null;
  private endRest: (() => void) | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private stopped = false;
  /** All before it was counted at the last look; unix ms. */
  private since = 0;
  private wholeAt = 0;

  constructor(options: AnalyticsCounterOptions) {
    this.options = options;
  }

  start(): void {
    this.stopped = false;
    this.plan();
  }

  private plan(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.count(restTimes)
        .catch((error) => this.options.onError("analytics", error))
        .finally(() => this.plan());
    }, this.options.everyMs ?? 5_000).unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.endRest?.();
    await this.running;
  }

  /** Counts all that is recorded for good; answers how many facts are new. */
  runOnce(): Promise<number> {
    return this.count(0);
  }

  private async count(rest: number): Promise<number> {
    const { db } = this.options;
    const cut = await logHorizon(db);
    if (Date.now() >= this.wholeAt) {
      this.since = 0;
      this.wholeAt = Date.now() + wholeLookMs;
    }
    let added = 0;
    for (const workspaceId of await uncountedWorkspaces(db, this.since, cut)) {
      for (let more = true; more && !this.stopped; ) {
        const startedAt = performance.now();
        const batch = await countNext(db, workspaceId, cut, this.sets);
        added += batch.added;
        more = batch.more;
        // Also where the next is another workspace: a thousand of them with a few events each are a load like one with many.
        if (rest > 0) await this.rest(rest * (performance.now() - startedAt));
      }
      if (this.stopped) return added;
    }
    this.since = cut;
    return added;
  }

  /** Ends at once when the counter is stopped. */
  private async rest(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.endRest = null;
  }
}

/** Counts a workspace's next events; `edition`: into another one than that which is shown. */
export async function countNext(
  db: Database,
  workspaceId: string,
  cut: number,
  sets: DimensionSets,
  edition?: number,
): Promise<Counted> {
  sets.trim();
  const { saved, ...result } = await db.transaction(async (tx) => {
    const head =
      edition === undefined ? await lockAnalyticsHead(tx, workspaceId) : await lockEdition(tx, workspaceId, edition);
    if (!head) return { added: 0, more: false, saved: () => {} };
    return await countFrom(tx, workspaceId, head, cut, sets);
  });
  // Only now: what was rolled back isn't stored.
  saved();
  return result;
}

export interface Counted {
  /** Facts that are new. */
  added: number;
  /** Whether there may be more before the cut. */
  more: boolean;
}

/** Counts what comes next behind a head that is locked. `saved` is to be called once the transaction has committed. */
export async function countFrom(
  tx: Queryable,
  workspaceId: string,
  head: AnalyticsHead,
  cut: number,
  sets: DimensionSets,
): Promise<Counted & { saved: () => void }> {
  const { events, last, more } = await nextCountedEvents(tx, workspaceId, head, cut, countedAtOnce);
  if (!last) return { added: 0, more: false, saved: () => {} };
  const facts = events.map(factOf).filter((fact): fact is Fact => fact !== null);
  const { added, saved } = await applyFacts(tx, workspaceId, head.edition, facts, sets);
  await moveAnalyticsHead(tx, workspaceId, { ...head, ...last });
  return { added, more, saved };
}
