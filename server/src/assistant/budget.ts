import type { ModelSettings } from "../db/assistant-model.ts";
import { addUsage, reserveBudget } from "../db/assistant-usage.ts";
import type { Database, Queryable } from "../db/pool.ts";
import type { Briefing } from "./briefing.ts";
import { costMicros, type LanguageModel } from "./model.ts";
import { mostTokens, type ThinkOptions, type Thought, think } from "./think.ts";

/** For whom it is thought, and from which model's budget. */
export interface Payer {
  workspaceId: string;
  settings: ModelSettings;
  /** Of this thinking, as no other one has it: what is set aside for it is kept under it. */
  reservation: string;
  profileId: string | null;
  /** Null: it is for no turn. */
  turnId?: string | null;
  /** Does a piece of work in a transaction. Default: at once, and in one of its own. */
  inTransaction?: <T>(what: "reserve" | "count", work: (tx: Queryable) => Promise<T>) => Promise<T>;
  /** When it may ask the model; its deadline begins then. False: it must not ask any more. Default: at once. */
  itsMoment?: () => Promise<boolean>;
}

/** It costs nothing, and what was set aside for it is free again. */
const neverAsked = (): Thought => ({
  ...{ ok: false, code: "model_error", detail: "The model was not asked." },
  spent: { calls: 0, failures: 0, usage: { input: 0, output: 0 }, costMicros: 0, latencyMs: 0 },
});

/** What is set aside is free again so long after the deadline, where nobody could count what it cost. */
const beyondDeadlineMs = 30_000;

/**
 * Thinks within the day's budget: what it can cost at most is set aside before, and what it cost is counted after it. Null: the
 * budget doesn't allow it.
 */
export async function thinkWithinBudget(
  db: Database,
  {
    workspaceId,
    settings,
    reservation,
    profileId,
    turnId = null,
    inTransaction = (_, work) => db.transaction(work),
    itsMoment,
  }: Payer,
  model: LanguageModel,
  briefing: Briefing,
  options: Pick<ThinkOptions, "search" | "retryMs"> & {
    /** Tokens of what one search finds at most; asked for where there is a budget. */
    mostFound(tx: Queryable): Promise<number>;
    signal: AbortSignal | null;
  },
): Promise<Thought | null> {
  const { maxOutputTokens, deadlineMs, tokensPerDay, microsPerDay } = settings;
  if (tokensPerDay !== null || microsPerDay !== null) {
    const forMs = deadlineMs + beyondDeadlineMs;
    const reserve = async (tx: Queryable) => {
      const most = mostTokens(briefing, maxOutputTokens, await options.mostFound(tx));
      const wanted = { tokens: most.input + most.output, micros: costMicros(most, settings) };
      return await reserveBudget(tx, workspaceId, { id: reservation, forMs }, wanted, settings);
    };
    if (!(await inTransaction("reserve", reserve))) return null;
  }
  const may = itsMoment === undefined || (await itsMoment());
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = options.signal === null ? deadline : AbortSignal.any([deadline, options.signal]);
  const thought = may
    ? await think(model, briefing, { ...options, maxOutputTokens, prices: settings, signal })
    : neverAsked();
  const { calls, failures, usage, costMicros: micros, latencyMs } = thought.spent;
  const tokens = { inputTokens: usage.input, outputTokens: usage.output };
  const spent = { calls, failures, ...tokens, costMicros: micros, latencyMs };
  await inTransaction("count", (tx) => addUsage(tx, workspaceId, spent, { reservation, profileId, turnId }));
  return thought;
}
