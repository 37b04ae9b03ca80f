import { eventIdTime } from "../domain/id.ts";
import { clockSlackMs, earliestAttempt } from "./attempt.ts";
import { eventTypesOf } from "./event.ts";
import { given } from "./given.ts";
import { closedBreaker } from "./lane.ts";
import { lookThrough } from "./look-through.ts";
import { arrange } from "./order.ts";
import type { Queryable } from "./pool.ts";
import { takeRequeueLock } from "./replay-feed.ts";

/**
 * A delivery is an event and a destination; it has no row of its own. While it isn't finished it is a row of the outbox;
 * after that it is its last attempt. One that was queued again by hand is both, and counts as pending.
 */
export interface Delivery {
  eventId: string;
  destinationId: string;
  /** filtered: the destination's filter or transform held it back; nothing was sent. */
  status: "pending" | "delivered" | "failed" | "filtered";
  /** Attempts so far. */
  attempts: number;
  /** Whether an attempt is under way. */
  inFlight: boolean;
  /** Null: finished, under way, or parked until somebody acts. */
  nextAttemptAt: Date | number | null;
  lastAttemptAt: Date | null;
  lastStatusCode: number | null;
  lastCode: string | null;
  lastDetail: string | null;
  /** The delivery for the same lead that has to end first; null: there is none. */
  heldBehind: { eventId: string; attempts: number; nextAttemptAt: Date | number | null } | null;
}

const lastAttempt = `
left join lateral (
  select a.started_at, a.status_code, a.code, a.detail from attempt a
  where a.ref = o.ref and a.lane_id = o.lane_id and a.workspace_id = $1 and o.attempts > 0
    -- The event's ID holds its time in milliseconds.
    and a.started_at >= to_timestamp((substr(o.ref, 5, 13)::float8 - ${clockSlackMs}) / 1000)
  order by a.started_at desc limit 1
) a on true
left join lateral (
  select f.ref, f.attempts, case when f.lease is null then greatest(f.due_at, l.parked_until) end as next_at
  from outbox f
  where f.order_key = o.order_key and f.lane_id = o.lane_id and f.workspace_id = $1 and f.order_key is not null
    and f.due_at < 'infinity' and o.due_at = 'infinity'
  limit 1
) f on true`;

const pendingColumns = `o.ref as "eventId", o.lane_id as "destinationId", 'pending' as status, o.attempts, o.lease is not null as "inFlight",
  case when o.lease is null then greatest(o.due_at, l.parked_until) end as "nextAttemptAt",
  a.started_at as "lastAttemptAt", a.status_code as "lastStatusCode", a.code as "lastCode", a.detail as "lastDetail",
  f.ref as "frontId", f.attempts as "frontAttempts", f.next_at as "frontNextAt"`;

/** What its last attempt `a` makes of a delivery. */
const statusOf = "case a.outcome when 'succeeded' then 'delivered' when 'filtered' then 'filtered' else 'failed' end";

const finishedColumns = `a.ref as "eventId", a.lane_id as "destinationId",
  ${statusOf} as status, a.n as attempts, false as "inFlight",
  null::timestamptz as "nextAttemptAt", a.started_at as "lastAttemptAt", a.status_code as "lastStatusCode",
  a.code as "lastCode", a.detail as "lastDetail", null as "frontId", null::int as "frontAttempts", null::timestamptz as "frontNextAt"`;

type DeliveryRow = Omit<Delivery, "heldBehind"> & {
  frontId: string | null;
  frontAttempts: number | null;
  frontNextAt: Date | number | null;
};

function deliveryOf({ frontId, frontAttempts, frontNextAt, ...delivery }: DeliveryRow): Delivery {
  const heldBehind =
    frontId === null ? null : { eventId: frontId, attempts: frontAttempts ?? 0, nextAttemptAt: frontNextAt };
  return { ...delivery, heldBehind };
}

/** A place in a list: microseconds since 1970, and the event's ID. */
export type DeliveryPosition = readonly [microseconds: number, eventId: string];

export type PlacedDelivery = Delivery & { position: DeliveryPosition };

/** The place in a list of what is held, in microseconds: behind everything that has a time. */
const heldMicros = Number.MAX_SAFE_INTEGER;

/**
 * What isn't finished, in the order in which it is due; what is under way stands at the time at which it was due. What is
 * held behind another delivery comes last, in the order of the events.
 */
export async function pendingDeliveries(
  db: Queryable,
  workspaceId: string,
  destinationId: string,
  after: DeliveryPosition | null,
  limit: number,
): Promise<PlacedDelivery[]> {
  const rows = (condition: string) => `(
    select o.* from outbox o
    where o.workspace_id = $1 and o.lane_id = $2 and ${condition}
      and ($3::timestamptz is null or o.due_at >= $3 and (o.due_at > $3 or o.ref > $4::text))
    order by o.due_at, o.ref limit $5)`;
  const { text, values } = given(
    `select ${pendingColumns},
       case when o.due_at = 'infinity' then ${heldMicros} else (extract(epoch from o.due_at) * 1000000)::bigint end as micros
     from (select * from (${rows("o.lease is null")} union all ${rows("o.lease is not null")}) both_parts order by due_at, ref limit $5) o
     join lane l on l.workspace_id = $1 and l.id = o.lane_id
     ${lastAttempt}
     order by o.due_at, o.ref`,
    [workspaceId, destinationId, after ? timestampOf(after[0]) : null, after?.[1] ?? null, limit],
  );
  const { rows: found } = await db.query<DeliveryRow & { micros: number }>(text, values);
  return found.map(({ micros, ...row }) => ({ ...deliveryOf(row), position: [micros, row.eventId] }));
}

/** Deliveries that wait, of which one look finds those whose events have a type: an index of the outbox has none. */
const waitingAtOnce = 500;

/**
 * As `pendingDeliveries`, of events of these types. Few of many are looked for through all that waits: no longer than a second,
 * after which a page may be short, or empty, and says where the next one begins (null: nothing more waits).
 */
export async function pendingDeliveriesOf(
  db: Queryable,
  workspaceId: string,
  destinationId: string,
  types: readonly string[],
  after: DeliveryPosition | null,
  limit: number,
): Promise<{ deliveries: PlacedDelivery[]; next: DeliveryPosition | null }> {
  const { rows, next } = await lookThrough<PlacedDelivery, DeliveryPosition>(
    after,
    limit,
    ({ position }) => position,
    async (from) => {
      const waiting = await pendingDeliveries(db, workspaceId, destinationId, from, waitingAtOnce);
      const lookedTo = waiting.length < waitingAtOnce ? null : waiting.at(-1)!.position;
      return { rows: await ofTypes(db, workspaceId, waiting, types), lookedTo };
    },
    mostMs,
  );
  return { deliveries: rows, next };
}

async function ofTypes<D extends Delivery>(
  db: Queryable,
  workspaceId: string,
  deliveries: readonly D[],
  types: readonly string[],
): Promise<D[]> {
  const ids = deliveries.map(({ eventId }) => eventId);
  const known = await eventTypesOf(db, workspaceId, ids);
  return deliveries.filter(({ eventId }) => types.includes(known.get(eventId) ?? ""));
}

/** Attempts that one page reads at most, and with its first look; milliseconds after which it is cut short. */
const mostRead = 5_000;
const firstRead = 500;
const mostMs = 1_000;

type FinishedStatus = Exclude<Delivery["status"], "pending">;

/** $1 workspace, $2 destination, $3 status, $4 $5 before this place, $6 attempts read at most, $7 deliveries. */
const finishedSql = (status: FinishedStatus | null) => `
with read as materialized (
  select a.lane_id, a.ref, a.n, a.started_at, a.outcome, a.final, a.status_code, a.code, a.detail from attempt a
  where a.workspace_id = $1 and a.lane_id = $2 and a.kind = 'delivery'
    -- In the words of an index: few of many.
    ${status === "failed" ? "and a.final and a.outcome not in ('succeeded', 'filtered')" : ""}
    and ($4::timestamptz is null or a.started_at <= $4 and (a.started_at < $4 or a.ref < $5))
  order by a.started_at desc, a.ref desc limit $6
),
ended as materialized (
  select a.* from read a
  where a.final and ($3::text is null or ${statusOf} = $3) and not exists (
    select 1 from attempt later
    where later.ref = a.ref and later.lane_id = a.lane_id and later.workspace_id = $1
      and later.final and (later.started_at, later.n) > (a.started_at, a.n) and later.started_at >= a.started_at)
),
-- One walk over what waits in the lane for all of them, by both of the outbox's partial indexes.
queued as materialized (
  select o.ref from outbox o where o.workspace_id = $1 and o.lane_id = $2 and o.lease is null
    and o.ref = any(array(select ref from ended)) and (select count(*) from ended) > 0
  union all
  select o.ref from outbox o where o.workspace_id = $1 and o.lane_id = $2 and o.lease is not null
    and o.ref = any(array(select ref from ended)) and (select count(*) from ended) > 0
),
found as (
  select ${finishedColumns}, (extract(epoch from a.started_at) * 1000000)::bigint as micros, a.started_at as at
  from ended a where a.ref <> all(array(select ref from queued))
  order by a.started_at desc, a.ref desc limit $7
)
select r.*, f.* from (
  select count(*)::int as read, (extract(epoch from min(started_at)) * 1000000)::bigint as "readTo",
    min(ref) filter (where started_at = (select min(started_at) from read)) as "readToRef" from read) r
left join found f on true
order by f.at desc, f."eventId" desc`;

/** A page of what is finished. */
export interface FinishedPage {
  deliveries: PlacedDelivery[];
  /** Where reading stopped before there were as many as asked for; null: there are so many, or no more. */
  readTo: DeliveryPosition | null;
}

/**
 * What is finished, the last finished first; without what was queued again since, or finished again later. It reads a
 * bounded number of attempts, so that where few of many are asked for a page may be short, or empty, and says how far it
 * came. `types`: only of events of these types; null: of all.
 */
export async function finishedDeliveries(
  db: Queryable,
  workspaceId: string,
  destinationId: string,
  status: FinishedStatus | null,
  before: DeliveryPosition | null,
  limit: number,
  types: readonly string[] | null = null,
): Promise<FinishedPage> {
  const began = performance.now();
  const deliveries: FinishedPage["deliveries"] = [];
  let from = before;
  for (let most = firstRead, total = 0; ; most *= 2) {
    const { text, values } = given(finishedSql(status), [
      workspaceId,
      destinationId,
      status,
      from ? timestampOf(from[0]) : null,
      from?.[1] ?? null,
      most,
      types === null ? limit - deliveries.length : most,
    ]);
    const { rows } = await db.query<
      DeliveryRow & { micros: number | null; at: Date; read: number; readTo: number | null; readToRef: string }
    >(text, values);
    const { read, readTo, readToRef } = rows[0]!;
    const found: PlacedDelivery[] = [];
    for (const { micros, at: _at, read: _read, readTo: _readTo, readToRef: _readToRef, ...row } of rows)
      if (micros !== null) found.push({ ...deliveryOf(row), position: [micros, row.eventId] });
    deliveries.push(...(types === null ? found : await ofTypes(db, workspaceId, found, types)));
    total += read;
    if (deliveries.length >= limit || read < most || readTo === null)
      return { deliveries: deliveries.slice(0, limit), readTo: null };
    from = [readTo, readToRef];
    if (total >= mostRead || performance.now() - began > mostMs) return { deliveries, readTo: from };
  }
}

/** The deliveries of one event, to all destinations or to one; in the order of the destinations' IDs. */
export async function deliveriesOfEvent(
  db: Queryable,
  workspaceId: string,
  eventId: string,
  destinationId: string | null = null,
): Promise<Delivery[]> {
  const { rows } = await db.query<DeliveryRow>(
    // Of the outbox both partial indexes: what waits by lane, and what is under way, which is little, in one walk.
    `with waiting as materialized (
       select o.* from lane l join outbox o on o.workspace_id = l.workspace_id and o.lane_id = l.id
       where l.workspace_id = $1 and l.kind = 'delivery' and o.workspace_id = $1 and o.ref = $2 and o.lease is null
         and ($3::text is null or l.id = $3)
       union all
       select o.* from outbox o
       where o.workspace_id = $1 and o.ref = $2 and o.lease is not null and ($3::text is null or o.lane_id = $3)
     ),
     finished as (
       select distinct on (a.lane_id) a.* from attempt a
       where a.ref = $2 and a.workspace_id = $1 and a.kind = 'delivery' and a.final and ($3::text is null or a.lane_id = $3)
         and a.started_at >= to_timestamp($4::float8 / 1000)
         and not exists (select 1 from waiting w where w.lane_id = a.lane_id)
       order by a.lane_id, a.started_at desc
     )
     select ${pendingColumns} from waiting o join lane l on l.workspace_id = $1 and l.id = o.lane_id ${lastAttempt}
     union all select ${finishedColumns} from finished a
     order by "destinationId"`,
    [workspaceId, eventId, destinationId, earliestAttempt(eventId)],
  );
  return rows.map(deliveryOf);
}

/**
 * Makes a delivery due now: one that waits doesn't wait on, one that is finished is queued again under the same event
 * ID, with its attempts counted on; one that is under way, or held behind another one, stays as it is. Where a lead's
 * deliveries go one after the other it goes before later ones that wait. Inside a transaction; wake the lane after it.
 */
export async function retryDelivery(tx: Queryable, workspaceId: string, delivery: Delivery): Promise<void> {
  // Beside a replay that is queueing the same event.
  await takeRequeueLock(tx, workspaceId, delivery.destinationId);
  // The lane first, as everywhere; it also makes two retries at once one.
  await tx.query("select 1 from lane where workspace_id = $1 and id = $2 for no key update", [
    workspaceId,
    delivery.destinationId,
  ]);
  const { rows: ordered } = await tx.query<{ leadId: string | null }>(
    `select e.lead_id as "leadId" from destination d
     join event e on e.workspace_id = d.workspace_id and e.at = to_timestamp($4::float8 / 1000) and e.id = $3
     where d.workspace_id = $1 and d.id = $2 and d.ordering = 'lead'`,
    [workspaceId, delivery.destinationId, delivery.eventId, eventIdTime(delivery.eventId)],
  );
  const leadId = ordered[0]?.leadId ?? null;
  await tx.query(
    `with hastened as (
       update outbox set due_at = now() where workspace_id = $1 and lane_id = $2 and ref = $3 and lease is null
         and due_at < 'infinity'
     )
     insert into outbox (workspace_id, lane_id, ref, due_at, attempts, order_key)
     select $1, $2, $3, case when $5::text is null then now() else 'infinity' end, $4, $5
     where not exists (select 1 from outbox where workspace_id = $1 and lane_id = $2 and ref = $3 and lease is null)
       and not exists (select 1 from outbox where workspace_id = $1 and lane_id = $2 and ref = $3 and lease is not null)`,
    [workspaceId, delivery.destinationId, delivery.eventId, delivery.attempts, leadId],
  );
  if (leadId !== null) await arrange(tx, workspaceId, delivery.destinationId, [leadId]);
  // A person asks: a pause of the breaker ends, and one delivery is tried.
  await tx.query(
    `update lane set ready_at = least(ready_at, now()), parked_until = ${closedBreaker.parkedUntil}
     where workspace_id = $1 and id = $2`,
    [workspaceId, delivery.destinationId],
  );
}

/** Exact to the microsecond, which a Date is not. */
function timestampOf(micros: number): string {
  if (micros === heldMicros) return "infinity";
  const fraction = String(micros % 1_000_000).padStart(6, "0");
  return `${new Date(Math.floor(micros / 1_000_000) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}
