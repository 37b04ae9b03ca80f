import { textArray } from "./array.ts";
import type { Database, Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";

/** Times are unix milliseconds, of the clock of the process. */

export interface WaitingNotification {
  id: string;
  type: string;
}

/**
 * Puts events in front of a destination's flusher, each once: one that was there before changes nothing. `dueAt`: when
 * they are to be posted at the latest; what waits already may be due earlier, and the chat's pace may put it off.
 */
export async function queueNotifications(
  db: Database,
  { workspaceId, destinationId }: NotifierKey,
  events: readonly WaitingNotification[],
  { now, dueAt }: { now: number; dueAt: number },
): Promise<number> {
  return await db.transaction(async (tx) => {
    // In the order of their IDs: two batches with the same events don't wait for each other.
    const sorted = [...events].sort((a, b) => (a.id < b.id ? -1 : 1));
    const { rowCount } = await tx.query({
      name: "notification.queue",
      text: `
insert into notification (workspace_id, destination_id, event_id, event_type, queued_at)
select $1, $2, e.id, e.type, to_timestamp($5::float8 / 1000) from unnest($3::text[], $4::text[]) as e (id, type)
on conflict (workspace_id, destination_id, event_id) do nothing`,
      values: [workspaceId, destinationId, textArray(sorted, (e) => e.id), textArray(sorted, (e) => e.type), now],
    });
    // After the rows: a turn that ends meanwhile either sees them, or is followed by this.
    if (rowCount)
      await tx.query({
        name: "notifier.ready",
        text: `
insert into notifier (workspace_id, destination_id, due_at) values ($1, $2, to_timestamp($3::float8 / 1000))
on conflict (workspace_id, destination_id) do update set
  due_at = least(coalesce(notifier.due_at, 'infinity'), greatest(excluded.due_at, notifier.not_before))`,
        values: [workspaceId, destinationId, dueAt],
      });
    return rowCount ?? 0;
  });
}

/** What waits is due then, by other settings; the chat's pace may put it off. */
export async function rescheduleNotifications(
  tx: Queryable,
  { workspaceId, destinationId }: NotifierKey,
  dueAt: number,
): Promise<void> {
  await tx.query({
    name: "notifier.reschedule",
    text: `update notifier set due_at = greatest(to_timestamp($3::float8 / 1000), not_before)
      where workspace_id = $1 and destination_id = $2 and due_at is not null`,
    values: [workspaceId, destinationId, dueAt],
  });
}

export interface NotifierKey {
  workspaceId: string;
  destinationId: string;
}

/** One process's turn at a destination. */
export interface NotifierTurn extends NotifierKey {
  turn: number;
  attempts: number;
  failingSince: number | null;
  reason: string | null;
}

export const dueNotifierForms = inForms(
  "notifier.due",
  1,
  (within, _, of) => `
select n.workspace_id as "workspaceId", n.destination_id as "destinationId", n.turn::float8 as turn, n.attempts,
  (extract(epoch from n.failing_since) * 1000)::float8 as "failingSince", n.reason
from notifier n join destination d on d.workspace_id = ${of("n.workspace_id")} and d.id = n.destination_id
where n.due_at <= to_timestamp($1::float8 / 1000) and n.claimed_until <= to_timestamp($1::float8 / 1000)
  and d.status = 'active'${within("n")}
order by n.due_at limit 1
for no key update of n skip locked`,
);

/** Takes the destination that is due the longest, until `until` at most. Null: none is due, or others have them. */
export async function takeTurn(db: Database, now: number, until: number): Promise<NotifierTurn | null> {
  return await db.transaction(async (tx) => {
    const due = await lockDue(tx, now);
    if (!due) return null;
    const { workspaceId, destinationId } = due;
    await tx.query({
      name: "notifier.take",
      text: `update notifier set turn = turn + 1, claimed_until = to_timestamp($3::float8 / 1000)
        where workspace_id = $1 and destination_id = $2`,
      values: [workspaceId, destinationId, until],
    });
    return { ...due, turn: due.turn + 1 };
  });
}

async function lockDue(tx: Queryable, now: number): Promise<NotifierTurn | null> {
  if (!tx.sharded) return (await tx.query<NotifierTurn>(inForm(dueNotifierForms, [now], null))).rows[0] ?? null;
  const { rows } = await tx.query<{ workspace_id: string }>({
    name: "notifier.workspaces",
    text: `select workspace_id from notifier where due_at <= to_timestamp($1::float8 / 1000)
      group by workspace_id order by min(due_at)`,
    values: [now],
  });
  for (const { workspace_id } of rows) {
    const { rows: due } = await tx.query<NotifierTurn>(inForm(dueNotifierForms, [now], workspace_id));
    if (due[0]) return due[0];
  }
  return null;
}

/** When the next destination is due; null: nothing waits. */
export async function nextNotifierDue(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ at: number | null }>({
    name: "notifier.next",
    text: `
select (extract(epoch from min(greatest(n.due_at, n.claimed_until))) * 1000)::float8 as at
from notifier n join destination d on d.workspace_id = n.workspace_id and d.id = n.destination_id
where n.due_at is not null and d.status = 'active'`,
  });
  return rows[0]?.at ?? null;
}

/** What waits, oldest first. */
export async function waitingNotifications(
  db: Queryable,
  { workspaceId, destinationId }: NotifierKey,
  limit: number,
): Promise<WaitingNotification[]> {
  const { rows } = await db.query<WaitingNotification>({
    name: "notification.waiting",
    text: `select event_id as id, event_type as type from notification
      where workspace_id = $1 and destination_id = $2 and done_at is null order by event_id limit $3`,
    values: [workspaceId, destinationId, limit],
  });
  return rows;
}

/** Locks the destination's row, if the turn is still this process's. What is queued meanwhile comes after the turn's end. */
export async function holdTurn(tx: Queryable, { workspaceId, destinationId, turn }: NotifierTurn): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "notifier.hold",
    text: "select 1 from notifier where workspace_id = $1 and destination_id = $2 and turn = $3 for no key update",
    values: [workspaceId, destinationId, turn],
  });
  return rowCount === 1;
}

/** These were posted, or are given up: they are not posted again. */
export async function finishNotifications(
  tx: Queryable,
  { workspaceId, destinationId }: NotifierKey,
  ids: readonly string[],
  now: number,
): Promise<void> {
  await tx.query({
    name: "notification.finish",
    text: `update notification set done_at = to_timestamp($4::float8 / 1000)
      where workspace_id = $1 and destination_id = $2 and event_id = any($3::text[])`,
    values: [workspaceId, destinationId, textArray(ids, (id) => id), now],
  });
}

/** Gives up what waits since before a time; how many. */
export async function giveUpNotifications(
  tx: Queryable,
  { workspaceId, destinationId }: NotifierKey,
  before: number,
  now: number,
): Promise<number> {
  const { rowCount } = await tx.query({
    name: "notification.giveUp",
    text: `update notification set done_at = to_timestamp($4::float8 / 1000)
      where workspace_id = $1 and destination_id = $2 and done_at is null and queued_at <= to_timestamp($3::float8 / 1000)`,
    values: [workspaceId, destinationId, before, now],
  });
  return rowCount ?? 0;
}

export interface TurnEnd {
  /** When to look again at what waits; null: nothing does. */
  dueAt: number | null;
  notBefore: number;
  attempts: number;
  failingSince: number | null;
  reason: string | null;
  /** Null: nothing was posted. */
  postedAt: number | null;
}

/** Ends a turn that `holdTurn` holds. */
export async function endTurn(tx: Queryable, turn: NotifierTurn, end: TurnEnd): Promise<void> {
  await tx.query({
    name: "notifier.end",
    text: `update notifier set claimed_until = '-infinity', due_at = to_timestamp($3::float8 / 1000),
        not_before = to_timestamp($4::float8 / 1000), attempts = $5, failing_since = to_timestamp($6::float8 / 1000),
        reason = $7, last_posted_at = coalesce(to_timestamp($8::float8 / 1000), last_posted_at)
      where workspace_id = $1 and destination_id = $2`,
    values: [
      ...[turn.workspaceId, turn.destinationId, end.dueAt, end.notBefore, end.attempts, end.failingSince],
      ...[end.reason, end.postedAt],
    ],
  });
}

/** How a destination's notifications are doing, for people. */
export interface NotifierState {
  waiting: number;
  nextPostAt: Date | null;
  lastPostedAt: Date | null;
  failingSince: Date | null;
  reason: string | null;
}

/** Of those of these destinations that something was ever queued for. */
export async function notifierStates(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, NotifierState>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<NotifierState & { id: string }>({
    name: "notifier.states",
    text: `
select n.destination_id as id, n.due_at as "nextPostAt", n.last_posted_at as "lastPostedAt", n.failing_since as "failingSince",
  n.reason, (select count(*)::int from notification w
    where w.workspace_id = $1 and w.destination_id = n.destination_id and w.done_at is null) as waiting
from notifier n where n.workspace_id = $1 and n.destination_id = any($2::text[])`,
    values: [workspaceId, ids],
  });
  return new Map(rows.map(({ id, ...state }) => [id, state]));
}

/** For how long a row is kept: longer than an event is news. */
export async function deleteOldNotifications(db: Queryable): Promise<number> {
  const text = "delete from notification where queued_at < now() - interval '8 days'";
  return (await db.query({ name: "notification.old", text })).rowCount ?? 0;
}

/** Of a destination that is deleted. */
export async function forgetNotifications(tx: Queryable, workspaceId: string, destinationId: string): Promise<void> {
  await tx.query("delete from notifier where workspace_id = $1 and destination_id = $2", [workspaceId, destinationId]);
  await tx.query("delete from notification where workspace_id = $1 and destination_id = $2", [
    workspaceId,
    destinationId,
  ]);
}

/** Names of leads, campaigns and senders, by their IDs; those that have none, or aren't there, are missing. */
export async function namesOf(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; name: string }>({
    name: "notification.names",
    text: `
select id, concat_ws(', ', nullif(concat_ws(' ', first_name, last_name), ''), company) as name from lead
where workspace_id = $1 and id = any($2::text[]) and (first_name is not null or last_name is not null or company is not null)
union all select id, name from campaign where workspace_id = $1 and id = any($2::text[])
union all select id, name from sender where workspace_id = $1 and id = any($2::text[])`,
    values: [workspaceId, ids],
  });
  return new Map(rows.map(({ id, name }) => [id, name]));
}
