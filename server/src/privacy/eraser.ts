import { Rounds } from "../background/rounds.ts";
import { erasureAction, recordActs } from "../db/audit.ts";
import {
  clockNow,
  type DueErasure,
  finishErasure,
  lockDueErasure,
  markSeen,
  moveErasure,
  nextErasureDue,
  type Place,
  putOff,
  start,
} from "../db/erasure.ts";
import {
  type Part,
  searchActs,
  searchConsent,
  searchEvents,
  searchImports,
  searchReceived,
  sweepActs,
  sweepEvents,
  sweepLead,
  sweepMessages,
  sweepReasons,
  type Whom,
} from "../db/erasure-sweep.ts";
import { logHorizon } from "../db/event-log.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { mentionPattern } from "../domain/erasure.ts";

export interface EraserOptions {
  db: Database;
  /** Milliseconds between looks when nothing wakes it. Default 5,000. */
  pollMs?: number;
  /**
   * After a request, what was under way at the outside (a delivery, a call of a CRM) has ended after so long, and what came
   * back is on record: then it is looked once more. Milliseconds; default 90,000.
   */
  lateMs?: number;
  onError: (stage: string, error: unknown) => void;
}

type Step = (tx: Queryable, whom: Whom, place: Place) => Promise<Part>;

const byLead: readonly Step[] = [sweepMessages, sweepEvents, sweepLead, sweepActs];
const searches: readonly Step[] = [
  searchReceived,
  searchEvents,
  searchActs,
  searchImports,
  searchConsent,
  sweepReasons,
];
/** All of it, and once more what may have come late; of the log then only the end. */
const steps: readonly Step[] = [
  ...byLead,
  ...searches,
  ...byLead,
  searchEvents,
  searchReceived,
  searchImports,
  sweepReasons,
];
const lateFrom = byLead.length + searches.length;
/** Of the log, what is looked at again: from so long before the request. */
const lateLookMs = 120_000;
const horizonPauseMs = 250;

/**
 * Erases what was asked for, in parts of some hundred rows, each a transaction that moves the erasure's place: a crash loses
 * nothing, and the next process goes on. Any number of processes may; one of them has an erasure at a time.
 *
 * It begins when every transaction that could still see the person has ended (as `logHorizon` says), so that what they wrote
 * is found; and what was under way at the outside is looked for once more later.
 */
export class Eraser {
  private readonly options: Required<EraserOptions>;
  private readonly rounds: Rounds;

  constructor(options: EraserOptions) {
    this.options = { pollMs: 5_000, lateMs: 90_000, ...options };
    const { db, pollMs, onError } = this.options;
    const round = async () => {
      await this.runOnce();
      const next = await nextErasureDue(db);
      return next === null ? pollMs : Math.min(pollMs, Math.max(next, 50));
    };
    this.rounds = new Rounds({ round, retryMs: pollMs, onError: (error) => onError("erasure", error) });
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
  }

  /** Something is to be erased. */
  wake(): void {
    this.rounds.wake();
  }

  /** Goes on with what is due (this erasure, or all), until nothing is due any more; answers how many parts that were. */
  async runOnce(id: string | null = null): Promise<number> {
    let parts = 0;
    while (!this.rounds.stopping && (await this.part(id))) parts++;
    return parts;
  }

  private async part(id: string | null): Promise<boolean> {
    return await this.options.db.transaction(async (tx) => {
      const erasure = await lockDueErasure(tx, id);
      if (!erasure) return false;
      const now = await clockNow(tx);
      const soon = new Date(now.getTime() + horizonPauseMs);
      if (erasure.seenAt === null) {
        await markSeen(tx, erasure, now);
        await putOff(tx, erasure, soon);
      } else if (erasure.step === 0 && (await logHorizon(tx)) <= erasure.seenAt.getTime()) {
        await putOff(tx, erasure, soon);
      } else await this.sweep(tx, erasure);
      return true;
    });
  }

  private async sweep(tx: Queryable, erasure: DueErasure): Promise<void> {
    const { workspaceId, leadId, addressHashes: hashes, step, place } = erasure;
    const addresses = erasure.addresses ?? [];
    const whom = { workspaceId, leadId, addresses, hashes, pattern: mentionPattern(addresses) };
    const { next, counts, entries = [] } = await steps[step]!(tx, whom, place);
    // What names no lead is named here, or its missing content would count as tampered with.
    if (entries.length > 0) await onRecord(tx, erasure, { entries });
    if (next) return await moveErasure(tx, erasure, { step, place: next }, counts);
    if (step === steps.length - 1) {
      await moveErasure(tx, erasure, { step, place }, counts);
      await onRecord(tx, erasure, { finished: true });
      return await finishErasure(tx, erasure);
    }
    const late = erasure.requestedAt.getTime() - lateLookMs;
    const from = steps[step + 1] === searchEvents && step + 1 > lateFrom ? { at: new Date(late), id: "" } : start;
    await moveErasure(tx, erasure, { step: step + 1, place: from }, counts);
    if (step + 1 !== lateFrom) return;
    await putOff(tx, erasure, new Date(erasure.requestedAt.getTime() + this.options.lateMs));
  }
}

async function onRecord(tx: Queryable, { workspaceId, id, leadId }: DueErasure, content: object): Promise<void> {
  const act = { workspaceId, actor: { kind: "system" as const, id: null }, action: erasureAction };
  await recordActs(tx, [{ ...act, target: leadId ?? id, leadId, lasting: true, content: { erasure: id, ...content } }]);
}
