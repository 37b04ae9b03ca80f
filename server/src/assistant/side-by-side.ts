import { setTimeout as sleep } from "node:timers/promises";
import { Semaphore } from "../background/semaphore.ts";
import { type Database, isConnectionError, isRetryable, type Queryable } from "../db/pool.ts";
import { GatheringConnection } from "../db/together.ts";

/**
 * Pieces of work that come one after the other and can wait for a moment, as one transaction for many: they run side by side on
 * one connection, and those that want the same statement are served by it together (`db/together.ts`). Each is all or nothing by
 * itself: where one fails, all are undone, and each is done in a transaction of its own.
 */
export interface SideBySideOptions {
  /** Milliseconds between the beginnings of two transactions of a kind: what comes meanwhile waits for the next one. */
  gatherMs: number;
  /** Pieces of a transaction at most. */
  most?: number;
  /** Transactions at the same time, of all kinds. */
  atOnce?: number;
  /** How often a piece is tried that meets a deadlock, or a database that is away for a moment. */
  tries?: number;
}

interface Piece {
  work: (tx: Queryable) => Promise<unknown>;
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

interface Kind {
  waiting: Piece[];
  running: boolean;
  begunAt: number;
}

export class SideBySide {
  private readonly db: Database;
  private readonly options: Required<SideBySideOptions>;
  private readonly kinds = new Map<string, Kind>();
  private readonly places: Semaphore;

  constructor(db: Database, { gatherMs, most = 32, atOnce = 3, tries = 5 }: SideBySideOptions) {
    this.db = db;
    this.options = { gatherMs, most, atOnce, tries };
    this.places = new Semaphore(atOnce);
  }

  /**
   * Runs `work` in a transaction with others of the same workspace and kind. Two that run together must not change the same
   * row; the first thing that they lock they lock by a set statement, in one order for all processes.
   */
  run<T>(workspaceId: string, kind: string, work: (tx: Queryable) => Promise<T>): Promise<T> {
    const key = `${kind} ${workspaceId}`;
    let of = this.kinds.get(key);
    if (!of) {
      of = { waiting: [], running: false, begunAt: Number.NEGATIVE_INFINITY };
      this.kinds.set(key, of);
    }
    const { waiting, running } = of;
    return new Promise<T>((resolve, reject) => {
      waiting.push({ work, resolve, reject });
      if (!running) void this.drain(key, of);
    });
  }

  /** Until none of the kind waits. Never throws. */
  private async drain(key: string, of: Kind): Promise<void> {
    of.running = true;
    while (of.waiting.length > 0) {
      const pauseMs = of.begunAt + this.options.gatherMs - performance.now();
      // At least those that come in the same turn go together.
      await (pauseMs > 0 ? sleep(pauseMs) : new Promise((resolve) => setImmediate(resolve)));
      await this.places.with(async () => {
        of.begunAt = performance.now();
        await this.together(of.waiting.splice(0, this.options.most));
      });
    }
    of.running = false;
    // One that nobody wanted for a while is forgotten with the next one that ends.
    for (const [name, kind] of this.kinds) {
      if (!kind.running && name !== key && kind.begunAt < performance.now() - 60_000) this.kinds.delete(name);
    }
  }

  private async together(pieces: readonly Piece[]): Promise<void> {
    if (pieces.length > 1) {
      try {
        const results = await this.db.transactionNow(async (tx) => {
          const connection = new GatheringConnection(tx);
          const ended = await Promise.allSettled(pieces.map(({ work }) => work(connection)));
          const failed = ended.find((one) => one.status === "rejected");
          if (failed) throw failed.reason;
          return ended.map((one) => (one as PromiseFulfilledResult<unknown>).value);
        });
        for (const [n, { resolve }] of pieces.entries()) resolve(results[n] as never);
        return;
      } catch {
        // Whose fault it was is seen where each is alone.
      }
    }
    for (const piece of pieces) await this.alone(piece);
  }

  private async alone({ work, resolve, reject }: Piece): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        resolve((await this.db.transaction(work)) as never);
        return;
      } catch (error) {
        if (tries === this.options.tries || !(isRetryable(error) || isConnectionError(error))) {
          reject(error);
          return;
        }
        await sleep(100 * 2 ** tries);
      }
    }
  }
}
