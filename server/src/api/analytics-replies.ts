import { z } from "zod";
import { answerTimes, quarters } from "../db/analytics.ts";
import { weekdayOf, weekdays } from "../domain/schedule/local-date.ts";
import { readingAt } from "../domain/schedule/wall-clock.ts";
import { asked, commonFields, countedAnswer, countedFields, csvAnswer, filterOf } from "./analytics-query.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags = ["Analytics"];
const count = z.number().int();
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Monday first. */
const days = [...weekdays.slice(1), weekdays[0]] as const;

const heatmap = endpoint({
  method: "GET",
  path: "/v1/analytics/replies/heatmap",
  right: "analytics.read",
  tags,
  summary: "Get the map of replies by weekday and hour",
  description:
    "When leads wrote, and when messages went out, by the weekday and hour on the clock of the time zone: 168 lines, from Monday at 0 to Sunday at 23.",
  query: z.strictObject(commonFields),
  csv: true,
  responses: {
    200: z.object({
      ...countedFields,
      data: z.array(
        z.object({
          weekday: z.enum(weekdays),
          hour: count.meta({ description: "0 to 23." }),
          replies: count,
          positiveReplies: count,
          sent: count.meta({ description: "Messages that went out in that hour, answered or not." }),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const of = await asked(tx, workspaceId, query);
    const wanted = ["replies", "positiveReplies", "sent"] as const;
    const rows = await quarters(tx, workspaceId, of.edition, of.range, filterOf(query), wanted);
    const data = days.flatMap((weekday) =>
      Array.from({ length: 24 }, (_, hour) => ({ weekday, hour, replies: 0, positiveReplies: 0, sent: 0 })),
    );
    for (const { at, ...numbers } of rows) {
      const reading = readingAt(of.timeZone, at);
      const day = (weekdayOf(Math.floor(reading / dayMs)) + 6) % 7;
      const cell = data[day * 24 + Math.floor((((reading % dayMs) + dayMs) % dayMs) / hourMs)]!;
      for (const name of wanted) cell[name] += numbers[name];
    }
    if (query.format === "csv") return csvAnswer("replies-heatmap", ["weekday", "hour", ...wanted], data);
    return { status: 200, body: { ...countedAnswer(of), data } };
  },
});

const percentiles = [0.25, 0.5, 0.75, 0.9, 0.95] as const;
/** Upper bounds in seconds, and what they are called. */
const bounds = [
  [300, "5 minutes"],
  [900, "15 minutes"],
  [3_600, "1 hour"],
  [4 * 3_600, "4 hours"],
  [12 * 3_600, "12 hours"],
  [24 * 3_600, "1 day"],
  [2 * 86_400, "2 days"],
  [3 * 86_400, "3 days"],
  [7 * 86_400, "1 week"],
  [14 * 86_400, "2 weeks"],
  [30 * 86_400, "30 days"],
] as const;

const seconds = z.number().int().nullable();

const timeToReply = endpoint({
  method: "GET",
  path: "/v1/analytics/time-to-reply",
  right: "analytics.read",
  tags,
  summary: "Get how long first replies took",
  description:
    "Of messages and invitations that went out in the range and were answered: the time from each to the first reply to it, in seconds. Exact, not estimated.",
  query: z.strictObject(commonFields),
  csv: true,
  responses: {
    200: z.object({
      ...countedFields,
      answered: count.meta({ description: "Messages that were answered." }),
      seconds: z
        .object({ p25: seconds, p50: seconds, p75: seconds, p90: seconds, p95: seconds })
        .meta({ description: "Half of the answers took `p50` at most. Null: there is none." }),
      histogram: z.array(
        z.object({
          upToSeconds: seconds.meta({ description: "Null: longer than all others." }),
          label: z.string(),
          count: count.meta({
            description: "Answers that took longer than the line before, and not longer than this.",
          }),
          share: z
            .number()
            .nullable()
            .meta({ description: "Of all answers, those that took not longer than this: 0 to 1." }),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const of = await asked(tx, workspaceId, query);
    const limits = bounds.map(([upTo]) => upTo);
    const found = await answerTimes(tx, workspaceId, of.edition, of.range, filterOf(query), percentiles, limits);
    const upTo = [...found.within, found.count];
    const histogram = [...bounds, [null, "longer"] as const].map(([upToSeconds, label], n) => ({
      ...{ upToSeconds, label, count: upTo[n]! - (n === 0 ? 0 : upTo[n - 1]!) },
      share: found.count === 0 ? null : upTo[n]! / found.count,
    }));
    if (query.format === "csv")
      return csvAnswer("time-to-reply", ["upToSeconds", "label", "count", "share"], histogram);
    const [p25, p50, p75, p90, p95] = found.at as [number, number, number, number, number];
    const body = { answered: found.count, seconds: { p25, p50, p75, p90, p95 }, histogram };
    return { status: 200, body: { ...countedAnswer(of), ...body } };
  },
});

export const analyticsReplyEndpoints: readonly Endpoint[] = [heatmap, timeToReply];
