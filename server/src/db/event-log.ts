import { setTimeout as pause } from "node:timers/promises";
import { eventIdTime } from "../domain/id.ts";
import type { Queryable } from "./pool.ts";

/** An event as the API lists it. */
export interface LoggedEvent {
  id: string;
  type: string;
  /** JSON text. */
  data: string;
}

export interface EventFilter {
  type?: string | undefined;
  leadId?: string | undefined;
  campaignId?: string | undefined;
  limit: number;
}

const matching = `($2::text is null or type = $2) and ($3::text is null or lead_id = $3) and ($4::text is null or campaign_id = $4)`;

/** The newest events first; `before`: only older ones than this event. */
export async function newestEvents(
  db: Queryable,
  workspaceId: string,
  filter: EventFilter & { before?: string | undefined },
): Promise<LoggedEvent[]> {
  const { before } = filter;
  const { rows } = await db.query<LoggedEvent>(
    `select id, type, data from event
     where workspace_id = $1 and ${matching}
       and ($5::text is null or (at, id) < (to_timestamp($6::float8 / 1000), $5))
       and at <= coalesce(to_timestamp($6::float8 / 1000), 'infinity')
     order by at desc, id desc limit $7`,
    [workspaceId, ...filterValues(filter), before ?? null, before ? eventIdTime(before) : null, filter.limit],
  );
  return rows;
}

/** A place in the log: behind this event, or behind this time (unix milliseconds). */
export interface LogPosition {
  at: number;
  /** Null: behind everything of that millisecond. */
  id: string | null;
}

/**
 * Events behind a place in the log, oldest first, up to the log's horizon: whoever reads on from the last of them
 * misses nothing that was committed later.
 *
 * The trouble: an event's time is set by the clock of the process that writes it, a little before it is committed. A
 * reader that has seen 10:00:05 would miss one of 10:00:04 that commits a second later. So events count only once
 * nothing older can come any more: older than the horizon, which lies 2 seconds before the oldest transaction that is
 * writing, or before now where there is none.
 *
 * - A transaction that writes has a transaction ID. One that has none yet may be about to write, and counts for its
 *   first 10 seconds; after that it is a long read (a backup), which must not hold up every listener.
 * - The 2 seconds are for what the transactions' start times don't tell: how far processes' clocks are apart, and the
 *   time between setting an event's time and starting the statement that stores it.
 * - The horizon is read before the events, in a statement of its own: a transaction that is missing in it has ended,
 *   and what it wrote is visible to the next statement.
 *
 * So an event shows up here 2 seconds late. Roles without pg_read_all_stats see the start times of their own sessions only:
 * all of Herald's processes must use one role.
 */
export async function eventsAfter(
  db: Queryable,
  workspaceId: string,
  after: LogPosition,
  filter: EventFilter,
): Promise<LoggedEvent[]> {
  const horizon = await logHorizon(db);
  const { rows } = await db.query<LoggedEvent>(
    `select id, type, data from event
     where workspace_id = $1 and ${matching}
       and at >= to_timestamp($5::float8 / 1000) and at < to_timestamp($6::float8 / 1000)
       and (at > to_timestamp($5::float8 / 1000) or id > $7)
     order by at, id limit $8`,
    [workspaceId, ...filterValues(filter), after.at, horizon, after.id, filter.limit],
  );
  return rows;
}

/** The moment (unix milliseconds) before which nothing more can come into the log; see `eventsAfter`. Not inside a transaction. */
export async function logHorizon(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ at: number }>({
    name: "event.horizon",
    text: `
select extract(epoch from least(clock_timestamp(), min(xact_start)) - interval '2 seconds')::float8 * 1000 as at
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
  and (backend_xid is not null or xact_start > clock_timestamp() - interval '10 seconds')`,
  });
  return rows[0]!.at;
}

/** Milliseconds between two looks of a waiting listener. */
const lookEvery = 400;

/** As `eventsAfter`; while there is nothing, looks again until something comes, `waitMs` are over, or `signal` aborts. */
export async function awaitEventsAfter(
  db: Queryable,
  workspaceId: string,
  after: LogPosition,
  filter: EventFilter,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<LoggedEvent[]> {
  const until = performance.now() + waitMs;
  for (;;) {
    const events = await eventsAfter(db, workspaceId, after, filter);
    const left = until - performance.now();
    if (events.length > 0 || left <= 0 || signal.aborted) return events;
    await pause(Math.min(lookEvery, left), undefined, { signal }).catch(() => {});
  }
}

function filterValues({ type, leadId, campaignId }: EventFilter): (string | null)[] {
  return [type ?? null, leadId ?? null, campaignId ?? null];
}
