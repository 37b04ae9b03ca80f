import { refusalOf } from "../domain/contact-refusal.ts";
import type { ChannelName } from "../domain/event.ts";
import { isOptOutWord, keywordOf } from "../domain/opt-out-words.ts";
import type { Answer } from "./answer.ts";
import { type Briefing, messagesTold } from "./briefing.ts";
import type { AskedCondition } from "./conditions.ts";
import type { Conversation, EvaluationFile, Expectation, ScriptedTurn } from "./evaluation-file.ts";
import { loopIn } from "./loop-detector.ts";
import type { LanguageModel } from "./model.ts";
import { type Spent, type ThinkOptions, type Thought, think } from "./think.ts";

/**
 * Scripted conversations, played by the code that answers leads: the same prompt, the same checks, the same rules for who is not
 * written to any more. Nothing is stored and nobody gets anything. The clock stands, so that the same file makes the same
 * prompts, and a recording of a model's answers can stand in for it.
 */
export interface Evaluated {
  name: string;
  passed: boolean;
  turns: EvaluatedTurn[];
}

export interface EvaluatedTurn {
  /** What the lead said; null: the assistant wrote by itself. */
  lead: string | null;
  /** Which message the assistant wrote by itself: the opening (0), or a follow-up; null: an answer. */
  followUp: number | null;
  /** What would go out, or wait for a person where `problems` isn't empty; null: nothing. */
  message: string | null;
  subject: string | null;
  /** Conditions that were met, by their names. */
  tags: string[];
  handOver: string | null;
  /** Why nothing is written to this lead any more. */
  stop: string | null;
  /** Codes of what the checks found. */
  problems: string[];
  /** The model gave no answer that could be used. */
  failure: string | null;
  /** What wasn't as it should be, in sentences. Empty: all was. */
  missed: string[];
}

export interface EvaluationOptions extends Pick<ThinkOptions, "maxOutputTokens" | "prices" | "search"> {
  model: LanguageModel;
  profileName: string;
  content: Briefing["content"];
  conditions: readonly AskedCondition[];
  /** The workspace's own, beside the standard ones. Default: none. */
  optOutWords?: readonly string[];
  /** For one answer, in milliseconds. */
  deadlineMs: number;
  /** Thinks within a budget; null: it doesn't allow another answer. Default: without one. */
  think?: (model: LanguageModel, briefing: Briefing) => Promise<Thought | null>;
}

export interface EvaluationResult {
  conversations: Evaluated[];
  spent: Spent;
}

export async function evaluate(file: EvaluationFile, options: EvaluationOptions): Promise<EvaluationResult> {
  const spent: Spent = { calls: 0, failures: 0, usage: { input: 0, output: 0 }, costMicros: 0, latencyMs: 0 };
  const conversations: Evaluated[] = [];
  for (const conversation of file.conversations) {
    const turns = await play(file, conversation, options, spent);
    const passed = turns.every(({ missed }) => missed.length === 0);
    conversations.push({ name: conversation.name, passed, turns });
  }
  return { conversations, spent };
}

/** Between two messages, by the clock of a conversation: people's pace, and not a program's. */
const betweenMs = 180_000;

async function play(
  file: EvaluationFile,
  { lead, turns }: Conversation,
  options: EvaluationOptions,
  spent: Spent,
): Promise<EvaluatedTurn[]> {
  const history: Briefing["history"][number][] = [];
  let clock = file.now.getTime();
  const say = (
    direction: "inbound" | "outbound",
    channel: ChannelName,
    text: string,
    subject: string | null = null,
  ) => {
    history.push({ id: String(history.length), direction, channel, source: "api", subject, text, at: new Date(clock) });
    clock += betweenMs;
  };
  const played: EvaluatedTurn[] = [];
  let silent: string | null = null;
  let answers = 0;
  let summary: string | null = null;
  for (const turn of turns) {
    if (turn.lead !== undefined) say("inbound", file.channel, turn.lead);
    const none = nothing(turn.lead ?? null, turn.followUp ?? (turn.opening ? 0 : null));
    const step = turn.followUp === undefined ? null : (options.content.followUps[turn.followUp] ?? null);
    const channel = step?.channel ?? file.channel;
    const found: Omit<EvaluatedTurn, "missed"> =
      silent === null ? await answer(turn, none, channel) : { ...none, stop: silent };
    const missed = judge(turn.expect, found);
    played.push({ ...found, missed });
    if (found.message !== null && found.problems.length === 0) {
      say("outbound", channel, found.message, found.subject);
      if (turn.lead !== undefined) answers += 1;
    }
    silent ??= found.stop;
    // A person has taken over.
    if (found.handOver !== null) silent ??= `handed over: ${found.handOver}`;
  }
  return played;

  type Found = Omit<EvaluatedTurn, "missed">;

  async function answer({ lead: text, followUp }: ScriptedTurn, none: Found, channel: ChannelName): Promise<Found> {
    if (text === undefined) return await writeFirst(followUp ?? null, none, channel);
    // Known without a model, as when a lead really writes so.
    const isWord = keywordOf(text) === "stop" || isOptOutWord(text, options.optOutWords ?? []);
    const refusal = isWord ? text : refusalOf(text);
    if (refusal !== null) return { ...none, stop: refusal };
    // As when a lead really writes: a person takes over, and what is asked of each message is still asked at the turn limit.
    const loop = loopIn(history.slice(-messagesTold));
    if (loop !== null) return { ...none, handOver: `The other side seems to be a program: ${loop}` };
    const limit = options.content.turnLimit;
    const over = answers >= limit ? `The assistant has answered ${answers} times, which is the profile's limit.` : null;
    if (over !== null && !options.content.listenWhenOff) return { ...none, handOver: over };
    const seen = await ask(none, {
      ...{ kind: over === null ? "reply" : "listen", channel, conditions: options.conditions, instruction: null },
      ...{ passages: await options.search(text), followUpStep: null, now: history.at(-1)!.at.toISOString() },
    });
    if (over === null || seen.failure !== null) return seen;
    return { ...seen, message: null, subject: null, problems: [], handOver: over };
  }

  /** The opening, or a follow-up, as its turn would write it: nothing is asked of what nobody wrote. */
  async function writeFirst(followUp: number | null, none: Found, channel: ChannelName): Promise<Found> {
    const { content } = options;
    const step = followUp === null ? null : content.followUps[followUp];
    if (step === undefined) return { ...none, failure: `There is no follow-up ${followUp} in this profile.` };
    // The clock of a follow-up starts at the last message.
    if (step) clock = (history.at(-1)?.at.getTime() ?? clock) + step.hours * 3_600_000;
    const question = history.findLast(({ direction }) => direction === "inbound")?.text ?? "";
    return await ask(none, {
      ...{ kind: step ? "follow_up" : "opening", channel, conditions: [], followUpStep: followUp },
      instruction: (step ? step.template : content.opening.template) ?? null,
      ...{ passages: await options.search(question), now: new Date(clock).toISOString() },
    });
  }

  async function ask(
    none: Found,
    turn: Pick<Briefing, "kind" | "channel" | "conditions" | "instruction" | "passages" | "followUpStep" | "now">,
  ): Promise<Found> {
    const briefing: Briefing = {
      ...{ profileName: options.profileName, content: options.content, history: history.slice(-messagesTold) },
      ...{ lead: { timeZone: null, tags: [], ...lead }, context: [], summary },
      // One that is without a workspace plays by UTC.
      ...{ workspaceZone: "UTC", ...turn },
    };
    const signal = AbortSignal.timeout(options.deadlineMs);
    const thought = options.think
      ? await options.think(options.model, briefing)
      : await think(options.model, briefing, { ...options, signal });
    if (!thought) return { ...none, failure: "over_budget: The model's budget for today is spent." };
    spent.calls += thought.spent.calls;
    spent.failures += thought.spent.failures;
    spent.usage.input += thought.spent.usage.input;
    spent.usage.output += thought.spent.usage.output;
    spent.costMicros += thought.spent.costMicros;
    spent.latencyMs += thought.spent.latencyMs;
    if (!thought.ok) return { ...none, failure: `${thought.code}: ${thought.detail}` };
    summary = thought.answer.summary ?? summary;
    return { ...shown(none, thought.answer), problems: thought.problems.map(({ code }) => code) };
  }

  function shown(none: Found, { message, conditions, handOver, stop: wish }: Answer): Found {
    const met = new Set(conditions.filter((one) => one.met).map(({ id }) => id));
    // Where nobody wrote, nobody asked for that.
    const stop = none.lead === null ? null : wish;
    return {
      ...none,
      // Who asks to be left alone gets no answer, whatever the model would say.
      ...(stop === null && message !== null && { message: message.text, subject: message.subject }),
      tags: none.lead === null ? [] : options.conditions.filter(({ id }) => met.has(id)).map(({ name }) => name),
      ...{ handOver, stop },
    };
  }
}

const nothing = (lead: string | null, followUp: number | null): Omit<EvaluatedTurn, "missed"> => ({
  ...{
    lead,
    followUp,
    message: null,
    subject: null,
    tags: [],
    handOver: null,
    stop: null,
    problems: [],
    failure: null,
  },
});

/** The tag of whoever wrote, which is asked of no model. */
const replied = "hasReplied";

/**
 * Names in `tags` and `noTags` that no condition has, in sentences with their places: what is misspelled among `noTags` would
 * never be missed.
 */
export function unknownTags(file: EvaluationFile, conditions: readonly Pick<AskedCondition, "name">[]): string[] {
  const known = [replied, ...new Set(conditions.map(({ name }) => name))];
  const there = `there are ${known.join(", ")}`;
  return file.conversations.flatMap(({ turns }, c) =>
    turns.flatMap(({ expect }, t) =>
      (["tags", "noTags"] as const).flatMap((list) =>
        expect[list]
          .filter((name) => !known.includes(name))
          .map(
            (name) =>
              `conversations.${c}.turns.${t}.expect.${list}: There is no condition ${JSON.stringify(name)}; ${there}.`,
          ),
      ),
    ),
  );
}

/** What a turn missed of what was expected of it. */
export function judge(expected: Expectation, found: Omit<EvaluatedTurn, "missed">): string[] {
  const { message, handOver, stop, problems, failure } = found;
  if (failure !== null) return [`The model failed: ${failure}`];
  const missed: string[] = [];
  const tags = found.lead === null ? found.tags : [...found.tags, replied];
  const text = found.subject === null || message === null ? (message ?? "") : `${found.subject}\n${message}`;
  for (const wanted of expected.contains) {
    if (!matches(text, wanted)) missed.push(`The answer should say ${JSON.stringify(wanted)}.`);
  }
  for (const unwanted of expected.excludes) {
    if (message !== null && matches(text, unwanted)) {
      missed.push(`The answer must not say ${JSON.stringify(unwanted)}.`);
    }
  }
  for (const tag of expected.tags) if (!tags.includes(tag)) missed.push(`The tag ${tag} should be given.`);
  for (const tag of expected.noTags) if (tags.includes(tag)) missed.push(`The tag ${tag} should not be given.`);
  if (expected.maxLength !== undefined && text.length > expected.maxLength) {
    missed.push(`The answer has ${text.length} characters; at most ${expected.maxLength}.`);
  }
  const flags = [
    ["answer", expected.answer, message !== null, "There should be an answer.", "There should be no answer."],
    [
      "handOver",
      expected.handOver,
      handOver !== null,
      "A person should take over.",
      `No person should take over: ${handOver}.`,
    ],
    [
      "stop",
      expected.stop,
      stop !== null,
      "The assistant should stop for good.",
      `The assistant should not stop: ${stop}.`,
    ],
  ] as const;
  for (const [, wanted, is, yes, no] of flags) {
    if (wanted !== undefined && wanted !== is) missed.push(wanted ? yes : no);
  }
  const unexpected = problems.filter((code) => !expected.problems.includes(code));
  if (unexpected.length > 0) missed.push(`The answer would be held back: ${unexpected.join(", ")}.`);
  for (const code of expected.problems) {
    if (!problems.includes(code)) missed.push(`The answer should be held back: ${code}.`);
  }
  return missed;
}

/** `/.../` is a regular expression; anything else is looked for in any case. */
function matches(text: string, pattern: string): boolean {
  const expression = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
  if (expression) return new RegExp(expression[1]!, [...new Set(`${expression[2]}iu`)].join("")).test(text);
  return text.toLowerCase().includes(pattern.toLowerCase());
}
