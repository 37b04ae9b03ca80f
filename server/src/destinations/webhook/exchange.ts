import type { Connection, ExchangeFollower } from "./connection.ts";
import { describeFailure, isLost } from "./http-failure.ts";
import type { InLine } from "./line.ts";

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

/** Bytes of an answer's body. */
export interface BodyLimits {
  /** As many are read; the connection of a longer answer is closed. */
  read: number;
  /** As many are kept of these. */
  keep: number;
}

/** A connection that was closed while it lay idle says so at once. What ends later was perhaps being processed. */
const staleWithinMs = 1_000;

/**
 * Follows one exchange, and keeps what the log needs. The outcome may be known before the connection is free or gone: at
 * the deadline, and where an answer is too long to be read.
 */
export class ExchangeHandler implements ExchangeFollower, InLine<ExchangeHandler> {
  previous: ExchangeHandler | null = null;
  next: ExchangeHandler | null = null;
  /** From `performance.now()`. */
  readonly begunAt = performance.now();
  private readonly connection: Connection;
  private readonly limits: BodyLimits;
  private readonly post: { end(exchange: Exchange): void };
  private readonly onReleased: (handler: ExchangeHandler) => void;
  private statusCode: number | null = null;
  private headers: Exchange["headers"] = {};
  /** What is kept of the body so far; most are one piece. */
  private chunks: Buffer[] | null = null;
  private size = 0;
  private answering = false;
  /** The connection's bytes when a look came by for the first time; -1 before. */
  private bytesSeen = -1;
  private known = false;
  private released = false;
  /**
   * There was no outcome: the connection had been used before, and was closed before a byte of the answer came. The post
   * is to be sent over a fresh one.
   */
  stale = false;

  /** `post.end` is called once with the outcome, unless it is stale; `onReleased` once, after that, when the connection is free or gone. */
  constructor(
    connection: Connection,
    limits: BodyLimits,
    post: { end(exchange: Exchange): void },
    onReleased: (handler: ExchangeHandler) => void,
  ) {
    this.connection = connection;
    this.limits = limits;
    this.post = post;
    this.onReleased = onReleased;
  }

  /** The time limit has passed. `seconds` is told to people. */
  timeOut(seconds: number): void {
    if (!this.connection.open) {
      this.abort({ code: "connect_timeout", detail: `Within ${seconds} seconds there was no connection.` });
      return;
    }
    const stage = this.statusCode === null ? "no answer came" : "the answer did not end";
    this.abort({ code: "timeout", detail: `Within ${seconds} seconds ${stage}.` });
  }

  /**
   * Called now and then while it is under way. Ends it where more than `limit` bytes came since the look before: what no
   * parser hands over (a status line, chunk extensions or empty lines without end) would occupy this process.
   */
  look(limit: number): void {
    const bytes = this.connection.bytesRead;
    if (this.bytesSeen !== -1 && bytes - this.bytesSeen > limit) {
      this.abort({ code: "invalid_response", detail: `The answer came to more than ${limit} bytes without an end.` });
    }
    this.bytesSeen = bytes;
  }

  /** It can't be sent. */
  refused(error: Error): void {
    this.outcome(describeFailure(error, this.answering));
    this.release();
  }

  onResponseStarted(): void {
    this.answering = true;
  }

  onResponseStart(status: number, headers: Exchange["headers"]): void {
    this.statusCode = status;
    this.headers = headers;
  }

  onResponseData(bytes: Buffer): void {
    if (this.known) return;
    const { read, keep } = this.limits;
    const room = keep - this.size;
    if (room > 0) {
      this.chunks ??= [];
      this.chunks.push(Buffer.from(bytes.length <= room ? bytes : bytes.subarray(0, room)));
    }
    this.size += bytes.length;
    if (this.size <= read) return;
    // The status is known and decides; the rest of a long answer is not worth reading.
    this.outcome(null);
    this.connection.abort(this, new Error("answer too long"));
  }

  onResponseEnd(): void {
    this.outcome(null);
    this.release();
  }

  onResponseError(error: Error): void {
    const { used } = this.connection;
    if (used && !this.answering && !this.known && isLost(error) && performance.now() - this.begunAt < staleWithinMs) {
      this.stale = true;
      this.known = true;
    } else this.outcome(describeFailure(error, this.answering));
    this.release();
  }

  private abort(error: NonNullable<Exchange["error"]>): void {
    this.outcome(error);
    this.connection.abort(this, new Error(error.code));
  }

  private outcome(error: Exchange["error"]): void {
    if (this.known) return;
    this.known = true;
    this.post.end({
      statusCode: this.statusCode,
      headers: this.headers,
      body: this.chunks === null ? "" : this.text(this.chunks),
      error,
      durationMs: Math.round(performance.now() - this.begunAt),
    });
  }

  /** What isn't UTF-8 becomes U+FFFD. Nothing is unpacked: it was asked for as it is, and may be a thousand times as long. */
  private text(chunks: readonly Buffer[]): string {
    const encoding = this.headers["content-encoding"];
    if (encoding !== undefined && String(encoding).toLowerCase() !== "identity") {
      const size = this.size > this.limits.read ? `more than ${this.limits.read}` : this.size;
      return `(${size} bytes, packed by content-encoding: ${encoding}; not unpacked)`;
    }
    return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8");
  }

  private release(): void {
    if (this.released) return;
    this.released = true;
    this.onReleased(this);
  }
}
