import { takesEvent } from "./destination-filter.ts";
import { arrange, type Ordering } from "./order.ts";
import type { Queryable } from "./pool.ts";
import { type ReplaySelection, replaySelections } from "./replay.ts";
import { type Forms, inForm, inForms, twoForms } from "./sharding.ts";

/**
 * How a replay gets into the outbox: in steps, each a transaction that moves the replay's place in the log together with
 * the rows that it queues. So a crash repeats nothing and forgets nothing, and the log is never read into memory.
 */

/** A replay at one destination that is to be looked at, locked. */
export interface DueTarget {
  workspaceId: string;
  replayId: string;
  destinationId: string;
  no: number;
  status: "feeding" | "delivering";
  /** Unix milliseconds and event ID: up to here (inclusive) events are counted, and queued. */
  countedAt: number;
  countedId: string;
  countedAll: boolean;
  fedAt: number;
  fedId: string;
  /** Events that matched, as far as they are counted. */
  counted: number;
  queued: number;
  /** Of those queued, how many left the outbox. */
  ended: number;
  room: number;
  /** Above 0, up to 1: what a look reads of what it could, since others took too long. */
  lookShare: number;
  /** Milliseconds since something was queued; null: nothing was. */
  sinceFedMs: number | null;
  /** Unix milliseconds, exclusive. */
  to: number;
  eventId: string | null;
  eventTypes: string[] | null;
  leadId: string | null;
  campaignId: string | null;
  selection: ReplaySelection;
  rate: number | null;
  /** Null: the destination was deleted. */
  destinationStatus: "active" | "disabled" | null;
  /** `lead`: a lead's events go one after the other. */
  ordering: Ordering | null;
  /** Milliseconds for which the lane is parked; null: it isn't. Infinity: until somebody acts. */
  parkedMs: number | null;
  /** Rows of the lane that are under way. */
  leased: number;
  /** Answers in a row that say that the receiver is ill (`lane-health.ts`). */
  badStreak: number;
}

export const dueTargetForms = inForms(
  "replay.due",
  0,
  (within, _, of) => `
select t.workspace_id as "workspaceId", t.replay_id as "replayId", t.destination_id as "destinationId", t.no, t.status,
  (extract(epoch from t.counted_at) * 1000)::float8 as "countedAt", t.counted_id as "countedId", t.counted_all as "countedAll",
  (extract(epoch from t.fed_at) * 1000)::float8 as "fedAt", t.fed_id as "fedId", t.counted, t.queued,
  y.delivered + y.failed + y.dropped as ended, t.room, t.look_share as "lookShare",
  (extract(epoch from now() - t.fed_last_at) * 1000)::float8 as "sinceFedMs",
  (extract(epoch from r.to_at) * 1000)::float8 as "to", r.event_id as "eventId", r.event_types as "eventTypes",
  r.lead_id as "leadId", r.campaign_id as "campaignId", r.selection, r.rate,
  d.status as "destinationStatus", d.ordering,
  case when l.parked_until = 'infinity' then 'Infinity'::float8
    when l.parked_until > now() then (extract(epoch from l.parked_until - now()) * 1000)::float8 end as "parkedMs",
  coalesce(l.leased, 0) as leased, coalesce(l.bad_streak, 0) as "badStreak"
from replay_target t
join replay r on r.workspace_id = ${of("t.workspace_id")} and r.id = t.replay_id
join replay_tally y on y.workspace_id = ${of("t.workspace_id")} and y.no = t.no
left join destination d on d.workspace_id = ${of("t.workspace_id")} and d.id = t.destination_id
left join lane l on l.workspace_id = ${of("t.workspace_id")} and l.id = t.destination_id
where t.status in ('feeding', 'delivering') and t.next_at <= now()${within("t")}
order by t.next_at limit 1
for no key update of t skip locked`,
);

/** Takes the target that is due the longest, unless another process has it. Null: none is due. */
export async function lockDueTarget(tx: Queryable): Promise<DueTarget | null> {
  if (!tx.sharded) return (await tx.query<DueTarget>(inForm(dueTargetForms, [], null))).rows[0] ?? null;
  const { rows } = await tx.query<{ workspace_id: string }>({
    name: "replay.workspaces",
    text: `
select workspace_id from replay_target where status in ('feeding', 'delivering') and next_at <= now()
group by workspace_id order by min(next_at)`,
  });
  for (const { workspace_id } of rows) {
    const { rows: due } = await tx.query<DueTarget>(inForm(dueTargetForms, [], workspace_id));
    if (due[0]) return due[0];
  }
  return null;
}

/** In how many milliseconds a target is due; null: none is open. */
export async function nextTargetDue(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ ms: number | null }>({
    name: "replay.next",
    // Without the case: `greatest` passes over what is null, and would say that one is due.
    text: `select case when min(next_at) is not null then greatest(0, extract(epoch from min(next_at) - now()) * 1000) end::float8 as ms
      from replay_target where status in ('feeding', 'delivering')`,
  });
  return rows[0]?.ms ?? null;
}

/** Rows of a lane that are due and wait, counted up to `most`. */
export async function waitingInLane(
  db: Queryable,
  workspaceId: string,
  destinationId: string,
  most: number,
): Promise<number> {
  const { rows } = await db.query<{ n: number }>({
    name: "replay.waiting",
    text: `select count(*)::int as n from (
      select 1 from outbox where workspace_id = $1 and lane_id = $2 and lease is null and due_at <= now() limit $3) w`,
    values: [workspaceId, destinationId, most],
  });
  return rows[0]!.n;
}

/** Whether this event's delivery is in the outbox. Reads all that waits in the lane, as a step of a replay does. */
export async function isInOutbox(db: Queryable, workspaceId: string, laneId: string, ref: string): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    `select exists (select 1 from outbox where workspace_id = $1 and lane_id = $2 and lease is null and ref = $3)
      or exists (select 1 from outbox where workspace_id = $1 and lane_id = $2 and lease is not null and ref = $3) as found`,
    [workspaceId, laneId, ref],
  );
  return rows[0]!.found;
}

/** How far apart the clocks of processes may be: an attempt may seem to be older than its event. Milliseconds. */
const clockSlackMs = 60_000;

/**
 * One look-up an event, by its ID: as a join this could become a walk over all attempts of the destination, and so could an
 * index on the other columns.
 */
const attemptsOfEvent = (one: boolean) => `attempt a where a.ref = r.id and a.lane_id || '' = $11
      and a.workspace_id${one ? "" : " || ''"} = $1 and a.started_at >= r.at - interval '${clockSlackMs} milliseconds' and a.kind = 'delivery'`;

/** What waits in the outbox, or is under way, is left out beside these. */
const selected: { readonly [S in ReplaySelection]: (one: boolean) => string } = {
  all: () => "true",
  failed: (one) =>
    `(select a.outcome not in ('succeeded', 'filtered') from ${attemptsOfEvent(one)} and a.final order by a.started_at desc, a.n desc limit 1)`,
  // What a filter held back was not sent, and is judged again by the filter of now.
  never_attempted: (one) => `(select 1 from ${attemptsOfEvent(one)} and a.outcome <> 'filtered' limit 1) is null`,
  undelivered: (one) => `(select 1 from ${attemptsOfEvent(one)} and a.outcome = 'succeeded' limit 1) is null`,
};

/** $1 workspace, $2 $3 behind this place, $4 $5 up to this place, $6 rows read at most, $7 .. $10 filters, $11 destination. */
const matchingSql = (selection: ReplaySelection, one: boolean) => `
with read as materialized (
  select e.workspace_id, e.at, e.id, e.type, e.lead_id, e.campaign_id, e.channel, e.formats,
    -- Its own disabling is told to the others only.
    e.type = 'destination.disabled' and strpos(e.data, $11) > 0 as own,
    case when e.type = 'lead.updated' then e.data end as data
  from event e
  where e.workspace_id = $1 and e.at >= to_timestamp($2::float8 / 1000) and e.at <= to_timestamp($4::float8 / 1000)
    and (e.at > to_timestamp($2::float8 / 1000) or e.id > $3) and (e.at < to_timestamp($4::float8 / 1000) or e.id <= $5)
  order by e.at, e.id limit $6
),
-- Both partial indexes of the outbox, each by its own condition.
waiting as materialized (
  select o.ref from outbox o where o.workspace_id = $1 and o.lane_id = $11 and o.lease is null
  union all
  select o.ref from outbox o where o.workspace_id = $1 and o.lane_id = $11 and o.lease is not null
),
matching as (
  select r.at, r.id, r.lead_id from read r, destination d
  where d.workspace_id = $1 and d.id = $11 and ${takesEvent("d", "r", (alias) => ` and ${alias}.workspace_id = $1`)} and ($7::text[] is null or r.type = any($7))
    and ($8::text is null or r.lead_id = $8) and ($9::text is null or r.campaign_id = $9) and ($10::text is null or r.id = $10)
    and not r.own and not exists (select 1 from waiting w where w.ref = r.id)
    and ${selected[selection](one)}
)`;

/** A statement over what matches, by selection, in both forms. */
const matchingForms = (name: string, rest: string) =>
  Object.fromEntries(
    replaySelections.map((selection) => [
      selection,
      twoForms(
        { name: `replay.${name}.${selection}`, text: matchingSql(selection, false) + rest },
        { name: `replay.${name}.${selection}.one`, text: matchingSql(selection, true) + rest },
      ),
    ]),
  ) as Record<ReplaySelection, Forms>;

/** Planned each time: how much they read differs from one call to the next. */
const textOf = (db: Queryable, forms: Forms) => (db.sharded ? forms.one : forms.set).text;

const countForms = matchingForms(
  "count",
  `
select (select count(*)::int from read) as read, (select count(*)::int from matching) as matching, l.at, l.id
from (select 1) one left join lateral (
  select (extract(epoch from at) * 1000)::float8 as at, id from read order by read.at desc, read.id desc limit 1) l on true`,
);

const queueForms = matchingForms(
  "queue",
  `,
chosen as materialized (
  select at, id, case when $14 = 'lead' then lead_id end as order_key from matching order by at, id limit $12
),
queued as (
  insert into outbox (workspace_id, lane_id, ref, due_at, replay_no, order_key)
  select $1, $11, id, case when order_key is null then now() else 'infinity' end, $13, order_key from chosen order by at, id
)
select (select count(*)::int from read) as read, (select count(*)::int from chosen) as queued, l.at, l.id,
  (select array_agg(distinct order_key) from chosen where order_key is not null) as keys
from (select 1) one left join lateral (
  select (extract(epoch from p.at) * 1000)::float8 as at, p.id from (
    select at, id from read where (select count(*) from chosen) < $12
    union all
    select at, id from chosen where (select count(*) from chosen) = $12
  ) p order by p.at desc, p.id desc limit 1) l on true`,
);

/** A place in the log, behind an event: its time (unix milliseconds) and ID. */
export interface LogPlace {
  at: number;
  id: string;
}

/** Which events, for which destination. */
export type MatchFilter = Pick<
  DueTarget,
  "workspaceId" | "destinationId" | "eventId" | "eventTypes" | "leadId" | "campaignId" | "selection"
>;

function filterValues(target: MatchFilter, from: LogPlace, upTo: LogPlace, limit: number): unknown[] {
  return [
    target.workspaceId,
    from.at,
    from.id,
    upTo.at,
    upTo.id,
    limit,
    target.eventTypes,
    target.leadId,
    target.campaignId,
    target.eventId,
    target.destinationId,
  ];
}

/**
 * From here to the end of the transaction each statement is given up after so many milliseconds, by the server itself: where
 * only the client gave up, the statement would go on there, and the next one beside it. Inside a transaction.
 */
export async function limitStatements(tx: Queryable, ms: number): Promise<void> {
  await tx.query(`set local statement_timeout = ${Math.ceil(ms)}`);
}

/**
 * Until the transaction ends nobody else queues for this destination what is in the log already. (Of two replays that
 * overlap, or a replay and a retry by hand, neither sees what the other has not committed yet, and both would queue the
 * same event.) Takes the lock before the lane's.
 */
const requeueLock = "hashtextextended('herald.requeue ' || $1 || ' ' || $2, 0)";

/** Takes it, unless another one has it. */
export async function tryRequeueLock(tx: Queryable, workspaceId: string, destinationId: string): Promise<boolean> {
  const { rows } = await tx.query<{ free: boolean }>({
    name: "replay.tryLock",
    text: `select pg_try_advisory_xact_lock(${requeueLock}) as free`,
    values: [workspaceId, destinationId],
  });
  return rows[0]!.free;
}

/** Waits for it, as long as a look at a replay takes. */
export async function takeRequeueLock(tx: Queryable, workspaceId: string, destinationId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(${requeueLock})`, [workspaceId, destinationId]);
}

/**
 * Runs `work` with what waits being compared by a hash. A planner that takes the outbox for empty would walk over all that
 * waits for each event. (Look-ups of attempts know no other way than a loop, and stay one.) Inside a transaction.
 */
export async function withHashes<T>(tx: Queryable, work: () => Promise<T>): Promise<T> {
  await tx.query("set local enable_nestloop = off");
  const result = await work();
  // Statements that are prepared later in this transaction keep their plans for long.
  await tx.query("set local enable_nestloop = on");
  return result;
}

/** Counts matching events between two places, reading at most `limit` events. `last`: the last one that was read. */
export async function countMatching(
  tx: Queryable,
  target: MatchFilter,
  from: LogPlace,
  upTo: LogPlace,
  limit: number,
): Promise<{ read: number; matching: number; last: LogPlace | null }> {
  const { rows } = await tx.query<{ read: number; matching: number; at: number | null; id: string | null }>(
    textOf(tx, countForms[target.selection]),
    filterValues(target, from, upTo, limit),
  );
  const { read, matching, at, id } = rows[0]!;
  return { read, matching, last: at === null || id === null ? null : { at, id } };
}

/**
 * Queues matching events between two places: at most `room`, reading at most `limit` events. `last`: up to where that
 * is done; null where nothing was read. Locks the lane only where a lead's events go one after the other.
 */
export async function queueMatching(
  tx: Queryable,
  target: DueTarget,
  from: LogPlace,
  upTo: LogPlace,
  { limit, room }: { limit: number; room: number },
): Promise<{ read: number; queued: number; last: LogPlace | null }> {
  const { rows } = await tx.query<{
    read: number;
    queued: number;
    at: number | null;
    id: string | null;
    keys: string[] | null;
  }>(textOf(tx, queueForms[target.selection]), [
    ...filterValues(target, from, upTo, limit),
    room,
    target.no,
    target.ordering,
  ]);
  const { read, queued, at, id, keys } = rows[0]!;
  if (keys) await arrange(tx, target.workspaceId, target.destinationId, keys);
  return { read, queued, last: at === null || id === null ? null : { at, id } };
}

/** Makes a lane ready that got work, as the insert of events does. */
export async function readyLane(tx: Queryable, workspaceId: string, laneId: string): Promise<void> {
  await tx.query({
    name: "replay.ready",
    text: "update lane set ready_at = now() where workspace_id = $1 and id = $2 and (ready_at is null or ready_at > now())",
    values: [workspaceId, laneId],
  });
}

/** What a look at a target came to. */
export interface TargetStep {
  status: "feeding" | "delivering" | "finished" | "stopped";
  reason: string | null;
  counted: LogPlace;
  countedAll: boolean;
  /** How many more were counted. */
  countedMore: number;
  fed: LogPlace;
  queuedMore: number;
  room: number;
  lookShare: number;
  /** As if the rows had been queued so many milliseconds earlier: see `replayAllowance`. */
  creditMs: number;
  /** Milliseconds until the next look. */
  nextMs: number;
}

export async function writeTargetStep(tx: Queryable, target: DueTarget, step: TargetStep): Promise<void> {
  await tx.query({
    name: "replay.step",
    text: `
with moment as materialized (
  select case when $12::bigint > 0 then now() - make_interval(secs => $15::float8 / 1000) end as fed_at,
    case when $4 in ('finished', 'stopped') then now() end as finished_at
)
update replay_target t set status = $4, reason = $5, counted_at = to_timestamp($6::float8 / 1000), counted_id = $7, counted_all = $8,
  counted = t.counted + $9, fed_at = to_timestamp($10::float8 / 1000), fed_id = $11, queued = t.queued + $12, room = $13, look_share = $16,
  fed_last_at = coalesce(m.fed_at, t.fed_last_at),
  -- The time of now, and not of the transaction's beginning.
  next_at = statement_timestamp() + make_interval(secs => $14::float8 / 1000), finished_at = m.finished_at
from moment m
where t.workspace_id = $1 and t.replay_id = $2 and t.destination_id = $3`,
    values: [
      target.workspaceId,
      target.replayId,
      target.destinationId,
      step.status,
      step.reason,
      step.counted.at,
      step.counted.id,
      step.countedAll,
      step.countedMore,
      step.fed.at,
      step.fed.id,
      step.queuedMore,
      step.room,
      step.nextMs,
      step.creditMs,
      step.lookShare,
    ],
  });
}

/** After a look that failed and left nothing: the next one is in `nextMs` milliseconds, and reads this share. */
export async function postponeTarget(
  db: Queryable,
  target: Pick<DueTarget, "workspaceId" | "replayId" | "destinationId">,
  { lookShare, nextMs }: Pick<TargetStep, "lookShare" | "nextMs">,
): Promise<void> {
  await db.query({
    name: "replay.postpone",
    text: `
update replay_target set look_share = $4, next_at = statement_timestamp() + make_interval(secs => $5::float8 / 1000)
where workspace_id = $1 and replay_id = $2 and destination_id = $3 and status in ('feeding', 'delivering')`,
    values: [target.workspaceId, target.replayId, target.destinationId, lookShare, nextMs],
  });
}
