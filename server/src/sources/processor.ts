import { setTimeout as sleep } from "node:timers/promises";
import { Rounds } from "../background/rounds.ts";
import type { Effects } from "../campaigns/inbound/context.ts";
import { hasPeople } from "../campaigns/inbound/keys.ts";
import type { TouchedLane } from "../db/event.ts";
import { type Database, isConnectionError, isRetryable } from "../db/pool.ts";
import {
  type DueReceived,
  type DueSource,
  dueReceived,
  dueSources,
  nextReceivedDue,
  type ReceivedOutcome,
  type ReceivedStatus,
  takeReceived,
  writeReceived,
} from "../db/received.ts";
import { holdBack, StillSending } from "../db/still.ts";
import { stopPoint } from "../db/stop-point.ts";
import type { Reading } from "../domain/inbound.ts";
import { type Evaluator, Program } from "../expressions/evaluator.ts";
import { applyBatch, NotTogether, NotYet, type ReadItem } from "./apply-batch.ts";
import { jsonText } from "./json.ts";
import { readMapped } from "./kinds/generic.ts";
import { kindsOfSources } from "./kinds.ts";

/**
 * Processes what came in, many items of a source in one transaction. An item is read, then what it says is written together
 * with the note that it is done: a process that is killed has done all of it or nothing. Any number of processes may; the items
 * of one source are in the hands of one of them at a time, and those about one person go one after the other.
 */
export interface SourceProcessorOptions {
  db: Database;
  expressions: Pick<Evaluator, "evaluate">;
  /** Destinations got deliveries. */
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  /** Senders go on. */
  wakeMessages?: (lanes: readonly TouchedLane[]) => void;
  /** Leads left their sequences, or go on. */
  wakePlanner: () => void;
  /** Messages of these campaigns failed. */
  onFailed?: (campaigns: readonly { workspaceId: string; campaignId: string }[]) => void;
  /** What became of an item: `waiting` where it is looked at again. */
  onProcessed?: (status: ReceivedStatus) => void;
  onError: (stage: string, error: unknown) => void;
  /** Milliseconds between looks when nothing wakes it: what another process took in waits so long. Default 500. */
  pollMs?: number;
}

/** What must be decided first is looked at again after so many milliseconds; then it counts as not matched. */
const patience = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000];
/** As long as a message is just being sent to the lead. A call ends within 30 s. */
const stillSending = [50, 100, 250, 500, 1_000, 2_000, 5_000];
/** What failed is tried again after so many milliseconds; then it is given up, until somebody has it processed again. */
const retries = [1_000, 10_000, 60_000, 600_000];

/** Sources whose items are processed at the same time: connections that this takes from the pool. */
const atOnce = 3;

/** Of one source, in one transaction: some hundred milliseconds, which others wait at most. */
const batchLimits = { items: 500, bytes: 4 * 1024 * 1024 };

/** While sources are being processed, others are looked for so often, in milliseconds. */
const lookWhileBusyMs = 50;
const pauseAfterNothingMs = 50;

const defaultPollMs = 500;

interface Entry {
  item: DueReceived;
  /** Or why it can't be read at the moment. */
  reading: Reading | Error;
}

interface Progress {
  /** Items of which something is on record now. */
  processed: number;
  /** False: another process has the items of this source. */
  mine: boolean;
}

export class SourceProcessor {
  private readonly options: SourceProcessorOptions;
  /** By source: what is known of how its mapping behaves is kept with it. */
  private readonly programs = new Map<string, Program>();
  /** Sources that are being processed. */
  private readonly turns = new Map<string, Promise<void>>();
  /** The number of each source's last turn. */
  private readonly served = new Map<string, number>();
  private turnNo = 0;
  private readonly rounds: Rounds;

  constructor(options: SourceProcessorOptions) {
    this.options = options;
    this.rounds = new Rounds({
      round: () => this.round(),
      retryMs: options.pollMs ?? defaultPollMs,
      onError: (error) => options.onError("sources", error),
    });
  }

  start(): void {
    this.rounds.start();
  }

  /** Ends after the turns that are under way. Before `start`, or twice, it is safe. */
  async stop(): Promise<void> {
    await this.rounds.stop();
    await Promise.all(this.turns.values());
  }

  /** Something came in. */
  wake(): void {
    // A flood must not make it look all the time: while it is busy it looks often enough, and at the end of each turn.
    if (this.turns.size === 0) this.rounds.wake();
  }

  /**
   * Begins turns, and answers after how many milliseconds to look again. Each source has one turn at a time, so that one that
   * is flooded leaves the other places to others.
   */
  private async round(): Promise<number> {
    const { pollMs = defaultPollMs, db } = this.options;
    if (this.turns.size < atOnce) await this.beginTurns(await dueSources(db, [...this.turns.keys()]));
    if (this.turns.size > 0) return this.turns.size < atOnce ? lookWhileBusyMs : pollMs;
    return Math.min(pollMs, Math.max(10, (await nextReceivedDue(db)) ?? pollMs));
  }

  private async beginTurns(due: readonly DueSource[]): Promise<void> {
    const fresh = due.filter(({ sourceId }) => !this.turns.has(sourceId));
    // Who had its turn last comes last.
    fresh.sort((a, b) => (this.served.get(a.sourceId) ?? 0) - (this.served.get(b.sourceId) ?? 0));
    for (const source of fresh.slice(0, atOnce - this.turns.size)) {
      const { sourceId } = source;
      if (this.served.size > 10_000) this.served.clear();
      this.served.set(sourceId, ++this.turnNo);
      const turn = this.turn(source)
        .catch((error) => {
          this.options.onError("sources", error);
          return 0;
        })
        // Nothing done: somebody else has its items, or the database is away. Not again at once.
        .then((n) => (n > 0 ? undefined : sleep(pauseAfterNothingMs)))
        .then(() => {
          this.turns.delete(sourceId);
          this.rounds.wake();
        });
      this.turns.set(sourceId, turn);
    }
  }

  /** Gives each source that has something one turn, a few at once; answers how many items were processed. */
  async runOnce(): Promise<number> {
    const sources = await dueSources(this.options.db);
    let processed = 0;
    const next = async () => {
      for (let source = sources.shift(); source; source = sources.shift()) processed += await this.turn(source);
    };
    const ended = await Promise.allSettled(Array.from({ length: atOnce }, next));
    const failed = ended.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
    return processed;
  }

  /** Processes the first items of a source; answers how many. Throws only where the database is away. */
  private async turn(source: DueSource): Promise<number> {
    const items = await dueReceived(this.options.db, source, batchLimits);
    // Before the transaction: a mapping may take its time.
    const readings = await Promise.all(items.map((item) => this.tryToRead(item)));
    const batch = items.map((item, n) => ({ item, reading: readings[n]! }));
    return (await this.inParts(batch, (entry) => needsItself(entry.reading))).processed;
  }

  /** In the order of the items: those that need a transaction of their own by themselves, what is between them together. */
  private async inParts(batch: readonly Entry[], byItself: (entry: Entry) => boolean): Promise<Progress> {
    let part: Entry[] = [];
    let processed = 0;
    let mine = true;
    const end = async (entries: Entry[]) => {
      if (entries.length === 0 || !mine) return;
      const progress = await this.together(entries);
      processed += progress.processed;
      mine = progress.mine;
    };
    for (const entry of batch) {
      if (!byItself(entry)) {
        part.push(entry);
        continue;
      }
      await end(part);
      await end([entry]);
      part = [];
    }
    await end(part);
    return { processed, mine };
  }

  /** All in one transaction; where that fails, in smaller ones, down to those that are at fault. */
  private async together(batch: readonly Entry[]): Promise<Progress> {
    const [first] = batch;
    try {
      if (batch.length > 1) return await this.apply(batch);
      return await this.alone(first!);
    } catch (error) {
      if (isConnectionError(error)) throw error;
      // Two that wanted the same rows: one of them goes again at the next round.
      if (isRetryable(error)) return { processed: 0, mine: false };
      if (batch.length === 1) {
        await this.failed(first!.item, error);
        return { processed: 0, mine: true };
      }
      if (error instanceof NotTogether) return await this.inParts(batch, ({ item }) => error.items.has(item));
      const middle = Math.ceil(batch.length / 2);
      const one = await this.together(batch.slice(0, middle));
      if (!one.mine) return one;
      const other = await this.together(batch.slice(middle));
      return { ...other, processed: one.processed + other.processed };
    }
  }

  private async alone({ item, reading }: Entry): Promise<Progress> {
    if (reading instanceof Error) throw reading;
    try {
      return await this.apply([{ item, reading }]);
    } catch (error) {
      if (error instanceof NotYet) return await this.wait(item, reading.type, error);
      // Waiting for a provider's answer would hold up other sources. Nothing more goes to the lead meanwhile.
      if (!(error instanceof StillSending)) throw error;
      await holdBack(this.options.db, error);
      const againMs = stillSending[Math.min(item.attempts, stillSending.length - 1)]!;
      const detail = "A message to the lead is just being sent.";
      return await this.write(item, { status: "waiting", type: reading.type, detail, againMs });
    }
  }

  private async apply(batch: readonly Entry[]): Promise<Progress> {
    const effects: Effects = { lanes: [], moved: false, failedIn: [] };
    const outcomes = await this.options.db.transactionNow(async (tx) => {
      const taken = new Set(
        await takeReceived(
          tx,
          batch.map(({ item }) => item),
        ),
      );
      const mine = batch.filter(({ item }) => taken.has(item)) as ReadItem[];
      if (mine.length === 0) return [];
      const written = (await applyBatch(tx, mine, effects)).map((outcome, n) => withPatience(outcome, mine[n]!.item));
      await writeReceived(tx, mine[0]!.item.workspaceId, written);
      stopPoint?.reached("source.applied");
      return written;
    });
    if (outcomes.length === 0) return { processed: 0, mine: false };
    const { lanes, messages = [], moved, failedIn } = effects;
    for (const { status } of outcomes) this.options.onProcessed?.(status);
    if (lanes.length > 0) this.options.wakeDeliveries(lanes);
    if (messages.length > 0) this.options.wakeMessages?.(messages);
    if (moved) this.options.wakePlanner();
    if (failedIn.length > 0) this.options.onFailed?.(failedIn);
    return { processed: outcomes.length, mine: true };
  }

  /** Or why that can't be found out at the moment. */
  private async tryToRead(item: DueReceived): Promise<Reading | Error> {
    try {
      return await this.read(item);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** What it says; throws where that can't be found out at the moment. */
  private async read(item: DueReceived): Promise<Reading> {
    if (item.mapping === null) return await kindsOfSources[item.kind].read(item);
    let program = this.programs.get(item.sourceId);
    if (program?.source !== item.mapping) {
      program = new Program(item.mapping);
      this.programs.set(item.sourceId, program);
    }
    const evaluation = await this.options.expressions.evaluate(program, jsonText(item.body));
    if (evaluation.kind !== "failed") return readMapped(item, evaluation.kind === "value" ? evaluation.json : null);
    const detail = `The mapping failed: ${evaluation.detail}`;
    // Out of time or memory: the next try may find a quieter machine.
    if (evaluation.reason !== "error") throw new Error(detail);
    return { kind: "unknown", type: null, detail };
  }

  private async wait(item: DueReceived, type: string | null, { message, undecided }: NotYet): Promise<Progress> {
    return await this.write(item, withPatience({ status: "waiting", type, detail: message, undecided }, item));
  }

  /** Something is wrong with it that the next try may not meet. */
  private async failed(item: DueReceived, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const againMs = retries[item.attempts];
    const detail = `Processing it failed: ${message}`.replaceAll("\0", "\u2400");
    const status = againMs === undefined ? "failed" : "waiting";
    await this.write(item, { status, type: null, detail, ...(againMs === undefined ? {} : { againMs }) });
    this.options.onError("sources", error);
  }

  private async write(item: DueReceived, outcome: ReceivedOutcome): Promise<Progress> {
    const written = await this.options.db.transaction(async (tx) => {
      if ((await takeReceived(tx, [item])).length === 0) return false;
      await writeReceived(tx, item.workspaceId, [{ ...outcome, id: item.id }]);
      return true;
    });
    if (written) this.options.onProcessed?.(outcome.status);
    return { processed: written ? 1 : 0, mine: written };
  }
}

/** What has to wait waits longer each time, and in the end counts as not matched. */
function withPatience(outcome: ReceivedOutcome, item: DueReceived): ReceivedOutcome & { id: string } {
  const { id, attempts } = item;
  if (outcome.status !== "waiting" || outcome.againMs !== undefined) return { ...outcome, id };
  const againMs = patience[attempts] ?? (outcome.undecided ? untilDecided(item) : undefined);
  if (againMs !== undefined) return { ...outcome, id, againMs };
  return { ...outcome, id, status: outcome.counted ? "processed" : "unmatched" };
}

/** After a quarter of the time that it has waited already, from five minutes to an hour; undefined: after two days. */
function untilDecided({ receivedAt }: DueReceived): number | undefined {
  const waitedMs = Date.now() - receivedAt.getTime();
  return waitedMs > 2 * 86_400_000 ? undefined : Math.min(Math.max(waitedMs / 4, 300_000), 3_600_000);
}

/** What couldn't be read, and what may concern others than those who are found beforehand. */
function needsItself(reading: Reading | Error): boolean {
  if (reading instanceof Error) return true;
  return reading.kind === "facts" && !reading.facts.every(hasPeople);
}
