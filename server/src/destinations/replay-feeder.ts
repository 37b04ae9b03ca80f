import { Rounds } from "../background/rounds.ts";
import type { TouchedLane } from "../db/event.ts";
import { logHorizon } from "../db/event-log.ts";
import { type Database, isConnectionError, isRetryable, isTimeout, type Queryable } from "../db/pool.ts";
import {
  countMatching,
  type DueTarget,
  isInOutbox,
  type LogPlace,
  limitStatements,
  lockDueTarget,
  nextTargetDue,
  postponeTarget,
  queueMatching,
  readyLane,
  type TargetStep,
  tryRequeueLock,
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
  /**
   * Milliseconds that one statement of a look may take; shorter than the pool's own limit. Default 5,000. After one that
   * took longer, looks at this replay read a quarter; after quick ones twice as much again.
   */
  statementMs?: number;
}

/** Targets looked at in one round. */
const targetsPerRound = 64;
/** A destination's events are queued in so many steps at most in one transaction, where few of those that are read match. */
const stepsPerLook = 5;
/** Milliseconds between looks at a replay that is queued and not yet delivered. */
const deliveringLookMs = 500;
/** The least share of a look's events: two or three of 10,000. */
const leastShare = 1 / 4_096;
/** A look that took less than this part of a statement's time was quick: the next one may read twice as much. */
const quickPart = 1 / 10;
/** Milliseconds until the next look after one that took too long, after one that may pass the next time, and after one that failed otherwise. */
const slowRestMs = 100;
const retryRestMs = 200;
const failedRestMs = 10_000;

export class ReplayFeeder {
  private readonly options: Required<ReplayFeederOptions>;
  private readonly rounds: Rounds;

  constructor(options: ReplayFeederOptions) {
    this.options = { pollMs: 1_000, countChunk: 10_000, feedChunk: 2_000, statementMs: 5_000, ...options };
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

  /** Looks once at each replay that is due. One at which a look fails keeps its place in the log, and no other waits for it. */
  async runOnce(): Promise<{ looked: number; queued: number }> {
    const { db } = this.options;
    let queued = 0;
    let looked = 0;
    if ((await nextTargetDue(db)) !== 0) return { looked, queued };
    // Before the transactions: what is committed after it is not older than it.
    const horizon = await logHorizon(db);
    for (; looked < targetsPerRound; looked++) {
      let target: DueTarget | null = null;
      let more = 0;
      try {
        await db.transaction(async (tx) => {
          await limitStatements(tx, this.options.statementMs);
          target = await lockDueTarget(tx);
          if (!target) return;
          const step = await this.look(tx, target, horizon);
          more = step.queuedMore;
          if (more > 0) {
            await readyLane(tx, target.workspaceId, target.destinationId);
            stopPoint?.reached("replay.queued");
          }
          await writeTargetStep(tx, target, step);
        });
      } catch (error) {
        if (target === null || isConnectionError(error)) throw error;
        await this.afterFailure(target, error);
        continue;
      }
      if (target === null) break;
      const { workspaceId, destinationId: laneId } = target as DueTarget;
      queued += more;
      if (more > 0) this.options.wakeDeliveries([{ workspaceId, laneId }]);
    }
    return { looked, queued };
  }

  /** What was done in the look is rolled back. What is slow is read in smaller steps; anything else is tried again as it was. */
  private async afterFailure(target: DueTarget, error: unknown): Promise<void> {
    const { lookShare } = target;
    if (isTimeout(error)) {
      if (lookShare <= leastShare) this.options.onError("replay", error);
      const nextMs = lookShare <= leastShare ? failedRestMs : slowRestMs;
      await postponeTarget(this.options.db, target, { lookShare: Math.max(lookShare / 4, leastShare), nextMs });
    } else if (isRetryable(error)) {
      await postponeTarget(this.options.db, target, { lookShare, nextMs: retryRestMs });
    } else {
      this.options.onError("replay", error);
      await postponeTarget(this.options.db, target, { lookShare, nextMs: failedRestMs });
    }
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
      lookShare: target.lookShare,
      creditMs: 0,
      nextMs: deliveringLookMs,
    };
    if (target.destinationStatus !== "active") {
      const what = target.destinationStatus === null ? "deleted" : "disabled";
      return { ...step, status: "stopped", reason: `The destination was ${what}.` };
    }
    if (target.status === "feeding") {
      const began = performance.now();
      const all = await withHashes(tx, async () => {
        await this.count(tx, target, step, horizon);
        return await this.feed(tx, target, step);
      });
      if (all) step.status = "delivering";
      if (performance.now() - began < this.options.statementMs * quickPart)
        step.lookShare = Math.min(1, step.lookShare * 2);
    }
    if (step.status === "delivering" && target.ended >= target.queued + step.queuedMore) step.status = "finished";
    if (step.status === "finished" && target.queued + step.queuedMore === 0)
      step.reason = await whyNothing(tx, target, target.counted + step.countedMore);
    return step;
  }

  /** Counts on, up to the end or the log's horizon: behind that something may still come. */
  private async count(tx: Queryable, target: DueTarget, step: TargetStep, horizon: number): Promise<void> {
    if (step.countedAll) return;
    const upTo: LogPlace = { at: Math.min(target.to, horizon), id: "" };
    const limit = Math.ceil(this.options.countChunk * target.lookShare);
    const { read, matching, last } = await countMatching(tx, target, step.counted, upTo, limit);
    step.countedMore = matching;
    if (last) step.counted = last;
    step.countedAll = read < limit && target.to <= horizon;
  }

  /** Queues what there is room for. True: all that is counted is queued, and all is counted. */
  private async feed(tx: Queryable, target: DueTarget, step: TargetStep): Promise<boolean> {
    const due = await waitingInLane(tx, target.workspaceId, target.destinationId, target.room);
    const waiting = due + target.leased;
    const allowed = replayAllowance({ ...target, waiting, unfinished: target.queued - target.ended });
    step.nextMs = allowed.nextMs;
    step.creditMs = allowed.creditMs;
    // Another replay, in another process, or somebody's retry is just queueing for this destination.
    if (allowed.rows > 0 && !(await tryRequeueLock(tx, target.workspaceId, target.destinationId))) return false;
    let atEnd = false;
    for (let n = 0; n < stepsPerLook && step.queuedMore < allowed.rows && !atEnd; n++) {
      const room = allowed.rows - step.queuedMore;
      const limit = Math.ceil(Math.max(this.options.feedChunk, room) * target.lookShare);
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

/** Why a replay queued nothing, of whose events `counted` matched. */
async function whyNothing(tx: Queryable, target: DueTarget, counted: number): Promise<string> {
  const { workspaceId, destinationId, eventId, selection } = target;
  if (eventId === null) return nothingOfRange(target, counted);
  if (await isInOutbox(tx, workspaceId, destinationId, eventId))
    return "The event's delivery waits already and goes out once: it was not queued a second time. To have it tried now, retry that delivery.";
  if (selection !== "all") return `Nothing was queued: ${notSelected[selection]}`;
  return "Nothing was queued: when the event was looked at its delivery waited already, or the destination didn't take it any more.";
}

const notSelected = {
  failed: "the event's last delivery hasn't failed for good.",
  never_attempted: "the event was sent before.",
  undelivered: "the event was delivered.",
} as const;

function nothingOfRange({ eventTypes, leadId, campaignId, selection }: DueTarget, counted: number): string {
  if (counted > 0)
    return "Nothing was queued: what matched when it was counted has been delivered since, waits already, or isn't taken by the destination any more.";
  const such = [
    ...(eventTypes ? [`is of the given types (${eventTypes.join(", ")})`] : []),
    ...(leadId ? [`is about the lead ${leadId}`] : []),
    ...(campaignId ? [`is of the campaign ${campaignId}`] : []),
    ...(selection === "all" ? [] : [ofSelection[selection]]),
  ];
  const all = ["this destination takes (see its event types, channels, campaigns, tags and statuses)", ...such].join(
    " and that ",
  );
  return `Nothing was queued: in this time there is no event that ${all}. What waits for the destination already isn't counted.`;
}

const ofSelection = {
  failed: "failed for good when it was last sent there",
  never_attempted: "was never sent there",
  undelivered: "has not arrived there",
} as const;
