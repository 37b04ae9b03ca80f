import { randomUUID } from "node:crypto";
import type { OpenSenders } from "../campaigns/senders.ts";
import type { PolledItem, PolledPage, PolledThread, ProviderPoll } from "../channels/channel.ts";
import type { TouchedLane } from "../db/event.ts";
import { leadsOfAuthors } from "../db/from-lead.ts";
import {
  addPolls,
  duePolls,
  endPoll,
  knownDeliveries,
  knownMessages,
  knownThreads,
  notePoll,
  type Poll,
  type PollProgress,
  takePoll,
} from "../db/poll.ts";
import type { Database } from "../db/pool.ts";
import { insertReceived } from "../db/received.ts";
import { newId } from "../domain/id.ts";
import type { SecretBox } from "../domain/seal.ts";
import { authorOf } from "./author.ts";
import {
  polledMessage,
  polledMessageIds,
  polledRelation,
  polledRelationId,
  unreadMessage,
  unreadMessageId,
} from "./kinds/unipile-polled.ts";
import { type PollSource, pollSource } from "./poll-source.ts";
import { tellFailing, tellResumed } from "./tell-receiving.ts";

/**
 * Asks providers for what their webhooks may not have told: messages of the account, and new relations. What is new is stored as
 * it came, as if a webhook had told it, and processed alike: what both tell counts once.
 *
 * A sender's turn belongs to one process at a time, and how far it is is kept with what was stored; one that is killed has its
 * turn taken over. It has connections of its own, so that no message waits for it.
 */
export interface PollerOptions {
  db: Database;
  box: SecretBox;
  /** Of its own: not those that send. */
  senders: OpenSenders;
  /** Milliseconds from one turn of a sender to the next, give or take a fifth. */
  everyMs: number;
  /** Something came in. */
  wakeSources: () => void;
  /** Destinations got events. */
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  onError: (stage: string, error: unknown) => void;
  /** Milliseconds between looks for senders whose turn it is. Default 20 s. */
  lookMs?: number;
}

/** Providers that can be asked. */
const providers = ["unipile"];

const callMs = 20_000;
/** Longer than a page with all its look-ups takes. */
const leaseMs = 10 * 60_000;
/** Pages of one turn; what is left comes in a minute, so that others get their turn. */
const pagesATurn = 10;
const soonMs = 60_000;
const longestPauseMs = 6 * 3_600_000;
/** Providers learn of some messages and relations late, with the times at which they were. */
const lateMessagesMs = 3_600_000;
const lateRelationsMs = 24 * 3_600_000;
const atOnce = 2;
/** What fails for every thread of a page may be over soon: so many turns wait for that. */
const patientTurns = 3;
/** What threads that fail may take of one turn: then no more of them are asked for, since others wait for their turn. */
const failingMs = 60_000;

/** A call failed: what the turn stored so far stays. */
class PollFailed extends Error {
  readonly badPage: boolean;
  readonly retryAfterMs: number;
  constructor({ detail, badPage, retryAfterMs = 0 }: Extract<PolledPage, { ok: false }>) {
    super(detail);
    this.badPage = badPage;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The turn was taken over: a process that was frozen for minutes comes back. */
class TurnLost extends Error {}

export class Poller {
  private readonly options: PollerOptions;
  private readonly stopped = new AbortController();
  private finished: Promise<void> | null = null;

  constructor(options: PollerOptions) {
    this.options = options;
  }

  start(): void {
    this.finished ??= this.run();
  }

  /** Ends the calls that are under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.finished;
    await this.options.senders.close();
  }

  private async run(): Promise<void> {
    const { lookMs = 20_000, onError } = this.options;
    while (!this.stopped.signal.aborted) {
      await this.runOnce().catch((error) => onError("polling", error));
      await this.pause(lookMs);
    }
  }

  private pause(ms: number): Promise<void> {
    const { signal } = this.stopped;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
    });
  }

  /** Gives each sender whose turn it is one turn; answers how many had one. */
  async runOnce(): Promise<number> {
    const { db, everyMs } = this.options;
    await addPolls(db, providers, everyMs);
    const due = await duePolls(db, 100);
    let turns = 0;
    const next = async () => {
      for (let one = due.shift(); one && !this.stopped.signal.aborted; one = due.shift()) {
        const poll = await takePoll(db, one, randomUUID(), leaseMs);
        if (!poll) continue;
        await this.turn(poll);
        turns += 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, next));
    return turns;
  }

  private async turn(poll: Poll): Promise<void> {
    const { db, everyMs } = this.options;
    const usualMs = everyMs * (0.8 + 0.4 * Math.random());
    try {
      const done = await this.ask(poll);
      await endPoll(db, poll, { nextMs: done ? usualMs : Math.min(soonMs, usualMs), error: null });
      if (poll.told) this.options.wakeDeliveries(await tellResumed(db, "poll", poll));
    } catch (error) {
      if (error instanceof TurnLost) return;
      // What the provider says goes on record; what is wrong here is for the log, too.
      if (!(error instanceof PollFailed)) this.options.onError("polling", error);
      const failed = error instanceof PollFailed ? error : null;
      const pauseMs = Math.min(longestPauseMs, usualMs * 2 ** Math.min(poll.failures, 5));
      const nextMs = Math.max(pauseMs, failed?.retryAfterMs ?? 0);
      const message = error instanceof Error ? error.message : String(error);
      await endPoll(db, poll, { nextMs, error: message, dropPage: failed?.badPage ?? false });
      if (!poll.told) this.options.wakeDeliveries(await tellFailing(db, "poll", poll));
    }
  }

  /** False: there is more, which has to wait for a little. */
  private async ask(poll: Poll): Promise<boolean> {
    const { db, box, senders } = this.options;
    const source = await pollSource(db, box, poll.workspaceId);
    // Switched off there, it is switched off here.
    if (!source) return true;
    const sender = await senders.get(poll.workspaceId, poll.senderId, poll.version);
    const asked = sender?.connection.poll;
    if (!asked) return true;
    const progress: PollProgress = {
      ...{ messagesUntil: poll.messagesUntil, page: poll.page },
      ...{ pageLatest: poll.pageLatest, relationsUntil: poll.relationsUntil },
      ...{ relationsPage: poll.relationsPage, relationsLatest: poll.relationsLatest },
    };
    const turn: Turn = { poll, source, asked, progress, failing: null, failedMs: 0 };
    const allMessages = await this.messages(turn);
    const allRelations = await this.relations(turn);
    // All else was read first; the next turn asks again.
    if (turn.failing) throw new PollFailed(turn.failing);
    return allMessages && allRelations;
  }

  private async messages(turn: Turn): Promise<boolean> {
    const { poll, asked, progress } = turn;
    const after = since(poll, progress.messagesUntil, lateMessagesMs);
    for (let n = 0; n < pagesATurn; n += 1) {
      const page = read(await asked.messages(after, progress.page, this.signal()));
      progress.pageLatest = latest(progress.pageLatest, page.items);
      const { stored, missing } = await this.news(turn, page.items);
      // Listed again until it can be read. The pages that follow are older.
      if (missing) progress.pageLatest = new Date(Math.max(missing.getTime(), progress.messagesUntil?.getTime() ?? 0));
      if (page.next === null) {
        progress.messagesUntil = progress.pageLatest ?? progress.messagesUntil;
        progress.pageLatest = null;
      }
      progress.page = page.next;
      await this.store(turn, stored);
      if (page.next === null) return true;
    }
    return false;
  }

  /**
   * What of a page nobody has told yet, with whom it is. `missing`: nothing could be found out about any of its threads, for
   * reasons that may be over soon; the earliest message that is to be asked for again.
   */
  private async news(turn: Turn, items: readonly PolledItem[]): Promise<{ stored: Kept[]; missing: Date | null }> {
    const { poll, source } = turn;
    const { db } = this.options;
    const { workspaceId, senderId } = poll;
    const ids = items.map(({ id }) => id);
    const known = await knownMessages(db, workspaceId, senderId, ids);
    const told = await knownDeliveries(
      db,
      workspaceId,
      source.allIds,
      ids.flatMap((id) => [...polledMessageIds(id), unreadMessageId(id)]),
    );
    const fresh = items.filter(({ id }) => !known.has(id) && !polledMessageIds(id).some((one) => told.has(one)));
    const { people, unread } = await this.threads(turn, fresh, (id) => told.has(unreadMessageId(id)));
    const isSoonOver = (failure: FailedThread | undefined) => failure !== undefined && !failure.onlyThis;
    const failed = [...unread.values()].find(isSoonOver);
    const patient = failed !== undefined && people.size === 0 && poll.failures < patientTurns;
    if (patient) turn.failing ??= failed;
    // The oldest first, as they were written. A thread that can't be read holds up nobody else's: its messages are noted, and
    // asked for again as long as they are listed.
    const inOrder = fresh.toSorted((a, b) => a.at.getTime() - b.at.getTime());
    const stored = inOrder.map((item) => {
      const failure = unread.get(item.threadId ?? "");
      if (failure) return unreadMessage(accountOf(poll), item, failure.detail);
      return polledMessage(accountOf(poll), item, people.get(item.threadId ?? "") ?? null);
    });
    const missing = patient ? inOrder.find(({ threadId }) => isSoonOver(unread.get(threadId ?? ""))) : undefined;
    return { stored, missing: missing?.at ?? null };
  }

  /** Who is in the threads that are no conversations yet, or why that can't be found out. */
  private async threads(turn: Turn, fresh: readonly PolledItem[], failedBefore: (messageId: string) => boolean) {
    const { poll, asked } = turn;
    const people = new Map<string, readonly unknown[]>();
    const unread = new Map<string, FailedThread>();
    const failedOnce = new Map(fresh.map(({ id, threadId }) => [threadId, failedBefore(id)]));
    const all = [...failedOnce.keys()].filter((id) => id !== null);
    const open = await knownThreads(this.options.db, poll.workspaceId, poll.senderId, all);
    // Those that failed in an earlier turn come last, another one first each time: each gets asked.
    const again = shuffled(all.filter((id) => failedOnce.get(id)));
    let last: FailedThread | null = null;
    for (const threadId of [...all.filter((id) => !failedOnce.get(id)), ...again]) {
      if (open.has(threadId)) continue;
      if (last && turn.failedMs >= failingMs) {
        unread.set(threadId, last);
        continue;
      }
      const began = performance.now();
      const thread = await asked.thread(threadId, this.signal());
      if (thread.ok) {
        people.set(threadId, thread.people);
        continue;
      }
      if (thread.retryAfterMs !== undefined || this.stopped.signal.aborted) throw new PollFailed(thread);
      unread.set(threadId, thread);
      if (thread.onlyThis) continue;
      last = thread;
      turn.failedMs += performance.now() - began;
    }
    return { people, unread };
  }

  /** False: there is more, which has to wait for a little. */
  private async relations(turn: Turn): Promise<boolean> {
    const { poll, asked, progress, source } = turn;
    const after = since(poll, progress.relationsUntil, lateRelationsMs);
    const idOf = (item: PolledItem) => polledRelationId(accountOf(poll), item);
    for (let n = 0; n < pagesATurn; n += 1) {
      const listed = read(await asked.relations(progress.relationsPage, this.signal()));
      progress.relationsLatest = latest(progress.relationsLatest, listed.items);
      // The latest first: what follows is known.
      const done = listed.next === null || listed.items.some(({ at }) => at < after);
      progress.relationsPage = done ? null : listed.next;
      if (done) {
        progress.relationsUntil = progress.relationsLatest ?? progress.relationsUntil;
        progress.relationsLatest = null;
      }
      const fresh = listed.items.filter(({ at }) => at >= after);
      const told = await knownDeliveries(this.options.db, poll.workspaceId, source.allIds, fresh.map(idOf));
      const news = fresh.filter((item) => !told.has(idOf(item))).reverse();
      await this.store(
        turn,
        news.map((item) => polledRelation(accountOf(poll), item)),
      );
      if (done) return true;
    }
    return false;
  }

  /** Stores what is new together with how far that is. */
  private async store({ poll, source, progress }: Turn, news: readonly Kept[]): Promise<void> {
    const polled = { workspaceId: poll.workspaceId, kind: "unipile" as const, config: {}, mapping: null };
    await this.options.db.transaction(async (tx) => {
      if (!(await notePoll(tx, poll, progress, leaseMs))) throw new TurnLost();
      for (const { deliveryId, body } of news) {
        const kept = { id: newId("received"), sourceId: source.id, deliveryId, contentType: "application/json", body };
        const author = authorOf(polled, { ...kept, receivedAt: new Date() });
        const fromLeadIds = (await leadsOfAuthors(tx, author ? [author] : [])).get(0) ?? [];
        await insertReceived(tx, poll.workspaceId, { ...kept, fromLeadIds });
      }
    });
    if (news.length > 0) this.options.wakeSources();
  }

  private signal(): AbortSignal {
    return AbortSignal.any([this.stopped.signal, AbortSignal.timeout(callMs)]);
  }
}

interface Turn {
  poll: Poll;
  source: PollSource;
  asked: ProviderPoll;
  progress: PollProgress;
  /** Threads couldn't be read, for reasons that may be over soon. */
  failing: FailedThread | null;
  /** What those took. */
  failedMs: number;
}

type FailedThread = Extract<PolledThread, { ok: false }>;

interface Kept {
  deliveryId: string;
  body: Buffer;
}

const accountOf = (poll: Poll) => String(poll.config.accountId);

/** From when on: a while before the latest that is known, and never before the sender was made. */
function since({ senderCreatedAt }: Poll, until: Date | null, lateMs: number): Date {
  const known = until === null ? 0 : Math.min(until.getTime(), Date.now());
  return new Date(Math.max(senderCreatedAt.getTime(), known - lateMs));
}

/** The latest time so far. Providers' clocks may be ahead: nothing is read until a time that has not come. */
function latest(known: Date | null, items: readonly PolledItem[]): Date | null {
  const now = new Date();
  return items.reduce<Date | null>((most, item) => {
    const at = item.at > now ? now : item.at;
    return most === null || at > most ? at : most;
  }, known);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function read(page: PolledPage): Extract<PolledPage, { ok: true }> {
  if (!page.ok) throw new PollFailed(page);
  return page;
}
