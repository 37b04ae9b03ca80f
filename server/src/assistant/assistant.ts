import { Pace } from "../background/pace.ts";
import { Rounds } from "../background/rounds.ts";
import { type Reach, reachOf } from "../db/assistant-message.ts";
import { getModelSettings, type ModelSettings } from "../db/assistant-model.ts";
import {
  nextTurnDue,
  releaseTurn,
  type Turn,
  type TurnState,
  takeTurns,
  workspacesWithDueTurns,
} from "../db/assistant-turn.ts";
import type { TouchedLane } from "../db/event.ts";
import { dearestPassages, searchKnowledge } from "../db/knowledge.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { stopPoint } from "../db/stop-point.ts";
import { effectiveMode } from "../domain/profile.ts";
import { briefingOf, briefTurn, type TurnBriefing } from "./briefing.ts";
import { thinkWithinBudget } from "./budget.ts";
import { notesOf } from "./conditions.ts";
import { hoursOf } from "./hours.ts";
import { loopIn } from "./loop-detector.ts";
import type { LanguageModel } from "./model.ts";
import type { Models } from "./models.ts";
import { isPassing, settleTurn, type TurnResult } from "./settle-turn.ts";
import { SideBySide } from "./side-by-side.ts";
import { passagesFound } from "./think.ts";
import { writtenFrom } from "./turn-text.ts";

/**
 * The loop that takes up turns. It has places of its own, so that a slow model keeps nobody waiting but those who wait for it:
 * no lane, no connection to the database and no transaction is held while a model thinks. What a turn came to is written in one
 * transaction, if it is still this process's; a process that dies leaves a turn that another one takes up when its time is over.
 */
export interface AssistantOptions {
  db: Database;
  models: Models;
  wakeMessages: (lanes: readonly TouchedLane[]) => void;
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  wakePlanner: () => void;
  /** What became of a turn. */
  onTurn?: (ended: EndedTurn) => void;
  onError: (stage: string, error: unknown) => void;
  /** Turns that are thought about at the same time: in this process, and of one workspace. Default 128 and 64. */
  places?: number;
  placesOfWorkspace?: number;
  /** This process, for those that take up its turns when it is gone. Default: they wait for the turns' time. */
  workerNo?: number;
  /** Milliseconds between looks when nothing is known to be due. Default 1,000. */
  pollMs?: number;
  /** How long a model that failed is waited for before it is asked again, in milliseconds. Default 500. */
  retryMs?: number;
  /** Milliseconds between two turns' beginnings. Default 15. */
  gapMs?: number;
  /** Milliseconds for which what turns read and write is gathered. Default 150. */
  gatherMs?: number;
}

export interface EndedTurn {
  state: TurnState | "lost" | "failed";
  code: string | null;
  kind: Turn["kind"];
  /** Null: no model was asked. */
  model: { latencyMs: number; inputTokens: number; outputTokens: number; costMicros: number } | null;
}

/** A turn is its process's for so long beyond the model's deadline: to read before it, and to write after it. */
const beyondDeadlineMs = 30_000;
/** A turn that was taken up so often without an end is a person's: it may be what ends the processes. */
const mostTries = 5;

/**
 * Turns that are due together would be answered together, every few seconds again, and what is delivered at that moment would
 * wait. So they begin one after the other, and what they read and write is gathered for a moment, which nobody notices beside
 * a model's seconds: a statement for ten of them costs hardly more than for one, and takes one connection.
 */
const defaultGapMs = 15;
const defaultGatherMs = 150;
/** Places that become free one after the other are filled together. */
const refillMs = 50;

/** What keeps the assistant from answering, and not from listening. */
const listenedTo: ReadonlySet<string> = new Set(["off", "listened", "suppressed", "turn_limit"]);

/** Where the model could not be asked what it is asked of each message, it is asked again: first after this, and for a day. */
const listenAgainMs = 600_000;
const longestListenMs = 24 * 3_600_000;

type Outcome = { result: Omit<TurnResult, "turn">; model: EndedTurn["model"] } | { again: number; reason: string };

export class Assistant {
  private readonly options: AssistantOptions;
  private readonly stopping = new AbortController();
  private readonly inFlight = new Map<string, number>();
  private readonly working = new Set<Promise<void>>();
  private readonly rounds: Rounds;
  /** A piece that meets a deadlock, or a database that is away, is done again: what was thought is not thought twice. */
  private readonly sideBySide: SideBySide;
  private readonly begins: Pace;
  /** What was read and set aside together is not asked together, or it would be answered together. */
  private readonly calls: Pace;
  private readonly answers = new Pace(0);
  private refill: NodeJS.Timeout | null = null;

  constructor(options: AssistantOptions) {
    this.options = options;
    const { db, onError, pollMs = 1_000, gapMs = defaultGapMs } = options;
    this.begins = new Pace(gapMs, this.stopping.signal);
    this.calls = new Pace(gapMs, this.stopping.signal);
    this.sideBySide = new SideBySide(db, { gatherMs: options.gatherMs ?? defaultGatherMs });
    const round = async () => {
      if ((await this.runOnce()) > 0) return 0;
      const next = await nextTurnDue(db);
      // What is due and could not be taken up waits for a place, or for another process.
      return next !== null && next > 0 ? Math.min(pollMs, Math.max(5, next)) : pollMs;
    };
    this.rounds = new Rounds({ round, retryMs: pollMs, onError: (error) => onError("assistant", error) });
  }

  start(): void {
    this.rounds.start();
  }

  /** Ends the calls that are under way; their turns are taken up again. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.rounds.stop();
    await this.idle();
  }

  /** A turn is due, as far as somebody here knows. */
  wake(): void {
    this.rounds.wake();
  }

  /** Until nothing is under way. */
  async idle(): Promise<void> {
    while (this.working.size > 0) await Promise.all(this.working);
  }

  /** Takes up what is due, as far as there are places; answers how many. They go on by themselves. */
  async runOnce(): Promise<number> {
    const { db, places = 128, placesOfWorkspace = 64, workerNo } = this.options;
    if (this.working.size >= places) return 0;
    let taken = 0;
    for (const workspaceId of await workspacesWithDueTurns(db, 100)) {
      const room = Math.min(places - this.working.size, placesOfWorkspace - (this.inFlight.get(workspaceId) ?? 0));
      if (room <= 0) continue;
      const settings = await getModelSettings(db, workspaceId);
      const thinkMs = (settings?.deadlineMs ?? 0) + beyondDeadlineMs;
      // A few at a time, so that a workspace with many leaves places to those behind it.
      const turns = await takeTurns(db, workspaceId, {
        ...{ limit: Math.min(room, 32), thinkMs },
        worker: workerNo ?? null,
      });
      for (const turn of turns) this.begin(workspaceId, turn, settings);
      taken += turns.length;
    }
    return taken;
  }

  private begin(workspaceId: string, turn: Turn, settings: ModelSettings | null): void {
    this.inFlight.set(workspaceId, (this.inFlight.get(workspaceId) ?? 0) + 1);
    const work = this.perform(workspaceId, turn, settings)
      .catch((error) => this.options.onError("assistant", error))
      .finally(() => {
        const left = (this.inFlight.get(workspaceId) ?? 1) - 1;
        if (left > 0) this.inFlight.set(workspaceId, left);
        else this.inFlight.delete(workspaceId);
        this.working.delete(work);
        this.refill ??= setTimeout(() => {
          this.refill = null;
          this.rounds.wake();
        }, refillMs).unref();
      });
    this.working.add(work);
  }

  private async perform(workspaceId: string, turn: Turn, settings: ModelSettings | null): Promise<void> {
    const { db, wakeMessages, wakeDeliveries, wakePlanner, onTurn } = this.options;
    const outcome = (await this.begins.turn())
      ? await this.consider(workspaceId, turn, settings)
      : { again: 0, reason: "The process stopped." };
    if ("again" in outcome) {
      await releaseTurn(db, workspaceId, turn, outcome.again, outcome.reason);
      return;
    }
    if (outcome.model !== null) stopPoint?.reached("assistant.answered");
    const result = { turn, ...outcome.result };
    const settled = await this.sideBySide.run(workspaceId, "settle", (tx) =>
      settleTurn(tx, workspaceId, result, Date.now()),
    );
    if (settled.messages.length > 0) wakeMessages(settled.messages);
    if (settled.deliveries.length > 0) wakeDeliveries(settled.deliveries);
    if (settled.moved) wakePlanner();
    onTurn?.({ state: settled.state, code: settled.code, kind: turn.kind, model: outcome.model });
  }

  /** What a turn comes to, without writing anything but what it cost. */
  private async consider(workspaceId: string, turn: Turn, settings: ModelSettings | null): Promise<Outcome> {
    const read = await this.sideBySide.run(workspaceId, "brief", (tx) => readTurn(tx, workspaceId, turn));
    // What is to be said of it is found again where it is written.
    if (!read) return ended(0, { kind: "nothing", code: "lead_gone", detail: "The lead or its profile was deleted." });
    const { brief, reach } = read;
    const channel = channelOf(turn, brief);
    const hindrance = this.hindrance(turn, brief, reach);
    if (hindrance) return await this.listened(workspaceId, turn, brief, settings, hindrance);
    if (settings === null) return this.fromTemplate(turn, brief);
    return await this.ask(workspaceId, turn, brief, settings, channel);
  }

  /**
   * What the lead wrote isn't answered, or not yet; what is asked of each message is asked all the same. A model that fails then
   * changes nothing about what becomes of the turn; one that only listens tries again later.
   */
  private async listened(
    workspaceId: string,
    turn: Turn,
    brief: TurnBriefing,
    settings: ModelSettings | null,
    hindrance: Outcome,
  ): Promise<Outcome> {
    if (settings === null || brief.profile.content.listenWhenOff === false) return hindrance;
    if (turn.inbound === 0 || turn.notes !== null || brief.lead.profile !== brief.profile.name) return hindrance;
    if (turn.lease - turn.inbound > mostTries) return hindrance;
    const outcome = "again" in hindrance ? null : hindrance.result.outcome;
    if (outcome?.kind === "answer" || outcome?.kind === "later") return hindrance;
    if (outcome !== null && !listenedTo.has(outcome.code)) return hindrance;
    const channel = turn.channel ?? brief.profile.content.channels[0]!;
    const thought = await this.ask(workspaceId, { ...turn, kind: "listen" }, brief, settings, channel);
    if ("again" in thought) return thought;
    const { result, model } = thought;
    if (result.outcome.kind !== "answer") {
      if ("again" in hindrance) return hindrance;
      const { kind, firstInboundAt, createdAt } = turn;
      const ageMs = Date.now() - (firstInboundAt ?? createdAt).getTime();
      if (
        kind === "listen" &&
        result.outcome.kind === "task" &&
        isPassing(result.outcome.code) &&
        ageMs < longestListenMs
      ) {
        return { again: Math.max(listenAgainMs, ageMs), reason: result.outcome.detail };
      }
      return { result: { ...result, outcome: outcome! }, model };
    }
    const { answer, notes } = result.outcome;
    const heard = { answer, notes };
    if ("again" in hindrance) {
      const at = Date.now() + hindrance.again;
      return { result: { ...result, outcome: { kind: "later", at, reason: hindrance.reason, heard } }, model };
    }
    return { result: { ...result, outcome: { ...outcome!, heard } }, model };
  }

  /** Why nothing is asked of a model now; null: nothing is in the way. */
  private hindrance(turn: Turn, brief: TurnBriefing, reach: Reach | null): Outcome | null {
    const { profile, kept, history, lead } = brief;
    const { content, version } = profile;
    const person = (code: string, detail: string) => ended(version, { kind: "task", code, detail, handOver: true });
    const judged = turn.kind === "reply" || turn.kind === "listen" || isCarriedOver(turn);
    const loop = judged ? loopIn(history) : null;
    if (turn.kind === "listen" && loop !== null) {
      return ended(version, { kind: "nothing", code: "loop", detail: `The other side seems to be a program: ${loop}` });
    }
    if (turn.kind === "listen" && lead.profile === profile.name && effectiveMode(profile.mode, kept) !== "off") {
      return ended(version, {
        kind: "nothing",
        code: "listened",
        detail: "Only what is asked of each message is asked.",
      });
    }
    if (turn.kind === "listen" || effectiveMode(profile.mode, kept) === "off" || lead.profile !== profile.name) {
      return ended(version, { kind: "nothing", code: "off", detail: "The assistant is off for this lead." });
    }
    if (turn.lease - turn.inbound > mostTries) {
      return ended(version, { kind: "task", code: "given_up", detail: "It was begun several times and never ended." });
    }
    if (turn.kind === "reply") {
      if (kept.turns >= content.turnLimit) {
        return person("turn_limit", `The assistant has answered ${kept.turns} times, which is the profile's limit.`);
      }
    }
    if (loop !== null) return person("loop", `The other side seems to be a program: ${loop}`);
    if (!reach) return ended(version, { kind: "nothing", code: "lead_gone", detail: "The lead was deleted." });
    const now = Date.now();
    if (reach.pausedUntil && reach.pausedUntil.getTime() > now) {
      return { again: reach.pausedUntil.getTime() - now, reason: "The lead is away." };
    }
    const { opensAt, reason } = hoursOf({ ...content, ...reach, channel: channelOf(turn, brief) }, now);
    if (opensAt === null) return ended(version, { kind: "task", code: "no_window", detail: reason! });
    if (opensAt > now) return { again: opensAt - now, reason: reason! };
    if (reach.forbidden !== null) {
      return ended(version, {
        kind: "nothing",
        code: "suppressed",
        detail: `Nobody may write to it: ${reach.forbidden}.`,
      });
    }
    return null;
  }

  /** Without a model: what somebody wrote for it goes out, and what the lead says is for people. */
  private fromTemplate(turn: Turn, { profile, lead }: TurnBriefing): Outcome {
    const { version, content } = profile;
    const channel = turn.channel ?? content.channels[0]!;
    // An opening that somebody told something else to say, or that is to answer what the lead wrote, takes more than a template.
    const opening = turn.inbound === 0 && turn.instruction === content.opening.template ? turn.instruction : null;
    const template = turn.kind === "opening" ? opening : turn.kind === "follow_up" ? turn.instruction : null;
    if (template === null) {
      const detail = "No model is configured, so that a person has to write.";
      return ended(version, { kind: "task", code: "no_model", detail });
    }
    const written = writtenFrom(template, lead, channel);
    if (!written.ok) return ended(version, { kind: "task", code: written.code, detail: written.detail });
    const answer = {
      ...{ message: { text: written.text, subject: null }, search: null, conditions: [], handOver: null, stop: null },
      ...{ booked: false, summary: null },
    };
    const notes = { conditions: [], handOver: null, stop: null, booked: false, searches: [] };
    return ended(version, { kind: "answer", answer, problems: [], notes });
  }

  private async ask(
    workspaceId: string,
    turn: Turn,
    brief: TurnBriefing,
    settings: ModelSettings,
    channel: NonNullable<Turn["channel"]>,
  ): Promise<Outcome> {
    const { db, models } = this.options;
    const { version } = brief.profile;
    // What was asked of these messages already is not asked again: its tags and notifications are out.
    const asking = turn.notes === null ? brief : { ...brief, conditions: [] };
    const briefing = briefingOf(asking, turn, channel, Date.now());
    const payer = { workspaceId, settings, reservation: `${turn.id}/${turn.lease}`, profileId: brief.profile.id };
    const thought = await thinkWithinBudget(
      db,
      {
        ...{ ...payer, turnId: turn.id, inTransaction: (what, work) => this.sideBySide.run(workspaceId, what, work) },
        itsMoment: () => this.calls.turn(),
      },
      this.oneByOne(models.open(workspaceId, settings)),
      briefing,
      {
        signal: this.stopping.signal,
        search: (query) => searchKnowledge(db, workspaceId, brief.profile.id, query, passagesFound),
        mostFound: (tx) => dearestPassages(tx, workspaceId, brief.profile.id, passagesFound),
        ...(this.options.retryMs !== undefined && { retryMs: this.options.retryMs }),
      },
    );
    if (!thought) {
      const detail = "The model's budget for today doesn't allow another answer: a person has to write.";
      return ended(version, { kind: "task", code: "over_budget", detail });
    }
    const { usage, costMicros: micros, latencyMs } = thought.spent;
    const spent = {
      inputTokens: usage.input,
      outputTokens: usage.output,
      costMicros: micros,
      latencyMs: Math.round(latencyMs),
    };
    if (!thought.ok && this.stopping.signal.aborted) return { again: 0, reason: "The process stopped." };
    const asked = { profileVersion: version, model: settings.model };
    if (!thought.ok) {
      const { code, detail } = thought;
      return { result: { ...asked, outcome: { kind: "task", code, detail } }, model: spent };
    }
    const { answer, problems, searches } = thought;
    const notes = {
      conditions: turn.notes?.conditions ?? notesOf(brief.conditions, answer.conditions),
      ...{ handOver: answer.handOver, stop: answer.stop, booked: answer.booked, searches },
    };
    return { result: { ...asked, outcome: { kind: "answer", answer, problems, notes } }, model: spent };
  }

  /** Answers that come in the same moment are read and judged one after the other, with all else that waits in between. */
  private oneByOne(model: LanguageModel): LanguageModel {
    return {
      ...model,
      write: async (prompt, signal) => {
        const written = await model.write(prompt, signal);
        await this.answers.turn();
        return written;
      },
    };
  }
}

/**
 * Somebody told it to write that before the lead wrote, who outdates the draft of it with each message: a program would have one
 * written after the other. What is ordered after a message is by who has read it.
 */
const isCarriedOver = ({ kind, firstInboundAt, createdAt }: Turn) =>
  // The beginning of a turn is kept in whole milliseconds, rounded: it may lie behind the message that made the turn.
  kind === "command" && firstInboundAt !== null && firstInboundAt.getTime() + 1 >= createdAt.getTime();

const channelOf = (turn: Turn, { profile }: Pick<TurnBriefing, "profile">) =>
  turn.channel ?? profile.content.channels[0]!;

/** What a turn is written from, and whether the lead may be written to now. Null: the lead or its profile is gone. */
async function readTurn(
  tx: Queryable,
  workspaceId: string,
  turn: Turn,
): Promise<{ brief: TurnBriefing; reach: Reach | null } | null> {
  const brief = await briefTurn(tx, workspaceId, turn);
  if (!brief) return null;
  const { leadId, senderId } = turn;
  const reach = await reachOf(tx, workspaceId, { leadId, channel: channelOf(turn, brief), senderId });
  return { brief: { ...brief, workspaceZone: reach?.workspaceZone ?? "UTC" }, reach };
}

function ended(profileVersion: number, outcome: TurnResult["outcome"]): Outcome {
  return { result: { profileVersion, model: null, outcome }, model: null };
}
