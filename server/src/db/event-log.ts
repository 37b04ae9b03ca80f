import { eventIdTime } from "../domain/id.ts";
import { float8Array, textArray } from "./array.ts";
import { recordingSlackMs } from "./event.ts";
import { given } from "./given.ts";
import { looksAtOnce, lookThrough } from "./look-through.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readByWorkspace } from "./sharding.ts";

/** An event as the API lists it. */
export interface LoggedEvent {
  id: string;
  type: string;
  leadId: string | null;
  campaignId: string | null;
  /** JSON text. */
  data: string;
}

/** What is left out matches everything. */
export interface EventFilter {
  types?: readonly string[] | undefined;
  leadId?: string | undefined;
  campaignId?: string | undefined;
}

const columns = `id, type, lead_id as "leadId", campaign_id as "campaignId", data`;
const matching = `($2::text[] is null or type = any($2)) and ($3::text is null or lead_id = $3) and ($4::text is null or campaign_id = $4)`;

const filterValues = ({ types, leadId, campaignId }: EventFilter) => [
  types ?? null,
  leadId ?? null,
  campaignId ?? null,
];

/** The same in memory. */
export function matches(event: LoggedEvent, { types, leadId, campaignId }: EventFilter): boolean {
  return (
    (types === undefined || types.includes(event.type)) &&
    (leadId === undefined || event.leadId === leadId) &&
    (campaignId === undefined || event.campaignId === campaignId)
  );
}

/**
 * The newest events first; `before`: only older ones than this event. `next`: where the page behind it begins, null: there are no
 * more. A lead's are found by an index; where few of many others match, a page may be short, or empty, and say how far it came.
 */
export async function newestEvents(
  db: Queryable,
  workspaceId: string,
  filter: EventFilter & { before?: string | undefined; limit: number },
): Promise<{ events: LoggedEvent[]; next: string | null }> {
  const { leadId } = filter;
  const walks = leadId === undefined && (filter.types !== undefined || filter.campaignId !== undefined);
  const { rows, next } = await lookThrough<LoggedEvent, string>(
    filter.before ?? null,
    filter.limit,
    ({ id }) => id,
    async (before, wanted) => {
      if (leadId !== undefined) {
        const place = before === null ? null : { at: eventIdTime(before) ?? 0, id: before };
        return {
          rows: await eventsOfLead(db, workspaceId, { ...filter, leadId, before: place, limit: wanted }),
          lookedTo: null,
        };
      }
      const place = before === null ? [] : [eventIdTime(before), before];
      // Its first part opens only the partitions of those days.
      const range = `workspace_id = $1${
        before === null
          ? ""
          : " and at <= to_timestamp($2::float8 / 1000) and (at, id) < (to_timestamp($2::float8 / 1000), $3::text)"
      }`;
      const n = place.length + 2;
      const wantedOnes = `($${n}::text[] is null or type = any($${n})) and ($${n + 1}::text is null or campaign_id = $${n + 1})`;
      const from = walks
        ? `(select * from event where ${range} order by at desc, id desc limit ${looksAtOnce}) event where ${wantedOnes}`
        : `event where ${range} and ${wantedOnes}`;
      const { text, values } = given(`select ${columns} from ${from} order by at desc, id desc limit $${n + 2}`, [
        ...[workspaceId, ...place, filter.types ?? null, filter.campaignId ?? null, wanted],
      ]);
      const { rows } = await db.query<LoggedEvent>(text, values);
      if (!walks || rows.length === wanted) return { rows, lookedTo: null };
      const { rows: last } = await db.query<{ id: string }>(
        `select id from event where ${range} order by at desc, id desc offset ${looksAtOnce - 1} limit 1`,
        [workspaceId, ...place],
      );
      return { rows, lookedTo: last[0]?.id ?? null };
    },
  );
  return { events: rows, next };
}

/**
 * A lead's events, the newest first. The log has no index by lead, which every event would pay for; the audit trail, into which it is
 * copied each minute, has one. So what isn't copied yet is looked through, and the rest is found there.
 */
export async function eventsOfLead(
  db: Queryable,
  workspaceId: string,
  filter: {
    leadId: string;
    types?: readonly string[] | undefined;
    campaignId?: string | undefined;
    /** Older than this: unix ms, and the ID within it. */
    before: { at: number; id: string } | null;
    limit: number;
  },
): Promise<(LoggedEvent & { at: Date })[]> {
  const { before } = filter;
  const older = (row: string) =>
    `($5::text is null or ${row}.at <= to_timestamp($6::float8 / 1000) and (${row}.at, ${row}.id) < (to_timestamp($6::float8 / 1000), $5))`;
  const of = (row: string, type: string, campaign: string) => `${row}.workspace_id = $1 and ${row}.lead_id = $2
    and ($3::text[] is null or ${row}.${type} = any($3)) and ($4::text is null or ${row}.${campaign} = $4) and ${older(row)}`;
  const { text, values } = given(
    `with head as materialized (select at, id from audit_head where workspace_id = $1)
     select ${columns}, at from (
       (select e.* from event e
        where ${of("e", "type", "campaign_id")} and e.at >= coalesce((select at from head), '-infinity')
          and (e.at > coalesce((select at from head), '-infinity') or e.id > (select id from head))
        order by e.at desc, e.id desc limit $7)
       union all
       (select e.* from (
          select a.at, a.id from audit_entry a where ${of("a", "action", "target")} and a.kind = 'event'
          order by a.at desc, a.id desc limit $7
        ) a join event e on e.workspace_id = $1 and e.at = a.at and e.id = a.id and e.lead_id = $2)
     ) e order by at desc, id desc limit $7`,
    [
      ...[workspaceId, filter.leadId, filter.types ?? null, filter.campaignId ?? null],
      ...[before?.id ?? null, before?.at ?? null, filter.limit],
    ],
  );
  const { rows } = await db.query<LoggedEvent & { at: Date }>(text, values);
  return rows;
}

/** A place in the log: behind this event, or behind this time (whole unix milliseconds). */
export interface LogPosition {
  at: number;
  /** Null: behind everything of that millisecond. */
  id: string | null;
}

/** The place behind an event. */
export const positionBehind = (eventId: string): LogPosition => ({ at: eventIdTime(eventId) ?? 0, id: eventId });

/** Whether `a` lies before `b`. */
export function isBefore(a: LogPosition, b: LogPosition): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return a.id !== null && (b.id === null || a.id < b.id);
}

const later = (a: LogPosition, b: LogPosition) => (isBefore(a, b) ? b : a);

/**
 * The log's horizon: unix milliseconds before which nothing will be recorded any more. Whoever reads up to it, in a
 * statement that begins after this one, and goes on from there misses nothing.
 *
 * The trouble: the log is ordered by the times in the events' IDs, but events are committed in another order. A reader
 * that has seen 10:00:05 would miss one of 10:00:04 that is committed a second later. What makes the horizon safe:
 *
 * - `recordEvents` reads the database's clock after its transaction got a transaction ID, and stores no event with a time
 *   more than `recordingSlackMs` before that, whatever the clock of the process says and however long it was held up.
 * - A transaction that shows its ID here has begun after its `xact_start`, so it can record nothing older than that less
 *   the slack. One that shows none gets its ID only after this statement has begun (`statement_timestamp`, which is
 *   read before the transactions are), and records nothing older than that less the slack.
 * - A transaction that is missing here has ended, and the next statement sees what it wrote: PostgreSQL takes the ID
 *   away in the very step that makes the writes visible.
 *
 * So only transactions that write hold the horizon back, and reading ones (a backup) never do. An event shows up behind
 * the horizon `recordingSlackMs` after its time, later while an older transaction is still writing.
 *
 * Rejected: a column with the transaction's ID to order by (exact, but the IDs begin anew when a dump is restored into
 * another server, and it needs one more index on the table that every event goes through); numbering events after
 * their commit (a second write for each).
 *
 * It needs `track_activities` (on by default), and start times of sessions of other roles are hidden without
 * pg_read_all_stats: all of Herald's processes must use one role. A database server's clock that is set back is not
 * made good: what is recorded until it is where it was may be missed by those who follow.
 */
export async function logHorizon(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ at: number }>({
    name: "event.horizon",
    text: `
select (floor(extract(epoch from least(statement_timestamp(), min(xact_start))) * 1000) - ${recordingSlackMs})::float8 as at
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and backend_xid is not null
  and pid <> pg_backend_pid()`,
  });
  return rows[0]!.at;
}

/**
 * Where the horizon would lie if nobody were writing, in unix milliseconds. It was never given further on than this, by
 * any process: what lies behind it can't have been read.
 */
export async function furthestHorizon(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ at: number }>(
    `select (floor(extract(epoch from statement_timestamp()) * 1000) - ${recordingSlackMs})::float8 as at`,
  );
  return rows[0]!.at;
}

/** A piece of the log, oldest first. */
export interface LogPage {
  events: LoggedEvent[];
  /** Where to go on: everything up to here that matches is in `events`. */
  position: LogPosition;
  /** Whether there may be more behind it already. */
  more: boolean;
}

/** Events that one statement looks at where a filter leaves some out: bounds its time, however rare the wanted ones are. */
const lookAt = 2_000;

/** Events behind a place in the log, up to the horizon, but those that were erased (no format can say them). `limit`: how many at most; `horizon`: from `logHorizon`, earlier. */
export async function readLog(
  db: Queryable,
  workspaceId: string,
  after: LogPosition,
  horizon: number,
  filter: EventFilter,
  limit: number,
): Promise<LogPage> {
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const looks = filtered ? Math.max(lookAt, limit) : limit;
  const { rows } = await db.query<LoggedEvent & { looked: number | null }>(
    `with looked as materialized (
       select at, ${columns}, ${matching} as wanted from event
       where workspace_id = $1 and at >= to_timestamp($5::float8 / 1000) and at < to_timestamp($6::float8 / 1000) and formats <> 0
         and (at > to_timestamp($5::float8 / 1000) or id > $7)
       order by at, id limit $8
     )
     (select id, type, "leadId", "campaignId", data, null::int as looked from looked where wanted order by at, id limit $9)
     union all
     -- The last that was looked at, and how many were.
     (select id, null, null, null, null, (select count(*)::int from looked) from looked order by at desc, id desc limit 1)`,
    [workspaceId, ...filterValues(filter), after.at, horizon, after.id, looks, limit],
  );
  const last = rows.find((row) => row.looked !== null);
  const events = rows.filter((row) => row.looked === null).map(({ looked: _looked, ...event }) => event);
  if (events.length === limit) return { events, position: positionBehind(events.at(-1)!.id), more: true };
  if (last && last.looked === looks) return { events, position: positionBehind(last.id), more: true };
  return { events, position: later(after, { at: horizon - 1, id: null }), more: false };
}

export const followForms = inForms(
  "event.follow",
  6,
  (_, __, of) => `
select p.workspace_id as "workspaceId", e.* from unnest($1::text[], $2::float8[], $3::text[]) as p (workspace_id, at, id)
cross join lateral (
  select ${columns} from event
  where workspace_id = ${of("p.workspace_id")} and at >= to_timestamp(p.at / 1000) and at < to_timestamp($4::float8 / 1000) and formats <> 0
    and (at > to_timestamp(p.at / 1000) or event.id > p.id)
    -- Says part of it again in constants: PostgreSQL then opens only the partitions of those days.
    and at >= to_timestamp($5::float8 / 1000)
  order by at, event.id limit $6
) e`,
);

/** Of several workspaces at once, unfiltered: what is behind each one's place, at most `limit` of each. */
export async function readLogs(
  db: Queryable,
  places: readonly { workspaceId: string; after: LogPosition }[],
  horizon: number,
  limit: number,
): Promise<Map<string, LogPage>> {
  const rows = await readByWorkspace(
    db,
    places,
    (place) => place.workspaceId,
    async (on, part, workspaceId) => {
      const values = [
        textArray(part, (place) => place.workspaceId),
        float8Array(part, (place) => place.after.at),
        textArray(part, (place) => place.after.id),
        horizon,
        Math.min(...part.map((place) => place.after.at)),
        limit,
      ];
      return (await on.query<LoggedEvent & { workspaceId: string }>(inForm(followForms, values, workspaceId))).rows;
    },
  );
  const found = new Map<string, LoggedEvent[]>(places.map((place) => [place.workspaceId, []]));
  for (const { workspaceId, ...event } of rows) found.get(workspaceId)!.push(event);
  return new Map(
    places.map(({ workspaceId, after }): [string, LogPage] => {
      const events = found.get(workspaceId)!;
      const more = events.length === limit;
      const end = more ? positionBehind(events.at(-1)!.id) : later(after, { at: horizon - 1, id: null });
      return [workspaceId, { events, position: end, more }];
    }),
  );
}
