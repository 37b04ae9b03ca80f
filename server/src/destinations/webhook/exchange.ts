import type { Dispatcher } from "undici";
import { describeFailure } from "./http-failure.ts";

/** What came of one POST. Either a status came back, or `error` says at which stage it ended. */
export interface Exchange {
  statusCode: number | null;
  headers: Record<string, string | string[]>;
  /** The first bytes of the answer, as many as are kept. */
  body: string;
  error: { code: string; detail: string } | null;
  /** From the moment there was a connection, or leave to open one. */
  durationMs: number;
}

/**
 * Follows one exchange over undici's dispatch, without its streams and promises, and keeps what the log needs. The outcome
 * may be known before undici has let go of the connection: at the deadline, and where an answer is too long to be read.
 */
export class ExchangeHandler implements Dispatcher.DispatchHandler {
  /** From `performance.now()`. */
  readonly begunAt = performance.now();
  private readonly bodyLimit: number;
  private readonly onOutcome: (exchange: Exchange) => void;
  private readonly onReleased: (handler: ExchangeHandler) => void;
  private statusCode: number | null = null;
  private headers: Exchange["headers"] = {};
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private controller: Dispatcher.DispatchController | null = null;
  private known = false;
  private released = false;

  /**
   * `onOutcome` is called once with the outcome; `onReleased` once, after that, when undici is done with it. `bodyLimit`:
   * bytes of the answer that are kept.
   */
  constructor(
    bodyLimit: number,
    onOutcome: (exchange: Exchange) => void,
    onReleased: (handler: ExchangeHandler) => void,
  ) {
    this.bodyLimit = bodyLimit;
    this.onOutcome = onOutcome;
    this.onReleased = onReleased;
  }

  /** The time limit has passed. `seconds` is told to people. */
  timeOut(seconds: number): void {
    const stage = this.statusCode === null ? "no answer came" : "the answer did not end";
    this.outcome({ code: "timeout", detail: `Within ${seconds} seconds ${stage}.` });
    this.controller?.abort(new Error("timeout"));
  }

  /** Undici did not take it. */
  refused(error: Error): void {
    this.outcome(describeFailure(error));
    this.release();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // The time ran out while the connection was being made.
    if (this.known) controller.abort(new Error("timeout"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Exchange["headers"]): void {
    // 1xx are not answers.
    if (status < 200) return;
    this.statusCode = status;
    this.headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.known) return;
    const room = this.bodyLimit - this.size;
    this.size += chunk.length;
    this.chunks.push(chunk.length <= room ? chunk : chunk.subarray(0, room));
    if (chunk.length <= room) return;
    // The status is known and decides; the rest of a long answer is not worth reading.
    this.outcome(null);
    controller.abort(new Error("answer too long"));
  }

  onResponseEnd(): void {
    this.outcome(null);
    this.release();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.outcome(describeFailure(error));
    this.release();
  }

  private outcome(error: Exchange["error"]): void {
    if (this.known) return;
    this.known = true;
    const { chunks } = this;
    this.onOutcome({
      statusCode: this.statusCode,
      headers: this.headers,
      body: chunks.length === 0 ? "" : (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8"),
      error,
      durationMs: Math.round(performance.now() - this.begunAt),
    });
  }

  private release(): void {
    if (this.released) return;
    this.released = true;
    this.onReleased(this);
  }
}
