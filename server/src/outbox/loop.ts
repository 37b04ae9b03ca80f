import type { TouchedLane } from "../db/event.ts";
import {
  type ClaimedItem,
  claim,
  extendLeases,
  type LaneKind,
  leasesPerWorker,
  nextReady,
  rescueLeases,
  wakeLanes,
} from "../db/outbox.ts";
import { type Database, isConnectionError, isRetryable } from "../db/pool.ts";

/**
 * The outbox's loop, written once for messages and for deliveries: claims leased work fairly over lanes, prepares a
 * claimed batch, performs its items with bounded concurrency, and settles their results in batches.
 */
export interface Work<Prepared, Result> {
  kind: LaneKind;
  /**
   * Loads what performing needs, for a whole claim in one go, and commits whatever must be on record before the outside
   * is called. What must not be performed comes back as results already.
   */
  prepare(items: ClaimedItem[]): Promise<{ go: Prepared[]; done: Result[] }>;
  /** Does it. Must not throw; must end by its own deadline, which is shorter than the lease. */
  perform(item: Prepared): Promise<Result>;
  /** Writes results in one transaction. May throw when the database is away: it is called again with the same results. */
  settle(results: Result[]): Promise<void>;
}

export interface LoopOptions {
  db: Database;
  workerNo: number;
  /** Items in flight in this process at most, from claim to settle. */
  maxInFlight: number;
  /** Lanes that one claim visits. Default 64. */
  lanesPerClaim?: number;
  /** Seconds after which work of a process that fell silent goes to another. Longer than every deadline. Default 60. */
  leaseSeconds?: number;
  /** Milliseconds between looks at the database when nothing wakes the loop. Default 1,000. */
  pollMs?: number;
  onError: (stage: string, error: unknown) => void;
}

/** A claim that brought this many rows is followed by the next at once; after a smaller one, a wake-up is awaited. */
const worthAnotherLook = 32;
/** Results written by one statement at most; that are enough not to wait for more; and how long to wait for them. */
const settleBatch = 500;
const settleEnough = 200;
const settleWaitMs = 2;
/** Settles under way at once. */
const settleConcurrency = 1;

export class OutboxLoop<Prepared, Result> {
  private readonly work: Work<Prepared, Result>;
  private readonly options: Required<LoopOptions>;
  private inFlight = 0;
  private claimNo = 0;
  private running = false;
  private wanted = false;
  private wakeUp: (() => void) | null = null;
  private readonly hints = new Map<string, TouchedLane>();
  private hintAll = false;
  /** Leases in use, with the number of items under each: these are extended while they are worked on. */
  private readonly leases = new Map<number, number>();
  /** Leases whose preparation failed: given back with the next round. */
  private orphans: number[] = [];
  private toSettle: { lease: number; result: Result }[] = [];
  private settlers = 0;
  private settleTimer: NodeJS.Timeout | null = null;
  private finished: Promise<void> | null = null;
  private idleWaiters: (() => void)[] = [];

  constructor(work: Work<Prepared, Result>, options: LoopOptions) {
    this.work = work;
    this.options = { lanesPerClaim: 64, leaseSeconds: 60, pollMs: 1_000, ...options };
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.hintAll = true;
    this.finished = this.run();
  }

  /** No new claims; what is in flight is performed and settled. Stopping before start, or twice, is safe. */
  async stop(): Promise<void> {
    this.running = false;
    this.wake();
    await this.finished;
    await this.idle();
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** Work was committed: look at these lanes (all lanes without an argument) before the next pause. */
  wake(lanes?: readonly TouchedLane[]): void {
    if (lanes) for (const lane of lanes) this.hints.set(`${lane.workspaceId}/${lane.laneId}`, lane);
    this.wanted = true;
    this.wakeUp?.();
  }

  /** As `wake`, for when it isn't known which lanes got work. */
  wakeAll(): void {
    this.hintAll = true;
    this.wake();
  }

  get inFlightCount(): number {
    return this.inFlight;
  }

  private async run(): Promise<void> {
    while (this.running) {
      this.wanted = false;
      let claimed = 0;
      try {
        claimed = await this.runOnce();
      } catch (error) {
        this.options.onError("claim", error);
        this.hintAll = true;
        await this.pause(500);
        continue;
      }
      if (claimed >= worthAnotherLook && this.hasRoom()) continue;
      if (this.wanted && this.hasRoom()) continue;
      await this.pause(await this.patience());
    }
  }

  private hasRoom(): boolean {
    return this.options.maxInFlight - this.inFlight >= this.options.maxInFlight / 8;
  }

  /** One round: wake the lanes named by hints, claim, prepare, and begin performing. Returns how many were claimed. */
  async runOnce(): Promise<number> {
    await this.giveBack();
    await this.useHints();
    const room = this.options.maxInFlight - this.inFlight;
    if (room <= 0) return 0;
    const lease = this.options.workerNo * leasesPerWorker + (this.claimNo++ % leasesPerWorker);
    // Not known to have failed is not known to have done nothing: until the answer the lease counts as an orphan.
    this.orphans.push(lease);
    const items = await claim(this.options.db, {
      kind: this.work.kind,
      lanes: this.options.lanesPerClaim,
      perLane: room,
      limit: room,
      lease,
      leaseSeconds: this.options.leaseSeconds,
    });
    this.orphans.pop();
    if (items.length === 0) return 0;
    this.leases.set(lease, items.length);
    this.inFlight += items.length;
    void this.performAll(lease, items);
    return items.length;
  }

  /** Extends the leases of what is still being worked on. Call it several times within a lease. */
  async extend(): Promise<void> {
    if (this.leases.size > 0) await extendLeases(this.options.db, [...this.leases.keys()], this.options.leaseSeconds);
  }

  private async giveBack(): Promise<void> {
    if (this.orphans.length === 0) return;
    await rescueLeases(this.options.db, { leases: this.orphans });
    this.orphans = [];
  }

  private async useHints(): Promise<void> {
    if (this.hintAll) {
      this.hintAll = false;
      this.hints.clear();
      await wakeLanes(this.options.db);
    } else if (this.hints.size > 0) {
      const lanes = [...this.hints.values()];
      this.hints.clear();
      await wakeLanes(this.options.db, lanes);
    }
  }

  private async performAll(lease: number, items: ClaimedItem[]): Promise<void> {
    try {
      const { go, done } = await this.work.prepare(items);
      if (done.length > 0) this.settleSoon(lease, done);
      for (const item of go) {
        void this.work.perform(item).then((result) => this.settleSoon(lease, [result]));
      }
      // Items that prepare neither let go nor settled are somebody else's by now.
      this.release(lease, items.length - go.length - done.length);
    } catch (error) {
      // Nothing was performed.
      this.options.onError("prepare", error);
      this.orphans.push(lease);
      this.release(lease, items.length);
    }
  }

  private settleSoon(lease: number, results: Result[]): void {
    for (const result of results) this.toSettle.push({ lease, result });
    if (this.settlers >= settleConcurrency) return;
    if (this.toSettle.length >= settleEnough) this.settleNow();
    // A short wait for company: one statement for many results costs little more than for one.
    else this.settleTimer ??= setTimeout(() => this.settleNow(), settleWaitMs);
  }

  private settleNow(): void {
    if (this.settleTimer) clearTimeout(this.settleTimer);
    this.settleTimer = null;
    if (this.toSettle.length > 0 && this.settlers < settleConcurrency) void this.settleAll();
  }

  private async settleAll(): Promise<void> {
    this.settlers++;
    while (this.toSettle.length > 0) {
      const batch = this.toSettle.splice(0, settleBatch);
      await this.settleBatch(batch.map((entry) => entry.result));
      for (const { lease } of batch) this.release(lease, 1);
    }
    this.settlers--;
  }

  /**
   * Results exist nowhere else: they are kept until they are written. While the database is away that means waiting;
   * where one of them can't be written (a value that the database refuses), the others are, and that one is given up:
   * its lease runs out and it is looked at again.
   */
  private async settleBatch(batch: Result[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await this.work.settle(batch);
        return;
      } catch (error) {
        this.options.onError("settle", error);
        const passing = isConnectionError(error) || isRetryable(error);
        if (!passing && batch.length > 1) {
          const half = Math.ceil(batch.length / 2);
          await this.settleBatch(batch.slice(0, half));
          await this.settleBatch(batch.slice(half));
          return;
        }
        if (!passing && failures >= 3) return;
        await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, 20 * 2 ** failures)));
      }
    }
  }

  private release(lease: number, count: number): void {
    if (count <= 0) return;
    const left = (this.leases.get(lease) ?? 0) - count;
    if (left > 0) this.leases.set(lease, left);
    else this.leases.delete(lease);
    this.inFlight -= count;
    if (this.hasRoom()) this.wake();
    if (this.inFlight === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  /** How long to wait when no work was found: until the next lane is ready, at most the poll interval. */
  private async patience(): Promise<number> {
    if (!this.running || !this.hasRoom()) return this.options.pollMs;
    try {
      const next = await nextReady(this.options.db, this.work.kind);
      // A lane that is ready now and was not claimed is locked for a moment, most likely by a settle of ours: whose end
      // wakes this loop anyway.
      return Math.min(
        this.options.pollMs,
        next ? Math.max(this.inFlight > 0 ? 10 : 1, next.inMs) : this.options.pollMs,
      );
    } catch {
      return this.options.pollMs;
    }
  }

  private pause(ms: number): Promise<void> {
    if (this.wanted && this.hasRoom()) return Promise.resolve();
    if (!this.running) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const loop = this;
      function done() {
        clearTimeout(timer);
        loop.wakeUp = null;
        resolve();
      }
      this.wakeUp = done;
    });
  }
}
