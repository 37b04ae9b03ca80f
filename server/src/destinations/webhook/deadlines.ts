import { type InLine, Line } from "./line.ts";

/**
 * One timer for many calls that all have the same time limit: they run out in the order in which they began. (A timer
 * for each was set and cleared 15,000 times a second, and hardly ever fired.)
 */
export class Deadlines<Call extends InLine<Call> & { begunAt: number }> {
  private readonly limitMs: number;
  private readonly onLate: (call: Call) => void;
  /** In the order in which they began. */
  private readonly calls = new Line<Call>();
  private timer: NodeJS.Timeout | null = null;

  /** `begunAt` of a call is of `performance.now()`. */
  constructor(limitMs: number, onLate: (call: Call) => void) {
    this.limitMs = limitMs;
    this.onLate = onLate;
  }

  /** A call that has begun just now. */
  add(call: Call): void {
    this.calls.add(call);
    this.timer ??= this.lookIn(this.limitMs);
  }

  /** It has ended. */
  delete(call: Call): void {
    this.calls.delete(call);
  }

  /** Those that began so many milliseconds ago, or earlier. */
  olderThan(ms: number): Call[] {
    const before = performance.now() - ms;
    return this.calls.while((call) => call.begunAt <= before);
  }

  get size(): number {
    return this.calls.size;
  }

  private lookIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.look(), ms).unref();
  }

  private look(): void {
    this.timer = null;
    for (let call = this.calls.first; call; call = this.calls.first) {
      const left = call.begunAt + this.limitMs - performance.now();
      if (left > 0) {
        this.timer ??= this.lookIn(Math.ceil(left));
        return;
      }
      this.calls.delete(call);
      this.onLate(call);
    }
  }
}
