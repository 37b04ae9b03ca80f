import { type Database, databaseUnavailable, isConnectionError, isRetryable } from "../db/pool.ts";
import { keepReceived, type ReceivedToKeep } from "../db/received.ts";
import { findSourcesByTokens, type Source } from "../db/source.ts";
import { Batcher } from "../outbox/batcher.ts";

/** Each of the two steps with the database has so many milliseconds: who sends something is answered within a second. */
const stepMs = 450;

/** What waits to be kept at most, in bytes and requests; more is refused at once, and comes again. */
const room = { bytes: 64 * 1024 * 1024, requests: 5_000 };

type FoundSource = Source & { workspaceId: string };
type Item = ReceivedToKeep & { workspaceId: string };

interface Waiting<T> {
  value: T;
  /** `performance.now()` after which nobody waits for it any more. */
  until: number;
}

/**
 * What the addresses of sources need of the database. Requests that arrive together share a statement and its commit; one that
 * can't be served in time is answered 503, and its sender comes again.
 */
export class SourceDesk {
  private readonly db: Database;
  private readonly finding: Batcher<Waiting<string>, FoundSource | null | Error>;
  private readonly keeping: Batcher<Waiting<Item>, boolean | Error>;
  private waiting = { bytes: 0, requests: 0 };

  constructor(db: Database) {
    this.db = db;
    this.finding = new Batcher((batch) => this.findAll(batch), { maxSize: 500, maxConcurrent: 2 });
    this.keeping = new Batcher((batch) => this.keepAll(batch), { maxSize: 200, maxConcurrent: 2 });
  }

  /** The source of a token; null: there is none. Tokens that are guessed by the thousand are one look-up after the other. */
  async find(token: string): Promise<FoundSource | null> {
    return await this.inTime((until) => this.finding.add({ value: token, until }));
  }

  /** Resolves when it is on record. False: it was there already. Throws `database_unavailable` where that takes too long. */
  async keep(item: Item): Promise<boolean> {
    const bytes = item.body.length;
    if (this.waiting.bytes + bytes > room.bytes || this.waiting.requests >= room.requests) throw databaseUnavailable();
    this.waiting.bytes += bytes;
    this.waiting.requests += 1;
    try {
      return await this.inTime((until) => this.keeping.add({ value: item, until }));
    } finally {
      this.waiting.bytes -= bytes;
      this.waiting.requests -= 1;
    }
  }

  private async inTime<T>(work: (until: number) => Promise<T | Error>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(databaseUnavailable()), stepMs);
    try {
      const result = await Promise.race([work(performance.now() + stepMs), promise]);
      if (result instanceof Error) throw result;
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  private async findAll(batch: readonly Waiting<string>[]): Promise<(FoundSource | null | Error)[]> {
    const now = performance.now();
    const tokens = new Set(batch.filter(({ until }) => until > now).map(({ value }) => value));
    const sources = await findSourcesByTokens(this.db, [...tokens]);
    const byToken = new Map(sources.map((source) => [source.token, source]));
    return batch.map(({ value }) => (tokens.has(value) ? (byToken.get(value) ?? null) : databaseUnavailable()));
  }

  /** What nobody waits for any more comes again, and is not kept now. */
  private async keepAll(batch: readonly Waiting<Item>[]): Promise<(boolean | Error)[]> {
    const now = performance.now();
    const kept = await this.keepEach(batch.filter(({ until }) => until > now).map(({ value }) => value));
    return batch.map(({ value }) => kept.get(value.id) ?? databaseUnavailable());
  }

  private async keepEach(items: readonly Item[]): Promise<Map<string, boolean | Error>> {
    if (items.length === 0) return new Map();
    try {
      const kept = await keepReceived(this.db, items);
      return new Map(items.map(({ id }) => [id, kept.has(id)]));
    } catch (error) {
      if (isConnectionError(error) || isRetryable(error)) throw error;
      if (items.length === 1)
        return new Map([[items[0]!.id, error instanceof Error ? error : new Error(String(error))]]);
      // One that can't be stored must not take others with it.
      const results: [string, boolean | Error][] = [];
      for (const item of items) results.push(...(await this.keepEach([item])));
      return new Map(results);
    }
  }
}
