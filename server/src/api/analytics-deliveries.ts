import { z } from "zod";
import { deliveryHealth } from "../db/delivery-health.ts";
import { share } from "../domain/analytics/statistics.ts";
import { csvAnswer, formatField, shareSchema } from "./analytics-query.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { time, timeInput } from "./fields.ts";
import { invalid } from "./validate.ts";

const count = z.number().int();
const ms = count.nullable();
const dayMs = 86_400_000;
/** As of the other figures: three years and a leap day. */
const mostDays = 1_096;

const counts = {
  attempts: count.meta({ description: "Attempts to deliver; without what the destination's filter held back." }),
  succeeded: count,
  retried: count.meta({ description: "Failed, and tried again." }),
  failed: count.meta({ description: "Given up: deliveries that failed for good." }),
  success: shareSchema.meta({ description: "Attempts that succeeded." }),
};

const deliveries = endpoint({
  method: "GET",
  path: "/v1/analytics/deliveries",
  right: "analytics.read",
  tags: ["Analytics"],
  summary: "Get the health of destinations",
  description:
    "Success and latency of the attempts to deliver events, of each destination that had any, the one with most failures first. Of up to 7 days the attempts themselves are read, and times are exact. Of longer ranges, and of what `HERALD_RETENTION_DAYS` has dropped, days that are over are summed: counts are the same (beyond retention in whole quarters of an hour), `p50Ms` and `p95Ms` are off by 4 % at most.",
  query: z.strictObject({
    from: timeInput.optional().meta({ description: "Not before. Default: a day before `to`." }),
    to: timeInput.optional().meta({ description: "Before. Default: now." }),
    ...formatField,
  }),
  csv: true,
  responses: {
    200: z.object({
      range: z.object({ from: time, to: time }),
      total: z.object(counts),
      data: z.array(
        z.object({
          destinationId: z.string(),
          name: z.string().nullable(),
          status: z.string().nullable(),
          ...counts,
          p50Ms: ms.meta({ description: "Half of the answers came within so many milliseconds; null: none came." }),
          p95Ms: ms,
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const to = query.to?.getTime() ?? Date.now();
    const from = query.from?.getTime() ?? to - dayMs;
    if (from >= to) throw invalid([{ field: "from", reason: "This must be before `to`." }]);
    if (to - from > mostDays * dayMs)
      throw invalid([{ field: "from", reason: `A range may have ${mostDays} days at most.` }]);
    const rows = await deliveryHealth(tx, workspaceId, { from, to });
    const data = rows.map((row) => ({ ...row, success: share(row.succeeded, row.attempts) }));
    if (query.format === "csv") {
      const columns = [
        "destinationId",
        "name",
        "status",
        "attempts",
        "succeeded",
        "retried",
        "failed",
        "successRate",
        "p50Ms",
        "p95Ms",
      ];
      return csvAnswer(
        "deliveries",
        columns,
        data.map(({ success, ...row }) => ({ ...row, successRate: success.rate })),
      );
    }
    const sum = (name: "attempts" | "succeeded" | "retried" | "failed") =>
      rows.reduce((all, row) => all + row[name], 0);
    const all = {
      attempts: sum("attempts"),
      succeeded: sum("succeeded"),
      retried: sum("retried"),
      failed: sum("failed"),
    };
    const total = { ...all, success: share(all.succeeded, all.attempts) };
    return { status: 200, body: { range: { from: new Date(from), to: new Date(to) }, total, data } };
  },
});

export const analyticsDeliveryEndpoints: readonly Endpoint[] = [deliveries];
