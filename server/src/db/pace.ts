import type { PacedAction, SenderLimits } from "../domain/pacing.ts";
import type { Schedule } from "../domain/schedule/schedule.ts";
import { leasesPerWorker } from "./outbox.ts";
import type { Queryable } from "./pool.ts";
import { type Forms, inForm, inForms, readByWorkspace } from "./sharding.ts";

/** A sender as pacing needs it. */
export interface PacedSender {
  workspaceId: string;
  senderId: string;
  channel: string;
  provider: string;
  limits: SenderLimits;
  createdAt: Date;
  /** Null: it may go. `until` null: until somebody acts. */
  parked: { until: number | null; reason: string } | null;
  timeZone: string;
  /** The sender's own hours; null: at any time. */
  schedule: Schedule | null;
  /** By whose clock they are; null: the workspace's. */
  hoursZone: string | null;
  /** The workspace's cap of a day. */
  messagesPerDay: number | null;
}

export const pacedSenderForms = inForms(
  "pace.senders",
  2,
  (within, _, of) => `
select s.workspace_id as "workspaceId", s.id as "senderId", s.channel, s.provider, s.limits, s.created_at as "createdAt",
  case when l.parked_until > now() then extract(epoch from l.parked_until) * 1000 end::float8 as "parkedMs", l.parked_reason as "parkedReason",
  w.time_zone as "timeZone", s.schedule, s.time_zone as "hoursZone", w.messages_per_day as "messagesPerDay"
from unnest($1::text[], $2::text[]) as i (workspace_id, id)
join sender s on s.workspace_id = i.workspace_id and s.id = i.id${within("s")}
cross join lateral (select * from lane l where l.workspace_id = ${of("s.workspace_id")} and l.id = s.id limit 1) l
join workspace w on w.id = s.workspace_id`,
);

export async function loadPacedSenders(
  db: Queryable,
  senders: readonly { workspaceId: string; senderId: string }[],
): Promise<PacedSender[]> {
  if (senders.length === 0) return [];
  const rows = await readByWorkspace(
    db,
    senders,
    (s) => s.workspaceId,
    async (on, part, workspaceId) => {
      const ids = [part.map((s) => s.workspaceId), part.map((s) => s.senderId)];
      return (
        await on.query<Omit<PacedSender, "parked"> & { parkedMs: number | null; parkedReason: string | null }>(
          inForm(pacedSenderForms, ids, workspaceId),
        )
      ).rows;
    },
  );
  return rows.map(({ parkedMs, parkedReason, ...sender }) => ({
    ...sender,
    parked:
      parkedMs === null
        ? null
        : { until: Number.isFinite(parkedMs) ? parkedMs : null, reason: parkedReason ?? "The sender is paused." },
  }));
}

export interface PaceQuestion {
  workspaceId: string;
  senderId: string;
  action: PacedAction;
  /** Unix milliseconds: the beginning of the workspace's day. */
  dayStart: number;
  perWeek: number | null;
}

export interface PaceFacts {
  today: number;
  /** The latest of this action. */
  lastAt: number | null;
  lastKey: string | null;
  weekEdge: number | null;
}

export const paceFactForms = inForms(
  "pace.facts",
  6,
  (within) => `
select q.n, (select count(*) from (
    -- Ordered, so that the index of that order is what is read, whatever the planner (not) knows about the messages.
    select 1 from message m where m.sender_id = q.sender_id and m.action = q.action and m.workspace_id = q.workspace_id
      and m.counted_at >= to_timestamp(q.day_start / 1000)${within("m")} order by m.counted_at) d) as today,
  last.at as "lastAt", last.key as "lastKey",
  (select extract(epoch from m.counted_at)::float8 * 1000 from message m
    where q.per_week is not null and m.sender_id = q.sender_id and m.action = q.action and m.workspace_id = q.workspace_id
      and m.counted_at is not null${within("m")}
    order by m.counted_at desc offset greatest(coalesce(q.per_week, 1) - 1, 0) limit 1) as "weekEdge"
from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::int[], $6::int[])
  as q (workspace_id, sender_id, action, day_start, per_week, n)
left join lateral (
  select extract(epoch from m.counted_at)::float8 * 1000 as at, coalesce(m.lead_id || m.step_id, m.id) as key from message m
  where m.sender_id = q.sender_id and m.action = q.action and m.workspace_id = q.workspace_id and m.counted_at is not null${within("m")}
  order by m.counted_at desc limit 1
) last on true
order by q.n`,
);

/** What the message rows say; one answer a question, in order. */
export async function paceFacts(db: Queryable, questions: readonly PaceQuestion[]): Promise<PaceFacts[]> {
  if (questions.length === 0) return [];
  const rows = await readByWorkspace(
    db,
    questions.map((question, n) => ({ ...question, n })),
    (q) => q.workspaceId,
    async (on, part, workspaceId) => {
      const values = [
        part.map((q) => q.workspaceId),
        part.map((q) => q.senderId),
        part.map((q) => q.action),
        part.map((q) => q.dayStart),
        part.map((q) => q.perWeek),
        part.map((q) => q.n),
      ];
      return (await on.query<PaceFacts & { n: number }>(inForm(paceFactForms, values, workspaceId))).rows;
    },
  );
  return rows.sort((a, b) => a.n - b.n).map(({ n: _, ...facts }) => facts);
}

/** Messages of all senders of a workspace since then. */
export async function workspaceCount(db: Queryable, workspaceId: string, since: number): Promise<number> {
  const { rows } = await db.query<{ n: number }>({
    name: "pace.workspace",
    text: `
select coalesce(sum(n), 0)::int as n from sender s
cross join unnest(array['message', 'connect']) as a (action)
cross join lateral (
  select count(*) as n from (
    select 1 from message m where m.sender_id = s.id and m.action = a.action and m.workspace_id = $1
      and m.counted_at >= to_timestamp($2::float8 / 1000) order by m.counted_at
  ) d
) c
where s.workspace_id = $1`,
    values: [workspaceId, since],
  });
  return rows[0]!.n;
}

/** Which of these workspaces have a cap over all their senders. */
export async function cappedWorkspaces(db: Queryable, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<{ id: string }>({
    name: "pace.capped",
    text: "select id from workspace where id = any($1) and messages_per_day is not null",
    values: [ids],
  });
  return rows.map(({ id }) => id);
}

/**
 * Takes the caps of these workspaces for this transaction, so that what is counted stays so until its attempts are
 * committed; answers those that another process has just now.
 */
export async function takeCaps(tx: Queryable, workspaceIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>({
    name: "pace.takeCaps",
    text: `
select w.id from (select id, pg_try_advisory_xact_lock(hashtextextended('herald.cap ' || id, 0)) as free from unnest($1::text[]) as u (id)) w
where not w.free`,
    values: [workspaceIds],
  });
  return new Set(rows.map(({ id }) => id));
}

export const queuedForms = inForms(
  "pace.queued",
  2,
  (_, __, of) => `
select i.id, (count(*) filter (where q.action = 'message'))::int as message, (count(*) filter (where q.action = 'connect'))::int as connect
from unnest($1::text[], $2::text[]) as i (workspace_id, id)
cross join lateral (
  select m.action from (
    select o.ref from outbox o
    where o.workspace_id = ${of("i.workspace_id")} and o.lane_id = i.id and o.lease is null and o.due_at <= now() limit 1000
  ) o
  cross join lateral (
    select m.action from message m where m.workspace_id = ${of("i.workspace_id")} and m.id = o.ref and m.status = 'queued' limit 1) m
  union all
  select m.action from lane l
  cross join lateral (
    select o.ref from outbox o
    where l.leased > 0 and o.lease >= l.owner * ${leasesPerWorker} and o.lease < (l.owner + 1) * ${leasesPerWorker}
      and o.workspace_id = ${of("l.workspace_id")} and o.lane_id = l.id
    limit 1000
  ) o
  cross join lateral (
    select m.action from message m where m.workspace_id = ${of("i.workspace_id")} and m.id = o.ref and m.status = 'queued' limit 1) m
  where l.workspace_id = ${of("i.workspace_id")} and l.id = i.id
) q
group by i.id`,
);

/** How many messages of these senders are due and queued, counted up to 1,000 each. */
export async function queuedMessages(
  db: Queryable,
  senders: readonly { workspaceId: string; senderId: string }[],
): Promise<Map<string, Record<PacedAction, number>>> {
  if (senders.length === 0) return new Map();
  const rows = await readByWorkspace(
    db,
    senders,
    (s) => s.workspaceId,
    async (on, part, workspaceId) => {
      const ids = [part.map((s) => s.workspaceId), part.map((s) => s.senderId)];
      return (await on.query<{ id: string; message: number; connect: number }>(inForm(queuedForms, ids, workspaceId)))
        .rows;
    },
  );
  return new Map(rows.map(({ id, message, connect }) => [id, { message, connect }]));
}

export const pacedActionForms = inForms(
  "pace.actions",
  2,
  (within) => `
select m.id, m.action, coalesce(m.lead_id || m.step_id, m.id) as key
from unnest($1::text[], $2::text[]) as i (workspace_id, id)
cross join lateral (
  select m.id, m.action, m.lead_id, m.step_id from message m
  where m.workspace_id = i.workspace_id and m.id = i.id and m.status = 'queued'${within("m")}
) m`,
);

/** What a statement with the messages' workspaces ($1) and IDs ($2) finds. */
async function ofMessages<Row extends object>(
  db: Queryable,
  items: readonly { workspaceId: string; ref: string }[],
  forms: Forms,
): Promise<Row[]> {
  if (items.length === 0) return [];
  return await readByWorkspace(
    db,
    items,
    (item) => item.workspaceId,
    async (on, part, workspaceId) => {
      const ids = [part.map((item) => item.workspaceId), part.map((item) => item.ref)];
      return (await on.query<Row>(inForm(forms, ids, workspaceId))).rows;
    },
  );
}

/** Of claimed messages those that wait to be sent: what each would do, and the key of its pause. */
export async function pacedActions(
  db: Queryable,
  items: readonly { workspaceId: string; ref: string }[],
): Promise<Map<string, { action: PacedAction; key: string }>> {
  const rows = await ofMessages<{ id: string; action: PacedAction; key: string }>(db, items, pacedActionForms);
  return new Map(rows.map(({ id, action, key }) => [id, { action, key }]));
}

export const unaskedForms = inForms(
  "pace.unasked",
  2,
  (within) => `
select m.id, m.campaign_id is not null as planned
from unnest($1::text[], $2::text[]) as i (workspace_id, id)
cross join lateral (
  select m.id, m.workspace_id, m.campaign_id, m.turn_id from message m
  where m.workspace_id = i.workspace_id and m.id = i.id and m.status = 'queued'${within("m")}
    and (m.campaign_id is not null or m.turn_id is not null)
) m
-- An answer that a person has let go out is that person's.
where m.campaign_id is not null or exists (
  select 1 from assistant_turn t where t.workspace_id = m.workspace_id and t.id = m.turn_id
    and (t.decided_by is null or t.kind <> 'reply')${within("t")})`,
);

/**
 * Of these messages those that Herald sends by itself, because a campaign or the assistant says so, and that wait to be sent.
 * True: a campaign's, which its planner can plan anew.
 */
export async function unaskedMessages(
  db: Queryable,
  items: readonly { workspaceId: string; ref: string }[],
): Promise<Map<string, boolean>> {
  const rows = await ofMessages<{ id: string; planned: boolean }>(db, items, unaskedForms);
  return new Map(rows.map(({ id, planned }) => [id, planned]));
}

/** A message's place in the outbox; null: it has none. */
export async function waitOfMessage(
  db: Queryable,
  workspaceId: string,
  senderId: string,
  messageId: string,
): Promise<{ dueAt: number; leased: boolean } | null> {
  const { rows } = await db.query<{ dueAt: number; leased: boolean }>(
    `select (extract(epoch from due_at) * 1000)::float8 as "dueAt", lease is not null as leased from outbox
     where workspace_id = $1 and lane_id = $2 and ref = $3 limit 1`,
    [workspaceId, senderId, messageId],
  );
  return rows[0] ?? null;
}
