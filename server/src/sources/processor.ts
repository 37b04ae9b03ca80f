import { applyFact } from "../campaigns/inbound/apply.ts";
import type { Arrival, Effects } from "../campaigns/inbound/context.ts";
import type { TouchedLane } from "../db/event.ts";
import { type Database, isConnectionError, isRetryable } from "../db/pool.ts";
import {
  type DueReceived,
  dueReceived,
  nextReceivedDue,
  type ReceivedOutcome,
  type ReceivedStatus,
  takeReceived,
  writeReceived,
} from "../db/received.ts";
import type { SourceKindName } from "../db/source.ts";
import { holdBack, StillSending } from "../db/still.ts";
import { stopPoint } from "../db/stop-point.ts";
import type { InboundFact, Reading } from "../domain/inbound.ts";
import { type Evaluator, Program } from "../expressions/evaluator.ts";
import { readMapped } from "./kinds/generic.ts";
import { kindsOfSources } from "./kinds.ts";

/**
 * Processes what came in. An item is read, then what it says is written together with the note that it is done: a process that
 * is killed has done all of it or nothing. Any number of processes may; the items of one source go one after the other.
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

type Outcome = { outcome: ReceivedOutcome; effects: Effects };

/** Undoes what the facts before it wrote. */
class NotYet extends Error {}

export class SourceProcessor {
  private readonly options: SourceProcessorOptions;
  /** By source: what is known of how its mapping behaves is kept with it. */
  private readonly programs = new Map<string, Program>();
  private running = false;
  private wanted = false;
  private wakeUp: (() => void) | null = null;
  private finished: Promise<void> | null = null;

  constructor(options: SourceProcessorOptions) {
    this.options = options;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.finished = this.run();
  }

  /** Ends after the round that is under way. Stopping before start, or twice, is safe. */
  async stop(): Promise<void> {
    this.running = false;
    this.wakeUp?.();
    await this.finished;
  }

  /** Something came in. */
  wake(): void {
    this.wanted = true;
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    const { pollMs = 500 } = this.options;
    while (this.running) {
      this.wanted = false;
      let pauseMs = pollMs;
      try {
        if ((await this.runOnce()) > 0) pauseMs = 0;
        else pauseMs = Math.min(pollMs, Math.max(10, (await nextReceivedDue(this.options.db)) ?? pollMs));
      } catch (error) {
        this.options.onError("sources", error);
      }
      if (pauseMs > 0) await this.pause(pauseMs);
    }
  }

  private pause(ms: number): Promise<void> {
    if (this.wanted || !this.running) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakeUp = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wakeUp = done;
    });
  }

  /** Processes the first due item of each source, a few at once; answers how many it were. */
  async runOnce(): Promise<number> {
    const items = await dueReceived(this.options.db);
    let processed = 0;
    const next = async () => {
      for (let item = items.shift(); item; item = items.shift()) if (await this.attempt(item)) processed += 1;
    };
    const ended = await Promise.allSettled(Array.from({ length: atOnce }, next));
    const failed = ended.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
    return processed;
  }

  /** Throws only where the database is away. */
  private async attempt(item: DueReceived): Promise<boolean> {
    try {
      return await this.process(item);
    } catch (error) {
      if (isConnectionError(error)) throw error;
      // Two that wanted the same rows: one of them goes again at the next round.
      if (!isRetryable(error)) await this.failed(item, error);
      return false;
    }
  }

  private async process(item: DueReceived): Promise<boolean> {
    // Before the transaction: a mapping may take its time.
    const reading = await this.read(item);
    let result: Outcome | null;
    try {
      result = await this.options.db.transactionNow(async (tx) => {
        if (!(await takeReceived(tx, item))) return null;
        const effects: Effects = { lanes: [], moved: false, failedIn: [] };
        const { workspaceId, sourceId, createLeads, receivedAt } = item;
        const arrival = { tx, workspaceId, sourceId, createLeads, receivedAt, effects, kind: item.kind };
        const outcome = await outcomeOf(arrival, reading);
        await writeReceived(tx, item, outcome);
        stopPoint?.reached("source.applied");
        return { outcome, effects };
      });
    } catch (error) {
      // Waiting for a provider's answer would hold up other sources. Nothing more goes to the lead meanwhile.
      if (error instanceof StillSending) {
        await holdBack(this.options.db, error);
        const againMs = stillSending[Math.min(item.attempts, stillSending.length - 1)];
        return await this.write(item, {
          status: "waiting",
          type: reading.type,
          detail: "A message to the lead is just being sent.",
          againMs,
        });
      }
      if (!(error instanceof NotYet)) throw error;
      return await this.wait(item, reading.type, error.message);
    }
    if (!result) return false;
    const { lanes, messages = [], moved, failedIn } = result.effects;
    this.options.onProcessed?.(result.outcome.status);
    if (lanes.length > 0) this.options.wakeDeliveries(lanes);
    if (messages.length > 0) this.options.wakeMessages?.(messages);
    if (moved) this.options.wakePlanner();
    if (failedIn.length > 0) this.options.onFailed?.(failedIn);
    return true;
  }

  /** What it says; throws where that can't be found out at the moment. */
  private async read(item: DueReceived): Promise<Reading> {
    if (item.mapping === null) return await kindsOfSources[item.kind].read(item);
    let program = this.programs.get(item.sourceId);
    if (program?.source !== item.mapping) {
      program = new Program(item.mapping);
      this.programs.set(item.sourceId, program);
    }
    const evaluation = await this.options.expressions.evaluate(program, item.body.toString("utf8"));
    if (evaluation.kind !== "failed") return readMapped(item, evaluation.kind === "value" ? evaluation.json : null);
    const detail = `The mapping failed: ${evaluation.detail}`;
    // Out of time or memory: the next try may find a quieter machine.
    if (evaluation.reason !== "error") throw new Error(detail);
    return { kind: "unknown", type: null, detail };
  }

  private async wait(item: DueReceived, type: string | null, detail: string): Promise<boolean> {
    const againMs = patience[item.attempts];
    const outcome: ReceivedOutcome =
      againMs === undefined ? { status: "unmatched", type, detail } : { status: "waiting", type, detail, againMs };
    return await this.write(item, outcome);
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

  private async write(item: DueReceived, outcome: ReceivedOutcome): Promise<boolean> {
    const written = await this.options.db.transaction(async (tx) => {
      if (!(await takeReceived(tx, item))) return false;
      await writeReceived(tx, item, outcome);
      return true;
    });
    if (written) this.options.onProcessed?.(outcome.status);
    return written;
  }
}

/** Applies what was read, all of it or nothing; throws NotYet where that must wait. */
async function outcomeOf(arrival: Arrival & { kind: SourceKindName }, reading: Reading): Promise<ReceivedOutcome> {
  const { type } = reading;
  if (reading.kind === "nothing") return { status: "processed", type, detail: reading.detail };
  if (reading.kind === "unknown") return { status: "unknown", type, detail: reading.detail };
  const outcome: ReceivedOutcome = { status: "processed", type, detail: null };
  const details: string[] = [];
  for (const fact of reading.facts) await add(arrival, fact, outcome, details);
  // People's other mail is none of Herald's business: it is known that it was there, and what for it was passed over.
  if (outcome.status === "unmatched" && arrival.kind === "imap") {
    const detail = `It concerns nobody who is known here: only its header is kept. ${details.join(" ")}`;
    return { ...outcome, status: "processed", detail, onlyHeader: true };
  }
  return { ...outcome, detail: details.length > 0 ? details.join(" ") : null };
}

async function add(arrival: Arrival, fact: InboundFact, outcome: ReceivedOutcome, details: string[]): Promise<void> {
  const applied = await applyFact(arrival, fact);
  if (applied.kind === "later") throw new NotYet(applied.detail);
  if (applied.detail !== null) details.push(applied.detail);
  if (applied.kind === "unmatched") {
    outcome.status = "unmatched";
    return;
  }
  outcome.leadId ??= applied.leadId ?? null;
  outcome.messageId ??= applied.messageId ?? null;
}
