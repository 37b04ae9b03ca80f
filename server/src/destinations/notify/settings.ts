import { z } from "zod";
import { roles } from "../../domain/rights.ts";
import { parseTimeOfDay, weekdays } from "../../domain/schedule/local-date.ts";
import { normaliseTimeZone } from "../../domain/time-zone.ts";
import { quietProblem } from "./timing.ts";

const timeOfDay = z
  .string()
  .refine((text) => parseTimeOfDay(text) !== null, "This is not a time of day like 09:00 or 17:30.");

/** When a chat is told, and how. The same for all of them. */
export const notifyConfig = z.strictObject({
  mode: z.enum(["at_once", "digest"]).default("at_once").meta({
    description:
      "at_once: each event by itself, and what comes faster than people read in one message. digest: all that came, every `everyMinutes` or daily at `dailyAt`.",
  }),
  everyMinutes: z.number().int().min(1).max(1_440).optional().meta({
    description: "Of a digest: minutes after the first event that waits, 1 to 1,440.",
  }),
  dailyAt: timeOfDay.optional().meta({
    description: "Of a digest: `HH:MM` in `timeZone`. On a day on which clocks skip it: as soon as they go on.",
  }),
  timeZone: z
    .string()
    .max(64)
    .default("UTC")
    .superRefine((text, context) => {
      const zone = normaliseTimeZone(text);
      if (!zone.ok) context.addIssue(zone.reason);
    })
    .meta({
      description: "Of `dailyAt`, `quietHours` and `quietDays`: an IANA name. Default: the workspace's when it is set.",
    }),
  quietHours: z.strictObject({ from: timeOfDay, to: timeOfDay }).optional().meta({
    description: "Nothing is posted in these hours, which may go over midnight (22:00 to 07:00). It waits.",
  }),
  quietDays: z.array(z.enum(weekdays)).max(6).default([]).meta({ description: "Nothing is posted on these days." }),
  linkTemplate: z
    .string()
    .max(500)
    .regex(/^https?:\/\/[^\s<>|"]+$/, "Give a URL like https://crm.example.com/people/{externalLeadId}.")
    .optional()
    .meta({
      description:
        "Where a message's link leads, with fields of the event's data in braces: `https://crm.example.com/people/{externalLeadId}`. An event without one of them gets the usual link. Default: what it is about in Herald, where HERALD_PUBLIC_URL is set.",
    }),
  routine: z.boolean().default(false).meta({
    description:
      "Whether it is also told what asks for nobody: campaigns that somebody paused themselves, senders that rest until a time.",
  }),
  verifyPost: z.boolean().default(false).meta({
    description: "Whether verifying posts a message: the only way to see that a Teams workflow posts at all.",
  }),
});
export type NotifyConfig = z.infer<typeof notifyConfig>;

const { verifyPost: _, ...timing } = notifyConfig.shape;

/** The same for emails, and to whom. */
export const emailConfig = z.strictObject({
  ...timing,
  to: z.array(z.email().max(254)).max(50).default([]).meta({ description: "Addresses. Each gets a mail of its own." }),
  roles: z
    .array(z.enum(roles))
    .max(roles.length)
    .default([])
    .meta({ description: "Members of the workspace who have one of these roles when the mail is sent." }),
  senderId: z.string().max(100).optional().meta({
    description:
      "A sender of the provider smtp, by whose mail server it goes, from its address. Default: the server of HERALD_NOTIFY_SMTP.",
  }),
});
export type EmailConfig = z.infer<typeof emailConfig>;

export const emailCredentials = z.strictObject({});
export type EmailCredentials = z.infer<typeof emailCredentials>;

export function emailConfigProblem(config: EmailConfig, hasServer: boolean): { field: string; reason: string } | null {
  if (config.to.length === 0 && config.roles.length === 0)
    return { field: "config.to", reason: "Give addresses in `to`, or `roles` whose members get it." };
  if (config.senderId === undefined && !hasServer)
    return {
      field: "config.senderId",
      reason: "Name a sender of the provider smtp, or start Herald with HERALD_NOTIFY_SMTP.",
    };
  return configProblem(config);
}

export const notifyCredentials = z.strictObject({
  url: z.string().meta({ description: "The webhook's URL. Whoever has it can post: it is sealed, and not shown." }),
});
export type NotifyCredentials = z.infer<typeof notifyCredentials>;

/** What is wrong with settings of which each is right by itself. */
export function configProblem(config: Omit<NotifyConfig, "verifyPost">): { field: string; reason: string } | null {
  const { mode, everyMinutes, dailyAt } = config;
  if (mode === "digest" && (everyMinutes === undefined) === (dailyAt === undefined))
    return { field: "config.mode", reason: "A digest needs one of everyMinutes and dailyAt." };
  if (mode === "at_once" && (everyMinutes ?? dailyAt) !== undefined)
    return { field: "config.mode", reason: "everyMinutes and dailyAt are of a digest; set mode to digest." };
  const quiet = quietProblem(config);
  return quiet === null ? null : { field: "config.quietHours", reason: quiet };
}
