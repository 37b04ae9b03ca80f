/** Adds up measurements of one contestant: items over seconds, so that a slow round counts as long as it took. */
export class Meter {
  #count = 0;
  #seconds = 0;
  readonly #cpu: Record<string, number> = {};

  add({ count, seconds, cpu = {} }: { count: number; seconds: number; cpu?: Record<string, number> }): void {
    this.#count += count;
    this.#seconds += seconds;
    for (const [name, microseconds] of Object.entries(cpu)) this.#cpu[name] = (this.#cpu[name] ?? 0) + microseconds;
  }

  get perSecond(): number {
    return this.#count / this.#seconds;
  }

  /** CPU microseconds an item, by process. */
  get cpuEach(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#cpu).map(([name, microseconds]) => [name, microseconds / this.#count]),
    );
  }
}
