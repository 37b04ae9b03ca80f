import { z } from "zod";
import type { Sender } from "../db/sender.ts";
import type { ErrorDetail } from "../domain/error.ts";
import type { ChannelName } from "../domain/event.ts";
import { type Pace, type PacedAction, paceOf, type SenderLimits } from "../domain/pacing.ts";
import { invalid } from "./validate.ts";

/** A sender's pace: what the API takes and gives for it. */

const count = z.int().min(1).max(100_000).nullable();
const ramp = z.strictObject({ start: z.int().min(1), step: z.int().min(0), ceiling: z.int().min(1) }).nullable();
const paceInput = z.strictObject({
  perDay: count.optional(),
  perWeek: count.optional().meta({ description: "In any 7 days." }),
  minGapSeconds: z.number().min(0).max(86_400).optional(),
  jitter: z
    .number()
    .min(0)
    .max(5)
    .optional()
    .meta({ description: "Makes a gap longer by up to this share, at random." }),
  ramp: ramp.optional().meta({ description: "For a new account: its first day, each day more, and the ceiling." }),
});

export const limitsInput = z
  .strictObject({ message: paceInput.optional(), connect: paceInput.optional() })
  .optional()
  .meta({
    description:
      "In place of the provider's safe pace, field by field; null lifts a limit. Counted over all campaigns and single messages. A " +
      "day is one of the workspace's zone.",
  });

const paceAnswer = z.object({
  perDay: z.int().nullable(),
  perWeek: z.int().nullable(),
  minGapSeconds: z.number(),
  jitter: z.number(),
  ramp: z.object({ start: z.int(), step: z.int(), ceiling: z.int() }).nullable(),
});
export const limitsAnswer = {
  limits: z.object({ message: paceAnswer.partial().optional(), connect: paceAnswer.partial().optional() }).meta({
    description: "As they were set.",
  }),
  pace: z.object({ message: paceAnswer, connect: paceAnswer.optional() }).meta({
    description: "What holds: the provider's safe pace, with `limits` in its place.",
  }),
} as const;

export function paceAnswerOf(sender: Pick<Sender, "provider" | "channel" | "limits">) {
  const of = (action: PacedAction): Pace => paceOf(sender.provider, action, sender.limits);
  return sender.channel === "linkedin"
    ? { message: of("message"), connect: of("connect") }
    : { message: of("message") };
}

/** @throws HeraldError `invalid_request` for limits that contradict each other. */
export function checkLimits(channel: ChannelName, provider: string, limits: SenderLimits | undefined): void {
  const problems: ErrorDetail[] = [];
  for (const action of ["message", "connect"] as const) {
    const given = limits?.[action];
    if (!given) continue;
    if (action === "connect" && channel !== "linkedin") {
      problems.push({ field: "limits.connect", reason: "Only LinkedIn has invitations." });
    }
    const { perDay, perWeek, minGapSeconds, ramp: ramped } = paceOf(provider, action, limits ?? {});
    if (ramped && ramped.ceiling < ramped.start) {
      problems.push({ field: `limits.${action}.ramp.ceiling`, reason: "The ceiling lies below the start." });
    }
    const tooMany = (field: string, cap: number | null, seconds: number, time: string) => {
      if (cap === null || cap * minGapSeconds <= seconds) return;
      const most = Math.floor(seconds / minGapSeconds);
      const reason = `With ${minGapSeconds} s between them at most ${most} fit into ${time}, not ${cap}.`;
      problems.push({ field: `limits.${action}.${field}`, reason });
    };
    tooMany("perDay", perDay, 86_400, "a day");
    tooMany("perWeek", perWeek, 7 * 86_400, "7 days");
    tooMany("ramp.ceiling", ramped?.ceiling ?? null, 86_400, "a day");
  }
  if (problems.length > 0) throw invalid(problems);
}
