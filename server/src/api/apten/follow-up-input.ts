import { z } from "zod";
import { type FollowUps, followUpsSchema, profileLimits } from "../../domain/profile.ts";
import { invalid, parsePart } from "../validate.ts";

/** Apten's words for Herald's channels. Herald makes no calls: `call` is refused in words. */
const channels = { text: "sms", email: "email" } as const;

export const followUpConfig = z
  .record(
    z.string(),
    z.strictObject({
      hours: z.number().positive().max(profileLimits.followUpHours),
      channel: z.enum(["text", "email", "call"]),
    }),
  )
  .meta({
    description: 'By number, from "1" without gaps. `call` is refused: Herald makes no calls.',
    examples: [{ "1": { hours: 24, channel: "text" }, "2": { hours: 72, channel: "email" } }],
  });

export function readFollowUps(given: z.output<typeof followUpConfig>): FollowUps {
  const calls = Object.entries(given).filter(([, { channel }]) => channel === "call");
  if (calls.length > 0) {
    const reason = "Herald makes no calls; use text or email.";
    throw invalid(calls.map(([step]) => ({ field: `followUpConfig.${step}.channel`, reason })));
  }
  const steps = Object.entries(given).map(([step, { hours, channel }]) => [
    step,
    { hours, channel: channels[channel as keyof typeof channels] },
  ]);
  return parsePart(followUpsSchema, Object.fromEntries(steps), "followUpConfig");
}
