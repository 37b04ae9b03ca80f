import { buildConnector, Client } from "undici";
import { Deadlines } from "./deadlines.ts";
import { type Exchange, ExchangeHandler } from "./exchange.ts";
import { FairQueue, type Turn } from "./fair-queue.ts";

/** A POST that waits for its connection. */
export interface Post {
  readonly target: Target;
  /** Since when it waits, from `performance.now()`: after two seconds it is given back. Left out: it waits on. */
  readonly since?: number;
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
  /** Among whom an origin's connections are shared: the destination's ID. */
  owner: string;
}

/** `owner`: default: the path. */
export function targetOf(url: URL, owner?: string): Target {
  const path = url.pathname + url.search;
  return { origin: url.origin, path, owner: owner ?? path };
}

export interface HttpClientOptions {
  /** Over the whole exchange: name look-up, connection, TLS, request, answer. Milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** Of these, for the connection: name look-up, TCP, TLS. Milliseconds. Default 10,000. */
  connectTimeoutMs?: number;
  /** Bytes of the answer that are kept. Default 16 KiB; a longer answer is cut off and its connection closed. */
  bodyLimit?: number;
  /** Connections to one origin at most, for receivers that answer within a second; for slow ones twice as many more. Default 64. */
  connections?: number;
  /** Looks names up for new connections, and may refuse an address. Default: the system's resolver, everything allowed. */
  lookup?: import("node:net").LookupFunction;
}

/**
 * What waits longer for a connection than this goes back to the outbox: here it would hold one of the process's places,
 * which a stranger can use. Milliseconds; looked at every quarter of a second.
 */
export const longestWaitMs = 2_000;
const lookEveryMs = 250;

/** The connections to one origin. Each is an undici client, which opens it again when the receiver has closed it. */
interface Origin {
  open: Set<Client>;
  /** Of these, those with nothing to do; the one that was used last is used first. */
  idle: Client[];
  /** Waits for a connection; empty while one is idle, or may be opened. */
  waiting: FairQueue;
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
  /** Runs while anything waits for a connection. */
  private watching: NodeJS.Timeout | null = null;

  constructor(options: HttpClientOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.bodyLimit = options.bodyLimit ?? 16 * 1024;
    this.connections = options.connections ?? 64;
    this.connector = buildConnector({
      timeout: Math.min(this.timeoutMs, options.connectTimeoutMs ?? 10_000),
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
      origin = { open: new Set(), idle: [], waiting: new FairQueue(this.connections) };
      this.origins.set(name, origin);
    }
    origin.waiting.add(post);
    this.next(name, origin);
    if (origin.waiting.waits) this.watching ??= setInterval(() => this.watch(), lookEveryMs).unref();
  }

  /** Looks after what takes long, and after what waits long. */
  private watch(): void {
    let any = false;
    for (const [name, origin] of this.origins) {
      if (!origin.waiting.waits) continue;
      origin.waiting.markSlow();
      this.next(name, origin);
      for (const post of origin.waiting.take(performance.now() - longestWaitMs)) post.end(null);
      any ||= origin.waiting.waits;
    }
    if (any || !this.watching) return;
    clearInterval(this.watching);
    this.watching = null;
  }

  /** Begins nothing more: what waits for a connection is not sent; what is under way ends by itself. */
  drain(): void {
    this.draining = true;
    for (const origin of this.origins.values()) for (const post of origin.waiting.take()) post.end(null);
  }

  /** Cuts off what is under way. */
  async close(): Promise<void> {
    this.drain();
    if (this.watching) clearInterval(this.watching);
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
    if (origin.open.size === 0 && !origin.waiting.waits) this.origins.delete(name);
  }

  /** Begins what may begin now. */
  private next(name: string, origin: Origin): void {
    for (let turn = origin.waiting.next(); turn; turn = origin.waiting.next()) {
      const request = turn.post.begin();
      if (request) {
        const client = origin.idle.pop() ?? this.open(name, origin);
        this.exchange(origin, client, turn, request.headers, request.body);
      } else turn.post.end(null);
    }
  }

  private exchange(origin: Origin, client: Client, turn: Turn, headers: Record<string, string>, body: string): void {
    const { post } = turn;
    origin.waiting.begin(turn);
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
          origin.waiting.end(turn);
          // What failed is not used again.
          if (failed) this.forget(post.target.origin, origin, client);
          else origin.idle.push(client);
          this.next(post.target.origin, origin);
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
}
