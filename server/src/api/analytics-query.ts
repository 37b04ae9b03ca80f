import { Readable } from "node:stream";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { type AnalyticsFilter, type AnalyticsRange, analyticsState } from "../db/analytics.ts";
import type { Queryable } from "../db/pool.ts";
import { getWorkspace } from "../db/workspace.ts";
import { type Counts, happenings, quarterMs, quarterOf, rateNames, rates } from "../domain/analytics/counters.ts";
import { type Share, share } from "../domain/analytics/statistics.ts";
import { cellOf } from "../domain/csv-text.ts";
import { channels, messageSources } from "../domain/event.ts";
import { normaliseTimeZone } from "../domain/time-zone.ts";
import { time, timeInput } from "./fields.ts";
import { invalid } from "./validate.ts";

/** What the endpoints of analytics have in common: the range, the filter, and what a figure looks like. */

const dayMs = 86_400_000;
/** Three years and a leap day. */
const longestMs = 1_096 * dayMs;
const defaultMs = 30 * dayMs;

const value = (description: string) => z.string().min(1).max(200).optional().meta({ description });

const timeZone = z
  .string()
  .transform((text, context) => {
    const zone = normaliseTimeZone(text);
    if (zone.ok) return zone.value;
    context.addIssue({ code: "custom", message: zone.reason });
    return z.NEVER;
  })
  .optional()
  .meta({ description: "IANA name, for example Europe/Berlin. Default: the workspace's." });

export const rangeFields = {
  from: timeInput
    .optional()
    .meta({ description: "Not before; rounded down to a quarter of an hour. Default: 30 days before `to`." }),
  to: timeInput.optional().meta({ description: "Before; rounded up to a quarter of an hour. Default: now." }),
  timeZone,
};

export const filterFields = {
  channel: z.enum(channels).optional().meta({ description: "Only this channel." }),
  campaignId: value("Only this campaign."),
  step: value("Only this step: its ID; of another system's messages its number. Mostly together with `campaignId`."),
  variant: value("Only this variant: its key. Mostly together with `campaignId` and `step`."),
  senderId: value("Only this sender."),
  profile: value("Only this profile."),
  source: z.enum(messageSources).optional().meta({ description: "Only messages that came about this way." }),
  tag: value("Only messages to leads that had this tag when it went out."),
};

export const formatField = {
  format: z.enum(["json", "csv"]).default("json").meta({ description: "csv: a table, with names in its first line." }),
};

export const commonFields = { ...rangeFields, ...filterFields, ...formatField };

type FilterInput = z.output<z.ZodObject<typeof filterFields>>;
type RangeInput = z.output<z.ZodObject<typeof rangeFields>>;

export function filterOf({
  campaignId,
  senderId,
  channel,
  step,
  variant,
  profile,
  source,
  tag,
}: FilterInput): AnalyticsFilter {
  return { campaign: campaignId, sender: senderId, channel, step, variant, profile, source, tag };
}

/** What was asked, as it is counted. */
export interface Asked {
  edition: number;
  countedUntil: Date | null;
  range: AnalyticsRange;
  timeZone: string;
}

export async function asked(
  tx: Queryable,
  workspaceId: string,
  { from, to, timeZone: zone }: RangeInput,
  now = Date.now(),
): Promise<Asked> {
  const end = to?.getTime() ?? now;
  const range = { to: Math.ceil(end / quarterMs) * quarterMs, from: quarterOf(from?.getTime() ?? end - defaultMs) };
  if (from && from.getTime() >= end) throw invalid([{ field: "from", reason: "This must be before `to`." }]);
  if (range.to - range.from > longestMs) {
    throw invalid([{ field: "from", reason: "A range may have 1,096 days (three years) at most." }]);
  }
  const state = await analyticsState(tx, workspaceId);
  return {
    edition: state?.edition ?? 0,
    countedUntil: state?.countedUntil ?? null,
    range,
    timeZone: zone ?? (await getWorkspace(tx, workspaceId))?.timeZone ?? "UTC",
  };
}

/** The range just before, of the same length. */
export const before = ({ from, to }: AnalyticsRange): AnalyticsRange => ({ from: 2 * from - to, to: from });

export const countedFields = {
  range: z
    .object({ from: time, to: time, timeZone: z.string() })
    .meta({ description: "What was counted: from `from` to before `to`." }),
  countedUntil: time.nullable().meta({
    description:
      "All that was recorded until then is in the figures: mostly some seconds ago. Null: nothing was recorded yet.",
  }),
};

export const countedAnswer = ({ range, timeZone: zone, countedUntil }: Asked) => ({
  range: { from: new Date(range.from), to: new Date(range.to), timeZone: zone },
  countedUntil,
});

const count = z.number().int();

/** docs/analytics.md says more of each. */
const meanings: Record<(typeof happenings)[number], string> = {
  sent: "Messages that went out.",
  invited: "LinkedIn invitations that went out.",
  delivered: "Messages of which the provider said that they arrived (never of email).",
  failed: "Messages that failed for good, or were blocked by a rule.",
  uncertain: "Messages that may or may not have gone out, when that was found.",
  bounced: "Emails that came back.",
  opened: "Emails that were opened for the first time, by a person.",
  clicked: "Emails in which a link was followed for the first time, by a person.",
  replies: "Messages that leads wrote; neither STOP nor absence notes.",
  positiveReplies:
    "Replies after which, before the next one, the lead's status or a tag last said that it is interested.",
  connected: "Accepted invitations.",
  optedOut: "Opt-outs by people; a second one without a message in between counts once.",
  meetings: "Times that a lead's status became MEETING_BOOKED.",
  firstContacts: "People who got their first message or invitation ever.",
  firstReplies: "People who replied for the first time ever.",
};

export const countsSchema = z
  .object(
    Object.fromEntries(happenings.map((name) => [name, count.meta({ description: meanings[name] })])) as Record<
      (typeof happenings)[number],
      typeof count
    >,
  )
  .meta({ description: "What happened in that time." });

const number = z.number().nullable();
export const shareSchema = z.object({
  count: count.meta({ description: "So many." }),
  of: count.meta({ description: "Of so many: the denominator." }),
  rate: number.meta({ description: "`count` divided by `of`, 0 to 1; null: of none." }),
  low: number.meta({ description: "Lower bound of the 95 % confidence interval (Wilson)." }),
  high: number.meta({ description: "Upper bound." }),
});

const ofWhat: Record<(typeof rateNames)[number], string> = {
  delivered: "Arrived, of messages sent by SMS or LinkedIn.",
  failed: "Failed, of messages and invitations that were tried or blocked.",
  uncertain: "Still uncertain, of those.",
  bounced: "Came back, of emails sent.",
  opened: "Opened by a person, of emails sent (whether tracked or not).",
  clicked: "Link followed by a person, of emails sent (whether tracked or not).",
  replied: "Answered, of messages sent.",
  positivelyReplied: "Answered by a positive reply, of messages sent.",
  optedOut: "After which the lead opted out, of messages sent.",
  meetings: "After which a meeting was booked, of messages sent.",
  connected: "Accepted, of invitations sent.",
  peopleReplied: "Who replied at any time since, of people contacted for the first time.",
};

export const ratesSchema = z
  .object(
    Object.fromEntries(rateNames.map((name) => [name, shareSchema.meta({ description: ofWhat[name] })])) as Record<
      (typeof rateNames)[number],
      typeof shareSchema
    >,
  )
  .meta({
    description: "Of what went out in that time, what became of it until now: so none is greater than 1.",
  });

export const figuresFields = { counts: countsSchema, rates: ratesSchema };

export function figures(counts: Counts) {
  return {
    counts: Object.fromEntries(happenings.map((name) => [name, counts[name]])) as Record<
      (typeof happenings)[number],
      number
    >,
    rates: Object.fromEntries(
      rateNames.map((name) => [name, share(counts[rates[name].count], counts[rates[name].of])]),
    ) as Record<(typeof rateNames)[number], Share>,
  };
}

/** The names and values of figures in a table: `sent`, ..., `repliedRate`, `repliedLow`, `repliedHigh`, `repliedOf`. */
export function figureCells(counts: Counts): Record<string, number | null> {
  const { counts: happened, rates: shares } = figures(counts);
  const cells: Record<string, number | null> = { ...happened };
  for (const name of rateNames) {
    const { count: n, of, rate, low, high } = shares[name];
    Object.assign(cells, {
      ...{ [`${name}Count`]: n, [`${name}Of`]: of, [`${name}Rate`]: rate },
      ...{ [`${name}Low`]: low, [`${name}High`]: high },
    });
  }
  return cells;
}

type Cell = string | number | boolean | Date | null;

/** An answer as a table. */
export function csvAnswer(name: string, columns: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]) {
  const text = stringify([[...columns], ...rows.map((row) => columns.map((column) => cellText(row[column] ?? null)))]);
  return {
    status: 200 as const,
    body: Readable.from([text]) as never,
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${name}.csv"`,
    },
  };
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell !== "string") return String(cell);
  return cellOf(cell);
}
