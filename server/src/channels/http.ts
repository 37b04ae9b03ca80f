import { type Dispatcher, Pool } from "undici";
import { retryAfterMs } from "../domain/retry-after.ts";
import type { SendResult } from "./channel.ts";

/**
 * One HTTP exchange with a provider, told by its stage. An adapter has to know whether a failed request can have been
 * taken: before undici hands a request to a connection nothing was written, from then on it may have arrived. So the
 * stage is that hand-over (`onRequestStart`), which says it for every cause: refused, unresolved, TLS, reset, deadline.
 * A kept-alive connection that the server closes just as it is used counts as written: nobody can know.
 *
 * It uses `dispatch`, undici's lowest layer: a send needs no streams, and only this layer tells of the hand-over.
 */

export interface ProviderRequest {
  method: "GET" | "POST";
  /** Below the base URL, with a leading slash; with the query, encoded. */
  path: string;
  /** Names and values in turn. */
  headers: readonly string[];
  body?: string | Buffer;
  /** How much of the answer's body is read, in bytes. Default 65,536. */
  maxBytes?: number;
}

export type Exchange =
  /** Surely not received: the connection could not be made, or the deadline came first. */
  | { stage: "not_written"; code: "connect_failed" | "timeout"; detail: string }
  /** May have been received; no answer. */
  | { stage: "no_answer"; code: "connection_lost" | "timeout"; detail: string }
  | Answer;

export interface Answer {
  stage: "answered";
  status: number;
  /** The Retry-After header, unread. */
  retryAfter: string | null;
  body: string;
  /** False where the body broke off or was longer than `maxBytes`. */
  complete: boolean;
}

const defaultMaxBytes = 65_536;

/** Keep-alive connections to one provider for one sender. */
export class ProviderHttp {
  readonly #pool: Pool;
  readonly #prefix: string;
  #running = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** `baseUrl` is http or https and may have a path. At most `connections` exchanges run at once, the others wait. */
  constructor(baseUrl: string, connections: number) {
    const url = new URL(baseUrl);
    this.#prefix = url.pathname.replace(/\/+$/, "");
    this.#pool = new Pool(url.origin, {
      connections,
      // One request a connection at a time: HTTP/2 or pipelining would blur which request a lost connection took along.
      allowH2: false,
      pipelining: 1,
      // The caller's signal is the deadline of the whole exchange; two more timers a request would only cost.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Never rejects. */
  exchange(request: ProviderRequest, signal: AbortSignal): Promise<Exchange> {
    if (signal.aborted) return Promise.resolve(notWritten("timeout", signal.reason));
    if (this.#closing) return Promise.resolve(notWritten("connect_failed", new Error("the connection is closed")));
    this.#running += 1;
    return new Promise((resolve) => {
      const running = new RunningExchange(request.maxBytes ?? defaultMaxBytes, signal, (exchange) => {
        this.#running -= 1;
        if (this.#running === 0) this.#idle?.();
        resolve(exchange);
      });
      this.#pool.dispatch(
        {
          method: request.method,
          path: this.#prefix + request.path,
          headers: request.headers as string[],
          body: request.body ?? null,
        },
        running,
      );
    });
  }

  /** Waits for the exchanges that run (their signals bound that), then ends the connections. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    // Not pool.close(): it would wait for requests in undici's queue that were given up before they got a connection.
    await this.#pool.destroy();
  }
}

class RunningExchange implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  readonly #done: (exchange: Exchange) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #answer: { status: number; retryAfter: string | null } | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #settled = false;

  constructor(maxBytes: number, signal: AbortSignal, done: (exchange: Exchange) => void) {
    this.#maxBytes = maxBytes;
    this.#signal = signal;
    this.#done = done;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection: stop before a byte is written. And should undici ever hand a request
    // over a second time, that would be a second send.
    if (this.#settled || this.#controller) controller.abort(new Error("not to be sent"));
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    const retryAfter = headers["retry-after"];
    this.#answer = { status, retryAfter: (Array.isArray(retryAfter) ? retryAfter[0] : retryAfter) ?? null };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    if (this.#size > this.#maxBytes) this.#stop(new Error(`the answer is longer than ${this.#maxBytes} bytes`));
  }

  onResponseEnd(): void {
    this.#settle(this.#answered(true));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle(this.#broken("connect_failed", "connection_lost", error));
  }

  readonly #onAbort = (): void => this.#stop(this.#signal.reason);

  #stop(reason: unknown): void {
    this.#settle(this.#broken("timeout", "timeout", reason));
    this.#controller?.abort(reason instanceof Error ? reason : new Error(String(reason)));
  }

  #broken(before: "connect_failed" | "timeout", after: "connection_lost" | "timeout", reason: unknown): Exchange {
    if (!this.#controller) return notWritten(before, reason);
    if (this.#answer) return this.#answered(false);
    return { stage: "no_answer", code: after, detail: wordsOf(reason) };
  }

  #answered(complete: boolean): Exchange {
    const { status, retryAfter } = this.#answer ?? { status: 0, retryAfter: null };
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    return { stage: "answered", status, retryAfter, body: body.toString("utf8", 0, this.#maxBytes), complete };
  }

  #settle(exchange: Exchange): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#done(exchange);
  }
}

function notWritten(code: "connect_failed" | "timeout", reason: unknown): Exchange {
  return { stage: "not_written", code, detail: wordsOf(reason) };
}

/** An error in words, with its code: a failed connection to several addresses is an AggregateError without a message. */
function wordsOf(reason: unknown): string {
  if (reason instanceof AggregateError && reason.errors.length > 0) return wordsOf(reason.errors[0]);
  if (!(reason instanceof Error)) return String(reason);
  const code = "code" in reason && typeof reason.code === "string" ? reason.code : null;
  return code === null || reason.message.includes(code) ? reason.message : `${reason.message} (${code})`;
}

/** The result of a send that got no answer: `retry` if it surely was not received, else `uncertain`. */
export function unanswered(exchange: Exclude<Exchange, Answer>): SendResult {
  const { code, detail } = exchange;
  return { outcome: exchange.stage === "not_written" ? "retry" : "uncertain", code, detail };
}

/** The answer's body as a JSON object, or null where it is anything else. (Half an object is never one.) */
export function objectOf(answer: Answer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

const minWaitMs = 1_000;
const maxWaitMs = 3_600_000;

/**
 * A provider's Retry-After in milliseconds from `now`, between a second and an hour: it can't make us hammer it, nor park a
 * sender for days by a slip. Null if the header is missing or unreadable.
 */
export function providerWaitMs(header: string | null, now: number): number | null {
  return retryAfterMs(header, new Date(now), { min: minWaitMs, max: maxWaitMs });
}

/** The beginning of an answer that isn't what it should be, for a person to recognise its author by. */
export function excerpt(body: string): string {
  const text = body.replace(/\s+/g, " ").trim();
  return text.length > 200 ? `${text.slice(0, 200)}...` : text || "an empty body";
}
