import { z } from "zod";

/**
 * What a model may answer: JSON, and in it what it wants to be said and the few things that it may ask for. Nothing in it can
 * name whom to write to, or any other action: what is not listed here doesn't exist.
 */
const reason = z.string().max(1_000);

/** Characters of what may be looked up at once. */
export const longestSearch = 500;

const answerSchema = z.strictObject({
  /** Null: nothing is to be said. */
  message: z.strictObject({ text: z.string(), subject: z.string().nullish() }).nullish(),
  /** In place of a message: passages about this are wanted first. */
  search: z.string().max(longestSearch).or(z.literal(false)).nullish(),
  conditions: z
    .array(z.strictObject({ id: z.string().max(200), met: z.boolean(), reason }))
    .max(100)
    .nullish(),
  handOver: reason.or(z.boolean()).nullish(),
  stop: reason.or(z.boolean()).nullish(),
  booked: z.boolean().nullish(),
  summary: z.string().max(2_000).nullish(),
});

export interface Answer {
  message: { text: string; subject: string | null } | null;
  search: string | null;
  conditions: { id: string; met: boolean; reason: string }[];
  /** Why a person is to take over; null: nobody is. */
  handOver: string | null;
  /** The lead's words by which it asks to be left alone; null: it doesn't. */
  stop: string | null;
  booked: boolean;
  summary: string | null;
}

export type ParsedAnswer = { ok: true; answer: Answer } | { ok: false; detail: string };

/** What open models write before they answer, where their server doesn't take it away; without its beginning where that was in the prompt. */
const thoughts = /^(?:\s*<think(?:ing)?>)?[\s\S]*?<\/think(?:ing)?>/;

/** Reads what a model wrote. Some put JSON into a fence, say a word before it, or think aloud. */
export function parseAnswer(written: string): ParsedAnswer {
  // In an answer that is none but JSON, such a tag is a text's, and stays.
  const text = /^\s*\{/.test(written) ? written : written.replace(thoughts, "");
  const begin = text.indexOf("{");
  const end = text.lastIndexOf("}");
  if (begin < 0 || end < begin) return { ok: false, detail: "The model's answer is no JSON object." };
  let json: unknown;
  try {
    json = JSON.parse(text.slice(begin, end + 1));
  } catch (error) {
    return { ok: false, detail: `The model's answer is no JSON: ${(error as Error).message}` };
  }
  const result = answerSchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    const at = issue?.path.join(".") || "the answer";
    return { ok: false, detail: `The model's answer is not as it was asked for: ${at}: ${issue?.message}` };
  }
  const { message, search, conditions, handOver, stop, booked, summary } = result.data;
  if (message === undefined && !search && !handOver && !stop) {
    const detail = "it has no message, not even null, and says nothing of why";
    return { ok: false, detail: `The model's answer is not as it was asked for: ${detail}.` };
  }
  const said = (words: string | boolean | null | undefined) =>
    words === true ? unsaid : meant(readable(words || null)?.trim());
  return {
    ok: true,
    answer: {
      message:
        message && !/^\s*(?:null|undefined)\s*$/i.test(message.text)
          ? { text: checkable(message.text).trim(), subject: meant(checkable(message.subject ?? "").trim()) }
          : null,
      conditions: (conditions ?? []).map((one) => ({ ...one, id: readable(one.id), reason: readable(one.reason) })),
      ...{ search: said(search), handOver: said(handOver), stop: said(stop), summary: said(summary) },
      booked: booked ?? false,
    },
  };
}

/** Small models say yes where words were asked for: not to be heard for that would be against the lead's will. */
const unsaid = "The model says so, without words.";

/**
 * Small models write "null" where null was asked for. Taken for a lead's words it would end all contact with somebody who never
 * asked for that. "No" stays: people say it.
 */
const meant = (words: string | null | undefined) =>
  !words || /^["'(<[]*(?:null|none|nil|undefined|false|n\/?a)["')>\].]*$/i.test(words) ? null : words;

/** What no database stores: NUL, and half a character. For people it becomes the sign of something unreadable. */
const readable = <T extends string | null | undefined>(words: T) => words?.replace(unstorable, "\ufffd") as T;

/** In what would be sent it becomes the control character for something invalid, which the checks refuse. */
const checkable = (words: string) => words.replace(unstorable, "\u001a");

const unstorable = /[\0\p{Surrogate}]/gu;
