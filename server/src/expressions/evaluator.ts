import type { RealmError, RealmLimits } from "./realm.ts";
import type { Answer, Question } from "./sandbox.ts";
import { SandboxProcess } from "./sandbox-process.ts";

/**
 * Evaluates JSONata expressions that users wrote, in processes of their own (`sandbox.ts`), so that no expression can
 * reach this process, use up its memory or stop its clock.
 *
 * Nobody waits for a stranger: the programs that have work take turns, an evaluation each. One that ran out of time or
 * memory, or is slow, goes on in a second sandbox, where it can delay only others of its kind, until it has behaved for
 * some minutes. One that runs out of them three times in a row is not tried for ten seconds.
 */

export interface EvaluatorOptions {
  /** Milliseconds for one evaluation. Default 500. */
  timeoutMs?: number;
}

const limits: Omit<RealmLimits, "timeoutMs"> = {
  depth: 200,
  sequence: 100_000,
  textChars: 4_000_000,
  resultChars: 256 * 1024,
  compiled: 200,
};

/** Characters of an expression. */
export const mostSourceChars = 10_000;

/**
 * Milliseconds on top of the time limit after which a sandbox is ended: JSONata looks at the clock between its own steps,
 * but not within one (a regular expression, a sort).
 */
const graceMs = 250;
/** Evaluations that a sandbox has at hand, so that it needn't wait for this process between two. */
const atHand = { fast: 16, slow: 1 } as const;
/** An evaluation that takes longer makes its program a slow one. */
const slowMs = 50;
const slowForMs = 5 * 60_000;
const strikesAllowed = 3;
const asideForMs = 10_000;

type Lane = "fast" | "slow";

/**
 * An expression and whose it is: make one for each owner, and keep it; what is known about how it behaves is kept with it.
 * Two owners with the same text are two programs.
 */
export class Program {
  readonly source: string;
  readonly asCondition: boolean;
  /** @internal */
  readonly waiting: Job[] = [];
  /** @internal Unix milliseconds. */
  slowUntil = 0;
  /** @internal How often in a row it ran out of time or memory. */
  strikes = 0;
  /** @internal Unix milliseconds. */
  asideUntil = 0;

  /** `asCondition`: the result is true or false, as JSONata's `$boolean` says. */
  constructor(source: string, { asCondition = false }: { asCondition?: boolean } = {}) {
    this.source = source;
    this.asCondition = asCondition;
  }
}

/**
 * `nothing`: the result is undefined or null. `failed`: `timeout` and `memory` are limits of the sandbox, `unavailable` says
 * that there is none; everything else is the expression's own fault (`error`). `detail` is a sentence for people.
 */
export type Evaluation =
  | { kind: "value"; json: string }
  | { kind: "nothing" }
  | { kind: "failed"; reason: "error" | "timeout" | "memory" | "unavailable"; detail: string };

/** What is wrong with an expression, and where: line and column from 1. */
export interface SyntaxProblem {
  message: string;
  line: number;
  column: number;
}

interface Job {
  program: Program;
  question: Question;
  /** The answer's text, or why there is none. */
  done(result: { text: string } | Extract<Evaluation, { kind: "failed" }>): void;
}

export class Evaluator {
  private readonly timeoutMs: number;
  private readonly lanes: Record<Lane, SandboxLane>;
  private closed = false;

  constructor(options: EvaluatorOptions = {}) {
    this.timeoutMs = options.timeoutMs ?? 500;
    const onSlow = (program: Program) => this.slow(program);
    this.lanes = {
      fast: new SandboxLane(this.timeoutMs, atHand.fast, onSlow),
      slow: new SandboxLane(this.timeoutMs, atHand.slow, onSlow),
    };
  }

  /** Null: the expression can be read. */
  async check(source: string): Promise<SyntaxProblem | null> {
    const result = await this.ask(new Program(source), null);
    if (!("text" in result)) throw new Error(`The expression could not be checked: ${result.detail}`);
    if (result.text === "") return null;
    const { message, position } = JSON.parse(result.text) as RealmError;
    const before = source.slice(0, Math.max(0, (position ?? 1) - 1)).split("\n");
    return { message, line: before.length, column: (before.at(-1) as string).length + 1 };
  }

  /** `input`: JSON. Never throws. */
  async evaluate(program: Program, input: string): Promise<Evaluation> {
    const result = await this.ask(program, input);
    if (!("text" in result)) return result;
    const [kind, rest] = [result.text[0], result.text.slice(1)];
    if (kind === "v") return { kind: "value", json: rest };
    if (kind === "n") return { kind: "nothing" };
    const error = JSON.parse(rest) as RealmError;
    if (error.code === outOfTime) return this.ranOutOfTime();
    return { kind: "failed", reason: "error", detail: `${error.message}${placeOf(program.source, error)}` };
  }

  /** Ends the sandboxes. What waits has failed. */
  close(): void {
    this.closed = true;
    for (const lane of Object.values(this.lanes)) lane.close();
  }

  private ask(program: Program, input: string | null): Promise<Parameters<Job["done"]>[0]> {
    return new Promise((done) => {
      const now = Date.now();
      if (this.closed) return done(unavailable("Herald is stopping."));
      if (program.asideUntil > now) return done({ ...this.ranOutOfTime(), detail: setAside });
      const question = { source: program.source, input, asCondition: program.asCondition };
      program.waiting.push({ program, question, done });
      this.lanes[program.slowUntil > now ? "slow" : "fast"].enter(program);
    });
  }

  /** What of it waits goes on in the other sandbox. */
  private slow(program: Program): void {
    program.slowUntil = Date.now() + slowForMs;
    if (program.asideUntil > Date.now()) {
      for (const job of program.waiting.splice(0)) job.done({ ...this.ranOutOfTime(), detail: setAside });
    }
    this.lanes.fast.leave(program);
    if (program.waiting.length > 0) this.lanes.slow.enter(program);
  }

  private ranOutOfTime(): Extract<Evaluation, { kind: "failed" }> {
    return { kind: "failed", reason: "timeout", detail: `The expression took longer than ${this.timeoutMs} ms.` };
  }
}

/** JSONata's code for its own time limit. */
const outOfTime = "D1012";

const setAside = `The expression ran out of time or memory ${strikesAllowed} times in a row, and is not tried for ${asideForMs / 1_000} s.`;

const unavailable = (detail: string) => ({ kind: "failed", reason: "unavailable", detail }) as const;

function placeOf(source: string, { position }: RealmError): string {
  if (position === null) return "";
  const before = source.slice(0, Math.max(0, position - 1)).split("\n");
  return ` (line ${before.length}, column ${(before.at(-1) as string).length + 1})`;
}

/** A sandbox and the programs that take turns in it. It is started when there is work. */
class SandboxLane {
  private readonly timeoutMs: number;
  private readonly atHand: number;
  private readonly onSlow: (program: Program) => void;
  /** Programs with work, in the order of their turns. */
  private readonly turns = new Set<Program>();
  /** What the sandbox has, oldest first: the first one is running. */
  private running: Job[] = [];
  private process: SandboxProcess | null = null;
  private ready = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(timeoutMs: number, atHand: number, onSlow: (program: Program) => void) {
    this.timeoutMs = timeoutMs;
    this.atHand = atHand;
    this.onSlow = onSlow;
  }

  /** A program has work. */
  enter(program: Program): void {
    this.turns.add(program);
    this.fill();
  }

  leave(program: Program): void {
    this.turns.delete(program);
  }

  close(): void {
    this.stop();
    for (const job of this.running.splice(0)) job.done(unavailable("Herald is stopping."));
    for (const program of this.turns)
      for (const job of program.waiting.splice(0)) job.done(unavailable("Herald is stopping."));
    this.turns.clear();
  }

  private stop(): void {
    this.process?.kill();
    this.process = null;
    this.ready = false;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private fill(): void {
    if (!this.process) this.start();
    if (!this.ready) return;
    for (const program of this.turns) {
      if (this.running.length >= this.atHand) return;
      this.turns.delete(program);
      const job = program.waiting.shift();
      if (!job) continue;
      // Behind the others: a Set is walked in the order of insertion, and comes to this one again.
      if (program.waiting.length > 0) this.turns.add(program);
      this.running.push(job);
      if (this.running.length === 1) this.begin();
      this.process?.ask(job.question);
    }
  }

  private start(): void {
    this.process = new SandboxProcess(
      { ...limits, timeoutMs: this.timeoutMs },
      {
        onReady: () => {
          this.ready = true;
          this.fill();
        },
        onAnswer: (answer) => this.answered(answer),
        onGone: (why) => this.gone(why),
      },
    );
  }

  /** The first of `running` begins now. */
  private begin(): void {
    if (this.timer) this.timer.refresh();
    else this.timer = setTimeout(() => this.late(), this.timeoutMs + graceMs);
    this.timer.unref();
  }

  private answered({ text, ms }: Answer): void {
    const job = this.running.shift();
    if (!job) return;
    if (this.running.length > 0) this.begin();
    else if (this.timer) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    const late = text.startsWith(`e{"code":"${outOfTime}"`);
    if (late) this.strike(job.program);
    else job.program.strikes = 0;
    job.done({ text });
    if (late || ms > slowMs) this.onSlow(job.program);
    if (this.turns.size > 0) this.fill();
  }

  private late(): void {
    this.timer = null;
    const culprit = this.running[0];
    // Where this process was held up itself, the answer lies there already and comes first.
    setImmediate(() => {
      if (!culprit || this.running[0] !== culprit) return;
      const detail = `The expression took longer than ${this.timeoutMs} ms, in one step that had to be cut off.`;
      this.end({ kind: "failed", reason: "timeout", detail });
    });
  }

  private gone(why: string): void {
    if (this.running.length > 0) {
      const detail = `The expression used more memory than it may, and its sandbox was ended (${why}).`;
      this.end({ kind: "failed", reason: "memory", detail });
      return;
    }
    const started = this.ready;
    this.stop();
    // One that was idle is started again when it is needed; one that can't start would be tried for ever.
    if (started) return;
    const failure = unavailable(`The sandbox for expressions can't be started: ${why}.`);
    for (const program of this.turns) for (const job of program.waiting.splice(0)) job.done(failure);
    this.turns.clear();
  }

  /** The running one is to blame: it has failed, and what stood behind it is run again in a new sandbox. */
  private end(failure: Extract<Evaluation, { kind: "failed" }>): void {
    const [culprit, ...others] = this.running.splice(0);
    this.stop();
    for (const job of others.reverse()) {
      job.program.waiting.unshift(job);
      this.turns.add(job.program);
    }
    if (culprit) {
      this.strike(culprit.program);
      culprit.done(failure);
      this.onSlow(culprit.program);
    }
    if (this.turns.size > 0) this.fill();
  }

  private strike(program: Program): void {
    program.strikes += 1;
    if (program.strikes >= strikesAllowed) program.asideUntil = Date.now() + asideForMs;
  }
}
