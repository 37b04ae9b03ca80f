import { type LaneSignal, laneSignal } from "../domain/lane-health.ts";
import { float8Array, int4Array, int8Array, textArray } from "./array.ts";
import { few } from "./few.ts";
import {
  adapted,
  afterClaim,
  answersOrFew,
  freedLane,
  roomNow,
  tokenRate,
  tokensLeft,
  tokensTaken,
} from "./lane-adapt.ts";
import { laneParameters, laneResults, lanesJudged, laneValues, withLaneResults } from "./lane-results.ts";
import { arrangeAll, type LaneKeys } from "./order.ts";
import type { Queryable } from "./pool.ts";
import { type Forms, inEachWorkspace, inForm, inForms, twoForms, type Within, writeByWorkspace } from "./sharding.ts";

/**
 * The outbox's statements: claim, settle, rescue, wake. One statement each, many rows a statement.
 *
 * - A lane (sender or destination) has `ready_at`, the time at which a claim should visit it. Claims visit lanes, oldest
 *   `ready_at` first, and move it behind the others: round robin over lanes, and no cost for what waits in parked ones.
 * - A claimed row carries a lease (worker number and claim number) and leaves the partial index that claims read.
 * - Whoever performs a row settles it under that lease: deleted when finished, due again when not. A result whose lease
 *   was lost changes nothing but the attempt log.
 * - Lock order: lanes in key order before waiting rows, leased rows before lanes. Claims skip locked lanes.
 * - Where a lead's deliveries go one after the other, rows that are held are due at 'infinity'; whoever ends or adds one
 * lets the next go under the lane's lock: see `order.ts`.
 */
export type LaneKind = "message" | "delivery";

export interface ClaimedItem {
  workspaceId: string;
  id: number;
  laneId: string;
  /** Version of the sender or destination at the time of the claim. */
  laneVersion: number;
  ref: string;
  /** Attempts made before this one. */
  attempts: number;
  /** Calls to the outside that may be under way at once in this lane. */
  places: number;
  lease: number;
  /** When it was due, as PostgreSQL writes it. Only of claims that look above floors. */
  dueAt?: string;
}

/** Leases of worker n are n * 10^8 up to (n + 1) * 10^8 - 1: below 2^53 for 90 million workers. */
export const leasesPerWorker = 100_000_000;

/** Lanes `l` that a claim visits, by its parameters. */
const visitable = (kind: string, lease: string, ahead: string, except: string) => `
  -- A lane that leases ahead is visited when half of that is done: few claims of many rows.
  l.kind = ${kind} and l.ready_at <= now() and l.leased < l.max_leased * (${ahead} + 1) / 2
    and (l.parked_until is null or l.parked_until <= now())
    -- Who leases ahead has the lane to itself: the places of a lane are then counted in one process.
    and (${ahead} = 1 or l.leased = 0 or l.owner = ${lease}::bigint / ${leasesPerWorker})
    and ${answersOrFew} and (${except}::text[] is null or l.id <> all(${except}))`;

/** So long, in milliseconds, a transaction that queues something may last without its rows being overlooked below a floor. */
const floorSlackMs = 250;

/**
 * `floors`: of a lane that has one, only what is due from there on is looked at. While a snapshot is held for long (a report, a
 * dump, a forgotten transaction), what was claimed stays in the index, and each claim of a busy lane walks over all of it. What came in below
 * the floor meanwhile (by a transaction that lasted) is found when its lane is looked at without one, which it is within `floorMs` of `lane-adapt.ts`: it is not put to sleep before.
 */
const claimForm = (within: Within, floors: boolean) => `
with ready as materialized (
  select l.workspace_id, l.id, l.version, l.max_leased, ${tokensLeft} as tokens, ${tokenRate}, ${roomNow} as room${
    floors
      ? `,
    (select f.due_at - interval '${floorSlackMs} milliseconds' from unnest($10::text[], $11::timestamptz[]) as f (lane_id, due_at) where f.lane_id = l.id) as floor`
      : ""
  }
  from lane l
  where ${visitable("$1", "$5", "$7", "$8")}${within("l")}
  order by l.ready_at
  limit $2
  for no key update skip locked
),
numbered as materialized (
  select r.*, (row_number() over ())::int as no from ready r
),
picked as materialized (
  select o.tid, r.no
  from numbered r
  cross join lateral (
    select o.ctid as tid
    from outbox o
    where o.workspace_id = r.workspace_id and o.lane_id = r.id and o.lease is null and o.due_at <= now()${aboveFloor(floors)}${within("o")}
    order by o.due_at
    limit r.room
  ) o
  limit $4
),
taken as (
  -- By ctid: a join on the key lets the planner read the whole table. The lanes are locked, so nobody else picks these; but
  -- who had them just before may have held one back that this statement still sees as due.
  update outbox o set lease = $5::bigint, lease_until = now() + make_interval(secs => $6)
  from picked p
  where o.ctid = p.tid and o.lease is null and o.due_at <= now()${within("o")}
  returning p.no, o.id, o.ref, o.attempts, o.due_at
),
counted as materialized (
  select no, count(*)::int as n from taken group by 1
),
visited as materialized (
  select v.workspace_id, v.id, v.tokens, v.n, ${afterClaim(floors)} from (
    select r.workspace_id, r.id, r.tokens - coalesce(c.n, 0) as tokens, r.tokens_at, r.token_seconds, coalesce(c.n, 0) as n,${floors ? " r.floor," : ""} (
      -- OFFSET over what was picked: an anti-join would read the whole lane.
      select o.due_at from outbox o
      where o.workspace_id = r.workspace_id and o.lane_id = r.id and o.lease is null${aboveFloor(floors)}${within("o")}
      order by o.due_at offset coalesce(c.n, 0) limit 1
    ) as next_due
    from numbered r
    left join counted c on c.no = r.no
    -- A lane that the row limit left out keeps its place in the round.
    where c.n is not null or (select count(*) from picked) < $4
    -- Kept as it is: next_due is looked up once.
    offset 0
  ) v
),
moved as (
  update lane l set leased = l.leased + v.n, owner = $5::bigint / ${leasesPerWorker}, ${tokensTaken}
  from visited v
  where l.workspace_id = v.workspace_id and l.id = v.id${within("l")}
)
-- A claim that a crash of the server forgets is a row that is claimed again: it need not wait for the disk. (What must be
-- on record before a provider is called commits on its own, and durably.)
-- What was queued together is due at one moment, and comes as it lies in the table, where space is used again.
-- First come the lanes, each once: with every row they would be half of what is sent.
select a.no, a.id, a.ref, a.attempts, a.workspace_id, a.lane_id, a.version, a.max_leased${floors ? `, a.due_at::text as "dueAt"` : ""}
from (
  select r.no, null::bigint as id, null as ref, null::int as attempts, r.workspace_id, r.id as lane_id, r.version, r.max_leased, null::timestamptz as due_at
  from numbered r join counted c on c.no = r.no
  union all
  select t.no, t.id, t.ref, t.attempts, null, null, null, null, t.due_at from taken t
) a, (select set_config('synchronous_commit', 'off', true)) as s
order by a.due_at nulls first, a.id`;

const aboveFloor = (floors: boolean) => (floors ? " and o.due_at >= coalesce(r.floor, '-infinity')" : "");

export const claimForms = inForms("outbox.claim", 9, (within) => claimForm(within, false));
export const claimAboveForms = inForms("outbox.claim_above", 11, (within) => claimForm(within, true));

export interface ClaimOptions {
  kind: LaneKind;
  /** Lanes visited at most. */
  lanes: number;
  /** Rows of one lane at most. */
  perLane: number;
  /** Rows at most. */
  limit: number;
  lease: number;
  leaseSeconds: number;
  /**
   * 1: at most as many rows of a lane are leased as it has places, over all processes. More: that many times its places,
   * by one process at a time, which then counts the places itself.
   */
  ahead: number;
  /** Lanes that are passed over: this process has its share of them. */
  except?: readonly string[];
  /** How many processes share the lanes' places. Default 1. */
  processes?: number;
  /** By lane: nothing that is due before is looked for. Default: everything is, and it isn't told when it was due. */
  floors?: ReadonlyMap<string, string>;
}

/** Leases due work, fairly over lanes; of each lane in the order in which it is due. */
export async function claim(db: Queryable, options: ClaimOptions): Promise<ClaimedItem[]> {
  if (!db.sharded) return await claimWithin(db, options, null);
  // Which workspaces have ready lanes is the one thing that is read over all of them; the longest ready one is first.
  const { rows } = await db.query<{ workspace_id: string }>({
    name: "outbox.workspaces",
    text: `
select l.workspace_id from lane l where ${visitable("$1", "$2", "$3", "$4")}
group by l.workspace_id order by min(l.ready_at) limit $5`,
    values: [options.kind, options.lease, options.ahead, options.except?.length ? options.except : null, options.lanes],
  });
  const items: ClaimedItem[] = [];
  for (const { workspace_id } of rows) {
    const limit = options.limit - items.length;
    if (limit <= 0) break;
    items.push(...(await claimWithin(db, { ...options, limit }, workspace_id)));
  }
  return items;
}

async function claimWithin(db: Queryable, options: ClaimOptions, workspaceId: string | null): Promise<ClaimedItem[]> {
  const { rows } = await db.query<ClaimedLane | ClaimedRow>(
    inForm(
      options.floors ? claimAboveForms : claimForms,
      [
        options.kind,
        options.lanes,
        options.perLane,
        options.limit,
        options.lease,
        options.leaseSeconds,
        options.ahead,
        options.except?.length ? options.except : null,
        options.processes ?? 1,
        ...(options.floors ? [[...options.floors.keys()], [...options.floors.values()]] : []),
      ],
      workspaceId,
    ),
  );
  const lanes: ClaimedLane[] = [];
  const items: ClaimedItem[] = [];
  for (const row of rows) {
    if (row.id === null) {
      lanes[row.no] = row;
      continue;
    }
    const lane = lanes[row.no]!;
    const item: ClaimedItem = {
      workspaceId: lane.workspace_id,
      id: row.id,
      laneId: lane.lane_id,
      laneVersion: lane.version,
      ref: row.ref,
      attempts: row.attempts,
      places: lane.max_leased,
      lease: options.lease,
    };
    if (row.dueAt !== undefined) item.dueAt = row.dueAt;
    items.push(item);
  }
  return items;
}

/** What a claim answers: its lanes, each by a number, and then its rows, which name them by that. */
interface ClaimedLane {
  no: number;
  id: null;
  workspace_id: string;
  lane_id: string;
  version: number;
  max_leased: number;
}

interface ClaimedRow {
  no: number;
  id: number;
  ref: string;
  attempts: number;
  dueAt?: string;
}

/** What became of one leased row. */
export interface Settlement {
  item: ClaimedItem;
  /** Null: finished, the row is deleted. Else: due again then (unix milliseconds), and not before it was due; 0: as it was. */
  nextAt: number | null;
  /** The attempt to be logged; null where nothing was attempted (held, cancelled). */
  attempt: AttemptRecord | null;
  /** Parks the whole lane until then (unix ms; Infinity: until somebody acts): throttled or broken sender, or a destination that asked for a pause. */
  park?: { until: number; reason: string } | undefined;
  /** What it says about the receiver, by which the lane adapts. Left out: nothing. */
  signal?: LaneSignal | undefined;
  /** Where nothing was attempted but there is a signal: since when it waited (unix ms). */
  waitedSince?: number | undefined;
}

export interface AttemptRecord {
  /** Unix milliseconds. */
  startedAt: number;
  durationMs: number;
  /** filtered: nothing was to be sent, by the destination's filter or transform. */
  outcome: "succeeded" | "retry" | "failed" | "uncertain" | "interrupted" | "filtered";
  statusCode: number | null;
  code: string | null;
  /** For a person; at most 2,000 characters are kept. */
  detail: string | null;
  requestHeaders: string | null;
  responseHeaders: string | null;
  /** The first 16 KiB of the answer. */
  responseBody: string | null;
}

/** The attempts of a batch; `p`: where its parameters are. */
const logAttempts = (p: readonly number[]) => `
  insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, status_code, code, detail,
    request_headers, response_headers, response_body, next_at)
  -- Not by way of \`result\`: what is read once need not be kept.
  select r.workspace_id, r.lane_id, r.ref, $${p[14]}, r.n, to_timestamp(r.started_at / 1000), r.duration_ms, r.outcome,
    r.next_at is null, r.status_code, r.code, r.detail, r.request_headers, r.response_headers, r.response_body,
    to_timestamp(r.next_at / 1000)
  from (select
    unnest($${p[0]}::text[]) as workspace_id, unnest($${p[1]}::text[]) as lane_id, unnest($${p[2]}::float8[]) as next_at,
    unnest($${p[3]}::text[]) as ref, unnest($${p[4]}::int[]) as n, unnest($${p[5]}::float8[]) as started_at,
    unnest($${p[6]}::int[]) as duration_ms, unnest($${p[7]}::text[]) as outcome, unnest($${p[8]}::int[]) as status_code,
    unnest($${p[9]}::text[]) as code, unnest($${p[10]}::text[]) as detail, unnest($${p[11]}::text[]) as request_headers,
    unnest($${p[12]}::text[]) as response_headers, unnest($${p[13]}::text[]) as response_body) r
  where r.outcome is not null`;

/** $1 to $7 of the settle: what of a result its row needs; then what the batch says of its lanes; then what is only logged. */
const rowParameters = 7;
const logged = rowParameters + laneParameters;
const settleParameters = { all: logged + 11, one: logged };
const logParameters = [1, logged + 1, 4, logged + 2, 5, logged + 3, logged + 4, 6].concat(
  Array.from({ length: 7 }, (_, i) => logged + 5 + i),
);

/** For one workspace the attempts are logged by a statement of its own: see `sharding.ts` about an insert within WITH. */
export const logStatement = { name: "outbox.log", text: logAttempts(logParameters.map((_, i) => i + 1)) };

/** What a batch of results does: to its rows, to the log, and to their lanes. */
const settleForm = (within: Within, one: boolean) => `
-- One look-up a row, and then by ctid: a join lets the planner, who knows nothing of a table that is always nearly empty,
-- walk over all that is leased for every result. That the lease is the same then is said in words that no index has, or it
-- would walk over all of that once for the batch.
with held as materialized (
  select r.lease, to_timestamp(r.next_at / 1000) as next_at, r.n, r.outcome, o.tid, case when r.forbids is null then o.order_key end as next_key,
    o.order_key
  from (select
    unnest($1::text[]) as workspace_id, unnest($2::bigint[]) as id, unnest($3::bigint[]) as lease, unnest($4::float8[]) as next_at,
    unnest($5::int[]) as n, unnest($6::text[]) as outcome, unnest($7::int[]) as forbids) r
  cross join lateral (
    select o.ctid as tid, o.order_key from outbox o
    where o.lease = r.lease and o.id = r.id and o.lease is not null and o.workspace_id = r.workspace_id${within("o")} limit 1
  ) o
),
gone as (
  delete from outbox o using held h where o.ctid = h.tid and o.lease is not distinct from h.lease and h.next_at is null${within("o")}
  returning o.workspace_id, o.lane_id, o.replay_no, o.order_key, h.outcome
),
again as (
  update outbox o set lease = null, lease_until = null, due_at = greatest(h.next_at, o.due_at), attempts = h.n, order_key = h.next_key
  from held h where o.ctid = h.tid and o.lease is not distinct from h.lease and h.next_at is not null${within("o")}
  returning o.workspace_id, o.lane_id, o.due_at, h.order_key
),
${one ? "" : `logged as (${logAttempts(logParameters)}\n),`}
changed as (
  select workspace_id, lane_id, count(*)::int as n, min(due_at) as due_at from (
    select workspace_id, lane_id, null::timestamptz as due_at from gone
    union all select workspace_id, lane_id, due_at from again
  ) r
  group by 1, 2
),
${withLaneResults(rowParameters + 1)},
locked as materialized (
  select l.*, c.n, c.due_at, ${lanesJudged}
  from lane l join gathered c on c.workspace_id = l.workspace_id and c.lane_id = l.id${within("l")}
  order by l.workspace_id, l.id
  for no key update of l
),
${adapted}
freed as (
  update lane l set
    leased = l.leased - k.n,
    ready_at = least(l.ready_at, k.due_at),
    failures = case when k.succeeded then 0 else l.failures + k.new_failures end,
    last_success_at = case when k.succeeded then k.at else l.last_success_at end,
    last_failure_at = case when k.new_failures > 0 then k.at else l.last_failure_at end,
    ${freedLane}
  from adapted k
  where l.workspace_id = k.workspace_id and l.id = k.id${within("l")}
  returning l.id
),
-- Where a lead's deliveries go one after the other, the end of one lets the next one go. Nothing, for other lanes.
passed as materialized (
  select workspace_id, lane_id, array_agg(order_key) as keys from (
    select workspace_id, lane_id, order_key from gone where order_key is not null
    union all select workspace_id, lane_id, order_key from again where order_key is not null
  ) p
  group by 1, 2
),
-- What replays queued is counted with the end of it. Nothing, for live deliveries.
replayed as materialized (
  select g.workspace_id, g.replay_no, count(*) filter (where g.outcome = 'succeeded') as delivered,
    count(*) filter (where g.outcome not in ('succeeded', 'filtered')) as failed,
    count(*) filter (where g.outcome is null or g.outcome = 'filtered') as dropped
  from gone g
  where g.replay_no is not null and (select count(*) from locked) >= 0
  group by 1, 2
),
tally as (
  select y.workspace_id, y.no from replay_tally y join replayed p on p.workspace_id = y.workspace_id and p.replay_no = y.no${within("y")}
  order by y.no
  for no key update of y
),
tallied as (
  update replay_tally y set delivered = y.delivered + p.delivered, failed = y.failed + p.failed, dropped = y.dropped + p.dropped
  from replayed p join tally t on t.workspace_id = p.workspace_id and t.no = p.replay_no
  where y.workspace_id = t.workspace_id and y.no = t.no${within("y")}
)
select coalesce((select sum(n) from changed), 0)::int as n, (
  select ${one ? `json_agg(json_build_object('laneId', lane_id, 'keys', keys))` : "sum(arrange_order(workspace_id, lane_id, keys))"}
  from passed where (select count(*) from freed) >= 0
) as passed`;

export const settleForms: Forms = twoForms(
  inForms("outbox.settle", settleParameters.all, settleForm).set,
  inForms("outbox.settle", settleParameters.one, settleForm).one,
);

/** Writes results; returns how many rows were still under their lease. */
export async function settle(db: Queryable, kind: LaneKind, results: readonly Settlement[]): Promise<number> {
  const counts = await writeByWorkspace(
    db,
    results,
    (r) => r.item.workspaceId,
    async (tx, part, workspaceId) => {
      const values = [
        textArray(part, (r) => r.item.workspaceId),
        int8Array(part, (r) => r.item.id),
        int8Array(part, (r) => r.item.lease),
        float8Array(part, (r) => r.nextAt),
        int4Array(part, (r) => r.item.attempts + (r.attempt ? 1 : 0)),
        textArray(part, (r) => r.attempt?.outcome),
        int4Array(part, (r) => (r.signal === laneSignal.forbids ? 1 : null)),
        ...laneValues(laneResults(part)),
        textArray(part, (r) => r.item.laneId),
        textArray(part, (r) => r.item.ref),
        float8Array(part, (r) => r.attempt?.startedAt),
        int4Array(part, (r) => r.attempt?.durationMs),
        int4Array(part, (r) => r.attempt?.statusCode),
        textArray(part, (r) => r.attempt?.code),
        textArray(part, (r) => r.attempt?.detail?.slice(0, 2_000)),
        textArray(part, (r) => r.attempt?.requestHeaders),
        textArray(part, (r) => r.attempt?.responseHeaders),
        textArray(part, (r) => r.attempt?.responseBody),
        kind,
      ];
      type Row = { n: number; passed: LaneKeys[] | null };
      if (workspaceId === null) {
        const { rows } = await tx.query<Row>(inForm(settleForms, values, null));
        return [rows[0]!.n];
      }
      const { rows } = await tx.query<Row>(inForm(settleForms, values.slice(0, settleParameters.one), workspaceId));
      if (part.some((r) => r.attempt !== null))
        await tx.query({ ...logStatement, values: logParameters.map((n) => values[n - 1]) });
      await arrangeAll(tx, workspaceId, rows[0]!.passed ?? []);
      return [rows[0]!.n];
    },
  );
  return counts.reduce((sum, n) => sum + n, 0);
}

/** When the earliest lane of this kind wants a visit, but for `except`; null when nothing waits. */
export async function nextReady(
  db: Queryable,
  options: { kind: LaneKind; workerNo: number; ahead: number; except?: readonly string[] },
): Promise<{ inMs: number } | null> {
  const { rows } = await db.query<{ ms: number | null }>({
    name: "outbox.nextReady",
    text: `
select (extract(epoch from min(greatest(ready_at, parked_until)) - now()) * 1000)::float8 as ms
from lane l
where kind = $1 and ready_at is not null and leased < max_leased * ($2 + 1) / 2 and ($2 = 1 or leased = 0 or owner = $3)
  and ${answersOrFew} and ($4::text[] is null or id <> all($4))`,
    values: [options.kind, options.ahead, options.workerNo, options.except?.length ? options.except : null],
  });
  const ms = rows[0]?.ms;
  return ms === null || ms === undefined ? null : { inMs: Math.max(0, ms) };
}

const firstDue = (within: Within) => `
  cross join lateral (
    select o.due_at from outbox o
    where o.workspace_id = l.workspace_id and o.lane_id = l.id and o.lease is null and o.due_at < 'infinity'${within("o")}
    order by o.due_at limit 1
  ) w`;
const isAsleep = "(l.ready_at is null or l.ready_at > w.due_at and l.ready_at > now())";

export const wakeForms = inForms(
  "outbox.wake",
  2,
  (within) => `
with given as materialized (
  select unnest($1::text[]) as workspace_id, unnest($2::text[]) as id
), asleep as (
  select l.workspace_id, l.id, w.due_at
  from given g
  join lane l on l.workspace_id = g.workspace_id and l.id = g.id${firstDue(within)}
  where ${few("g.id")} and ${isAsleep}${within("l")}
  order by l.workspace_id, l.id
  for no key update of l
)
update lane l set ready_at = a.due_at from asleep a where l.workspace_id = a.workspace_id and l.id = a.id and ${few("a.id")}${within("l")}`,
);
export const wakeAllForms = inForms(
  "outbox.wakeAll",
  0,
  (within) => `
with asleep as (
  select l.workspace_id, l.id, w.due_at
  from lane l${firstDue(within)}
  where ${isAsleep}${within("l")}
  order by l.workspace_id, l.id
  for no key update of l
)
update lane l set ready_at = a.due_at from asleep a where l.workspace_id = a.workspace_id and l.id = a.id${within("l")}`,
);

/** Planned each time: what it finds differs much from one call to the next. */
const unnamed = ({ text, values }: { text: string; values: unknown[] }) => ({ text, values });

/** Workspaces with lanes to be woken. */
const asleepSql = `
select distinct l.workspace_id from lane l
where exists (
  select from outbox o where o.workspace_id = l.workspace_id and o.lane_id = l.id and o.lease is null and o.due_at < 'infinity'
    and (l.ready_at is null or l.ready_at > o.due_at and l.ready_at > now())
)
order by 1`;

/**
 * Makes lanes ready that have waiting work but no `ready_at`. An insert leaves `ready_at` alone where it is set; a claim
 * in another session may be clearing it just then, having not seen the insert. So each insert names its lanes after its
 * commit (in memory, and by NOTIFY), and every process looks at them again before its next claim. Without `lanes`: all
 * lanes (after a lost notification, and now and then).
 */
export async function wakeLanes(
  db: Queryable,
  lanes?: readonly { workspaceId: string; laneId: string }[],
): Promise<number> {
  const counts = lanes
    ? await writeByWorkspace(
        db,
        lanes,
        (lane) => lane.workspaceId,
        async (tx, part, workspaceId) => {
          const values = [part.map((lane) => lane.workspaceId), part.map((lane) => lane.laneId)];
          return [(await tx.query(inForm(wakeForms, values, workspaceId))).rowCount ?? 0];
        },
      )
    : await inEachWorkspace(db, { name: "outbox.asleep", text: asleepSql, values: [] }, async (tx, workspaceId) => [
        (await tx.query(unnamed(inForm(wakeAllForms, [], workspaceId)))).rowCount ?? 0,
      ]);
  return counts.reduce((sum, n) => sum + n, 0);
}
