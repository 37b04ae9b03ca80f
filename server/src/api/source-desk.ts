import { setTimeout as sleep } from "node:timers/promises";
import { type Author, leadsBeingCalled, leadsOfAuthors } from "../db/from-lead.ts";
import { type Database, databaseUnavailable, isConnectionError, isRetryable } from "../db/pool.ts";
import { keepReceived, type ReceivedToKeep } from "../db/received.ts";
import { findSourcesByTokens, type Source } from "../db/source.ts";
import { Batcher } from "../outbox/batcher.ts";

/** The two steps with the database have so many milliseconds together: who sends something is answered within a second. */
const answerMs = 750;

/**
 * A call of a provider that was begun before an item was on record is made within so many milliseconds of that, or not at all
 * (`callsWithinMs` of campaigns/sending.ts, and some more): so long its answer waits, if the call has no end before. After the
 * time that is for keeping it (`answerMs`) it waits this much at most:
 */
const callsMs = 400;
const callsAfterMs = 230;
const lookAgainMs = 15;

/** A statement that takes longer than so many milliseconds (a slow disk, somebody's lock) keeps nobody waiting. */
const besideAfterMs = 25;

/** What waits to be kept at most, in bytes and requests; more is refused at once, and comes again. */
const room = { bytes: 64 * 1024 * 1024, requests: 5_000 };

type FoundSource = Source & { workspaceId: string };
type Item = ReceivedToKeep & { workspaceId: string; author: Author | null };
type Kept = { isNew: boolean; fromLeadIds: readonly string[] };

/**
 * A source is looked up anew after so many milliseconds: what another process changes of it counts after that at the latest.
 * What this one changes counts at once (`forget`).
 */
const knownMs = 250;
const mostKnown = 1_000;

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
  private readonly keeping: Batcher<Waiting<Item>, Kept | Error>;
  private readonly looking: Batcher<{ workspaceId: string; leadId: string }, boolean>;
  private waiting = { bytes: 0, requests: 0 };
  /** By token; those that requests came for just now. */
  private known = new Map<string, { source: FoundSource; until: number }>();

  private readonly answerMs: number;

  constructor(db: Database, options: { answerMs?: number } = {}) {
    this.db = db;
    this.answerMs = options.answerMs ?? answerMs;
    this.finding = new Batcher((batch) => this.findAll(batch), { maxSize: 500, maxConcurrent: 2 });
    // As a rule one after the other: what comes meanwhile goes together, and shares more of what a statement and a commit cost.
    const sizes = { maxSize: 200, maxConcurrent: 2, besideAfterMs };
    this.keeping = new Batcher((batch) => this.keepAll(batch), sizes);
    this.looking = new Batcher(async (leads) => {
      const called = await leadsBeingCalled(db, leads);
      return leads.map(({ leadId }) => called.has(leadId));
    }, sizes);
  }

  /** Until when a request that came just now has to be answered: `performance.now()`. */
  deadline(): number {
    return performance.now() + this.answerMs;
  }

  /** The source of a token; null: there is none. Tokens that are guessed by the thousand are one look-up after the other. */
  async find(token: string, until: number): Promise<FoundSource | null> {
    const known = this.known.get(token);
    if (known && known.until > performance.now()) return known.source;
    return await this.inTime(until, this.finding.add({ value: token, until }));
  }

  /** A source was changed: what is known of any counts no more. */
  forget(): void {
    // Not cleared: a look-up that began before the change must not put into it what it found.
    this.known = new Map();
  }

  /** Resolves when it is on record. False: it was there already. Throws `database_unavailable` where that takes too long. */
  async keep(item: Item, until: number): Promise<boolean> {
    const bytes = item.body.length;
    if (this.waiting.bytes + bytes > room.bytes || this.waiting.requests >= room.requests) throw databaseUnavailable();
    this.waiting.bytes += bytes;
    this.waiting.requests += 1;
    try {
      const { isNew, fromLeadIds } = await this.inTime(until, this.keeping.add({ value: item, until }));
      // On record in any case: that its sender has to come again would be no help.
      await Promise.all(fromLeadIds.map((leadId) => this.untilCalled(item.workspaceId, leadId, until).catch(() => {})));
      return isNew;
    } finally {
      this.waiting.bytes -= bytes;
      this.waiting.requests -= 1;
    }
  }

  /** No call to the lead that was begun before now is still to be made: those that begin later see what is on record. */
  private async untilCalled(workspaceId: string, leadId: string, kept: number): Promise<void> {
    // Whoever sends it is answered within a second all the same.
    const until = Math.min(performance.now() + callsMs, kept + callsAfterMs);
    while (performance.now() < until) {
      if (!(await this.inTime(until, this.looking.add({ workspaceId, leadId })))) return;
      await sleep(lookAgainMs);
    }
  }

  private async inTime<T>(until: number, work: Promise<T | Error>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(databaseUnavailable()), Math.max(1, until - performance.now()));
      work.then(
        (result) => {
          clearTimeout(timer);
          if (result instanceof Error) reject(result);
          else resolve(result);
        },
        (error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  private async findAll(batch: readonly Waiting<string>[]): Promise<(FoundSource | null | Error)[]> {
    const now = performance.now();
    const { known } = this;
    const tokens = new Set(batch.filter(({ until }) => until > now).map(({ value }) => value));
    const sources = await findSourcesByTokens(this.db, [...tokens]);
    if (known.size > mostKnown) known.clear();
    for (const source of sources) known.set(source.token, { source, until: now + knownMs });
    const byToken = new Map(sources.map((source) => [source.token, source]));
    return batch.map(({ value }) => (tokens.has(value) ? (byToken.get(value) ?? null) : databaseUnavailable()));
  }

  /** What nobody waits for any more comes again, and is not kept now. */
  private async keepAll(batch: readonly Waiting<Item>[]): Promise<(Kept | Error)[]> {
    const now = performance.now();
    const kept = await this.keepEach(batch.filter(({ until }) => until > now).map(({ value }) => value));
    return batch.map(({ value }) => kept.get(value.id) ?? databaseUnavailable());
  }

  private async keepEach(items: readonly Item[]): Promise<Map<string, Kept | Error>> {
    if (items.length === 0) return new Map();
    try {
      const named = items.filter(({ author }) => author !== null);
      const leads = await leadsOfAuthors(
        this.db,
        named.map(({ author }) => author!),
      );
      const from = new Map(named.map(({ id }, n) => [id, leads.get(n) ?? []]));
      const fromOf = ({ id }: Item) => from.get(id) ?? [];
      const kept = await keepReceived(
        this.db,
        leads.size > 0 ? items.map((item) => ({ ...item, fromLeadIds: fromOf(item) })) : items,
      );
      return new Map(items.map((item) => [item.id, { isNew: kept.has(item.id), fromLeadIds: fromOf(item) }]));
    } catch (error) {
      if (isConnectionError(error) || isRetryable(error)) throw error;
      if (items.length === 1)
        return new Map([[items[0]!.id, error instanceof Error ? error : new Error(String(error))]]);
      // One that can't be stored must not take others with it.
      const results: [string, Kept | Error][] = [];
      for (const item of items) results.push(...(await this.keepEach([item])));
      return new Map(results);
    }
  }
}
