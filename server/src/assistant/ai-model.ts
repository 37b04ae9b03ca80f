import type { ModelProvider } from "../db/assistant-model.ts";
import { retryAfterMs as retryAfterOf } from "../domain/retry-after.ts";
import {
  type LanguageModel,
  type ModelFailure,
  type Prompt,
  type TokenUsage,
  tokensOf,
  type Written,
} from "./model.ts";

/** The two kinds of provider that there are, by the `ai` package: any that speaks OpenAI's chat completions, and Anthropic. */
export interface ModelAccess {
  provider: ModelProvider;
  baseUrl: string;
  model: string;
  apiKey: string | null;
  /** How it goes out: bounded, and to public addresses where that is wanted. */
  fetch: typeof globalThis.fetch;
}

/**
 * Loaded by the first prompt: it is a hundred and fifty modules, and most Heralds have no model. Of the providers only the one
 * that is used.
 */
const library = () => import("ai");

async function chatModel({ provider, baseUrl, model: name, apiKey, fetch }: ModelAccess) {
  if (provider === "anthropic") {
    const { createAnthropic } = await import("@ai-sdk/anthropic");
    // An empty key is one, too: else the package would take that of the environment.
    return createAnthropic({ baseURL: baseUrl, apiKey: apiKey ?? "", fetch })(name);
  }
  const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
  const key = apiKey === null ? {} : { apiKey };
  return createOpenAICompatible({ name: "model", baseURL: baseUrl, fetch: withEitherLimit(fetch), ...key }).chatModel(
    name,
  );
}

/**
 * OpenAI's models that reason (gpt-5, o3) refuse `max_tokens`, which other servers know alone, and name the field that they take. Such a refusal
 * costs nothing; from then on that field is sent.
 */
function withEitherLimit(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  let completion = false;
  const renamed = (init: RequestInit | undefined): RequestInit => {
    const { max_tokens: limit, ...rest } = JSON.parse(String(init?.body)) as Record<string, unknown>;
    return { ...init, body: JSON.stringify({ ...rest, max_completion_tokens: limit }) };
  };
  return async (input, init) => {
    if (completion) return await fetch(input, renamed(init));
    const response = await fetch(input, init);
    if (response.status !== 400) return response;
    const { status, headers } = response;
    const body = await response.text();
    if (!body.includes("max_completion_tokens")) return new Response(body, { status, headers });
    completion = true;
    return await fetch(input, renamed(init));
  };
}

export function openModel(access: ModelAccess): LanguageModel {
  const { model: name } = access;
  let opened: ReturnType<typeof chatModel> | null = null;
  const write = async (prompt: Prompt, signal: AbortSignal): Promise<Written> => {
    const ai = await library();
    opened ??= chatModel(access);
    const model = await opened;
    try {
      const { text, usage, finishReason } = await ai.generateText({
        model,
        system: prompt.system,
        prompt: prompt.user,
        maxOutputTokens: prompt.maxOutputTokens,
        // Retries are decided here, where the deadline and the budget are known.
        maxRetries: 0,
        abortSignal: signal,
      });
      const counted = {
        input: believed(usage.inputTokens) ?? tokensOf(prompt.system + prompt.user),
        output: believed(usage.outputTokens) ?? tokensOf(text),
      };
      const finish = ({ stop: "stop", length: "length", "content-filter": "refused" } as const)[finishReason as string];
      return { ok: true, text, usage: counted, finish: finish ?? "other" };
    } catch (error) {
      return withoutKey(failureOf(ai, error, prompt, signal), access.apiKey);
    }
  };
  return {
    name,
    write,
    async verify(signal) {
      const written = await write({ system: "Answer with one word.", user: "Say OK.", maxOutputTokens: 50 }, signal);
      return written.ok ? { ok: true, detail: `The model ${name} answers.` } : { ok: false, detail: written.detail };
    },
  };
}

/** Some providers repeat the key that they refuse, and Node a header that it can't send; what went wrong is told to people and in events. */
function withoutKey(written: Written, key: string | null): Written {
  // A short one is no secret but a word for servers that want any.
  return written.ok || key === null || key.length < 7
    ? written
    : { ...written, detail: written.detail.replaceAll(key, "[key]") };
}

function failureOf(
  { APICallError, NoOutputGeneratedError }: Awaited<ReturnType<typeof library>>,
  error: unknown,
  prompt: Prompt,
  signal: AbortSignal,
): Written {
  // Where it isn't known how far the provider came, it may have gone on to the end, and costs that: a budget is kept also then.
  const most: TokenUsage = { input: tokensOf(prompt.system + prompt.user), output: prompt.maxOutputTokens };
  const nothing: TokenUsage = { input: 0, output: 0 };
  const fail = (code: ModelFailure, detail: string, again: boolean, usage = most, retryAfterMs?: number): Written => ({
    ...{ ok: false, code, again, usage },
    detail: detail.slice(0, 500),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
  if (signal.aborted) return fail("model_timeout", "The model did not answer in time.", false);
  if (APICallError.isInstance(error)) {
    const { statusCode } = error;
    if (statusCode === undefined) {
      const detail = `The model can't be reached: ${causeOf(error)}`;
      return fail("model_unreachable", detail, true, neverArrived.test(causeOf(error)) ? nothing : most);
    }
    const { isError, words: said } = saidIn(error.responseBody ?? "");
    const words = `The model's provider answered ${statusCode}: ${(statusCode >= 400 && error.message) || said}`;
    if (statusCode === 429 || statusCode === 408 || statusCode >= 500) {
      return fail("model_error", words, true, nothing, askedWaitMs(error.responseHeaders) ?? undefined);
    }
    // A good status with a body that is none; gateways tell the failure of the one behind them so.
    if (statusCode < 300) {
      if (isError) return fail("model_error", words, true);
      return fail("model_malformed", `The model's provider answered with nonsense: ${error.message}: ${said}`, true);
    }
    return fail("model_refused", words, false, nothing);
  }
  if (NoOutputGeneratedError.isInstance(error)) return fail("model_malformed", "The model answered nothing.", true);
  const message = causeOf(error);
  if (/fetch failed|ECONN|socket|terminated|network|UND_ERR|other side closed/i.test(message)) {
    const usage = neverArrived.test(message) ? nothing : most;
    return fail("model_unreachable", `The connection to the model broke off: ${message}`, true, usage);
  }
  return fail("model_malformed", `The model's answer could not be read: ${message}`, true);
}

const longestWaitMs = 86_400_000;

/** How long a provider asks to be left alone, in milliseconds; null: it says nothing. `retry-after-ms` is OpenAI's and Azure's, and exacter than the header of whole seconds beside it. */
function askedWaitMs(headers: Record<string, string> | undefined): number | null {
  const exact = headers?.["retry-after-ms"]?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(exact)) return Math.min(Math.ceil(Number(exact)), longestWaitMs);
  return retryAfterOf(headers?.["retry-after"], new Date(), { min: 0, max: longestWaitMs });
}

/** What a provider says is wrong, in whichever form; else how its answer begins. */
function saidIn(body: string): { isError: boolean; words: string } {
  let json: { error?: unknown; message?: unknown; detail?: unknown } | null = null;
  try {
    json = JSON.parse(body);
  } catch {
    // It is told as it is.
  }
  const error = json?.error ?? null;
  const inner = (error as { message?: unknown } | null)?.message;
  const words = [inner, error, json?.message, json?.detail].find((one) => typeof one === "string" && one.trim() !== "");
  const shown = ((words as string | undefined) ?? body)
    .slice(0, 2_000)
    .replace(/[\s\p{Cc}\ufffd]+/gu, " ")
    .trim();
  return { isError: error !== null, words: shown.slice(0, 300) || "nothing" };
}

/** No connection: nobody has read anything. */
const neverArrived =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|CERT|not allowed|private/i;

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return cause instanceof Error
    ? `${error.message} (${typeof code === "string" ? code : cause.message})`
    : error.message;
}

/** A model's own count. Null where it is none: servers that count nothing say 0, and the budget has to end all the same. */
function believed(tokens: number | undefined): number | null {
  return tokens !== undefined && Number.isSafeInteger(tokens) && tokens > 0 && tokens <= 1e8 ? tokens : null;
}
