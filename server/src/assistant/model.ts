/**
 * A language model, as the assistant uses one. It writes text and nothing else: what becomes of the text is decided here.
 * An adapter knows one kind of provider, and nothing of leads.
 */
export interface LanguageModel {
  /** As messages name it: "gpt-5-mini". */
  readonly name: string;
  /** Answers a prompt. Never throws. */
  write(prompt: Prompt, signal: AbortSignal): Promise<Written>;
  /** Asks for a word, to see whether address, key and model are right. Never throws. */
  verify(signal: AbortSignal): Promise<{ ok: boolean; detail: string }>;
}

export interface Prompt {
  /** What the model is told to do. Nothing of it comes from a lead, and no secret is in it. */
  system: string;
  /** The conversation and what belongs to it, as data. */
  user: string;
  maxOutputTokens: number;
}

export type Written =
  | { ok: true; text: string; usage: TokenUsage; finish: "stop" | "length" | "refused" | "other" }
  /** Nothing came that could be used. `again`: it may work a moment later, after `retryAfterMs` where the provider says when. */
  | {
      ok: false;
      code: ModelFailure;
      detail: string;
      again: boolean;
      usage: TokenUsage;
      retryAfterMs?: number | undefined;
    };

/**
 * Tokens that a provider counted, or an estimate where it says nothing; of a call that may have gone on unseen, the most that it
 * can have cost.
 */
export interface TokenUsage {
  input: number;
  output: number;
}

/**
 * model_timeout: no answer within the deadline. model_unreachable: no connection, or one that broke off. model_refused: the
 * provider refuses the request (key, model, quota). model_error: it failed. model_malformed: its answer is none.
 */
export type ModelFailure = "model_timeout" | "model_unreachable" | "model_refused" | "model_error" | "model_malformed";

/** Tokens of a text, roughly, from above: a token has three characters of English and more, and less of other scripts. */
export function tokensOf(text: string): number {
  let wide = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) wide++;
  return Math.ceil((text.length - wide) / 3 + wide);
}

/** What tokens cost, in millionths of the currency of the prices, which are for a million tokens each. */
export function costMicros(usage: TokenUsage, prices: { inputPrice: number; outputPrice: number }): number {
  return Math.ceil(usage.input * prices.inputPrice + usage.output * prices.outputPrice);
}
