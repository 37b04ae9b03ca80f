import { z } from "zod";
import { channels } from "./event.ts";
import { weekdays } from "./schedule/local-date.ts";
import { type DailyRange, type Schedule, scheduleProblems } from "./schedule/schedule.ts";

/**
 * What the assistant is told about a kind of lead, and what it may do. A version of a profile is one such content; it is
 * never changed, so that a message can always show what it was written with.
 */

/** draft: a person approves what it writes. autopilot: it sends by itself. off: it does nothing. */
export const assistantModes = ["draft", "autopilot", "off"] as const;
export type AssistantMode = (typeof assistantModes)[number];

export const profileLimits = {
  text: 20_000,
  responseDelaySeconds: 86_400,
  turnLimit: 200,
  followUps: 20,
  nurtureTimes: 24,
  followUpHours: 8_760,
  links: 100,
  patterns: 200,
} as const;

const text = (description: string, max: number = profileLimits.text) =>
  z.string().max(max).default("").meta({ description });
const link = z.url({ protocol: /^https?$/, error: "Give an address that begins with https:// or http://." }).max(2_000);
const range = z.strictObject({ from: z.string(), to: z.string() });

const followUpStep = z.strictObject({
  hours: z.number().positive().max(profileLimits.followUpHours).meta({
    description: "After the last message that went out. Whole minutes count.",
  }),
  channel: z.enum(channels),
  template: z.string().max(profileLimits.text).nullable().default(null).meta({
    description:
      "What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it.",
  }),
  subject: z.string().max(1_000).nullable().default(null).meta({
    description: "Email only. Null: the thread's.",
  }),
});

export const followUpsSchema = z
  .record(z.string().regex(/^[1-9][0-9]?$/, "Steps are called 1, 2, ..."), followUpStep)
  .superRefine((steps, context) => {
    const count = Object.keys(steps).length;
    if (count > profileLimits.followUps) {
      context.addIssue(`${count} follow-ups; a profile has at most ${profileLimits.followUps}.`);
    }
    for (let n = 1; n <= count; n++) {
      if (!Object.hasOwn(steps, String(n))) {
        context.addIssue(`Step ${n} is missing: steps are numbered from 1, without gaps.`);
        return;
      }
    }
  })
  .meta({
    description:
      'By number, from "1": {"1": {"hours": 24, "channel": "sms"}}. The clock of each starts at the last message that went out; a reply ends them, and the next message begins with the first one again.',
  });

export const profileContentSchema = z.strictObject({
  description: text("For people.", 2_000),
  instructions: text(
    "What the assistant is told. It is confidential: an answer that repeats it, or a figure from it, is held back. Facts for leads belong into the knowledge.",
  ),
  objectives: text("What a conversation is to lead to."),
  tone: text("How it speaks.", 2_000),
  handOffRules: text("In plain English: when a person is to take over."),
  channels: z.array(z.enum(channels)).min(1).default(["sms", "email", "linkedin"]).meta({
    description: "On which it writes; a first message goes out on the first one that the lead has an address for.",
  }),
  schedule: z
    .strictObject({
      windows: z.partialRecord(z.enum(weekdays), z.array(range)),
      holidays: z.array(z.string()).default([]),
    })
    .superRefine((schedule, context) => {
      for (const { field, reason } of scheduleProblems(schedule as Schedule)) {
        context.addIssue({ code: "custom", message: reason, path: field.split("."), input: schedule });
      }
    })
    .nullable()
    .default(null)
    .meta({ description: "When it writes, by the lead's clock. Null: at any time; SMS keep the workspace's hours." }),
  responseDelaySeconds: z.number().int().min(0).max(profileLimits.responseDelaySeconds).default(60).meta({
    description: "How long it waits for more before it answers. What comes in meanwhile gets one answer.",
  }),
  responseJitter: z.number().min(0).max(1).default(0.5).meta({
    description: "Up to this part of the delay is added, at random.",
  }),
  listenWhenOff: z.boolean().default(true).meta({
    description:
      "Whether conditions are asked of what leads write while the assistant is off for them, or a person has taken over: it costs what an answer costs. Asking to be left alone in plain words is understood in any case.",
  }),
  bookingLink: link.nullable().default(null).meta({ description: "Where leads book; it may stand in answers." }),
  allowedLinks: z.array(link).max(profileLimits.links).default([]).meta({
    description: "Other addresses that may stand in answers. Paths below one of them may, too, with no other query.",
  }),
  mustNotSay: z.array(z.string().trim().min(2).max(200)).max(profileLimits.patterns).default([]).meta({
    description: "Words that hold an answer back, in any case; `*` stands for anything within a sentence.",
  }),
  maxLength: z.number().int().min(20).max(100_000).nullable().default(null).meta({
    description: "Characters of an answer at most; null: what the channel takes.",
  }),
  maxSmsSegments: z.number().int().min(1).max(10).default(3).meta({ description: "Parts of an SMS at most." }),
  turnLimit: z.number().int().min(1).max(profileLimits.turnLimit).default(20).meta({
    description: "Answers to one lead, after which a person takes over.",
  }),
  opening: z
    .strictObject({
      template: z.string().max(profileLimits.text).nullable().default(null),
      subject: z.string().max(1_000).nullable().default(null),
    })
    .default({ template: null, subject: null })
    .meta({ description: "The first message, where no model is configured; `subject` also with one." }),
  followUps: followUpsSchema.default({}),
  nurture: followUpStep
    .extend({ times: z.number().int().min(1).max(profileLimits.nurtureTimes).default(6) })
    .nullable()
    .default(null)
    .meta({ description: "Long-term nurture: what comes, so many times, when all follow-ups went out." }),
});

/** Whether the assistant writes to a lead, and by itself: what is off stays off, else the lead's own mode counts. */
export function effectiveMode(
  profile: AssistantMode,
  lead: { mode: AssistantMode | null; handedOverAt: Date | null },
): AssistantMode {
  if (profile === "off" || lead.handedOverAt !== null) return "off";
  return lead.mode ?? profile;
}

export type ProfileContent = z.output<typeof profileContentSchema>;
export type FollowUps = z.output<typeof followUpsSchema>;
export type FollowUpStep = z.output<typeof followUpStep>;
export type { DailyRange };
