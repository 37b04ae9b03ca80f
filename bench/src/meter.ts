/** Adds up measurements of one contestant: items over seconds, so that a slow round counts as long as it took. */
export class Meter {
  #count = 0;
  #seconds = 0;
  readonly #rates: number[] = [];
  readonly #cpu: Record<string, number> = {};

  add({ count, seconds, cpu = {} }: { count: number; seconds: number; cpu?: Record<string, number> }): void {
    this.#count += count;
    this.#seconds += seconds;
    this.#rates.push(count / seconds);
    for (const [name, microseconds] of Object.entries(cpu)) this.#cpu[name] = (this.#cpu[name] ?? 0) + microseconds;
  }

  get perSecond(): number {
    return this.#count / this.#seconds;
  }

  /** The median of the measurements' rates: one that another program disturbed counts for one only. */
  get medianPerSecond(): number {
    return median(this.#rates);
  }

  /** That of the last measurement. */
  get lastPerSecond(): number {
    return this.#rates.at(-1) ?? Number.NaN;
  }

  /** CPU microseconds an item, by process. */
  get cpuEach(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#cpu).map(([name, microseconds]) => [name, microseconds / this.#count]),
    );
  }
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
