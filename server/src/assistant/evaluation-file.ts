import { z } from "zod";
import { channels } from "../domain/event.ts";
import { profileContentSchema } from "../domain/profile.ts";

/** What a file for `herald assistant eval` may say. */

const pattern = z
  .string()
  .min(1)
  .max(1_000)
  .refine((text) => {
    const expression = /^\/(.*)\/([a-z]*)$/s.exec(text);
    if (!expression) return true;
    try {
      new RegExp(expression[1]!, `${expression[2]!.replace(/[iu]/g, "")}iu`);
      return true;
    } catch {
      return false;
    }
  }, "This is no regular expression.");
const names = z.array(z.string().min(1).max(200)).max(100).default([]);

const expectation = z.strictObject({
  contains: z.array(pattern).max(100).default([]).meta({
    description: "Each must be in the answer, in any case; `/.../` is a regular expression.",
  }),
  excludes: z.array(pattern).max(100).default([]).meta({ description: "None of these may be in the answer." }),
  tags: names.meta({ description: "Conditions that must be met, by their names." }),
  noTags: names,
  answer: z.boolean().optional().meta({ description: "Whether there must be an answer." }),
  handOver: z.boolean().optional().meta({ description: "Whether a person must take over." }),
  stop: z.boolean().optional().meta({ description: "Whether the assistant must never write again." }),
  maxLength: z.number().int().min(1).optional().meta({ description: "Characters." }),
  problems: names.meta({
    description: "Codes of checks that must hold the answer back. Default: none may.",
  }),
});
export type Expectation = z.output<typeof expectation>;

const turn = z
  .strictObject({
    lead: z.string().min(1).max(10_000).optional().meta({ description: "What the lead says." }),
    opening: z
      .literal(true)
      .optional()
      .meta({ description: "In place of `lead`: the assistant begins the conversation." }),
    followUp: z.int().min(1).max(1_000).optional().meta({
      description: "In place of `lead`: this follow-up of the profile is due, its hours after the last message.",
    }),
    expect: expectation.prefault({}),
  })
  .refine(({ lead, opening, followUp }) => [lead, opening, followUp].filter((one) => one !== undefined).length === 1, {
    message: "Give one of lead, opening and followUp.",
  });
export type ScriptedTurn = z.output<typeof turn>;

const text = z.string().max(300).nullable().default(null);
const conversation = z.strictObject({
  name: z.string().min(1).max(200),
  lead: z
    .strictObject({
      ...{ firstName: text, lastName: text, company: text, title: text },
      timeZone: z.string().nullable().optional(),
      custom: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  turns: z.array(turn).min(1).max(100),
});
export type Conversation = z.output<typeof conversation>;

export const evaluationFile = z
  .strictObject({
    profile: z.string().min(1).max(200).optional().meta({ description: "The name of a profile of the workspace." }),
    content: profileContentSchema
      .optional()
      .meta({ description: "In place of `profile`: what a profile says, as in `POST /v1/profiles`." }),
    knowledge: z
      .array(z.strictObject({ title: z.string().max(300), text: z.string().max(200_000) }))
      .max(100)
      .default([])
      .meta({ description: "Beside the profile's own." }),
    conditions: z
      .array(z.strictObject({ name: z.string().min(1).max(200), condition: z.string().min(1).max(2_000) }))
      .max(50)
      .default([])
      .meta({ description: "Beside the workspace's, and isHot and isQualified." }),
    channel: z.enum(channels).default("sms"),
    now: z.iso
      .datetime({ offset: true })
      .default("2026-01-05T10:00:00Z")
      .transform((at) => new Date(at))
      .meta({ description: "When the conversations take place: the clock stands, so that recordings fit." }),
    conversations: z.array(conversation).min(1).max(1_000),
  })
  .refine((file) => (file.profile === undefined) !== (file.content === undefined), {
    path: ["profile"],
    message: "Give profile or content.",
  });
export type EvaluationFile = z.output<typeof evaluationFile>;
