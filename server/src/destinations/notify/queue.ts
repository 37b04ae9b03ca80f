import { type NotifierKey, queueNotifications } from "../../db/notification.ts";
import type { Database } from "../../db/pool.ts";
import { dueTime, type Timing } from "./timing.ts";

interface Waiting {
  id: string;
  type: string;
  resolve: (queued: { dueAt: number; again: boolean }) => void;
  reject: (error: unknown) => void;
}

/** Rows that are written at once, at most. */
const mostAtOnce = 1_000;

/** Queues the events of one destination: while some are being written the next ones gather, and are written together. */
export class NotificationQueue {
  private readonly options: { db: Database; wake: () => void; clock: () => number };
  private readonly key: NotifierKey;
  private readonly timing: Timing;
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(options: { db: Database; wake: () => void; clock: () => number }, key: NotifierKey, timing: Timing) {
    this.options = options;
    this.key = { workspaceId: key.workspaceId, destinationId: key.destinationId };
    this.timing = timing;
  }

  /** Resolves when it is stored. `again`: nothing of what was written with it was new. */
  add(id: string, type: string): Promise<{ dueAt: number; again: boolean }> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id, type, resolve, reject });
      if (!this.writing) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing = true;
    // Those that come in this turn belong to it.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, mostAtOnce);
      try {
        const now = this.options.clock();
        const dueAt = dueTime(this.timing, now);
        const queued = await queueNotifications(this.options.db, this.key, batch, { now, dueAt });
        if (queued > 0) this.options.wake();
        for (const { resolve } of batch) resolve({ dueAt, again: queued === 0 });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }
}
