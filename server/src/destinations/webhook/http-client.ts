import { Agent, type Dispatcher, errors } from "undici";

/** What came of one POST. Either a status came back, or `error` says at which stage it ended. */
export interface Exchange {
  statusCode: number | null;
  headers: Record<string, string | string[]>;
  /** The first `bodyLimit` bytes of the answer. */
  body: string;
  error: { code: string; detail: string } | null;
  durationMs: number;
}

export interface HttpClientOptions {
  /** Over the whole exchange: name look-up, connection, TLS, request, answer. Milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** Bytes of the answer that are kept. Default 16 KiB; a longer answer is cut off and its connection closed. */
  bodyLimit?: number;
  /** Connections to one origin at most. Default 64. */
  connections?: number;
  /** Looks names up for new connections, and may refuse an address. Default: the system's resolver, everything allowed. */
  lookup?: import("node:net").LookupFunction;
}

/**
 * POSTs deliveries. Built on undici's dispatch, not on its promise API: no streams, no body mixins, one closure an
 * exchange. Redirects are not followed. Never throws: whatever happens is an Exchange.
 */
export class HttpClient {
  private readonly agent: Agent;
  private readonly timeoutMs: number;
  private readonly bodyLimit: number;
  private readonly connections: number;
  /** Exchanges under way and waiting, by origin. */
  private readonly origins = new Map<string, { active: number; waiting: ((proceed: boolean) => void)[] }>();
  private draining = false;

  constructor(options: HttpClientOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.bodyLimit = options.bodyLimit ?? 16 * 1024;
    this.connections = options.connections ?? 64;
    this.agent = new Agent({
      connections: this.connections,
      pipelining: 1,
      keepAliveTimeout: 4_000,
      // The deadline of the whole exchange is ours; these only guard against a lost timer.
      headersTimeout: this.timeoutMs + 1_000,
      bodyTimeout: this.timeoutMs + 1_000,
      maxHeaderSize: 32 * 1024,
      connect: { timeout: this.timeoutMs, ...(options.lookup ? { lookup: options.lookup } : {}) },
    });
  }

  /** Waits for a free connection to the origin first; the time limit begins when there is one. */
  async post(url: URL, headers: Record<string, string>, body: string): Promise<Exchange> {
    const origin = this.origins.get(url.origin) ?? { active: 0, waiting: [] };
    this.origins.set(url.origin, origin);
    if (this.draining) return notStarted;
    if (origin.active >= this.connections) {
      const proceed = await new Promise<boolean>((resolve) => origin.waiting.push(resolve));
      if (!proceed) return notStarted;
    } else origin.active++;
    const exchange = await this.exchange(url, headers, body);
    const next = origin.waiting.shift();
    if (next) next(true);
    else if (--origin.active === 0) this.origins.delete(url.origin);
    return exchange;
  }

  /** Begins nothing more: what waits for a connection comes back as `not_started`; what is under way ends by itself. */
  drain(): void {
    this.draining = true;
    for (const origin of this.origins.values()) for (const resolve of origin.waiting.splice(0)) resolve(false);
  }

  private exchange(url: URL, headers: Record<string, string>, body: string): Promise<Exchange> {
    const started = performance.now();
    return new Promise((resolve) => {
      let statusCode: number | null = null;
      let answerHeaders: Exchange["headers"] = {};
      let chunks: Buffer[] | null = null;
      let size = 0;
      let cut = false;
      let controller: Dispatcher.DispatchController | null = null;
      let finished = false;
      const finish = (error: Exchange["error"]) => {
        if (finished) return;
        finished = true;
        clearTimeout(timer);
        resolve({
          statusCode,
          headers: answerHeaders,
          body: chunks === null ? "" : Buffer.concat(chunks).toString("utf8"),
          error,
          durationMs: Math.round(performance.now() - started),
        });
      };
      const timer = setTimeout(() => {
        const stage = statusCode === null ? "no answer came" : "the answer did not end";
        finish({ code: "timeout", detail: `Within ${this.timeoutMs / 1000} seconds ${stage}.` });
        controller?.abort(new Error("timeout"));
      }, this.timeoutMs);
      try {
        this.agent.dispatch(
          { origin: url.origin, path: url.pathname + url.search, method: "POST", headers, body },
          {
            onRequestStart(c) {
              controller = c;
              if (finished) c.abort(new Error("timeout"));
            },
            onResponseStart(_c, status, received) {
              // 1xx are not answers.
              if (status < 200) return;
              statusCode = status;
              answerHeaders = received as Exchange["headers"];
            },
            onResponseData: (c, chunk) => {
              if (cut) return;
              chunks ??= [];
              if (size + chunk.length <= this.bodyLimit) {
                chunks.push(chunk);
                size += chunk.length;
                return;
              }
              chunks.push(chunk.subarray(0, this.bodyLimit - size));
              cut = true;
              // The status is known and decides; the rest of a long answer is not worth reading.
              finish(null);
              c.abort(new Error("answer too long"));
            },
            onResponseEnd() {
              finish(null);
            },
            onResponseError(_c, error) {
              finish(describe(error));
            },
          },
        );
      } catch (error) {
        finish(describe(error as Error));
      }
    });
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

const notStarted: Exchange = {
  statusCode: null,
  headers: {},
  body: "",
  error: { code: "not_started", detail: "Herald was stopped before this attempt began." },
  durationMs: 0,
};

/** Codes of Node, OpenSSL and undici, in words. */
function describe(error: Error): { code: string; detail: string } {
  const cause = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
  const code = cause.code ?? "";
  const detail = cause.message;
  if (isNotHttp(cause)) {
    const why = detail.replace(/\s+/g, " ").trim();
    const detailed = `The receiver did not answer with HTTP; check the destination's URL and port. (${why})`;
    return { code: "invalid_response", detail: detailed };
  }
  if (code === "ECONNREFUSED") return { code: "connection_refused", detail: `Nobody listens there: ${detail}` };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return { code: "dns_failed", detail: `The host name can't be resolved: ${detail}` };
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") return { code: "connect_timeout", detail };
  if (code === "HERALD_ADDRESS_REFUSED") return { code: "address_refused", detail };
  if (
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|UNABLE_|SELF_SIGNED|HOSTNAME)/.test(code) ||
    /certificate|SSL|TLS/i.test(detail)
  ) {
    return { code: "tls_failed", detail: `The TLS connection failed: ${detail}` };
  }
  if (code === "ECONNRESET" || code === "EPIPE" || code === "UND_ERR_SOCKET") {
    return { code: "connection_lost", detail: `The connection was closed before an answer came: ${detail}` };
  }
  return { code: "request_failed", detail };
}

/**
 * Whether bytes came back that are no HTTP. By class: undici 8.12 leaves the code out of most of its parser's errors.
 * An assertion is undici's own way to say that a status is below 100.
 */
function isNotHttp(error: NodeJS.ErrnoException): boolean {
  if (error instanceof errors.HTTPParserError) return true;
  return ["UND_ERR_HEADERS_OVERFLOW", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "ERR_ASSERTION"].includes(
    error.code ?? "",
  );
}
