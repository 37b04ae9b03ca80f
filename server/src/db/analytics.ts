import { type Counter, type Counts, counters, dayMs, noCounts } from "../domain/analytics/counters.ts";
import { type DimensionName, type Grouping, groupingFor } from "../domain/analytics/dimensions.ts";
import { columnOf } from "./analytics-count.ts";
import type { Queryable } from "./pool.ts";

/** What is asked of the figures. A range is from `from` to before `to`, unix ms, whole quarters of an hour. */
export interface AnalyticsRange {
  from: number;
  to: number;
}

/** Only what has these properties; what is left out matches everything. */
export type AnalyticsFilter = Readonly<Partial<Record<DimensionName, string | undefined>>>;

const column: Record<Exclude<DimensionName, "tag">, string> = {
  channel: "d.channel",
  campaign: "d.campaign_id",
  step: "d.step",
  variant: "d.variant",
  sender: "d.sender_id",
  profile: "d.profile",
  source: "d.source",
};

const namesIn = (filter: AnalyticsFilter) =>
  (Object.keys(filter) as DimensionName[]).filter((name) => filter[name] !== undefined);

/** The sets that match: `d`, in the smallest grouping that knows what is asked. Values come behind the parameters `first`. */
function matching(filter: AnalyticsFilter, by: readonly DimensionName[], first: number) {
  const names = namesIn(filter);
  const grouping = groupingFor([...names, ...by]);
  const conditions = names.map((name, n) =>
    name === "tag" ? `$${first + n + 1} = any(d.tags)` : `${column[name]} = $${first + n + 1}`,
  );
  return {
    grouping,
    text: `d.workspace_id = $1 and d.grouping = $${first}${conditions.map((condition) => ` and ${condition}`).join("")}`,
    values: [grouping, ...names.map((name) => filter[name])],
  };
}

const sums = counters.map((name) => `coalesce(sum(c.${columnOf(name)}), 0)::float8 as "${name}"`).join(", ");

const ofSet = (table: string, from: number, to: number) =>
  `select * from ${table} c where c.workspace_id = $1 and c.edition = $2 and c.dimensions = d.id
     and c.begins_at >= to_timestamp($${from}::float8 / 1000) and c.begins_at < to_timestamp($${to}::float8 / 1000)`;

/** A set's counters between $3 and $6: whole days from $4 to before $5, and quarters around them. */
const inDays = `${ofSet("analytics_count", 3, 4)} union all ${ofSet("analytics_day", 4, 5)} union all ${ofSet("analytics_count", 5, 6)}`;

/** The four times for `inDays`. */
function daysIn({ from, to }: AnalyticsRange, grouping: Grouping): [number, number, number, number] {
  const first = Math.ceil(from / dayMs) * dayMs;
  const last = Math.floor(to / dayMs) * dayMs;
  return grouping === "full" || first >= last ? [from, to, to, to] : [from, first, last, to];
}

/** How far a workspace's log is counted, and in which edition; null: nothing is counted yet. */
export async function analyticsState(
  db: Queryable,
  workspaceId: string,
): Promise<{ edition: number; countedUntil: Date | null } | null> {
  const { rows } = await db.query<{ edition: number; countedUntil: Date }>(
    `select edition, at as "countedUntil" from analytics_head where workspace_id = $1 and not draft`,
    [workspaceId],
  );
  const row = rows[0];
  return row
    ? { edition: row.edition, countedUntil: row.countedUntil.getTime() === 0 ? null : row.countedUntil }
    : null;
}

/** The sum of each counter. */
export async function totals(
  db: Queryable,
  workspaceId: string,
  edition: number,
  range: AnalyticsRange,
  filter: AnalyticsFilter,
): Promise<Counts> {
  const sets = matching(filter, [], 7);
  const { rows } = await db.query<Counts>(
    `select ${sums} from analytics_dimensions d join lateral (${inDays}) c on true where ${sets.text}`,
    [workspaceId, edition, ...daysIn(range, sets.grouping), ...sets.values],
  );
  return rows[0] ?? noCounts();
}

/**
 * The sums by quarter of an hour, those in which something happened; of these counters.
 *
 * A day or an hour on the clock of a time zone is made of them.
 */
export async function quarters<C extends Counter>(
  db: Queryable,
  workspaceId: string,
  edition: number,
  range: AnalyticsRange,
  filter: AnalyticsFilter,
  wanted: readonly C[],
): Promise<({ at: number } & Record<C, number>)[]> {
  const sets = matching(filter, [], 5);
  const { rows } = await db.query<{ at: number } & Record<C, number>>(
    `select (extract(epoch from c.begins_at) * 1000)::float8 as at,
       ${wanted.map((name) => `sum(c.${columnOf(name)})::float8 as "${name}"`).join(", ")}
     from analytics_dimensions d
     join lateral (${ofSet("analytics_count", 3, 4)}) c on true
     where ${sets.text} group by c.begins_at order by 1`,
    [workspaceId, edition, range.from, range.to, ...sets.values],
  );
  return rows;
}

/** One value of a breakdown. A step names its campaign, a variant its step. */
export interface BrokenDown extends Counts {
  value: string | null;
  campaignId: string | null;
  step: string | null;
}

/** Dimensions whose values mean something only within another one. */
const parents: Readonly<Partial<Record<DimensionName, readonly DimensionName[]>>> = {
  step: ["campaign"],
  variant: ["campaign", "step"],
};

/** The sums by the values of a dimension, the largest first. What has several tags counts under each of them. */
export async function breakdown(
  db: Queryable,
  workspaceId: string,
  edition: number,
  range: AnalyticsRange,
  filter: AnalyticsFilter,
  by: DimensionName,
  limit: number,
): Promise<BrokenDown[]> {
  const above = parents[by] ?? [];
  const sets = matching(filter, [...above, by], 8);
  const value = by === "tag" ? "t.tag" : column[by];
  const { rows } = await db.query<BrokenDown>(
    `select ${value} as value, ${above.includes("campaign") ? "d.campaign_id" : "null"} as "campaignId",
       ${above.includes("step") ? "d.step" : "null"} as step, ${sums}
     from analytics_dimensions d
     ${by === "tag" ? "left join lateral unnest(d.tags) as t (tag) on true" : ""}
     join lateral (${inDays}) c on true
     where ${sets.text}
     group by 1, 2, 3
     having ${counters.map((name) => `sum(c.${columnOf(name)}) <> 0`).join(" or ")}
     order by sum(c.sent) + sum(c.invited) desc, sum(c.replies) desc, 1, 2, 3 limit $7`,
    [workspaceId, edition, ...daysIn(range, sets.grouping), limit, ...sets.values],
  );
  return rows;
}

/** How long first replies took, of messages that went out in the range: how many, percentiles, and how many up to each bound. */
export async function answerTimes(
  db: Queryable,
  workspaceId: string,
  edition: number,
  range: AnalyticsRange,
  filter: AnalyticsFilter,
  percentiles: readonly number[],
  bounds: readonly number[],
): Promise<{ count: number; at: (number | null)[]; within: number[] }> {
  const sets = matching(filter, ["sender", "channel"], 7);
  const { rows } = await db.query<{ count: number; at: number[] | null; within: number[] }>(
    `with answer as materialized (
       select a.seconds from analytics_answer a
       join analytics_dimensions d on d.workspace_id = a.workspace_id and d.id = a.dimensions
       where a.workspace_id = $1 and a.edition = $2 and a.sent_at >= to_timestamp($3::float8 / 1000) and a.sent_at < to_timestamp($4::float8 / 1000)
         and ${sets.text}
     )
     select (select count(*)::float8 from answer) as count,
       (select percentile_disc($5::float8[]) within group (order by seconds) from answer)::float8[] as at,
       array(select (select count(*)::float8 from answer where seconds <= b.seconds)
         from unnest($6::int[]) with ordinality b (seconds, n) order by b.n) as within`,
    [workspaceId, edition, range.from, range.to, percentiles, bounds, ...sets.values],
  );
  const row = rows[0]!;
  return { count: row.count, at: row.at ?? percentiles.map(() => null), within: row.within };
}

/** Names of campaigns and senders, and what steps are called, by their IDs. What is gone has none. */
export async function namesOf(
  db: Queryable,
  workspaceId: string,
  kind: "campaign" | "sender" | "step",
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const name = kind === "step" ? "coalesce(key, 'Step ' || position)" : "name";
  const { rows } = await db.query<{ id: string; name: string }>(
    `select id, ${name} as name from ${kind} where workspace_id = $1 and id = any($2::text[])`,
    [workspaceId, ids],
  );
  return new Map(rows.map((row) => [row.id, row.name]));
}
