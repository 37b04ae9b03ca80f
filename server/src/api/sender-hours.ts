import { z } from "zod";
import type { ErrorDetail } from "../domain/error.ts";
import { type Schedule, scheduleProblems } from "../domain/schedule/schedule.ts";
import { normaliseTimeZone } from "../domain/time-zone.ts";
import { scheduleAnswer, scheduleShape } from "./campaign-rules.ts";
import { invalid } from "./validate.ts";

/** When a sender's account is at work: what the API takes and gives for it. */

export const hoursInput = {
  schedule: scheduleShape.nullish().meta({
    description:
      "When campaigns and the assistant may send with it, in the form of a campaign's schedule, by the sender's own clock (`timeZone`). " +
      "Of a campaign goes out what lies within its windows and these hours. What a person or the API sends goes out at once, " +
      "and `scheduledAt` holds as it is. Null: at any time.",
  }),
  timeZone: z.string().max(100).nullish().meta({
    description:
      "IANA name, such as Europe/Berlin, for `schedule`. Null: the workspace's. Caps of a day count by the workspace's.",
  }),
} as const;

export const hoursAnswer = { schedule: scheduleAnswer, timeZone: z.string().nullable() } as const;

const shape = z.object(hoursInput);

/**
 * What is to be stored; undefined leaves it as it is.
 * @throws HeraldError `invalid_request` with all that is wrong.
 */
export function readHours(input: z.output<typeof shape>): {
  schedule?: Schedule | null | undefined;
  timeZone?: string | null | undefined;
} {
  const schedule = input.schedule as Schedule | null | undefined;
  const problems: ErrorDetail[] = schedule ? scheduleProblems(schedule, "schedule.") : [];
  const zone = typeof input.timeZone === "string" ? normaliseTimeZone(input.timeZone) : null;
  if (zone && !zone.ok) problems.push({ field: "timeZone", reason: zone.reason });
  if (problems.length > 0) throw invalid(problems);
  return { schedule, timeZone: zone?.ok ? zone.value : (input.timeZone as null | undefined) };
}
