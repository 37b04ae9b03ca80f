/**
 * Gathers single items into batches: while a flush is under way the next items wait, so that a batch is as large as the
 * load makes it and a lone item never waits for company (group commit).
 */
export class Batcher<Item, Result> {
  private readonly flush: (items: Item[]) => Promise<Result[]>;
  private readonly maxSize: number;
  private readonly maxConcurrent: number;
  private waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  private running = 0;
  private scheduled = false;

  /** `flush` gets at most `maxSize` items and answers with one result for each, in order; its error goes to all of them. */
  constructor(flush: (items: Item[]) => Promise<Result[]>, options: { maxSize: number; maxConcurrent?: number }) {
    this.flush = flush;
    this.maxSize = options.maxSize;
    this.maxConcurrent = options.maxConcurrent ?? 1;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.running >= this.maxConcurrent || this.waiting.length === 0) return;
    this.scheduled = true;
    // After the current turn of the event loop: what arrived in the same read goes into the same batch.
    setImmediate(() => {
      this.scheduled = false;
      void this.run();
    });
  }

  private async run(): Promise<void> {
    if (this.running >= this.maxConcurrent || this.waiting.length === 0) return;
    const batch = this.waiting.splice(0, this.maxSize);
    this.running++;
    this.schedule();
    try {
      const results = await this.flush(batch.map((entry) => entry.item));
      for (const [i, entry] of batch.entries()) entry.resolve(results[i] as Result);
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      this.running--;
      this.schedule();
    }
  }
}
