import { type Counter, counters } from "../domain/analytics/counters.ts";
import type { Answer } from "../domain/analytics/derive.ts";
import type { Grouping, KeptDimensions } from "../domain/analytics/dimensions.ts";
import { countedStatuses, countedTypes, type FactKind, factKinds } from "../domain/analytics/fact.ts";
import { float8Array, int4Array, textArray, textArrayLiteral } from "./array.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readInEachWorkspace } from "./sharding.ts";

/** What counting the log reads and writes; what is asked of the figures is in `analytics.ts`. */

/** How far a workspace's log is counted. */
export interface AnalyticsHead {
  edition: number;
  /** Unix ms and ID of the last event. */
  at: number;
  id: string;
}

/** A fact as it is stored; `dimensions`: the ID of the set. */
export interface StoredFact {
  id: string;
  leadId: string;
  at: number;
  kind: FactKind;
  messageId: string | null;
  dimensions: string;
}

/** Counters of one set in one quarter, or day. */
export interface CountChange {
  dimensions: string;
  /** Unix ms: when it begins. */
  at: number;
  /** In the order of `counters`. */
  by: Int32Array;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const moment = (parameter: string) => `to_timestamp(${parameter}::float8 / 1000)`;

/** A counter's column. */
export const columnOf = (counter: Counter): string =>
  counter.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const uncountedForms = inForms(
  "analytics.uncounted",
  2,
  (_, one, of) => `
select w.id from workspace w left join analytics_head h on h.workspace_id = ${of("w.id")} and not h.draft
where exists (
  select 1 from event e where e.workspace_id = ${of("w.id")} and e.at >= coalesce(h.at, '-infinity') and e.at < ${moment("$1")}
    and (e.at > coalesce(h.at, '-infinity') or e.id > h.id)
    -- In a constant: PostgreSQL then opens only the partitions of those days.
    and e.at >= ${moment("$2")})
  ${one ? `and w.id = ${of("w.id")}` : ""}
order by w.id`,
);

/** Workspaces with events between `since` and `cut` (unix ms) that are not counted. */
export async function uncountedWorkspaces(db: Queryable, since: number, cut: number): Promise<string[]> {
  const find = {
    name: "analytics.workspaces",
    text: "select id as workspace_id from workspace order by 1",
    values: [],
  };
  const rows = await readInEachWorkspace(db, find, async (on, workspaceId) => {
    const { text, values } = inForm(uncountedForms, [cut, since], workspaceId);
    return (await on.query<{ id: string }>({ text, values })).rows;
  });
  return rows.map((row) => row.id);
}

/** Makes the head of a workspace that was never counted. */
export async function ensureAnalyticsHead(tx: Queryable, workspaceId: string): Promise<void> {
  await tx.query(
    `insert into analytics_head (workspace_id, edition, draft, at, id)
     select $1, 1, false, 'epoch', '' where not exists (select 1 from analytics_head where workspace_id = $1 and not draft)
     on conflict do nothing`,
    [workspaceId],
  );
}

const headColumns = `edition, ${ms("at")} as at, id`;

/** The head, locked until the transaction ends. Null: another process counts this workspace. */
export async function lockAnalyticsHead(tx: Queryable, workspaceId: string): Promise<AnalyticsHead | null> {
  await ensureAnalyticsHead(tx, workspaceId);
  const { rows } = await tx.query<AnalyticsHead>(
    `select ${headColumns} from analytics_head
     where workspace_id = $1 and not draft and (lease_until is null or lease_until < now()) for update skip locked`,
    [workspaceId],
  );
  return rows[0] ?? null;
}

/** Waits for it. Null: there is no such edition. */
export async function lockEdition(tx: Queryable, workspaceId: string, edition: number): Promise<AnalyticsHead | null> {
  const { rows } = await tx.query<AnalyticsHead>(
    `select ${headColumns} from analytics_head where workspace_id = $1 and edition = $2 for update`,
    [workspaceId, edition],
  );
  return rows[0] ?? null;
}

export async function moveAnalyticsHead(tx: Queryable, workspaceId: string, head: AnalyticsHead): Promise<void> {
  await tx.query(`update analytics_head set at = ${moment("$3")}, id = $4 where workspace_id = $1 and edition = $2`, [
    workspaceId,
    head.edition,
    head.at,
    head.id,
  ]);
}

/** An event that may count. */
export interface CountedEvent {
  id: string;
  at: number;
  type: string;
  leadId: string | null;
  data: string;
}

/** strpos is several times as fast as LIKE and regular expressions, and nearly half of a log are changes of status. */
const hasCountedStatus = countedStatuses.map((status) => `strpos(data, '"newStatus":"${status}"') > 0`).join(" or ");

/**
 * The log's next events, of those that may count; looks at `limit` events. `last`: the last that was looked at; null: there
 * was none before `cut`.
 */
export async function nextCountedEvents(
  tx: Queryable,
  workspaceId: string,
  from: { at: number; id: string },
  cut: number,
  limit: number,
): Promise<{ events: CountedEvent[]; last: { at: number; id: string } | null; more: boolean }> {
  const { rows } = await tx.query<Omit<CountedEvent, "data"> & { data: string | null; looked: number }>({
    name: "analytics.next",
    text: `
with looked as materialized (
  select at, id, type, lead_id,
    case when type = any($6::text[]) and (type <> 'lead.updated' or ${hasCountedStatus}) then data end as data
  from event
  where workspace_id = $1 and at >= ${moment("$2")} and at < ${moment("$4")} and (at > ${moment("$2")} or id > $3)
  order by at, id limit $5
)
(select id, ${ms("at")} as at, type, lead_id as "leadId", data, 0 as looked from looked where data is not null order by looked.at, id)
union all
(select id, ${ms("at")}, type, null, null, (select count(*)::int from looked) from looked order by looked.at desc, id desc limit 1)`,
    values: [workspaceId, from.at, from.id, cut, limit, countedTypes],
  });
  const last = rows.find(({ looked }) => looked > 0);
  const events = rows.filter((row): row is typeof row & { data: string } => row.looked === 0 && row.data !== null);
  return { events, last: last ? { at: last.at, id: last.id } : null, more: last?.looked === limit };
}

/** All facts of these leads. */
export async function factsOfLeads(
  tx: Queryable,
  workspaceId: string,
  edition: number,
  leadIds: readonly string[],
): Promise<StoredFact[]> {
  if (leadIds.length === 0) return [];
  const { rows } = await tx.query<Omit<StoredFact, "kind"> & { kind: number }>({
    name: "analytics.facts",
    text: `
select f.id, l.id as "leadId", f.at, f.kind, f.message_id as "messageId", f.dimensions
from unnest($3::text[]) as l (id)
cross join lateral (
  select id, ${ms("at")} as at, kind, message_id, dimensions::text from analytics_fact
  where workspace_id = $1 and edition = $2 and lead_id = l.id
) f`,
    values: [workspaceId, edition, textArray(leadIds, (id) => id)],
  });
  return rows.map((row) => ({ ...row, kind: factKinds[row.kind]! }));
}

export async function insertFacts(
  tx: Queryable,
  workspaceId: string,
  edition: number,
  facts: readonly StoredFact[],
): Promise<void> {
  if (facts.length === 0) return;
  await tx.query({
    name: "analytics.insertFacts",
    text: `
insert into analytics_fact (workspace_id, edition, lead_id, id, at, kind, message_id, dimensions)
select $1, $2, lead_id, id, ${moment("at")}, kind, message_id, dimensions::uuid
from unnest($3::text[], $4::text[], $5::float8[], $6::int[], $7::text[], $8::text[]) as f (lead_id, id, at, kind, message_id, dimensions)`,
    values: [
      ...[workspaceId, edition],
      textArray(facts, (fact) => fact.leadId),
      textArray(facts, (fact) => fact.id),
      float8Array(facts, (fact) => fact.at),
      int4Array(facts, (fact) => factKinds.indexOf(fact.kind)),
      textArray(facts, (fact) => fact.messageId),
      textArray(facts, (fact) => fact.dimensions),
    ],
  });
}

/** Stores sets of dimensions; those that are there stay. */
export async function insertDimensions(
  tx: Queryable,
  workspaceId: string,
  sets: readonly KeptDimensions[],
): Promise<void> {
  if (sets.length === 0) return;
  // One order for all: two that store the same sets don't wait for each other in a circle.
  const inOrder = [...sets].sort((a, b) => (a.id < b.id ? -1 : 1));
  await tx.query({
    name: "analytics.insertDimensions",
    text: `
insert into analytics_dimensions (workspace_id, id, grouping, channel, campaign_id, step, variant, sender_id, profile, source, tags)
select $1, id::uuid, d.grouping, channel, campaign_id, step, variant, sender_id, profile, source, tags::text[]
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
  as d (id, grouping, channel, campaign_id, step, variant, sender_id, profile, source, tags)
order by 2
on conflict do nothing`,
    values: [
      workspaceId,
      textArray(inOrder, (set) => set.id),
      textArray(inOrder, (set) => set.grouping),
      textArray(inOrder, (set) => set.channel),
      textArray(inOrder, (set) => set.campaignId),
      textArray(inOrder, (set) => set.step),
      textArray(inOrder, (set) => set.variant),
      textArray(inOrder, (set) => set.senderId),
      textArray(inOrder, (set) => set.profile),
      textArray(inOrder, (set) => set.source),
      textArray(inOrder, (set) => textArrayLiteral(set.tags)),
    ],
  });
}

/** Sets by their IDs. */
export async function dimensionsById(
  tx: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<KeptDimensions[]> {
  if (ids.length === 0) return [];
  const { rows } = await tx.query<KeptDimensions & { grouping: Grouping }>({
    name: "analytics.dimensions",
    text: `
select d.id::text as id, d.grouping, d.channel, d.campaign_id as "campaignId", d.step, d.variant, d.sender_id as "senderId", d.profile,
  d.source, d.tags
from unnest($2::text[]) as k (id)
cross join lateral (select * from analytics_dimensions where workspace_id = $1 and id = k.id::uuid) d`,
    values: [workspaceId, textArray(ids, (id) => id)],
  });
  return rows;
}

const columns = counters.map(columnOf);
const countStatement = (table: string) => `
insert into ${table} (workspace_id, edition, dimensions, begins_at, ${columns.join(", ")})
select $1, $2, dimensions::uuid, ${moment("begins_at")}, ${columns.join(", ")}
from unnest($3::text[], $4::float8[], ${columns.map((_, n) => `$${n + 5}::int[]`).join(", ")})
  as c (dimensions, begins_at, ${columns.join(", ")})
on conflict (workspace_id, edition, dimensions, begins_at)
  do update set ${columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(", ")}`;

const countStatements = { quarter: countStatement("analytics_count"), day: countStatement("analytics_day") };

/** Adds to the counters of quarters or of days; each set and time once. */
export async function addCounts(
  tx: Queryable,
  workspaceId: string,
  edition: number,
  width: "quarter" | "day",
  changes: readonly CountChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await tx.query({
    name: `analytics.add.${width}`,
    text: countStatements[width],
    values: [
      ...[workspaceId, edition],
      textArray(changes, (change) => change.dimensions),
      float8Array(changes, (change) => change.at),
      ...counters.map((_, n) => int4Array(changes, (change) => change.by[n])),
    ],
  });
}

/** Of each message its first answer, or null where it has none any more. */
export async function replaceAnswers(
  tx: Queryable,
  workspaceId: string,
  edition: number,
  gone: readonly string[],
  answers: readonly (Omit<Answer, "dimensions"> & { dimensions: string })[],
): Promise<void> {
  if (gone.length > 0) {
    await tx.query({
      name: "analytics.forgetAnswers",
      text: "delete from analytics_answer where workspace_id = $1 and edition = $2 and message_id = any($3::text[])",
      values: [workspaceId, edition, textArray(gone, (id) => id)],
    });
  }
  if (answers.length === 0) return;
  await tx.query({
    name: "analytics.insertAnswers",
    text: `
insert into analytics_answer (workspace_id, edition, message_id, sent_at, seconds, dimensions)
select $1, $2, message_id, ${moment("sent_at")}, seconds, dimensions::uuid
from unnest($3::text[], $4::float8[], $5::int[], $6::text[]) as a (message_id, sent_at, seconds, dimensions)`,
    values: [
      ...[workspaceId, edition],
      textArray(answers, (answer) => answer.messageId),
      float8Array(answers, (answer) => answer.sentAt),
      int4Array(answers, (answer) => answer.seconds),
      textArray(answers, (answer) => answer.dimensions),
    ],
  });
}
