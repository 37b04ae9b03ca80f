import { Rounds } from "../background/rounds.ts";
import type { TouchedLane } from "../db/event.ts";
import { logHorizon } from "../db/event-log.ts";
import { type Database, isRetryable, type Queryable } from "../db/pool.ts";
import {
  countMatching,
  type DueTarget,
  type LogPlace,
  lockDueTarget,
  nextTargetDue,
  queueMatching,
  readyLane,
  type TargetStep,
  waitingInLane,
  withHashes,
  writeTargetStep,
} from "../db/replay-feed.ts";
import { stopPoint } from "../db/stop-point.ts";
import { replayAllowance } from "../domain/replay-pace.ts";

/**
 * Feeds replays into the outbox, a little at a time, as their destinations take it. Any number of processes may: a
 * replay at a destination is looked at by one of them at a time, and all that is known of it is in the database.
 */
export interface ReplayFeederOptions {
  db: Database;
  /** Lanes got work. */
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  onError: (stage: string, error: unknown) => void;
  /** Milliseconds between looks when nothing wakes the feeder: a replay that another process took in starts so late. Default 1,000. */
  pollMs?: number;
  /** Events counted in one step. Default 10,000: some tens of milliseconds. */
  countChunk?: number;
  /** Events read in one step to be queued, at least as many as there is room for. Default 2,000. */
  feedChunk?: number;
}

/** Targets looked at in one round. */
const targetsPerRound = 64;
/** A destination's events are queued in so many steps at most in one transaction, where few of those that are read match. */
const stepsPerLook = 5;
/** Milliseconds between looks at a replay that is queued and not yet delivered. */
const deliveringLookMs = 500;

export class ReplayFeeder {
  private readonly options: Required<ReplayFeederOptions>;
  private readonly rounds: Rounds;

  constructor(options: ReplayFeederOptions) {
    this.options = { pollMs: 1_000, countChunk: 10_000, feedChunk: 2_000, ...options };
    const { db, pollMs, onError } = this.options;
    const round = async () => {
      if ((await this.runOnce()).looked >= targetsPerRound) return 0;
      const next = await nextTargetDue(db);
      // At least a few: what is due and was not taken is in another process's hands.
      return next === null ? pollMs : Math.min(pollMs, Math.max(next, 10));
    };
    this.rounds = new Rounds({ round, retryMs: pollMs, onError: (error) => onError("replay", error) });
  }

  start(): void {
    this.rounds.start();
  }

  /** Ends after the look that is under way. Stopping before start, or twice, is safe. */
  async stop(): Promise<void> {
    await this.rounds.stop();
  }

  /** A replay was committed: look before the next pause ends. */
  wake(): void {
    this.rounds.wake();
  }

  /** Looks once at each replay that is due. */
  async runOnce(): Promise<{ looked: number; queued: number }> {
    const { db } = this.options;
    let queued = 0;
    let looked = 0;
    if ((await nextTargetDue(db)) !== 0) return { looked, queued };
    // Before the transactions: what is committed after it is not older than it.
    const horizon = await logHorizon(db);
    for (; looked < targetsPerRound; looked++) {
      let lane: TouchedLane | null = null;
      let found = false;
      try {
        found = await db.transaction(async (tx) => {
          const target = await lockDueTarget(tx);
          if (!target) return false;
          const step = await this.look(tx, target, horizon);
          if (step.queuedMore > 0) {
            await readyLane(tx, target.workspaceId, target.destinationId);
            lane = { workspaceId: target.workspaceId, laneId: target.destinationId };
            queued += step.queuedMore;
            stopPoint?.reached("replay.queued");
          }
          await writeTargetStep(tx, target, step);
          return true;
        });
      } catch (error) {
        // Rolled back, and done again at the next round: the place in the log is where it was.
        if (!isRetryable(error)) throw error;
      }
      if (!found) break;
      if (lane) this.options.wakeDeliveries([lane]);
    }
    return { looked, queued };
  }

  private async look(tx: Queryable, target: DueTarget, horizon: number): Promise<TargetStep> {
    const step: TargetStep = {
      status: target.status,
      reason: null,
      counted: { at: target.countedAt, id: target.countedId },
      countedAll: target.countedAll,
      countedMore: 0,
      fed: { at: target.fedAt, id: target.fedId },
      queuedMore: 0,
      room: target.room,
      creditMs: 0,
      nextMs: deliveringLookMs,
    };
    if (target.destinationStatus !== "active") {
      const what = target.destinationStatus === null ? "deleted" : "disabled";
      return { ...step, status: "stopped", reason: `The destination was ${what}.` };
    }
    if (target.status === "feeding") {
      const all = await withHashes(tx, async () => {
        await this.count(tx, target, step, horizon);
        return await this.feed(tx, target, step);
      });
      if (all) step.status = "delivering";
    }
    if (step.status === "delivering" && target.ended >= target.queued + step.queuedMore) step.status = "finished";
    return step;
  }

  /** Counts on, up to the end or the log's horizon: behind that something may still come. */
  private async count(tx: Queryable, target: DueTarget, step: TargetStep, horizon: number): Promise<void> {
    if (step.countedAll) return;
    const upTo: LogPlace = { at: Math.min(target.to, horizon), id: "" };
    const { read, matching, last } = await countMatching(tx, target, step.counted, upTo, this.options.countChunk);
    step.countedMore = matching;
    if (last) step.counted = last;
    step.countedAll = read < this.options.countChunk && target.to <= horizon;
  }

  /** Queues what there is room for. True: all that is counted is queued, and all is counted. */
  private async feed(tx: Queryable, target: DueTarget, step: TargetStep): Promise<boolean> {
    const due = await waitingInLane(tx, target.workspaceId, target.destinationId, target.room);
    const waiting = due + target.leased;
    const allowed = replayAllowance({ ...target, waiting, unfinished: target.queued - target.ended });
    step.nextMs = allowed.nextMs;
    step.creditMs = allowed.creditMs;
    let atEnd = false;
    for (let n = 0; n < stepsPerLook && step.queuedMore < allowed.rows && !atEnd; n++) {
      const room = allowed.rows - step.queuedMore;
      const limit = Math.max(this.options.feedChunk, room);
      const { read, queued, last } = await queueMatching(tx, target, step.fed, step.counted, { limit, room });
      step.queuedMore += queued;
      if (last) step.fed = last;
      atEnd = read < limit && queued < room;
    }
    if (step.queuedMore >= allowed.full) step.room = allowed.room;
    else step.room = Math.min(step.room, allowed.room);
    // Few matched: on with the log at once.
    if (allowed.rows > 0 && step.queuedMore < allowed.rows && !atEnd) step.nextMs = 1;
    // Counting goes ahead, and feeding waits for it.
    if (atEnd && !step.countedAll) step.nextMs = step.countedMore > 0 || step.counted.at < target.countedAt ? 1 : 100;
    return atEnd && step.countedAll;
  }
}
