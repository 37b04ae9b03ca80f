import { z } from "zod";
import { type Campaign, type Step, smsSchedules } from "../db/campaign.ts";
import type { Queryable } from "../db/pool.ts";
import { senderPaces } from "../db/sender-lookup.ts";
import { getWorkspace } from "../db/workspace.ts";
import { parseDuration } from "../domain/duration.ts";
import type { ErrorDetail } from "../domain/error.ts";
import { dayCap, paceOf } from "../domain/pacing.ts";
import { type CompiledSchedule, compileSchedule, withinDaily } from "../domain/schedule/compiled-schedule.ts";
import { weekdays } from "../domain/schedule/local-date.ts";
import { type DailyRange, type Schedule, scheduleProblems } from "../domain/schedule/schedule.ts";
import { sends } from "../domain/sequence/step.ts";
import { invalid } from "./validate.ts";

/** When a campaign may send, and how much: what the API takes and gives for it. */

const range = z.strictObject({ from: z.string().max(5), to: z.string().max(5) });
const windows = z.strictObject(
  Object.fromEntries(weekdays.map((day) => [day, z.array(range).optional()])) as Record<
    (typeof weekdays)[number],
    z.ZodOptional<z.ZodArray<typeof range>>
  >,
);
export const scheduleShape = z.strictObject({ windows, holidays: z.array(z.string().max(10)).default([]) });
export const scheduleInput = scheduleShape.nullish().meta({
  description:
    "When messages may go out, by the clock at the lead's place (its zone, else the campaign's, else the workspace's): for each " +
    'weekday windows like {"from": "09:00", "to": "12:30"}, and holidays as dates. Null: at any time. SMS stay within the ' +
    "workspace's `smsHours` besides.",
});

const perDay = z.int().min(1).max(1_000_000).nullable().optional();
export const campaignRulesInput = {
  schedule: scheduleInput,
  limits: z
    .strictObject({ messagesPerDay: perDay, newLeadsPerDay: perDay })
    .optional()
    .meta({ description: "A day is one of the campaign's zone. New leads are those that get their first message." }),
  maxLateness: z
    .union([z.string(), z.number()])
    .nullish()
    .meta({
      description:
        "A length of time such as `2d`. What is later than this because nobody could plan it (Herald was down, the campaign " +
        "paused) is held, and can be released. Waiting for a sender's turn doesn't count. Null: never.",
    }),
  rotation: z.enum(["fixed", "longest_idle", "weighted"]).optional().meta({
    description: "How a lead's first sender is chosen: fixed by the lead, the one idle longest, or by `senderWeights`.",
  }),
  senderWeights: z.record(z.string().max(200), z.number().min(0).max(100)).optional().meta({
    description: "In place of all weights, by the ID of a sender of the campaign; one that is left out has 1.",
  }),
  onSenderPaused: z.enum(["wait", "move"]).optional().meta({
    description: "`move`: leads to whom nothing was sent yet go to another sender when theirs can't send.",
  }),
  allowParallel: z.boolean().optional().meta({
    description: "Whether its leads may be active in another campaign at the same time.",
  }),
  stopTags: z.array(z.string().trim().min(1).max(100)).max(50).optional().meta({
    description:
      "In place of all: a lead with one of these tags (without regard to case) gets nothing more of the campaign.",
  }),
  tracking: z
    .strictObject({ opens: z.boolean().optional(), clicks: z.boolean().optional() })
    .optional()
    .meta({
      description:
        "Whether HTML emails tell that they were opened (a picture of one pixel) and which links were followed (links lead over " +
        "Herald). Both are off unless set: they watch people, who in many places (GDPR, ePrivacy) must have agreed to it. Needs " +
        "HERALD_PUBLIC_URL. Messages that went out keep what they have.",
    }),
  stopCompany: z
    .boolean()
    .optional()
    .meta({
      description:
        "What stops a lead (a reply, an opt-out, a status, a tag; not a bounce) stops the others of its company in this campaign, " +
        "too. Companies are compared by name, without regard to case.",
    }),
} as const;

export const scheduleAnswer = z
  .object({
    windows: z.record(z.string(), z.array(z.object({ from: z.string(), to: z.string() }))),
    holidays: z.array(z.string()),
  })
  .nullable();

export const campaignRulesAnswer = {
  schedule: scheduleAnswer,
  limits: z.object({ messagesPerDay: z.int().nullable(), newLeadsPerDay: z.int().nullable() }),
  maxLatenessSeconds: z.int().nullable(),
  rotation: z.enum(["fixed", "longest_idle", "weighted"]),
  senderWeights: z.record(z.string(), z.number()),
  onSenderPaused: z.enum(["wait", "move"]),
  allowParallel: z.boolean(),
  stopTags: z.array(z.string()),
  stopCompany: z.boolean(),
  tracking: z.object({ opens: z.boolean(), clicks: z.boolean() }),
  pausedBy: z.string().nullable(),
  pauseReason: z.string().nullable(),
} as const;

const shape = z.object(campaignRulesInput);
export type CampaignRulesInput = z.output<typeof shape>;

/** What is to be stored; undefined leaves a rule as it is. */
export interface CampaignRulesChange {
  schedule?: Schedule | null | undefined;
  limits?: { messagesPerDay?: number | null | undefined; newLeadsPerDay?: number | null | undefined } | undefined;
  maxLatenessSeconds?: number | null | undefined;
  rotation?: "fixed" | "longest_idle" | "weighted" | undefined;
  senderWeights?: Record<string, number> | undefined;
  onSenderPaused?: "wait" | "move" | undefined;
  allowParallel?: boolean | undefined;
  stopTags?: readonly string[] | undefined;
  stopCompany?: boolean | undefined;
  tracking?: { opens?: boolean | undefined; clicks?: boolean | undefined } | undefined;
}

/** @throws HeraldError `invalid_request` with all that is wrong. */
export function readRules(input: CampaignRulesInput): CampaignRulesChange {
  const problems: ErrorDetail[] = [];
  let maxLatenessSeconds: number | null | undefined = input.maxLateness === null ? null : undefined;
  if (input.maxLateness !== undefined && input.maxLateness !== null) {
    const length = parseDuration(input.maxLateness);
    if (!length.ok) problems.push({ field: "maxLateness", reason: length.reason });
    else if (length.ms < 60_000) problems.push({ field: "maxLateness", reason: "This must be a minute at least." });
    else maxLatenessSeconds = Math.round(length.ms / 1000);
  }
  const schedule = input.schedule as Schedule | null | undefined;
  if (schedule) problems.push(...scheduleProblems(schedule, "schedule."));
  if (problems.length > 0) throw invalid(problems);
  const { limits, rotation, senderWeights, onSenderPaused, allowParallel, stopCompany, tracking } = input;
  const stopTags = input.stopTags && [...new Set(input.stopTags)];
  const rest = { rotation, senderWeights, onSenderPaused, allowParallel, stopTags, stopCompany, tracking };
  return { schedule, limits, maxLatenessSeconds, ...rest };
}

/** Judged by what the campaign is then: a change of its senders may leave only those without weight. */
export function refuseWeightless(campaign: Pick<Campaign, "rotation" | "senderIds" | "senderWeights">): void {
  const { rotation, senderIds, senderWeights } = campaign;
  if (rotation !== "weighted" || senderIds.length === 0) return;
  if (senderIds.some((id) => senderWeights[id] !== 0)) return;
  throw invalid([{ field: "senderWeights", reason: "One sender of the campaign at least needs a weight above 0." }]);
}

/** A campaign with SMS steps whose windows all lie in the quiet hours would never send one. */
export async function refuseSilentSms(
  tx: Queryable,
  workspaceId: string,
  campaign: { schedule: Schedule | null; steps: readonly { channel: string | null }[] },
): Promise<void> {
  if (!campaign.schedule || !campaign.steps.some(({ channel }) => channel === "sms")) return;
  const workspace = await getWorkspace(tx, workspaceId);
  if (!workspace) return;
  const limited = withinDaily(compileSchedule(campaign.schedule), workspace.smsHours);
  if (limited.ok) return;
  const { from, to } = workspace.smsHours;
  const reason = `SMS go out only from ${from} to ${to} (the workspace's smsHours), and no window of this schedule lies in them.`;
  throw invalid([{ field: "schedule.windows", reason }]);
}

/** A day of a sender has to fit into the longest day of the schedule: else its cap says what can never be. */
export async function refuseShortDays(
  tx: Queryable,
  workspaceId: string,
  campaign: Pick<Campaign, "schedule" | "senderIds"> & { steps: readonly Pick<Step, "channel" | "action">[] },
): Promise<void> {
  if (!campaign.schedule || campaign.senderIds.length === 0) return;
  const whole = compileSchedule(campaign.schedule);
  const workspace = await getWorkspace(tx, workspaceId);
  const limited = workspace && withinDaily(whole, workspace.smsHours);
  const longest = ({ open }: CompiledSchedule) =>
    Math.max(...open.map((day) => day.reduce((sum, { from, to }) => sum + to - from, 0))) / 1_000;
  const sending = campaign.steps.filter(sends);
  const used = new Map(sending.map(({ channel, action }) => [`${channel} ${action}`, { channel, action }]));
  for (const sender of await senderPaces(tx, workspaceId, campaign.senderIds)) {
    for (const { channel, action } of used.values()) {
      if (channel !== sender.channel) continue;
      const pace = paceOf(sender.provider, action === "connect" ? action : "message", sender.limits);
      const cap = dayCap(pace, Number.MAX_SAFE_INTEGER);
      const seconds = longest(channel === "sms" && limited?.ok ? limited.schedule : whole);
      // Of n messages all but the last are followed by a gap.
      if (cap === null || (cap - 1) * pace.minGapSeconds < seconds) continue;
      const most = Math.ceil(seconds / pace.minGapSeconds);
      const reason = `The longest day is ${minutes(seconds)} long. The sender ${sender.id} may send ${cap} a day, ${pace.minGapSeconds} s apart: at most ${most} fit into it. Lower its limit, or give it more time.`;
      throw invalid([{ field: "schedule.windows", reason }]);
    }
  }
}

const minutes = (seconds: number) => (seconds === 60 ? "a minute" : `${seconds / 60} minutes`);

/** The workspace's hours for SMS must leave each campaign with SMS steps a window: else all of its leads would be held. */
export async function refuseSilencing(tx: Queryable, workspaceId: string, smsHours: DailyRange): Promise<void> {
  for (const { name, schedule } of await smsSchedules(tx, workspaceId)) {
    if (withinDaily(compileSchedule(schedule), smsHours).ok) continue;
    const reason = `The campaign "${name}" sends SMS, and none of its windows lies between ${smsHours.from} and ${smsHours.to}. Change its schedule first.`;
    throw invalid([{ field: "smsHours", reason }]);
  }
}
