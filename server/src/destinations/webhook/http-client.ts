import { Connection, type RequestParts } from "./connection.ts";
import { buildGuardedConnector, type Connector, type ConnectorOptions } from "./connector.ts";
import { Deadlines } from "./deadlines.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { type BodyLimits, type Exchange, ExchangeHandler } from "./exchange.ts";
import { FairQueue, type Turn } from "./fair-queue.ts";
import { nameResolver, type Resolve } from "./resolve-name.ts";
import type { TlsIdentity } from "./tls-identity.ts";

/** A POST that waits for its connection. */
export interface Post {
  readonly target: Target;
  /** Since when it waits, from `performance.now()`: after two seconds it is given back. Left out: it waits on. */
  readonly since?: number;
  /**
   * Called when there is a connection for it: what to send. Only now, so that a signature is not older than its request.
   * Null: it isn't to be sent any more.
   */
  begin(): Omit<RequestParts, "path"> | null;
  /** Called once, with what came of it; null: it was not sent. */
  end(exchange: Exchange | null): void;
}

/** An URL as requests name it. */
export interface Target {
  url: URL;
  /** Path and query. */
  path: string;
  /** Whose connections are used: those to the origin, by those with the same TLS settings. */
  pool: string;
  tls: TlsIdentity | null;
  /** Among whom a pool's connections are shared: the destination's ID. */
  owner: string;
}

/** `owner`: default: the path. */
export function targetOf(url: URL, { tls = null, owner }: { tls?: TlsIdentity | null; owner?: string } = {}): Target {
  const path = url.pathname + url.search;
  return { url, path, pool: tls ? `${url.origin} ${tls.name}` : url.origin, tls, owner: owner ?? path };
}

export interface HttpClientOptions {
  /** Over the whole exchange: name look-up, connection, TLS, request, answer. Milliseconds. Default 30,000. */
  timeoutMs?: number;
  /** Of these, for the connection: name look-up, TCP, TLS. Milliseconds. Default 10,000. */
  connectTimeoutMs?: number;
  /** Bytes of the answer that are kept. Default 16 KiB. */
  bodyLimit?: number;
  /** Bytes of the answer that are read; the connection of a longer one is closed. Default 64 KiB, or `bodyLimit` if that is more. */
  readLimit?: number;
  /**
   * Connections to one origin (with the same TLS settings) at most, for receivers that answer within a second; for slow
   * ones twice as many more. Default 64.
   */
  connections?: number;
  /** Whether connections go to the public internet alone. Default false. */
  guarded?: boolean;
  /** Through which all connections go. Default: none. */
  proxy?: EgressProxy | null;
  /** Looks names up for new connections. Default: the DNS, and what this machine knows by itself. */
  resolve?: Resolve;
}

/**
 * What waits longer for a connection than this goes back to the outbox: here it would hold one of the process's places,
 * which a stranger can use. Milliseconds; looked at every quarter of a second.
 */
export const longestWaitMs = 2_000;
const lookEveryMs = 250;
/** Bytes that may come of one exchange in the time between two looks. */
const floodBytes = 1024 * 1024;

/** The connections of one pool. */
interface Pool {
  connect: Connector;
  host: string;
  open: Set<Connection>;
  /** Of these, those with nothing to do; the one that was used last is used first. */
  idle: Connection[];
  /** Waits for a connection; empty while one is idle, or may be opened. */
  waiting: FairQueue;
}

/**
 * POSTs deliveries. One request at a time on each connection, and nothing waits inside one: so it is known of each post
 * whether it has begun. Redirects are not followed. Never throws: whatever happens is an Exchange.
 */
export class HttpClient {
  private readonly timeoutMs: number;
  private readonly limits: BodyLimits;
  private readonly connections: number;
  private readonly connecting: ConnectorOptions;
  private readonly deadlines: Deadlines<ExchangeHandler>;
  private readonly pools = new Map<string, Pool>();
  private draining = false;
  /** Runs while there is a pool. */
  private watching: NodeJS.Timeout | null = null;

  constructor(options: HttpClientOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 30_000;
    const keep = options.bodyLimit ?? 16 * 1024;
    this.limits = { keep, read: options.readLimit ?? Math.max(keep, 64 * 1024) };
    this.connections = options.connections ?? 64;
    const guarded = options.guarded ?? false;
    this.connecting = {
      timeoutMs: Math.min(this.timeoutMs, options.connectTimeoutMs ?? 10_000),
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
    const pool = this.pools.get(post.target.pool) ?? this.newPool(post.target);
    pool.waiting.add(post);
    this.next(pool);
  }

  /** Begins nothing more: what waits for a connection is not sent; what is under way ends by itself. */
  drain(): void {
    this.draining = true;
    for (const pool of this.pools.values()) for (const post of pool.waiting.take()) post.end(null);
  }

  /** Cuts off what is under way. */
  async close(): Promise<void> {
    this.drain();
    if (this.watching) clearInterval(this.watching);
    this.watching = null;
    for (const { open } of this.pools.values()) for (const connection of [...open]) connection.destroy();
  }

  private newPool({ pool: name, url, tls }: Target): Pool {
    const connect = buildGuardedConnector(this.connecting, url, tls);
    const pool: Pool = {
      ...{ connect, host: url.host, open: new Set(), idle: [] },
      waiting: new FairQueue(this.connections),
    };
    this.pools.set(name, pool);
    this.watching ??= setInterval(() => this.watch(), lookEveryMs).unref();
    return pool;
  }

  /** Looks after what takes long, what waits long, what lies idle, and what never ends. */
  private watch(): void {
    const now = performance.now();
    for (const handler of this.deadlines.olderThan(lookEveryMs)) handler.look(floodBytes);
    for (const [name, pool] of this.pools) {
      if (pool.waiting.waits) {
        pool.waiting.markSlow();
        this.next(pool);
        for (const post of pool.waiting.take(now - longestWaitMs)) post.end(null);
      }
      // Those that were used longest ago stand first.
      while (pool.idle[0]?.isStale(now)) pool.idle[0].destroy();
      if (pool.open.size === 0 && !pool.waiting.waits) this.pools.delete(name);
    }
    if (this.pools.size > 0 || !this.watching) return;
    clearInterval(this.watching);
    this.watching = null;
  }

  /** Begins what may begin now. */
  private next(pool: Pool): void {
    for (let turn = pool.waiting.next(); turn; turn = pool.waiting.next()) {
      const request = turn.post.begin();
      if (!request) {
        turn.post.end(null);
        continue;
      }
      pool.waiting.begin(turn);
      const { fixed, headers, body } = request;
      this.exchange(pool, this.take(pool), turn, { path: turn.post.target.path, fixed, headers, body });
    }
  }

  private take(pool: Pool): Connection {
    const now = performance.now();
    for (let idle = pool.idle.pop(); idle; idle = pool.idle.pop()) {
      if (!idle.isStale(now)) return idle;
      idle.destroy();
    }
    return this.open(pool);
  }

  private open(pool: Pool): Connection {
    const connection = new Connection(pool.host, pool.connect, (gone) => {
      pool.open.delete(gone);
      const place = pool.idle.indexOf(gone);
      if (place !== -1) pool.idle.splice(place, 1);
    });
    pool.open.add(connection);
    return connection;
  }

  private exchange(pool: Pool, connection: Connection, turn: Turn, request: RequestParts): void {
    const released = (ended: ExchangeHandler) => {
      this.deadlines.delete(ended);
      if (!ended.stale) this.free(pool, connection, turn);
      else if (!this.draining) this.exchange(pool, this.open(pool), turn, request);
      else {
        turn.post.end(null);
        this.free(pool, connection, turn);
      }
    };
    const handler = new ExchangeHandler(connection, this.limits, turn.post, released);
    this.deadlines.add(handler);
    try {
      connection.dispatch(request, handler);
    } catch (error) {
      // Not at once: of many that can't be sent each would begin the next one inside of itself.
      queueMicrotask(() => handler.refused(error as Error));
    }
  }

  private free(pool: Pool, connection: Connection, turn: Turn): void {
    pool.waiting.end(turn);
    if (connection.usable) pool.idle.push(connection);
    this.next(pool);
  }
}
