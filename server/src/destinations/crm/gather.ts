import { CrmError } from "./error.ts";

/** What a batch says of each of its items, in their order. */
export type Gathered<Out> = readonly (Out | CrmError)[];

interface Waiting<In, Out> {
  item: In;
  signal: AbortSignal;
  resolve: (out: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers what is asked for at the same time into one call. Nothing waits for company: a call goes out at once, and what
 * comes while it is under way goes with the next one. So batches are as large as the CRM is slow.
 */
export class Gather<In, Out> {
  private readonly most: number;
  private readonly run: (items: readonly In[], signal: AbortSignal) => Promise<Gathered<Out>>;
  private readonly atOnce: number;
  private waiting: Waiting<In, Out>[] = [];
  private underWay = 0;
  private planned = false;

  /** `most`: items of a call. `atOnce`: calls that may be under way. What `run` throws is said to all of its items. */
  constructor(
    most: number,
    run: (items: readonly In[], signal: AbortSignal) => Promise<Gathered<Out>>,
    { atOnce = 2 }: { atOnce?: number } = {},
  ) {
    this.most = most;
    this.run = run;
    this.atOnce = atOnce;
  }

  add(item: In, signal: AbortSignal): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, signal, resolve, reject });
      this.plan();
    });
  }

  private plan(): void {
    if (this.planned || this.underWay >= this.atOnce || this.waiting.length === 0) return;
    this.planned = true;
    // What one turn of the event loop asks for goes together.
    setImmediate(() => {
      this.planned = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const part = this.waiting.splice(0, this.most).filter((one) => {
      if (!one.signal.aborted) return true;
      one.reject(new CrmError("unavailable", "no_time_left", "It waited too long for its turn. Herald tries again."));
      return false;
    });
    if (part.length > 0) {
      this.underWay++;
      try {
        const signal = AbortSignal.any(part.map((one) => one.signal));
        const results = await this.run(
          part.map(({ item }) => item),
          signal,
        );
        for (const [n, { resolve, reject }] of part.entries()) {
          const result = results[n];
          if (result === undefined || result instanceof CrmError)
            reject(result ?? new Error("Nothing was said of it."));
          else resolve(result);
        }
      } catch (error) {
        for (const [n, { reject }] of part.entries()) reject(n === 0 ? error : echoOf(error));
      }
      this.underWay--;
    }
    this.plan();
  }
}

function echoOf(error: unknown): unknown {
  if (!(error instanceof CrmError)) return error;
  return new CrmError(error.problem, error.code, error.message, { ...error.details, echo: true });
}
