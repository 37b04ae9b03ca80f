import { setTimeout as sleep } from "node:timers/promises";
import type { TurnProblem } from "../db/assistant-turn.ts";
import type { Passage } from "../db/knowledge.ts";
import { type Answer, longestSearch, parseAnswer } from "./answer.ts";
import type { Briefing } from "./briefing.ts";
import { answerProblems } from "./checks.ts";
import { costMicros, type LanguageModel, type ModelFailure, type TokenUsage, tokensOf } from "./model.ts";
import { confidentialOf, promptOf } from "./prompt.ts";

/**
 * From a briefing to a checked answer: asks the model, lets it look something up, asks once more where it failed. It touches
 * no lead and sends nothing, so that trying a profile out and evaluating one are the same code.
 */
export interface ThinkOptions {
  maxOutputTokens: number;
  /** For a million tokens. */
  prices: { inputPrice: number; outputPrice: number };
  /** Ends all of it. */
  signal: AbortSignal;
  search(query: string): Promise<readonly Passage[]>;
  /** How long a failure of the provider is waited for where it says nothing, in milliseconds; up to twice that. Default 500. */
  retryMs?: number;
}

export interface Spent {
  calls: number;
  failures: number;
  usage: TokenUsage;
  costMicros: number;
  latencyMs: number;
}

export type Thought =
  | { ok: true; answer: Answer; problems: TurnProblem[]; searches: string[]; spent: Spent }
  | { ok: false; code: ModelFailure | "model_refuses"; detail: string; spent: Spent };

/** Calls of one turn at most: a try again, or looking something up. */
export const mostCalls = 3;

/** Passages that one search gives at most. */
export const passagesFound = 4;

/**
 * Tokens that thinking about it may cost at most.
 *
 * @param mostFound tokens of what one search finds at most
 */
export function mostTokens(briefing: Briefing, maxOutputTokens: number, mostFound: number): TokenUsage {
  const { system, user } = promptOf(briefing, maxOutputTokens);
  // With what was asked for, and JSON's own signs around each passage. The second call has one search's, the third has two.
  const search = mostFound + Math.min(longestSearch, maxOutputTokens) + 20 * passagesFound;
  const found = ((mostCalls * (mostCalls - 1)) / 2) * search;
  return { input: mostCalls * (tokensOf(system) + tokensOf(user)) + found, output: mostCalls * maxOutputTokens };
}

/** Who asks for a longer pause gets no second call: a person has the turn by then. */
const longestWaitMs = 20_000;

/** False: its time is over. */
const waited = (ms: number, signal: AbortSignal): Promise<boolean> =>
  sleep(ms, undefined, { signal }).then(
    () => true,
    () => false,
  );

export async function think(model: LanguageModel, briefing: Briefing, options: ThinkOptions): Promise<Thought> {
  const { maxOutputTokens, prices, signal } = options;
  const spent: Spent = { calls: 0, failures: 0, usage: { input: 0, output: 0 }, costMicros: 0, latencyMs: 0 };
  const found: { query: string; passages: readonly Passage[] }[] = [];
  let failure: { code: ModelFailure | "model_refuses"; detail: string } = { code: "model_error", detail: "" };
  while (spent.calls < mostCalls) {
    const begun = performance.now();
    const written = await model.write(promptOf(briefing, maxOutputTokens, found), signal);
    spent.calls += 1;
    spent.latencyMs += performance.now() - begun;
    spent.usage.input += written.usage.input;
    spent.usage.output += written.usage.output;
    spent.costMicros = costMicros(spent.usage, prices);
    if (!written.ok) {
      spent.failures += 1;
      failure = written;
      const waitMs = written.retryAfterMs ?? (options.retryMs ?? 500) * (1 + Math.random());
      if (written.again && spent.failures < 2 && waitMs <= longestWaitMs && (await waited(waitMs, signal))) continue;
      return { ok: false, code: written.code, detail: written.detail, spent };
    }
    if (written.finish === "refused") {
      spent.failures += 1;
      return { ok: false, code: "model_refuses", detail: "The model refuses to answer.", spent };
    }
    const parsed = parseAnswer(written.text);
    if (!parsed.ok) {
      spent.failures += 1;
      const cut = written.finish === "length" ? " It was cut off: maxOutputTokens may be too low." : "";
      failure = { code: "model_malformed", detail: `${parsed.detail}${cut}` };
      if (spent.failures < 2 && !signal.aborted) continue;
      return { ok: false, ...failure, spent };
    }
    const { answer } = parsed;
    if (answer.search !== null && answer.message === null) {
      if (spent.calls === mostCalls && answer.handOver === null && answer.stop === null) {
        const detail = `The model went on searching the knowledge (${JSON.stringify(answer.search)}) in place of an answer.`;
        return { ok: false, code: "model_malformed", detail, spent };
      }
      if (spent.calls < mostCalls) {
        found.push({ query: answer.search, passages: await options.search(answer.search) });
        continue;
      }
    }
    const passages = [...briefing.passages, ...found.flatMap((one) => one.passages)];
    return {
      ...{ ok: true, answer, spent, searches: found.map(({ query }) => query) },
      problems: problemsOf(answer, briefing, passages),
    };
  }
  return { ok: false, ...failure, spent };
}

function problemsOf({ message }: Answer, briefing: Briefing, passages: readonly Passage[]): TurnProblem[] {
  if (message === null) return [];
  const { channel, content, history, context, lead } = briefing;
  // A subject is for emails; elsewhere there is none to be wrong.
  return answerProblems({
    ...{ channel, content, text: message.text, subject: channel === "email" ? message.subject : null },
    sources: [
      ...passages.map(({ title, text }) => `${title}\n${text}`),
      // People of the business wrote both.
      ...context.map((one) => one.text),
      ...(briefing.instruction ? [briefing.instruction] : []),
    ],
    earlier: history.filter(({ direction }) => direction === "outbound").map(({ text }) => text),
    leadsWords: [
      ...history.filter(({ direction }) => direction === "inbound").map(({ text }) => text),
      ...Object.values(lead.custom).map(String),
    ],
    leadsNames: [lead.firstName, lead.lastName, lead.company, lead.title].filter((name) => name !== null),
    confidential: confidentialOf(content),
  });
}
