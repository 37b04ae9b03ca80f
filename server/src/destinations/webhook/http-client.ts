import { buildConnector, Client } from "undici";
import { Deadlines } from "./deadlines.ts";
import { type Exchange, ExchangeHandler } from "./exchange.ts";

/** A POST that waits for its connection. */
export interface Post {
  readonly target: Target;
  /**
   * Called when there is a connection for it: what to send. Only now, so that a signature is not older than its request.
   * Null: it isn't to be sent any more.
   */
  begin(): { headers: Record<string, string>; body: string } | null;
  /** Called once, with what came of it; null: it was not sent. */
  end(exchange: Exchange | null): void;
}

/** An URL as requests name it. */
export interface Target {
  origin: string;
  /** Path and query. */
  path: string;
}

export function targetOf(url: URL): Target {
  return { origin: url.origin, path: url.pathname + url.search };
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

/** The connections to one origin. Each is an undici client, which opens it again when the receiver has closed it. */
interface Origin {
  open: Set<Client>;
  /** Of these, those with nothing to do; the one that was used last is used first. */
  idle: Client[];
  /** Waits for a connection; empty while one is idle, or may be opened. */
  waiting: Post[];
}

/**
 * POSTs deliveries. One request at a time on each connection, and nothing waits inside undici: so it is known of each
 * post whether it has begun. Redirects are not followed. Never throws: whatever happens is an Exchange.
 */
export class HttpClient {
  private readonly timeoutMs: number;
  private readonly bodyLimit: number;
  private readonly connections: number;
  private readonly connector: buildConnector.connector;
  private readonly deadlines: Deadlines<ExchangeHandler>;
  private readonly origins = new Map<string, Origin>();
  private draining = false;

  constructor(options: HttpClientOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.bodyLimit = options.bodyLimit ?? 16 * 1024;
    this.connections = options.connections ?? 64;
    this.connector = buildConnector({
      timeout: this.timeoutMs,
      ...(options.lookup ? { lookup: options.lookup } : {}),
    } as buildConnector.BuildOptions);
    this.deadlines = new Deadlines(this.timeoutMs, (handler) => handler.timeOut(this.timeoutMs / 1000));
  }

  /** Waits for a free connection to the origin first; the time limit begins when there is one. */
  send(post: Post): void {
    if (this.draining) {
      post.end(null);
      return;
    }
    const name = post.target.origin;
    let origin = this.origins.get(name);
    if (!origin) {
      origin = { open: new Set(), idle: [], waiting: [] };
      this.origins.set(name, origin);
    }
    origin.waiting.push(post);
    const client = origin.idle.pop() ?? (origin.open.size < this.connections ? this.open(name, origin) : null);
    if (client) this.next(origin, client);
  }

  /** Begins nothing more: what waits for a connection is not sent; what is under way ends by itself. */
  drain(): void {
    this.draining = true;
    for (const origin of this.origins.values()) for (const post of origin.waiting.splice(0)) post.end(null);
  }

  /** Cuts off what is under way. */
  async close(): Promise<void> {
    this.drain();
    const clients = [...this.origins.values()].flatMap(({ open }) => [...open]);
    await Promise.all(clients.map((client) => client.destroy()));
  }

  private open(name: string, origin: Origin): Client {
    const client = new Client(name, {
      pipelining: 1,
      keepAliveTimeout: 4_000,
      // There is one deadline, over the whole exchange, and it is kept here.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 32 * 1024,
      connect: this.connector,
    });
    origin.open.add(client);
    // A connection that is closed while nobody uses it; one in use is opened again by its client.
    client.on("disconnect", () => {
      const place = origin.idle.indexOf(client);
      if (place === -1) return;
      origin.idle.splice(place, 1);
      this.forget(name, origin, client);
    });
    return client;
  }

  private forget(name: string, origin: Origin, client: Client): void {
    origin.open.delete(client);
    void client.destroy();
    if (origin.open.size === 0 && origin.waiting.length === 0) this.origins.delete(name);
  }

  /** Begins the next post on a connection that is free. */
  private next(origin: Origin, client: Client): void {
    for (;;) {
      const post = origin.waiting.shift();
      if (!post) break;
      const request = post.begin();
      if (request) {
        this.exchange(origin, client, post, request.headers, request.body);
        return;
      }
      post.end(null);
    }
    origin.idle.push(client);
  }

  private exchange(origin: Origin, client: Client, post: Post, headers: Record<string, string>, body: string): void {
    let failed = false;
    const handler = new ExchangeHandler(
      this.bodyLimit,
      (exchange) => {
        failed = exchange.error !== null;
        post.end(exchange);
      },
      (ended) => {
        this.deadlines.delete(ended);
        // Undici is in the middle of its work with the connection: it gets the next request when it has come to its end.
        queueMicrotask(() => {
          if (!failed) this.next(origin, client);
          else this.replace(post.target.origin, origin, client);
        });
      },
    );
    this.deadlines.add(handler);
    try {
      client.dispatch({ path: post.target.path, method: "POST", headers, body }, handler);
    } catch (error) {
      handler.refused(error as Error);
    }
  }

  /** What failed is not used again. */
  private replace(name: string, origin: Origin, client: Client): void {
    this.forget(name, origin, client);
    if (origin.waiting.length > 0) this.next(origin, this.open(name, origin));
  }
}
