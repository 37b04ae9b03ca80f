/** What every contestant of a throughput benchmark does in its own process, called by the benchmark in this order. */
export type ContestantCalls = {
  /** Puts `count` items in its queue, and says by which IDs the receiver will know them. */
  store(count: number): Promise<{ ids: string[]; seconds: number }>;
  /** Starts to work on them; the clock runs from here. */
  start(): Promise<void>;
  /** Resolves when all of them are done and nothing is left in the queue, with the seconds since `start`. */
  finished(): Promise<number>;
  /** Stops to work. Called after the clock has stopped. */
  halt(): Promise<void>;
  /** Peak resident memory so far, in MiB. */
  peakRss(): number;
};

export const peakRss = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
