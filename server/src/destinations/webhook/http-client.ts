import { Agent, type Dispatcher } from "undici";

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

  constructor(options: HttpClientOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.bodyLimit = options.bodyLimit ?? 16 * 1024;
    this.agent = new Agent({
      connections: options.connections ?? 64,
      pipelining: 1,
      keepAliveTimeout: 4_000,
      // The deadline of the whole exchange is ours; these only guard against a lost timer.
      headersTimeout: this.timeoutMs + 1_000,
      bodyTimeout: this.timeoutMs + 1_000,
      maxHeaderSize: 32 * 1024,
      connect: { timeout: this.timeoutMs, ...(options.lookup ? { lookup: options.lookup } : {}) },
    });
  }

  post(url: URL, headers: Record<string, string>, body: string): Promise<Exchange> {
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

/** Codes of Node, OpenSSL and undici, in words. */
function describe(error: Error): { code: string; detail: string } {
  const cause = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
  const code = cause.code ?? "";
  const detail = cause.message;
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
  if (code.startsWith("HPE_") || code === "UND_ERR_HEADERS_OVERFLOW") {
    return { code: "invalid_answer", detail: `The answer is not valid HTTP: ${detail}` };
  }
  return { code: "request_failed", detail };
}
