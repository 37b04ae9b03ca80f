import type { TouchedLane } from "../db/event.ts";
import { extendLeases, rescueLeases } from "../db/lease.ts";
import { type ClaimedItem, claim, type LaneKind, leasesPerWorker, nextReady, wakeLanes } from "../db/outbox.ts";
import { type Database, isConnectionError, isRetryable } from "../db/pool.ts";
import { stopPoint } from "../db/stop-point.ts";
import { partOf } from "../domain/lane-health.ts";
import { Floors } from "./floors.ts";
import { Places } from "./places.ts";

/**
 * The outbox's loop, written once for messages and for deliveries: claims leased work fairly over lanes, prepares a
 * claimed batch, performs its items with bounded concurrency, and settles their results in batches.
 */
export interface Work<Prepared extends { item: ClaimedItem }, Result> {
  kind: LaneKind;
  /**
   * How many times its places a lane may have leased. 1: what is claimed is performed at once, and the places of a lane
   * count over all processes. More: what is claimed waits here until its lane has a place, and is prepared only then; so
   * that claims and settles are of many rows where a lane has few places. A lane is then worked on by one process at a time.
   */
  ahead: number;
  /** Milliseconds for which results wait for company under load. A lone result waits 2. */
  settleWaitMs: number;
  /**
   * Loads what performing needs, for many items in one go, and commits whatever must be on record before the outside is
   * called. What must not be performed comes back as results already.
   */
  prepare(items: ClaimedItem[]): Promise<{ go: Prepared[]; done: { item: ClaimedItem; result: Result }[] }>;
  /** Does it, and calls `ended` once. Should not throw; must end by its own deadline, which is shorter than the lease. */
  perform(prepared: Prepared, ended: (item: ClaimedItem, result: Result) => void): void;
  /** The result that puts an item back as it was, due again after `delayMs`. */
  giveBack(item: ClaimedItem, delayMs: number): Result;
  /** How many of a lane's places are worth filling right now. Default, and where it answers undefined: all of them. */
  worthBegun?(laneId: string): number | undefined;
  /** Lanes that this process can't work on for now, since it can't open them: it claims nothing of them. Default: none. */
  shut?(): readonly string[];
  /** Writes results in one transaction. May throw when the database is away: it is called again with the same results. */
  settle(results: Result[]): Promise<void>;
}

export interface LoopOptions {
  db: Database;
  workerNo: number;
  /** Items that this process has leased at most, from claim to settle. */
  maxInFlight: number;
  /** Lanes that one claim visits. Default 64. */
  lanesPerClaim?: number;
  /** Seconds after which work of a process that fell silent goes to another. Longer than every deadline. Default 60. */
  leaseSeconds?: number;
  /** Milliseconds between looks at the database when there is room and nothing wakes the loop. Default 1,000. */
  pollMs?: number;
  onError: (stage: string, error: unknown) => void;
}

/** Rows that a claim takes at most: so many that its cost is theirs, and few enough to be prepared in a few milliseconds. */
const claimBatch = 1_024;
/** After a claim that brought something, a settle most likely wakes the loop before this many milliseconds have passed. */
const shortPauseMs = 10;
/** Results written by one statement at most; so many that none are waited for; and how long a lone one waits. */
const settleBatch = 500;
const settleEnough = 400;
const loneSettleWaitMs = 2;
/** A settle of so many results says that there is load. */
const settleLoad = 4;
/** Settles under way at once. */
const settleConcurrency = 1;
/** Items prepared together at most, where they wait for places. */
const prepareBatch = 256;
/** Items begun in one turn of the event loop at most. */
const performAtOnce = 64;
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Rows that a claim may take of one lane, however little room is left. */
const minPerLane = 8;
/**
 * Milliseconds between claims while little room is left. Under load what ends makes room for a large claim sooner; where slow
 * lanes hold the room, this is what others wait for their next rows.
 */
const littleRoomMs = 50;
/** How long work rests whose preparation failed (the database was away, a sender can't be opened). */
const failedPrepareMs = 1_000;

export class OutboxLoop<Prepared extends { item: ClaimedItem }, Result> {
  private readonly work: Work<Prepared, Result>;
  private readonly options: Required<LoopOptions>;
  private inFlight = 0;
  private claimNo = 0;
  private running = false;
  private wanted = false;
  /** The last claim was cut off by its own limits: there is more that could be claimed now. */
  private more = false;
  private wakeUp: (() => void) | null = null;
  private readonly hints = new Map<string, TouchedLane>();
  private hintAll = false;
  /** Leases in use, with the number of items under each: these are extended while they are worked on. */
  private readonly leases = new Map<number, number>();
  /** Leases whose preparation failed: given back with the next round. */
  private orphans: number[] = [];
  /** What is leased and waits for a place in its lane. */
  private readonly places = new Places<ClaimedItem>();
  private readonly floors = new Floors();
  private preparing = false;
  /** Items of each lane that this process has leased and whose results it doesn't know yet. */
  private readonly begun = new Map<string, { count: number; places: number }>();
  /** Lanes that the last claim left out, since they have their share or can't be opened here; when something of theirs ends, the loop wakes. */
  private passedOver: string[] = [];
  /** How many other processes work on the same database, as far as is known. */
  private peers = 0;
  private toSettle: { lease: number; result: Result }[] = [];
  private lastSettled = 0;
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

  /**
   * No new claims; what waits for a place is given back, what is in flight is performed and settled. Stopping before
   * start, or twice, is safe.
   */
  async stop(): Promise<void> {
    this.running = false;
    this.wake();
    await this.finished;
    for (const item of this.places.drain()) this.settleSoon(item.lease, this.work.giveBack(item, 0));
    await this.idle();
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** From now on there are so many other processes, and lanes are shared with them. */
  setPeers(count: number): void {
    this.peers = count;
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
      this.more = false;
      try {
        claimed = await this.runOnce();
      } catch (error) {
        this.options.onError("claim", error);
        this.hintAll = true;
        await this.pause(500);
        continue;
      }
      if ((this.more || this.wanted) && this.hasRoom()) continue;
      if (claimed > 0 && (await this.pause(shortPauseMs))) continue;
      await this.pause(await this.patience());
    }
  }

  private hasRoom(): boolean {
    return this.options.maxInFlight - this.inFlight >= this.options.maxInFlight / 8;
  }

  /**
   * Rows that one lane may have here, with so much room left: slow lanes must leave room for others, however many of them
   * there are. While half of the room is free, a claim takes at most a quarter of it. From then on a lane's share is of what
   * is still free and counts what the lane has (the dynamic threshold of shared buffers, Choudhury and Hahne 1998), so
   * that what is left never comes to nothing: twenty lanes that hang leave a quarter of the room.
   */
  private shareOfRoom(room: number): number {
    const part = room * 2 < this.options.maxInFlight ? 32 : 4;
    return Math.max(minPerLane, Math.floor(room / part));
  }

  /** Lanes that have their share here already: of what room is left, where that is little, or of the lane, where others share it. */
  private withTheirShare(room: number, processes: number): string[] {
    const little = room * 2 < this.options.maxInFlight ? this.shareOfRoom(room) : Number.POSITIVE_INFINITY;
    if (little === Number.POSITIVE_INFINITY && processes === 1) return [];
    const share = (lanePlaces: number) => Math.min(little, processes > 1 ? partOf(lanePlaces, processes) : little);
    return [...this.begun].filter(([, { count, places }]) => count >= share(places)).map(([laneId]) => laneId);
  }

  /** One round: wake the lanes named by hints, claim, prepare, and begin performing. Returns how many were claimed. */
  async runOnce(): Promise<number> {
    await this.giveBack();
    await this.useHints();
    const room = this.options.maxInFlight - this.inFlight;
    if (room <= 0) return 0;
    // Half of the room, so that many lanes in one claim don't take all of it before their shares are counted.
    const limit = Math.min(claimBatch, Math.max(minPerLane, Math.floor(room / 2)), room);
    const perLane = this.shareOfRoom(room);
    // Who leases ahead has its lanes to itself.
    const processes = this.work.ahead === 1 ? this.peers + 1 : 1;
    this.passedOver = [...this.withTheirShare(room, processes), ...(this.work.shut?.() ?? [])];
    const lease = this.options.workerNo * leasesPerWorker + (this.claimNo++ % leasesPerWorker);
    const began = performance.now();
    const floors = this.floors.at(began);
    // Not known to have failed is not known to have done nothing: until the answer the lease counts as an orphan.
    this.orphans.push(lease);
    const items = await claim(this.options.db, {
      kind: this.work.kind,
      lanes: this.options.lanesPerClaim,
      perLane,
      limit,
      lease,
      leaseSeconds: this.options.leaseSeconds,
      ahead: this.work.ahead,
      except: this.passedOver,
      processes,
      ...(floors && { floors }),
    });
    this.floors.claimed(items, began, performance.now() - began);
    this.orphans.pop();
    if (items.length === 0) return 0;
    stopPoint?.reached(`${this.work.kind}.claimed`);
    this.more = items.length >= limit || isCutOff(items, this.options.lanesPerClaim, perLane);
    this.leases.set(lease, items.length);
    this.inFlight += items.length;
    for (const { laneId, places } of items)
      this.begun.set(laneId, { count: (this.begun.get(laneId)?.count ?? 0) + 1, places });
    if (this.work.ahead === 1) void this.performAll(items);
    else {
      this.places.add(items);
      void this.fillPlaces();
    }
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

  /**
   * Prepares and performs what has a place. One batch is prepared at a time: places that become free meanwhile make the
   * next one, so that it is as large as the load makes it.
   */
  private async fillPlaces(): Promise<void> {
    if (this.preparing) return;
    this.preparing = true;
    for (;;) {
      const items = this.places.take(prepareBatch, (laneId) => this.work.worthBegun?.(laneId));
      if (items.length === 0) break;
      await this.performAll(items);
    }
    this.preparing = false;
  }

  private async performAll(items: ClaimedItem[]): Promise<void> {
    let prepared: Awaited<ReturnType<typeof this.work.prepare>>;
    try {
      prepared = await this.work.prepare(items);
    } catch (error) {
      // Nothing was performed.
      this.options.onError("prepare", error);
      for (const item of items) this.ended(item, this.work.giveBack(item, failedPrepareMs));
      return;
    }
    const { go, done } = prepared;
    for (const { item, result } of done) this.ended(item, result);
    if (go.length + done.length < items.length) {
      // Items that prepare neither let go nor settled are somebody else's by now.
      const answered = new Set([...go, ...done].map(({ item }) => item));
      for (const item of items) {
        if (answered.has(item)) continue;
        this.free(item);
        this.release(item.lease, 1);
      }
    }
    for (let i = 0; i < go.length; i++) {
      const next = go[i]!;
      // Between them the answers of those that are under way are taken, so that no connection has to wait for all of these.
      if (i > 0 && i % performAtOnce === 0) {
        await nextTurn();
        stopPoint?.reached(`${this.work.kind}.batch`);
      }
      try {
        this.work.perform(next, this.performed);
      } catch (error) {
        // Whether the outside was called is unknown: its lease runs out, and it is treated as what a dead process left.
        this.options.onError("perform", error);
        this.free(next.item);
        this.release(next.item.lease, 1);
      }
    }
  }

  private readonly performed = (item: ClaimedItem, result: Result): void => {
    this.ended(item, result);
    if (this.work.ahead > 1) void this.fillPlaces();
  };

  /** An item's result is known: its place is free, though the result is still to be written. */
  private ended(item: ClaimedItem, result: Result): void {
    this.free(item);
    this.settleSoon(item.lease, result);
  }

  private free({ laneId }: ClaimedItem): void {
    this.places.free(laneId);
    const lane = this.begun.get(laneId);
    if (lane && --lane.count <= 0) this.begun.delete(laneId);
  }

  private settleSoon(lease: number, result: Result): void {
    this.toSettle.push({ lease, result });
    this.scheduleSettle();
  }

  private scheduleSettle(): void {
    if (this.settlers >= settleConcurrency || this.toSettle.length === 0) return;
    // Without company under way there is none to wait for.
    if (this.toSettle.length >= Math.min(settleEnough, this.inFlight)) void this.settleNow();
    else {
      // A short wait for company: one statement for many results costs little more than for one.
      const wait = this.lastSettled >= settleLoad ? this.work.settleWaitMs : loneSettleWaitMs;
      this.settleTimer ??= setTimeout(() => void this.settleNow(), wait);
    }
  }

  private async settleNow(): Promise<void> {
    if (this.settleTimer) clearTimeout(this.settleTimer);
    this.settleTimer = null;
    this.settlers++;
    const batch = this.toSettle.splice(0, settleBatch);
    this.lastSettled = batch.length;
    stopPoint?.reached(`${this.work.kind}.sent`);
    await this.settleBatch(batch.map((entry) => entry.result));
    this.settlers--;
    for (const { lease } of batch) this.release(lease, 1);
    this.scheduleSettle();
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
    if (!this.running) return this.options.pollMs;
    if (!this.hasRoom()) return littleRoomMs;
    try {
      const { kind, ahead } = this.work;
      const { workerNo } = this.options;
      const next = await nextReady(this.options.db, { kind, workerNo, ahead, except: this.passedOver });
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

  /** Waits, and says whether it was woken before the time was over. */
  private pause(ms: number): Promise<boolean> {
    if (this.wanted && this.hasRoom()) return Promise.resolve(true);
    if (!this.running) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (woken: boolean) => {
        clearTimeout(timer);
        this.wakeUp = null;
        resolve(woken);
      };
      const timer = setTimeout(end, ms, false);
      this.wakeUp = () => end(true);
    });
  }
}

/** Whether a claim has visited as many lanes as it may, or taken as many rows of one as it may: a lane may have more. */
function isCutOff(items: readonly ClaimedItem[], lanes: number, perLane: number): boolean {
  const taken = new Map<string, number>();
  for (const { laneId } of items) taken.set(laneId, (taken.get(laneId) ?? 0) + 1);
  return taken.size >= lanes || [...taken.values()].some((rows) => rows >= perLane);
}
