import type { Socket } from "node:net";
import type { Connector } from "./connector.ts";
import { type ResponseHeaders, ResponseReader } from "./response-reader.ts";

/** What is sent. Names and values of headers are checked here; the path is as URLs write it. */
export interface RequestParts {
  path: string;
  /** Headers before the others that stay as they are from one request to the next: the same object says so. */
  fixed?: Readonly<Record<string, string>> | undefined;
  headers: Record<string, string>;
  body: string;
}

interface WrittenRequest {
  text: string;
  /** Of pure ASCII both encodings make the same, and Latin-1 is written faster. */
  encoding: "latin1" | "utf8";
}

/** Anything but visible ASCII, blanks and tabs. */
const unsendable = /[^\t\x20-\x7e]/;

function linesOf(headers: Readonly<Record<string, string>>): string {
  let lines = "";
  for (const name in headers) {
    const value = headers[name]!;
    if (unsendable.test(value)) throw new Error(`The header ${name} holds characters that can't be sent.`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** Follows one exchange. After `onResponseEnd` or `onResponseError` nothing more is called. */
export interface ExchangeFollower {
  /** The first byte of an answer, also of an informational one. */
  onResponseStarted(): void;
  onResponseStart(statusCode: number, headers: ResponseHeaders): void;
  onResponseData(bytes: Buffer): void;
  onResponseEnd(): void;
  onResponseError(error: Error): void;
}

/** Idle for so long a connection isn't used any more; less where the server says that it closes it sooner. */
const keepAliveMs = 4_000;
/** So long before the server's time is over: it may be closing while the next request is on its way. */
const keepAliveSlackMs = 1_000;

/**
 * One HTTP/1.1 connection to an origin, opened by its first request; one request at a time. Written for the one kind of
 * request that deliveries make (a text, sent at once) and with nothing an exchange but its bytes: a general client took
 * three times the processor time, a third of all that a delivery costs.
 */
export class Connection {
  /** The server may be talked to on it. False once and for all when it has ended. */
  usable = true;
  private readonly host: string;
  private readonly connect: Connector;
  private readonly onGone: (connection: Connection) => void;
  private readonly reader = new ResponseReader({
    head: (status, headers) => {
      this.noteKeepAlive(headers);
      this.follower?.onResponseStart(status, headers);
    },
    data: (bytes) => this.follower?.onResponseData(bytes),
    end: (reusable) => this.ended(reusable),
  });
  private socket: Socket | null = null;
  private follower: ExchangeFollower | null = null;
  private answering = false;
  /** Whether an exchange has ended on it. */
  used = false;
  /** From `performance.now()`: when it stops being usable, if it stays idle. */
  private expiresAt = 0;
  private idleMs = keepAliveMs;
  /** The latest answer's, in which the server said how long it keeps the connection: answers that say the same share them. */
  private heard: ResponseHeaders | null = null;
  /** The beginning of the latest request, and what it was made of: the next one is mostly to the same destination. */
  private beginning = "";
  private beginningOf: Pick<RequestParts, "path" | "fixed"> = { path: "", fixed: undefined };

  /** `host` is what the request's Host header says. `onGone` is called once, when the connection has ended. */
  constructor(host: string, connect: Connector, onGone: (connection: Connection) => void) {
    this.host = host;
    this.connect = connect;
    this.onGone = onGone;
  }

  /** Whether the next request should rather go over another one, at a moment of `performance.now()`. */
  isStale(now: number): boolean {
    return this.socket !== null && now > this.expiresAt;
  }

  /** Whether there is a connection yet. */
  get open(): boolean {
    return this.socket !== null;
  }

  get bytesRead(): number {
    return this.socket?.bytesRead ?? 0;
  }

  /** Sends a request. Only while none is under way. Throws where a header can't be sent. */
  dispatch(request: RequestParts, follower: ExchangeFollower): void {
    const written = this.write(request);
    this.follower = follower;
    this.answering = false;
    this.reader.begin();
    if (this.socket) this.send(written);
    else this.connectFor(written);
  }

  /** Ends the exchange that this one follows, and the connection with it; its `onResponseError` is called with the reason. */
  abort(follower: ExchangeFollower, reason: Error): void {
    if (follower === this.follower) this.fail(reason);
  }

  /** Ends it, and the exchange that is under way. */
  destroy(): void {
    this.fail(new Error("the connection was closed here"));
  }

  private write({ path, fixed, headers, body }: RequestParts): WrittenRequest {
    if (this.beginning === "" || path !== this.beginningOf.path || fixed !== this.beginningOf.fixed) {
      this.beginning = `POST ${path} HTTP/1.1\r\nhost: ${this.host}\r\nconnection: keep-alive\r\n${linesOf(fixed ?? {})}`;
      this.beginningOf = { path, fixed };
    }
    const head = this.beginning + linesOf(headers);
    const length = Buffer.byteLength(body);
    return {
      text: `${head}content-length: ${length}\r\n\r\n${body}`,
      encoding: length === body.length ? "latin1" : "utf8",
    };
  }

  private connectFor(request: WrittenRequest): void {
    this.connect(this.received, (error, socket) => {
      if (!this.usable) socket?.destroy();
      else if (error || !socket) this.fail(error ?? new Error("no connection"));
      else {
        this.socket = socket;
        socket.on("error", (failure) => this.fail(failure));
        socket.on("end", () => this.closed());
        socket.on("close", () => this.closed());
        this.send(request);
      }
    });
  }

  private send({ text, encoding }: WrittenRequest): void {
    this.socket!.write(text, encoding);
  }

  private readonly received = (bytes: Buffer): void => {
    if (!this.usable) return;
    if (!this.answering && this.follower) {
      this.answering = true;
      this.follower.onResponseStarted();
    }
    try {
      this.reader.push(bytes);
    } catch (error) {
      this.fail(error as Error);
    }
  };

  private closed(): void {
    if (!this.usable) return;
    try {
      this.reader.finish();
      this.gone();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private ended(reusable: boolean): void {
    const { follower } = this;
    this.follower = null;
    this.used = true;
    // An answer to a request that isn't sent whole: what is left of it would be taken for the next one.
    if (!reusable || this.socket!.writableLength > 0) this.gone();
    else this.expiresAt = performance.now() + this.idleMs;
    follower?.onResponseEnd();
  }

  private fail(error: Error): void {
    const { follower } = this;
    this.follower = null;
    this.gone();
    follower?.onResponseError(error);
  }

  private gone(): void {
    if (!this.usable) return;
    this.usable = false;
    this.socket?.destroy();
    this.onGone(this);
  }

  private noteKeepAlive(headers: ResponseHeaders): void {
    if (headers === this.heard) return;
    this.heard = headers;
    const said = headers["keep-alive"];
    if (said === undefined) return;
    const seconds = /(?:^|[,;\s])timeout=(\d{1,9})/i.exec(said.toString())?.[1];
    if (seconds !== undefined)
      this.idleMs = Math.max(0, Math.min(keepAliveMs, Number(seconds) * 1_000 - keepAliveSlackMs));
  }
}
