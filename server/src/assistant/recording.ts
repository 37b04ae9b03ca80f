import { hash } from "node:crypto";
import { z } from "zod";
import type { LanguageModel, Prompt, Written } from "./model.ts";

/**
 * A model's answers by what it was asked, so that an evaluation can be played again without it: always the same, at once, and
 * for nothing. A prompt that isn't in the recording is a failure, not a guess.
 */
const usage = z.strictObject({ input: z.number(), output: z.number() });
const written = z.discriminatedUnion("ok", [
  z.strictObject({
    ok: z.literal(true),
    text: z.string(),
    usage,
    finish: z.enum(["stop", "length", "refused", "other"]),
  }),
  z.strictObject({
    ok: z.literal(false),
    code: z.enum(["model_timeout", "model_unreachable", "model_refused", "model_error", "model_malformed"]),
    detail: z.string(),
    again: z.boolean(),
    usage,
    retryAfterMs: z.number().optional(),
  }),
]);

export const recordingSchema = z.strictObject({
  version: z.literal(1),
  model: z.string(),
  /** It stands in the prompts. */
  maxOutputTokens: z.number().int(),
  /** By SHA-256 of the prompt; several where it was asked again. */
  answers: z.record(z.string(), z.array(written).min(1)),
});
export type Recording = z.output<typeof recordingSchema>;

const keyOf = ({ system, user, maxOutputTokens }: Prompt): string =>
  hash("sha256", JSON.stringify([system, user, maxOutputTokens]), "hex");

/** The model, with what it answers written into `recording`. */
export function recorded(
  model: LanguageModel,
  maxOutputTokens: number,
): { model: LanguageModel; recording: Recording } {
  const recording: Recording = { version: 1, model: model.name, maxOutputTokens, answers: {} };
  return {
    recording,
    model: {
      ...model,
      async write(prompt, signal) {
        const answer = await model.write(prompt, signal);
        const key = keyOf(prompt);
        recording.answers[key] = [...(recording.answers[key] ?? []), answer];
        return answer;
      },
    },
  };
}

/** A model that answers from a recording. */
export function replayed({ model, answers }: Recording): LanguageModel {
  const used = new Map<string, number>();
  return {
    name: model,
    async write(prompt): Promise<Written> {
      const key = keyOf(prompt);
      const known = answers[key];
      const n = used.get(key) ?? 0;
      used.set(key, n + 1);
      if (known) {
        const answer = known[Math.min(n, known.length - 1)]!;
        // Nobody has to wait for what was recorded.
        return answer.ok ? answer : { ...answer, retryAfterMs: 0 };
      }
      return {
        ...{ ok: false, code: "model_malformed", again: false, usage: { input: 0, output: 0 } },
        detail:
          "The recording has no answer to this prompt: the profile, its knowledge or the file has changed since. Record it anew.",
      };
    },
    verify: async () => ({ ok: true, detail: "" }),
  };
}
