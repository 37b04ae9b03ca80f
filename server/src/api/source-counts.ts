import type { Queryable } from "../db/pool.ts";
import { addSourceCounts, type RequestOutcome, type SourceCount } from "../db/source.ts";

/** How long a count may wait to be written, in milliseconds; a process that is killed loses so much of them. */
const everyMs = 1_000;

/**
 * What became of requests at sources, written once a second: a flood of refused requests must not become as many
 * transactions.
 */
export class SourceCounts {
  private readonly db: Queryable;
  private waiting = new Map<string, SourceCount>();
  private timer: NodeJS.Timeout | null = null;

  constructor(db: Queryable) {
    this.db = db;
  }

  add(workspaceId: string, sourceId: string, outcome: RequestOutcome): void {
    const key = `${sourceId}/${outcome}`;
    const count = this.waiting.get(key);
    if (count) count.n += 1;
    else this.waiting.set(key, { workspaceId, sourceId, outcome, n: 1 });
    this.timer ??= setTimeout(() => void this.flush().catch(() => {}), everyMs).unref();
  }

  /** Writes what waits. What can't be written goes on waiting. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const counts = [...this.waiting.values()];
    this.waiting = new Map();
    try {
      await addSourceCounts(this.db, counts);
    } catch (error) {
      for (const { workspaceId, sourceId, outcome, n } of counts) {
        this.add(workspaceId, sourceId, outcome);
        this.waiting.get(`${sourceId}/${outcome}`)!.n += n - 1;
      }
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.flush().catch(() => {});
    if (this.timer) clearTimeout(this.timer);
  }
}
