/** Where progress is shown: a terminal, or a log. */
export interface ProgressOutput {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

/**
 * One line that tells how far a long work is: on a terminal rewritten in place, at most ten times a second; elsewhere
 * (a pipe, a log) a line of its own every few seconds.
 */
export class Progress {
  private readonly output: ProgressOutput;
  private readonly everyMs: number;
  private readonly now: () => number;
  private shownAt: number;
  private drawn = false;

  constructor(output: ProgressOutput, options: { plainEveryMs?: number; now?: () => number } = {}) {
    this.output = output;
    this.everyMs = output.isTTY ? 100 : (options.plainEveryMs ?? 5_000);
    this.now = options.now ?? (() => performance.now());
    // A log needs no line about what is done before one is due.
    this.shownAt = output.isTTY ? Number.NEGATIVE_INFINITY : this.now();
  }

  /** Whether it is shown in place. */
  get live(): boolean {
    return this.output.isTTY === true;
  }

  /** `line` is only called when it is time to show it. */
  show(line: () => string): void {
    const now = this.now();
    if (now - this.shownAt < this.everyMs) return;
    this.shownAt = now;
    if (!this.live) return void this.output.write(`${line()}\n`);
    this.output.write(`\r\x1b[K${[...line()].slice(0, (this.output.columns ?? 80) - 1).join("")}`);
    this.drawn = true;
  }

  /** Takes the line away, so that others can be printed; the next `show` draws it at once. */
  clear(): void {
    if (this.drawn) this.output.write("\r\x1b[K");
    this.drawn = false;
    if (this.live) this.shownAt = Number.NEGATIVE_INFINITY;
  }
}

/** `[########------------]  40%` */
export function bar(done: number, total: number, width = 24): string {
  const part = total > 0 ? Math.min(1, done / total) : 1;
  const filled = Math.floor(part * width);
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${String(Math.floor(part * 100)).padStart(3)}%`;
}

/** `45 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
