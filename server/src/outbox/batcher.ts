/**
 * Gathers single items into batches: while a flush is under way the next items wait, so that a batch is as large as the
 * load makes it and a lone item never waits for company (group commit).
 */
export class Batcher<Item, Result> {
  private readonly flush: (items: Item[]) => Promise<Result[]>;
  private readonly maxSize: number;
  private readonly maxConcurrent: number;
  private readonly besideAfterMs: number;
  private waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  private running = 0;
  private scheduled = false;
  /** `performance.now()` of the latest flush's beginning. */
  private begunAt = 0;
  private patience: NodeJS.Timeout | null = null;

  /**
   * `flush` gets at most `maxSize` items and answers with one result for each, in order; its error goes to all of them.
   * `besideAfterMs`: so long a flush is left alone before another one begins beside it, so that batches are large, and yet
   * nobody waits for one that hangs. Default 0.
   */
  constructor(
    flush: (items: Item[]) => Promise<Result[]>,
    options: { maxSize: number; maxConcurrent?: number; besideAfterMs?: number },
  ) {
    this.flush = flush;
    this.maxSize = options.maxSize;
    this.maxConcurrent = options.maxConcurrent ?? 1;
    this.besideAfterMs = options.besideAfterMs ?? 0;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.running >= this.maxConcurrent || this.waiting.length === 0) return;
    if (this.running > 0 && this.besideAfterMs > 0) {
      const waitMs = this.begunAt + this.besideAfterMs - performance.now();
      if (waitMs > 0) {
        this.patience ??= setTimeout(() => this.lookAgain(), Math.ceil(waitMs));
        return;
      }
    }
    this.scheduled = true;
    // After the current turn of the event loop: what arrived in the same read goes into the same batch.
    setImmediate(() => {
      this.scheduled = false;
      void this.run();
    });
  }

  private lookAgain(): void {
    if (this.patience) clearTimeout(this.patience);
    this.patience = null;
    this.schedule();
  }

  private async run(): Promise<void> {
    if (this.running >= this.maxConcurrent || this.waiting.length === 0) return;
    const batch = this.waiting.splice(0, this.maxSize);
    this.running++;
    this.begunAt = performance.now();
    this.schedule();
    try {
      const results = await this.flush(batch.map((entry) => entry.item));
      for (const [i, entry] of batch.entries()) entry.resolve(results[i] as Result);
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      this.running--;
      this.lookAgain();
    }
  }
}
