import type { FlightRecorder } from "../../../src/campaigns/flight-recorder.ts";
import type { MessageResult } from "../../../src/campaigns/message-result.ts";
import { Planner } from "../../../src/campaigns/planner.ts";
import { OpenSenders } from "../../../src/campaigns/senders.ts";
import { MessageSending, type PreparedMessage } from "../../../src/campaigns/sending.ts";
import type { ChannelAdapter } from "../../../src/channels/channel.ts";
import type { TouchedLane } from "../../../src/db/event.ts";
import type { ClaimedItem } from "../../../src/db/outbox.ts";
import type { Database, Queryable } from "../../../src/db/pool.ts";
import { OutboxLoop, type Work } from "../../../src/outbox/loop.ts";
import { box } from "../../factories.ts";
import type { Gate } from "./history.ts";

const never = () => new Promise<never>(() => {});

/**
 * The database as one process sees it. When the process dies, what it asks is never answered, what it had begun is rolled
 * back; and it can be made to die at the n-th thing that it asks, before or after that was done.
 */
class MortalDatabase {
  dead = false;
  private readonly db: Database;
  private readonly onDeath: () => void;
  private countdown: { left: number; after: boolean } | null = null;

  constructor(db: Database, onDeath: () => void) {
    this.db = db;
    this.onDeath = onDeath;
  }

  dieAt(left: number, after: boolean): void {
    this.countdown = { left, after };
  }

  liveOn(): void {
    this.countdown = null;
  }

  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.onDeath();
  }

  /** One step of the process; says whether it is its last one. */
  private step(): "go" | "before" | "after" {
    if (this.countdown === null || this.countdown.left-- > 0) return "go";
    return this.countdown.after ? "after" : "before";
  }

  async query(text: never, values?: unknown[]) {
    const step = this.dead ? "before" : this.step();
    const result = step === "before" ? null : await this.db.query(text, values);
    if (step !== "go") this.die();
    return result === null || this.dead ? await never() : result;
  }

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    if (this.dead) return await never();
    try {
      const result = await this.db.transaction(async (tx) => {
        const inner = {
          query: async (text: never, values?: unknown[]) => {
            if (this.dead || this.step() !== "go") this.perish();
            return await tx.query(text, values);
          },
        };
        const done = await work(inner as Queryable);
        const step = this.step();
        if (this.dead || step === "before") this.perish();
        return { done, last: step === "after" };
      });
      if (result.last) this.die();
      return this.dead ? await never() : result.done;
    } catch (error) {
      if (this.dead) return await never();
      throw error;
    }
  }

  private perish(): never {
    this.die();
    throw new Error("the process is dead");
  }
}

export interface WorkerHooks {
  /** Before attempts are committed. */
  preparing: () => number;
  /** These attempts were committed; `token` is what `preparing` said. */
  begun: (token: number, messages: readonly PreparedMessage[]) => void;
  /** These outcomes are written. */
  settled: (results: readonly MessageResult[]) => void;
  wakeMessages: (lanes: readonly TouchedLane[]) => void;
  onError: (stage: string, error: unknown) => void;
}

/**
 * A process: planner, outbox loop and sending as they are, on a database that it shares with the others. It can be made to
 * stand still at a gate, and be killed: from then on nothing that it does reaches anybody.
 */
export class Worker {
  readonly no: number;
  readonly recorder: FlightRecorder | null;
  readonly messages: OutboxLoop<PreparedMessage, MessageResult>;
  readonly planner: Planner;
  readonly died: Promise<void>;
  /** When the planner has something to do next, as it said last. */
  nextAt: number | null = null;
  private readonly db: MortalDatabase;
  private readonly onError: WorkerHooks["onError"];
  private closed: { gate: Gate; held: number; opened: Promise<void>; open: () => void } | null = null;
  private ended = 0;
  private settledCount = 0;
  private watchers: (() => boolean)[] = [];

  constructor(
    db: Database,
    no: number,
    adapters: (worker: Worker) => ChannelAdapter[],
    hooks: WorkerHooks,
    recorder: FlightRecorder | null,
  ) {
    this.no = no;
    this.recorder = recorder;
    this.onError = hooks.onError;
    let passedAway = () => {};
    this.died = new Promise((resolve) => {
      passedAway = resolve;
    });
    this.db = new MortalDatabase(db, () => {
      passedAway();
      this.changed();
    });
    const mine = this.db as unknown as Database;
    const { wakeMessages, onError } = hooks;
    const senders = new OpenSenders({
      db: mine,
      box,
      adapters: new Map(adapters(this).map((adapter) => [adapter.provider, adapter])),
    });
    const sending = new MessageSending({
      db: mine,
      workerNo: no,
      senders,
      ...(recorder && { recorder }),
      reconcileAfterMs: reconcileAfterSeconds * 1000,
      wakeMessages,
      wakeDeliveries: () => {},
      wakePlanner: () => {},
    });
    const work: Work<PreparedMessage, MessageResult> = {
      kind: sending.kind,
      ahead: sending.ahead,
      settleWaitMs: 2,
      giveBack: (item: ClaimedItem, delayMs: number) => sending.giveBack(item, delayMs),
      prepare: async (items) => {
        await this.pass("prepare");
        const token = hooks.preparing();
        const prepared = await sending.prepare(items);
        hooks.begun(token, prepared.go);
        this.ended += prepared.done.length;
        return prepared;
      },
      perform: (prepared, ended) => {
        void this.pass("perform").then(() =>
          sending.perform(prepared, (item, result) => {
            if (this.dead) return;
            this.ended += 1;
            ended(item, result);
          }),
        );
      },
      settle: async (results) => {
        await this.pass("settle");
        await sending.settle(results);
        hooks.settled(results);
        this.settledCount += results.length;
        this.changed();
      },
    };
    this.messages = new OutboxLoop(work, { db: mine, workerNo: no, maxInFlight: 64, onError });
    this.planner = new Planner({ db: mine, wakeMessages, wakeDeliveries: () => {}, onError });
    // As a process does that begins.
    this.messages.wakeAll();
  }

  get dead(): boolean {
    return this.db.dead;
  }

  /** The whole process stands still, as one that was stopped or swaps; a slow answer (`send`) only keeps its call. */
  get frozen(): boolean {
    return this.closed !== null && this.closed.gate !== "send" && this.closed.held > 0;
  }

  get waitsForAnswer(): boolean {
    return this.closed?.gate === "send" && this.closed.held > 0;
  }

  kill(): void {
    this.db.die();
  }

  /** It dies at the n-th thing that it asks of the database in its next round. */
  killAt(n: number, after: boolean): void {
    this.db.dieAt(n, after);
  }

  close(gate: Gate): void {
    if (this.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = { gate, held: 0, opened: promise, open: resolve };
  }

  /** Goes on from where it stood still; resolves when it has come to rest. */
  async open(): Promise<void> {
    const { closed } = this;
    this.closed = null;
    closed?.open();
    await this.rest();
  }

  /** Plans and sends once; resolves when it rests, stands still, or is dead. Answers whether there was anything. */
  async round(): Promise<boolean> {
    const idle = this.dead || this.frozen;
    const busy = !idle && (await Promise.race([this.work(), this.died.then(() => true)]));
    this.db.liveOn();
    return busy;
  }

  private async work(): Promise<boolean> {
    let busy = false;
    try {
      const { planned, finished, nextAt } = await this.planner.runOnce();
      this.nextAt = nextAt;
      busy = planned > 0 || finished > 0;
    } catch (error) {
      this.onError("plan", error);
      busy = true;
    }
    try {
      busy = (await this.messages.runOnce()) > 0 || busy;
    } catch (error) {
      this.onError("claim", error);
      this.messages.wakeAll();
      busy = true;
    }
    await this.rest();
    return busy;
  }

  /** Whoever comes to a closed gate waits there; the dead wait for ever. */
  async pass(gate: Gate): Promise<void> {
    if (this.dead) return await never();
    if (this.closed?.gate === gate) {
      this.closed.held += 1;
      this.changed();
      await this.closed.opened;
    }
    if (this.dead) return await never();
  }

  /** Resolves when nothing is in flight, or nothing but what stands at a gate. */
  private async rest(): Promise<void> {
    await Promise.race([this.messages.idle(), this.stuck(), this.died]);
  }

  private stuck(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.closed?.held || (this.closed.gate !== "settle" && this.ended > this.settledCount)) return false;
        resolve();
        return true;
      };
      if (!look()) this.watchers.push(look);
    });
  }

  private changed(): void {
    this.watchers = this.watchers.filter((look) => !look());
  }
}

/** How long after an attempt the provider's "I don't have it" is believed. */
export const reconcileAfterSeconds = 45;
