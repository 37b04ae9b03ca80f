import { eventIdTime } from "../domain/id.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import { takesEvent } from "./destination-filter.ts";
import { arrangeAll } from "./order.ts";
import { wakeLanes } from "./outbox.ts";
import { doAfterwards, type Queryable } from "./pool.ts";
import { inForm, inForms, readByWorkspace, writeByWorkspace } from "./sharding.ts";
import type { SetStatement } from "./together.ts";

/** An event on its way into the log. `data` is the herald format's data as JSON text. */
export interface NewEvent {
  workspaceId: string;
  id: string;
  /** Unix milliseconds: those in the ID. */
  at: number;
  type: string;
  leadId: string | null;
  campaignId: string | null;
  channel: string | null;
  formats: number;
  data: string;
}

export interface TouchedLane {
  workspaceId: string;
  laneId: string;
}

/**
 * How far an event's time may be from the database's clock at the moment of its recording, in milliseconds. What is
 * further away (a process whose clock is wrong, or that was held up between making the event and storing it) gets the
 * nearest time that is not. Whoever follows the log relies on it, see `event-log.ts`.
 */
export const recordingSlackMs = 500;

const keysOfTouched = `(
    select array_agg(distinct q.order_key) from queued q
    where q.workspace_id = t.workspace_id and q.lane_id = t.lane_id and q.order_key is not null
  )`;

// `moment` reads the clock once the transaction has its ID: from then on `logHorizon` sees that it writes.
export const recordForms = inForms(
  "event.record",
  9,
  (within, one) => `
with moment as materialized (
  select extract(epoch from clock_timestamp())::float8 * 1000 as ms where pg_current_xact_id() is not null
),
timed as materialized (
  select f.*, greatest(least(f.made_at, floor(m.ms) + ${recordingSlackMs}), ceil(m.ms) - ${recordingSlackMs}) as ms
  from moment m, (select
    unnest($1::text[]) as workspace_id, unnest($2::text[]) as made_id, unnest($3::float8[]) as made_at, unnest($4::text[]) as type,
    unnest($5::text[]) as lead_id, unnest($6::text[]) as campaign_id, unnest($7::text[]) as channel, unnest($8::int[]) as formats,
    unnest($9::text[]) as data) f
),
fact as materialized (
  select workspace_id, to_timestamp(ms / 1000) as at, type, lead_id, campaign_id, channel, formats, data,
    case when ms = made_at then made_id else 'evt_' || lpad(ms::bigint::text, 13, '0') || right(made_id, 10) end as id
  from timed
),
stored as (
  insert into event (workspace_id, at, id, type, lead_id, campaign_id, channel, formats, data)
  select workspace_id, at, id, type, lead_id, campaign_id, channel, formats, data from fact
),
queued as (
  insert into outbox (workspace_id, lane_id, ref, due_at, order_key)
  -- What is ordered enters as held, and is let go below.
  select f.workspace_id, d.id, f.id,
    case when d.ordering = 'lead' and f.lead_id is not null then 'infinity' else now() end,
    case when d.ordering = 'lead' then f.lead_id end
  from fact f join destination d on d.workspace_id = f.workspace_id${within("d")}
  where d.status = 'active' and ${takesEvent("d", "f", within)}
  returning workspace_id, lane_id, order_key
),
touched as materialized (
  select workspace_id, lane_id, bool_or(order_key is not null) as ordered from queued group by 1, 2
),
wanted as materialized (
  select l.workspace_id, l.id, t.ordered from lane l
  join touched t on t.workspace_id = l.workspace_id and t.lane_id = l.id${within("l")}
  where l.ready_at is null or l.ready_at > now() or t.ordered
),
locked as materialized (
  -- A transaction records when it must, and more than once: who waited for a lane here, with another one in hand, would
  -- sooner or later wait for somebody who waits for that. What somebody else has is seen to after the commit.
  select l.workspace_id, l.id from lane l join wanted w on w.workspace_id = l.workspace_id and w.id = l.id${within("l")}
  order by l.workspace_id, l.id
  for no key update of l skip locked
),
woken as (
  update lane l set ready_at = now() from locked k where l.workspace_id = k.workspace_id and l.id = k.id${within("l")}
  returning l.id
),
judged as materialized (
  select t.workspace_id, t.lane_id, t.ordered, k.id is not null as is_locked, w.id is not null and k.id is null as is_missed
  from touched t
  left join wanted w on w.workspace_id = t.workspace_id and w.id = t.lane_id
  left join locked k on k.workspace_id = t.workspace_id and k.id = t.lane_id
)
${
  one
    ? `select workspace_id as "workspaceId", lane_id as "laneId", is_missed as missed, ${keysOfTouched} as keys from judged t
where (select count(*) from woken) >= 0`
    : `select workspace_id as "workspaceId", lane_id as "laneId", is_missed as missed,
  case when is_missed then ${keysOfTouched} end as keys from judged t
where case
  when not (t.ordered and t.is_locked) then true
  -- Their lanes are locked, and their rows stored: each lead's first one is let go.
  when (select count(*) from woken) >= 0 then arrange_order(workspace_id, lane_id, ${keysOfTouched}) is not null
end`
}`,
);

/**
 * Stores events and queues their deliveries, in one statement: there is no event without its deliveries. Returns the
 * lanes that got work; name them to the workers after the commit. An event whose time is further than
 * `recordingSlackMs` from the database's clock is stored under another time, and so another ID.
 */
export async function recordEvents(db: Queryable, events: readonly NewEvent[]): Promise<TouchedLane[]> {
  if (events.length === 0) return [];
  if (db.gather) return await db.gather(recordTogether, "", events);
  return await writeByWorkspace(
    db,
    events,
    (e) => e.workspaceId,
    async (tx, part, workspaceId) => {
      // On a node, `moment` would give an ID to the transaction there; `logHorizon` looks at those of the coordinator.
      if (workspaceId !== null) await tx.query("select pg_current_xact_id()");
      const { rows } = await tx.query<RecordedLane>(
        inForm(
          recordForms,
          [
            textArray(part, (e) => e.workspaceId),
            textArray(part, (e) => e.id),
            float8Array(part, (e) => e.at),
            textArray(part, (e) => e.type),
            textArray(part, (e) => e.leadId),
            textArray(part, (e) => e.campaignId),
            textArray(part, (e) => e.channel),
            int4Array(part, (e) => e.formats),
            textArray(part, (e) => e.data),
          ],
          workspaceId,
        ),
      );
      if (workspaceId !== null) await arrangeAll(tx, workspaceId, ordered(rows.filter((row) => !row.missed)));
      const missed = rows.filter((row) => row.missed);
      if (missed.length > 0) await seeToMissed(tx, missed);
      return rows.map(({ workspaceId, laneId }) => ({ workspaceId, laneId }));
    },
  );
}

interface RecordedLane extends TouchedLane {
  /** Somebody else has it just now: it is still to be woken, or its leads' first events to be let go. */
  missed: boolean;
  keys: string[] | null;
}

const ordered = (lanes: readonly RecordedLane[]) =>
  lanes.flatMap(({ laneId, keys }) => (keys === null ? [] : [{ laneId, keys }]));

/** After the commit, when nobody is waited for with something in hand. */
async function seeToMissed(tx: Queryable, missed: readonly RecordedLane[]): Promise<void> {
  const see = async (db: Queryable) => {
    for (const workspaceId of new Set(missed.map((lane) => lane.workspaceId)))
      await arrangeAll(db, workspaceId, ordered(missed.filter((lane) => lane.workspaceId === workspaceId)));
    await wakeLanes(db, missed);
  };
  if (tx.afterCommit) tx.afterCommit(see);
  // The statement was a transaction of its own, and has committed.
  else await doAfterwards(tx, see);
}

/** Who calls first gets all the lanes: they are woken together. */
const recordTogether: SetStatement<readonly NewEvent[], TouchedLane[]> = {
  name: "event.record",
  async run(db, _, lists) {
    const lanes = await recordEvents(db, lists.flat());
    return lists.map((_, n) => (n === 0 ? lanes : []));
  },
};

/** An event as deliveries need it. */
export interface LoadedEvent {
  workspaceId: string;
  id: string;
  type: string;
  data: string;
}

export const loadForms = inForms(
  "event.load",
  5,
  (within) => `
select k.n::int, e.type, e.data
from unnest($1::text[], $2::float8[], $3::text[]) with ordinality as k (workspace_id, at, id, n)
-- One look-up each: as a join the planner, while it knows nothing of a new partition, would rather read all that happened between the
-- oldest and the newest of them, in every workspace.
cross join lateral (
  select e.type, e.data from event e
  where e.workspace_id = k.workspace_id and e.at = to_timestamp(k.at / 1000) and e.id = k.id
    -- Says the same again in constants: PostgreSQL then opens only the partitions of those days.
    and e.at between to_timestamp($4::float8 / 1000) and to_timestamp($5::float8 / 1000)${within("e")}
  limit 1
) e`,
);

/** Events by their IDs (each once), in no particular order; an ID whose event is gone (retention) is missing. */
export async function loadEvents(
  db: Queryable,
  keys: readonly { workspaceId: string; id: string }[],
): Promise<LoadedEvent[]> {
  if (keys.length === 0) return [];
  return await readByWorkspace(
    db,
    keys,
    (key) => key.workspaceId,
    async (on, part, workspaceId) => {
      const times = part.map((key) => eventIdTime(key.id) ?? 0);
      // Each says by its number, from 1, which it is: whoever asks has the IDs already.
      const { rows } = await on.query<{ n: number; type: string; data: string }>(
        inForm(
          loadForms,
          [
            textArray(part, (key) => key.workspaceId),
            float8Array(times, (time) => time),
            textArray(part, (key) => key.id),
            Math.min(...times),
            Math.max(...times),
          ],
          workspaceId,
        ),
      );
      return rows.map(({ n, type, data }) => ({
        workspaceId: part[n - 1]!.workspaceId,
        id: part[n - 1]!.id,
        type,
        data,
      }));
    },
  );
}

/** The types of a workspace's events by their IDs, without their data; an ID whose event is gone (retention) is missing. */
export async function eventTypesOf(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const times = ids.map((id) => eventIdTime(id) ?? 0);
  const { rows } = await db.query<{ id: string; type: string }>(
    `select e.id, e.type from unnest($2::float8[], $3::text[]) as k (at, id)
     join event e on e.workspace_id = $1 and e.at = to_timestamp(k.at / 1000) and e.id = k.id
     -- As in loadForms: only the partitions of those days are opened.
     where e.at between to_timestamp($4::float8 / 1000) and to_timestamp($5::float8 / 1000)`,
    [
      workspaceId,
      float8Array(times, (time) => time),
      textArray(ids, (id) => id),
      Math.min(...times),
      Math.max(...times),
    ],
  );
  return new Map(rows.map(({ id, type }) => [id, type]));
}
