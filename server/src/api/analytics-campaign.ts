import { z } from "zod";
import { type BrokenDown, breakdown } from "../db/analytics.ts";
import { getCampaign } from "../db/campaign.ts";
import { funnelLeads, funnelSteps, funnelStops } from "../db/funnel.ts";
import { quarterMs, quarterOf } from "../domain/analytics/counters.ts";
import { compare, share } from "../domain/analytics/statistics.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { stepActions } from "../domain/sequence/step.ts";
import {
  asked,
  countedAnswer,
  countedFields,
  csvAnswer,
  filterFields,
  formatField,
  rangeFields,
  shareSchema,
} from "./analytics-query.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { time } from "./fields.ts";
import { invalid } from "./validate.ts";

const tags = ["Analytics"];
const count = z.number().int();
const campaignId = z.string().min(1).max(200).meta({ description: "The campaign." });
/** All that was ever counted. */
const always = { from: 0, to: 8.64e15 };
const none = { reached: 0, sent: 0, failed: 0, blocked: 0, uncertain: 0, waiting: 0 };

const stops = z
  .object({
    total: count,
    reasons: z.array(
      z.object({ reason: z.string().meta({ description: "`reply`, `status`, `tag`, `blocked`, ..." }), count }),
    ),
  })
  .meta({ description: "Leads that left the sequence after this step's message, and why." });

const funnel = endpoint({
  method: "GET",
  path: "/v1/analytics/funnel",
  right: "analytics.read",
  tags,
  summary: "Get the funnel of a campaign",
  description:
    "For each step of the sequence: how many leads reached it, to how many it went out, how many replied to it, and how many left the sequence after it and why. Without `from` and `to` of the campaign's whole time; `waiting` is always as it stands now. `replied` and the like are counted from the log, of the messages that went out in the range; all else is read from the campaign itself: turns by the time of their message, `stopped` by when leads left, `leads` by when they came in.",
  query: z.strictObject({
    campaignId,
    ...rangeFields,
    from: rangeFields.from.meta({ description: "Not before; rounded down to a quarter of an hour. Default: always." }),
    to: rangeFields.to.meta({ description: "Before; rounded up to a quarter of an hour. Default: always." }),
    channel: filterFields.channel.meta({ description: "Only steps on this channel." }),
    senderId: filterFields.senderId.meta({
      description: "Only messages of this sender, and leads to whom it writes; steps without a message are nobody's.",
    }),
    tag: filterFields.tag.meta({
      description: "Only leads that have this tag now; `replied` and the like of messages to those that had it then.",
    }),
    ...formatField,
  }),
  csv: true,
  responses: {
    200: z.object({
      campaignId: z.string(),
      campaignName: z.string(),
      countedUntil: time.nullable(),
      leads: z.object({ total: count, active: count, finished: count, stopped: count }),
      stoppedBefore: stops.meta({ description: "Leads that left it before its first step, and why." }),
      steps: z.array(
        z.object({
          stepId: z.string(),
          key: z.string().nullable(),
          position: count,
          channel: z.enum(channels).nullable(),
          action: z.enum(stepActions),
          reached: count.meta({ description: "Leads whose turn at this step came." }),
          sent: count.meta({ description: "Leads to whom it went out." }),
          failed: count,
          blocked: count,
          uncertain: count,
          waiting: count.meta({ description: "Leads for whom it comes next." }),
          replied: shareSchema.meta({ description: "Answered, of messages of this step that went out." }),
          positivelyReplied: shareSchema,
          connected: shareSchema.meta({ description: "Accepted, of invitations of this step." }),
          stopped: stops,
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const campaign = await getCampaign(tx, workspaceId, query.campaignId);
    if (campaign === null) throw notFound("campaign", query.campaignId);
    const { senderId, tag, channel: only } = query;
    if (query.from && query.to && query.from >= query.to)
      throw invalid([{ field: "from", reason: "This must be before `to`." }]);
    const of = await asked(tx, workspaceId, {});
    const range = {
      from: query.from ? quarterOf(query.from.getTime()) : always.from,
      to: query.to ? quarterOf(query.to.getTime() + quarterMs - 1) : always.to,
    };
    const whose = { senderId, tag };
    const filter = { ...(query.from && { from: range.from }), ...(query.to && { to: range.to }), ...whose };
    const found = await funnelSteps(tx, workspaceId, campaign.id, filter);
    const left = await funnelStops(tx, workspaceId, campaign.id, filter);
    const by = { campaign: campaign.id, sender: senderId, tag };
    const counted = await breakdown(tx, workspaceId, of.edition, range, by, "step", 10_000);
    const known = new Set(campaign.steps.map(({ id }) => id));
    const stopped = (stepId: string | null) => {
      // What a step did that was taken out since stands with what came before the first one.
      const own = left.filter((row) => (row.stepId !== null && known.has(row.stepId) ? row.stepId : null) === stepId);
      const reasons = new Map<string, number>();
      for (const row of own) reasons.set(row.reason, (reasons.get(row.reason) ?? 0) + row.count);
      return {
        total: own.reduce((sum, row) => sum + row.count, 0),
        reasons: [...reasons].map(([reason, n]) => ({ reason, count: n })).sort((a, b) => b.count - a.count),
      };
    };
    const shown = campaign.steps.filter(({ channel }) => only === undefined || channel === only);
    const steps = shown.map(({ id: stepId, key, position, channel, action }) => {
      const { stepId: _, ...numbers } = found.find((row) => row.stepId === stepId) ?? { stepId, ...none };
      const sums = counted.find((row) => row.value === stepId);
      return {
        ...{ stepId, key, position, channel, action, ...numbers },
        replied: share(sums?.sentReplied ?? 0, sums?.sent ?? 0),
        positivelyReplied: share(sums?.sentPositive ?? 0, sums?.sent ?? 0),
        connected: share(sums?.invitedConnected ?? 0, sums?.invited ?? 0),
        stopped: stopped(stepId),
      };
    });
    if (query.format === "csv") {
      const columns = [
        "position",
        "stepId",
        "key",
        "channel",
        "action",
        "reached",
        "sent",
        "failed",
        "blocked",
        "uncertain",
      ];
      const rows = steps.map(({ replied, positivelyReplied, connected, stopped: ended, ...step }) => ({
        ...{ ...step, replied: replied.count, repliedRate: replied.rate, positivelyReplied: positivelyReplied.count },
        ...{ connected: connected.count, stopped: ended.total },
        stoppedReasons: ended.reasons.map(({ reason, count: n }) => `${reason}: ${n}`).join("; "),
      }));
      const more = ["waiting", "replied", "repliedRate", "positivelyReplied", "connected", "stopped", "stoppedReasons"];
      return csvAnswer("funnel", [...columns, ...more], rows);
    }
    const leads = await funnelLeads(tx, workspaceId, campaign.id, filter);
    const { countedUntil } = of;
    const head = { campaignId: campaign.id, campaignName: campaign.name, countedUntil, leads };
    return { status: 200, body: { ...head, stoppedBefore: stopped(null), steps } };
  },
});

const metrics = {
  replied: { count: "sentReplied", of: "sent" },
  positivelyReplied: { count: "sentPositive", of: "sent" },
  meetings: { count: "sentMeeting", of: "sent" },
  clicked: { count: "emailsClicked", of: "emails" },
  opened: { count: "emailsOpened", of: "emails" },
  connected: { count: "invitedConnected", of: "invited" },
} as const satisfies Record<string, { count: keyof BrokenDown; of: keyof BrokenDown }>;
const metricNames = Object.keys(metrics) as [keyof typeof metrics, ...(keyof typeof metrics)[]];

const comparison = z.object({
  verdict: z.enum(["significant", "not_yet_significant", "no_data"]),
  text: z.string().meta({ description: "The same in words, with the numbers." }),
  best: z.string().nullable().meta({ description: "The variant that is ahead." }),
  against: z.string().nullable().meta({ description: "The one that it was compared with: the second." }),
  pValue: z.number().nullable().meta({ description: "How probable a difference like that is by chance alone." }),
  alpha: z
    .number()
    .meta({ description: "Below this it is significant: 0.05 divided by the number of pairs (Bonferroni)." }),
  moreNeeded: count.nullable().meta({
    description:
      "Messages that both still need for the difference to show with a probability of 80 %, if it is as large as it looks; null: not to be said.",
  }),
});

const variants = endpoint({
  method: "GET",
  path: "/v1/analytics/variants",
  right: "analytics.read",
  tags,
  summary: "Compare the variants of a step",
  description:
    "How each variant of a step did, and whether the best one is better than the second by more than chance (two-proportion z-test). Looking again and again until a difference is significant finds one too often: decide beforehand how many messages you want to wait for.",
  query: z.strictObject({
    campaignId,
    step: z.string().min(1).max(200).meta({ description: "The step: its ID, key or position." }),
    metric: z.enum(metricNames).default("replied").meta({ description: "By what they are compared." }),
    ...rangeFields,
    from: rangeFields.from.meta({ description: "Not before; rounded down to a quarter of an hour. Default: always." }),
    senderId: filterFields.senderId,
    profile: filterFields.profile,
    source: filterFields.source,
    tag: filterFields.tag,
    ...formatField,
  }),
  csv: true,
  responses: {
    200: z.object({
      ...countedFields,
      campaignId: z.string(),
      stepId: z.string(),
      metric: z.enum(metricNames),
      comparison,
      data: z.array(
        z.object({
          variant: z.string().nullable().meta({ description: "Its key; null: sent while the step had one text." }),
          weight: z.number().nullable().meta({ description: "Null: it was taken out." }),
          sent: count.meta({ description: "Messages, or invitations." }),
          ...Object.fromEntries(metricNames.map((name) => [name, shareSchema])),
        } as { variant: z.ZodNullable<z.ZodString>; weight: z.ZodNullable<z.ZodNumber>; sent: z.ZodNumber } & Record<
          (typeof metricNames)[number],
          typeof shareSchema
        >),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const { metric } = query;
    const campaign = await getCampaign(tx, workspaceId, query.campaignId);
    if (campaign === null) throw notFound("campaign", query.campaignId);
    const step = campaign.steps.find(
      ({ id, key, position }) => id === query.step || key === query.step || String(position) === query.step,
    );
    if (!step) {
      const reason = `This campaign has ${campaign.steps.length} steps, and none with this ID, key or position.`;
      throw invalid([{ field: "step", reason }]);
    }
    const of = await asked(tx, workspaceId, query);
    // From its very beginning, and what other systems told of before: counters stand at quarters of an hour.
    const range = query.from ? of.range : { from: always.from, to: of.range.to };
    const { senderId: sender, profile, source, tag } = query;
    const filter = { campaign: campaign.id, step: step.id, sender, profile, source, tag };
    const rows = await breakdown(tx, workspaceId, of.edition, range, filter, "variant", 1_000);
    const keys = [...new Set([...(step.variants ?? []).map(({ key }) => key), ...rows.map(({ value }) => value)])];
    const data = keys.map((variant) => {
      const row = rows.find(({ value }) => value === variant);
      const shareOf = (name: keyof typeof metrics) =>
        share(row?.[metrics[name].count] ?? 0, row?.[metrics[name].of] ?? 0);
      const shares = Object.fromEntries(metricNames.map((name) => [name, shareOf(name)]));
      return {
        variant,
        weight: step.variants?.find(({ key }) => key === variant)?.weight ?? null,
        sent: (row?.sent ?? 0) + (row?.invited ?? 0),
        ...(shares as Record<keyof typeof metrics, ReturnType<typeof share>>),
      };
    });
    const arms = data.filter(({ variant }) => variant !== null);
    const result = compare(arms.map((each) => ({ name: each.variant!, ...each[metric] })));
    if (query.format === "csv") {
      const columns = [
        "variant",
        "weight",
        "sent",
        ...metricNames.flatMap((name) => [name, `${name}Rate`, `${name}Low`, `${name}High`]),
      ];
      const lines = data.map((each) => ({
        ...{ variant: each.variant, weight: each.weight, sent: each.sent },
        ...Object.fromEntries(
          metricNames.flatMap((name) => [
            [name, each[name].count] as const,
            [`${name}Rate`, each[name].rate] as const,
            [`${name}Low`, each[name].low] as const,
            [`${name}High`, each[name].high] as const,
          ]),
        ),
      }));
      return csvAnswer("variants", columns, lines);
    }
    const body = { campaignId: campaign.id, stepId: step.id, metric, comparison: result, data };
    return { status: 200, body: { ...countedAnswer({ ...of, range }), ...body } };
  },
});

export const analyticsCampaignEndpoints: readonly Endpoint[] = [funnel, variants];
