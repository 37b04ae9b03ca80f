import { z } from "zod";
import { breakdown, namesOf, quarters, totals } from "../db/analytics.ts";
import type { Queryable } from "../db/pool.ts";
import { about, granularities, spansOf } from "../domain/analytics/calendar.ts";
import { type Counts, counters, noCounts } from "../domain/analytics/counters.ts";
import { type DimensionName, dimensionNames } from "../domain/analytics/dimensions.ts";
import {
  asked,
  before,
  commonFields,
  countedAnswer,
  countedFields,
  csvAnswer,
  figureCells,
  figures,
  figuresFields,
  filterOf,
} from "./analytics-query.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { limit, time } from "./fields.ts";
import { invalid } from "./validate.ts";

const tags = ["Analytics"];
const figureColumns = Object.keys(figureCells(noCounts()));
/** Points of a time series: a quarter of a year by the hour. */
const mostPoints = 2_500;

const overview = endpoint({
  method: "GET",
  path: "/v1/analytics/overview",
  right: "analytics.read",
  tags,
  summary: "Get the figures of a range",
  description:
    "What happened in a range (`counts`), and what became of what went out in it (`rates`, each with its denominator and a 95 % confidence interval). What each figure means exactly is said in docs/analytics.md.",
  query: z.strictObject({
    ...commonFields,
    compare: z
      .enum(["none", "previous"])
      .default("none")
      .meta({ description: "previous: also the figures of the range just before, of the same length." }),
  }),
  csv: true,
  responses: {
    200: z.object({
      ...countedFields,
      ...figuresFields,
      previous: z
        .object({ from: time, to: time, ...figuresFields })
        .nullable()
        .meta({ description: "With `compare=previous`." }),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const { compare, format } = query;
    const of = await asked(tx, workspaceId, query);
    const filter = filterOf(query);
    const { edition, range } = of;
    const counts = await totals(tx, workspaceId, edition, range, filter);
    const earlier = before(range);
    const old = compare === "previous" ? await totals(tx, workspaceId, edition, earlier, filter) : null;
    if (format === "csv") {
      const row = (part: typeof range, sums: Counts) => ({
        ...{ from: new Date(part.from), to: new Date(part.to) },
        ...figureCells(sums),
      });
      const rows = [row(range, counts), ...(old ? [row(earlier, old)] : [])];
      return csvAnswer("overview", ["from", "to", ...figureColumns], rows);
    }
    const previous = old && { from: new Date(earlier.from), to: new Date(earlier.to), ...figures(old) };
    return { status: 200, body: { ...countedAnswer(of), ...figures(counts), previous } };
  },
});

const timeseries = endpoint({
  method: "GET",
  path: "/v1/analytics/timeseries",
  right: "analytics.read",
  tags,
  summary: "Get the figures over time",
  description:
    "By hour, day, week (from Monday) or month on the clock of the time zone, those in which nothing happened too. The first and the last may be cut by the range. On days on which clocks change an hour is there twice, or not at all.",
  query: z.strictObject({ ...commonFields, granularity: z.enum(granularities).default("day") }),
  csv: true,
  responses: {
    200: z.object({
      ...countedFields,
      granularity: z.enum(granularities),
      data: z.array(
        z.object({
          label: z.string().meta({
            description: "On the zone's clock: `2026-03-29`, a month `2026-03`, an hour `2026-03-29T01:00+01:00`.",
          }),
          from: time,
          to: time,
          ...figuresFields,
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const { granularity, format } = query;
    const of = await asked(tx, workspaceId, query);
    const { range, timeZone } = of;
    if (about(granularity, range.from, range.to) > mostPoints) {
      const reason = `By the ${granularity} this range has more than ${mostPoints} points: ask for a shorter one, or a coarser granularity.`;
      throw invalid([{ field: "granularity", reason }]);
    }
    const rows = await quarters(tx, workspaceId, of.edition, range, filterOf(query), counters);
    let next = 0;
    const points = spansOf(granularity, timeZone, range.from, range.to).map(({ from, to, label }) => {
      const counts = noCounts();
      for (; next < rows.length && rows[next]!.at < to; next++) {
        for (const name of counters) counts[name] += rows[next]![name];
      }
      return { label, from: new Date(from), to: new Date(to), counts };
    });
    if (format === "csv") {
      const lines = points.map(({ counts, ...point }) => ({ ...point, ...figureCells(counts) }));
      return csvAnswer("timeseries", ["label", "from", "to", ...figureColumns], lines);
    }
    const data = points.map(({ counts, ...point }) => ({ ...point, ...figures(counts) }));
    return { status: 200, body: { ...countedAnswer(of), granularity, data } };
  },
});

const named: Readonly<Partial<Record<DimensionName, "campaign" | "sender" | "step">>> = {
  campaign: "campaign",
  sender: "sender",
  step: "step",
};

const breakdowns = endpoint({
  method: "GET",
  path: "/v1/analytics/breakdown",
  right: "analytics.read",
  tags,
  summary: "Get the figures by a property",
  description:
    "One line for each channel, campaign, step, variant, sender, profile, source or tag, the one with most sent first. A reply counts where the message stands that it answers. A message to a lead with several tags counts under each, so that these lines add up to more than there are.",
  query: z.strictObject({ ...commonFields, by: z.enum(dimensionNames), limit: limit(1_000, 100) }),
  csv: true,
  responses: {
    200: z.object({
      ...countedFields,
      by: z.enum(dimensionNames),
      data: z.array(
        z.object({
          value: z.string().nullable().meta({ description: "The ID, key or word; null: what has none." }),
          name: z.string().nullable().meta({
            description:
              "Of a campaign, sender or step: what it is called; null: it is not known (any more), or the value says it.",
          }),
          campaignId: z.string().nullable().meta({ description: "Of a step or variant." }),
          step: z.string().nullable().meta({ description: "Of a variant." }),
          ...figuresFields,
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, query }) {
    const { by, limit: most, format } = query;
    const of = await asked(tx, workspaceId, query);
    const rows = await breakdown(tx, workspaceId, of.edition, of.range, filterOf(query), by, most);
    const names = await namesFor(tx, workspaceId, by, rows);
    const lines = rows.map(({ value, campaignId, step, ...counts }) => {
      const name = value === null ? null : (names.get(value) ?? null);
      return { key: { value, name, campaignId, step }, counts };
    });
    if (format === "csv") {
      const cells = lines.map(({ key, counts }) => ({ ...key, ...figureCells(counts) }));
      return csvAnswer(`by-${by}`, ["value", "name", "campaignId", "step", ...figureColumns], cells);
    }
    const data = lines.map(({ key, counts }) => ({ ...key, ...figures(counts) }));
    return { status: 200, body: { ...countedAnswer(of), by, data } };
  },
});

async function namesFor(
  tx: Queryable,
  workspaceId: string,
  by: DimensionName,
  rows: readonly { value: string | null }[],
): Promise<Map<string, string>> {
  const kind = named[by];
  const ids = rows.flatMap(({ value }) => value ?? []);
  return kind ? await namesOf(tx, workspaceId, kind, ids) : new Map();
}

export const analyticsEndpoints: readonly Endpoint[] = [overview, timeseries, breakdowns];
