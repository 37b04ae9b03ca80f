import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/**
 * Pieces of work that begin one after the other, in the order in which they came: so many milliseconds apart as long as they come
 * that fast, and never two in one turn of the event loop, so that all else that waits is seen to in between.
 */
export class Pace {
  private readonly gapMs: number;
  private readonly signal: AbortSignal | undefined;
  private last: Promise<void> = Promise.resolve();
  private next = Number.NEGATIVE_INFINITY;

  /** `gapMs`: 0 for what needs no more than a turn of its own. `signal`: nobody waits any more. */
  constructor(gapMs: number, signal?: AbortSignal) {
    this.gapMs = gapMs;
    this.signal = signal;
  }

  /** Resolves when this one may begin; early, and with false, where nobody waits any more. */
  async turn(): Promise<boolean> {
    const at = Math.max(performance.now(), this.next);
    this.next = at + this.gapMs;
    const { signal } = this;
    this.last = this.last.then(async () => {
      const leftMs = at - performance.now();
      await (leftMs > 0 ? sleep(leftMs, undefined, { signal }) : nextTurn(undefined, { signal })).catch(() => {});
    });
    await this.last;
    return signal?.aborted !== true;
  }
}
