import { Client } from "undici";
import { buildGuardedConnector, type Connector, type ConnectorOptions } from "./connector.ts";
import { Deadlines } from "./deadlines.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { type BodyLimits, type Connection, type Exchange, ExchangeHandler } from "./exchange.ts";
import { nameResolver, type Resolve } from "./resolve-name.ts";
import type { TlsIdentity } from "./tls-identity.ts";

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
  /** Whose connections are used: those to the origin, by those with the same TLS settings. */
  pool: string;
  tls: TlsIdentity | null;
}

export function targetOf(url: URL, tls: TlsIdentity | null = null): Target {
  const { origin } = url;
  return { origin, path: url.pathname + url.search, pool: tls ? `${origin} ${tls.name}` : origin, tls };
}

export interface HttpClientOptions {
  /** Over the whole exchange: name look-up, connection, TLS, request, answer. Milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** Bytes of the answer that are kept. Default 16 KiB. */
  bodyLimit?: number;
  /** Bytes of the answer that are read; the connection of a longer one is closed. Default 64 KiB, or `bodyLimit` if that is more. */
  readLimit?: number;
  /** Connections to one origin (with the same TLS settings) at most. Default 64. */
  connections?: number;
  /** Whether connections go to the public internet alone. Default false. */
  guarded?: boolean;
  /** Through which all connections go. Default: none. */
  proxy?: EgressProxy | null;
  /** Looks names up for new connections. Default: the DNS, and what this machine knows by itself. */
  resolve?: Resolve;
}

/** Bytes that may come in the time between two looks at an exchange, and that time in milliseconds. */
const flood = { bytes: 1024 * 1024, lookEveryMs: 500 };

/** A connection is an undici client, which opens it again when the receiver has closed it. */
interface Line extends Connection {
  client: Client;
}

/** The connections of one pool. */
interface Pool {
  connector: Connector;
  open: Set<Line>;
  /** Of these, those with nothing to do; the one that was used last is used first. */
  idle: Line[];
  /** Waits for a connection; empty while one is idle, or may be opened. */
  waiting: Post[];
}

/**
 * POSTs deliveries. One request at a time on each connection, and nothing waits inside undici: so it is known of each
 * post whether it has begun. Redirects are not followed. Never throws: whatever happens is an Exchange.
 */
export class HttpClient {
  private readonly timeoutMs: number;
  private readonly limits: BodyLimits;
  private readonly connections: number;
  private readonly connecting: ConnectorOptions;
  private readonly deadlines: Deadlines<ExchangeHandler>;
  private readonly pools = new Map<string, Pool>();
  private watching: NodeJS.Timeout | null = null;
  private draining = false;

  constructor(options: HttpClientOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    const keep = options.bodyLimit ?? 16 * 1024;
    this.limits = { keep, read: options.readLimit ?? Math.max(keep, 64 * 1024) };
    this.connections = options.connections ?? 64;
    const guarded = options.guarded ?? false;
    this.connecting = {
      timeoutMs: this.timeoutMs,
      guarded,
      resolve: options.resolve ?? nameResolver({ localNames: !guarded }),
      proxy: options.proxy ?? null,
    };
    this.deadlines = new Deadlines(this.timeoutMs, (handler) => handler.timeOut(this.timeoutMs / 1000));
  }

  /** Waits for a free connection first; the time limit begins when there is one. */
  send(post: Post): void {
    if (this.draining) {
      post.end(null);
      return;
    }
    const { target } = post;
    let pool = this.pools.get(target.pool);
    if (!pool) {
      const connector = buildGuardedConnector(this.connecting, target.tls);
      pool = { connector, open: new Set(), idle: [], waiting: [] };
      this.pools.set(target.pool, pool);
    }
    pool.waiting.push(post);
    const line = pool.idle.pop() ?? (pool.open.size < this.connections ? this.open(target, pool) : null);
    if (line) this.next(pool, line);
  }

  /** Begins nothing more: what waits for a connection is not sent; what is under way ends by itself. */
  drain(): void {
    this.draining = true;
    for (const pool of this.pools.values()) for (const post of pool.waiting.splice(0)) post.end(null);
  }

  /** Cuts off what is under way. */
  async close(): Promise<void> {
    this.drain();
    if (this.watching) clearInterval(this.watching);
    this.watching = null;
    const lines = [...this.pools.values()].flatMap(({ open }) => [...open]);
    await Promise.all(lines.map(({ client }) => client.destroy()));
  }

  private open(target: Target, pool: Pool): Line {
    const client = new Client(target.origin, {
      pipelining: 1,
      keepAliveTimeout: 4_000,
      // There is one deadline, over the whole exchange, and it is kept here.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 32 * 1024,
      connect: (to: Parameters<Connector>[0], callback: Parameters<Connector>[1]) =>
        pool.connector(to, ((error: Error | null, socket: typeof line.socket) => {
          line.socket = socket;
          line.used = false;
          (callback as (error: Error | null, socket: unknown) => void)(error, socket);
        }) as Parameters<Connector>[1]),
    });
    const line: Line = { client, socket: null, used: false };
    pool.open.add(line);
    // A connection that is closed while nobody uses it; one in use is opened again by its client.
    client.on("disconnect", () => {
      const place = pool.idle.indexOf(line);
      if (place === -1) return;
      pool.idle.splice(place, 1);
      this.forget(target, pool, line);
    });
    return line;
  }

  private forget(target: Target, pool: Pool, line: Line): void {
    pool.open.delete(line);
    void line.client.destroy();
    if (pool.open.size === 0 && pool.waiting.length === 0) this.pools.delete(target.pool);
  }

  /** Begins the next post on a connection that is free. */
  private next(pool: Pool, line: Line): void {
    for (;;) {
      const post = pool.waiting.shift();
      if (!post) break;
      const request = post.begin();
      if (request) {
        this.exchange(pool, line, post, request.headers, request.body);
        return;
      }
      post.end(null);
    }
    pool.idle.push(line);
  }

  private exchange(pool: Pool, line: Line, post: Post, headers: Record<string, string>, body: string): void {
    let failed = false;
    const handler = new ExchangeHandler(
      line,
      this.limits,
      (exchange) => {
        failed = exchange.error !== null;
        post.end(exchange);
      },
      (ended) => {
        this.deadlines.delete(ended);
        // Undici is in the middle of its work with the connection: it gets the next request when it has come to its end.
        queueMicrotask(() => {
          if (ended.stale) this.again(pool, line, post, headers, body);
          else if (!failed) this.next(pool, line);
          else this.replace(post.target, pool, line);
        });
      },
    );
    this.deadlines.add(handler);
    this.watching ??= setInterval(() => this.watch(), flood.lookEveryMs).unref();
    try {
      line.client.dispatch({ path: post.target.path, method: "POST", headers, body }, handler);
    } catch (error) {
      handler.refused(error as Error);
    }
  }

  private watch(): void {
    for (const handler of this.deadlines.olderThan(flood.lookEveryMs)) handler.look(flood.bytes);
    if (this.deadlines.size > 0 || !this.watching) return;
    clearInterval(this.watching);
    this.watching = null;
  }

  /** What failed is not used again. */
  private replace(target: Target, pool: Pool, line: Line): void {
    this.forget(target, pool, line);
    if (pool.waiting.length > 0) this.next(pool, this.open(target, pool));
  }

  /**
   * The receiver closed an idle connection at the moment at which a request went over it (both are within their rights).
   * Almost surely it read nothing; if it did, it gets the event twice, as it may: so the same request goes out at once,
   * once more, over a fresh connection, and no attempt is spent on a race.
   */
  private again(pool: Pool, line: Line, post: Post, headers: Record<string, string>, body: string): void {
    pool.open.delete(line);
    void line.client.destroy();
    if (this.draining) {
      post.end(null);
      if (pool.open.size === 0) this.pools.delete(post.target.pool);
      return;
    }
    this.exchange(pool, this.open(post.target, pool), post, headers, body);
  }
}
