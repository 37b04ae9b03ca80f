/**
 * Faults: what a fake provider can be told to do wrong. They are scripted, never random and never timed, so that a test
 * says exactly which request fails, and at which point of the exchange.
 */

/** What a fault's predicate sees of a request. */
export interface FaultRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  /** The raw body as text. */
  body: string;
}

export type Fault =
  /**
   * Answers this. A string body goes out as it is (HTML, half a JSON text), anything else as JSON.
   * `processed`: whether the request is carried out first, its own answer being thrown away. Default false.
   */
  | { kind: "answer"; status: number; headers?: Record<string, string>; body: unknown; processed?: boolean }
  /**
   * Resets the connection, with no answer: `before` the request is carried out, or `after`; `half`: after the first half of a
   * batch was (`inputs` or `records` of its body).
   */
  | { kind: "reset"; when: "before" | "after" | "half" }
  /** Carries the request out, sends the head and half of the answer, and ends the connection. */
  | { kind: "cut" }
  /** Waits at the gate, before or after the request is carried out, then answers as if nothing had been. */
  | { kind: "hold"; when: "before" | "after"; gate: Gate };

/** Where a held request waits: the test sees that it has come, and lets it go. */
export class Gate {
  readonly #reached = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  /** Resolves when a request has come to the gate. */
  readonly reached = this.#reached.promise;

  open(): void {
    this.#opened.resolve();
  }
  /** For the server: says that a request is here, and waits until the gate is open. */
  pass(): Promise<void> {
    this.#reached.resolve();
    return this.#opened.promise;
  }
}

interface Rule {
  matches: (request: FaultRequest) => boolean;
  fault: Fault;
  left: number;
}

/** A server's script of faults. Rules are tried in the order they were given; each is used up `times` times. */
export class Faults {
  #rules: Rule[] = [];

  /** For the next requests that change something (POST), one fault each, in this order. */
  next(...faults: Fault[]): void {
    for (const fault of faults) this.when((request) => request.method === "POST", fault);
  }

  /** For the next `times` requests (1 by default, `Infinity` for all) that the predicate accepts. */
  when(matches: (request: FaultRequest) => boolean, fault: Fault, times = 1): void {
    this.#rules.push({ matches, fault, left: times });
  }

  /** Whether any fault is left: false when a test's script was played to its end. */
  get pending(): boolean {
    return this.#rules.length > 0;
  }

  clear(): void {
    this.#rules = [];
  }

  /** For the server: the fault of this request, used up by asking. */
  take(request: () => FaultRequest): Fault | undefined {
    if (this.#rules.length === 0) return undefined;
    const seen = request();
    const rule = this.#rules.find((candidate) => candidate.matches(seen));
    if (!rule) return undefined;
    rule.left -= 1;
    if (rule.left <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }
}
