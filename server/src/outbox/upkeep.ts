import { rescueLeases } from "../db/lease.ts";
import type { Database } from "../db/pool.ts";
import { beat, deadWorkers } from "../db/worker.ts";

/**
 * What a working process does every few seconds: says that it lives, extends the leases of what it is working on, and takes
 * back the work of the dead. Nothing that may take long stands between: leases would run out meanwhile.
 */
export interface UpkeepOptions {
  db: Database;
  workerNo: number;
  /** Milliseconds between rounds. Default 3,000; a lease is 60 s. */
  everyMs?: number;
  /** Extends the leases of this process. */
  extend: () => Promise<void>;
  /** A process of this machine is dead: what it left on record is read before its work is taken back. */
  onDead?: (workerNo: number) => Promise<void>;
  /** Its work was taken back. */
  onBuried?: (workerNo: number) => void;
  /** So many items were taken back: look at all lanes. */
  onRescued: (count: number) => void;
  /** How many other processes are registered. */
  onPeers: (count: number) => void;
  /** The database doesn't answer (the embedded one may have died: start it again). */
  onUnreachable: (error: unknown) => Promise<void>;
}

export class Upkeep {
  private readonly options: UpkeepOptions;
  private timer: NodeJS.Timeout | null = null;
  private running = false;
  private round: Promise<unknown> | null = null;

  constructor(options: UpkeepOptions) {
    this.options = options;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.running = false;
    if (this.timer) clearTimeout(this.timer);
    await this.round;
  }

  private schedule(ms: number): void {
    if (!this.running) return;
    this.timer = setTimeout(() => {
      this.round = this.runOnce()
        .catch((error) => this.options.onUnreachable(error))
        .catch(() => {})
        .finally(() => this.schedule(this.options.everyMs ?? 3_000));
    }, ms);
  }

  async runOnce(): Promise<{ rescued: number }> {
    const { db, workerNo } = this.options;
    await beat(db, workerNo);
    await this.options.extend();
    const { rows } = await db.query<{ n: number }>("select count(*) as n from worker where no <> $1", [workerNo]);
    this.options.onPeers(rows[0]!.n);
    const dead = await deadWorkers(db);
    for (const no of dead) await this.options.onDead?.(no);
    const rescued = await rescueLeases(db, { deadWorkers: dead });
    if (dead.length > 0) await db.query("delete from worker where no = any($1)", [dead]);
    for (const no of dead) this.options.onBuried?.(no);
    if (rescued > 0) this.options.onRescued(rescued);
    return { rescued };
  }
}
