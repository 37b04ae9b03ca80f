import type { PacedAction } from "../domain/pacing.ts";
import type { Queryable } from "./pool.ts";

/** So many are counted at most: a sender without a limit may have sent millions. */
export const mostUsageCounted = 100_000;

/** How often a sender did something in its last 7 days, up to `mostUsageCounted`. */
export interface WeekUse {
  senderId: string;
  action: PacedAction;
  week: number;
}

/** One answer for each of `uses`. `since`: unix milliseconds. */
export async function weekUses(
  db: Queryable,
  workspaceId: string,
  uses: readonly { senderId: string; action: PacedAction }[],
  since: number,
): Promise<WeekUse[]> {
  if (uses.length === 0) return [];
  const { rows } = await db.query<WeekUse>({
    name: "sender.week",
    text: `
select q.id as "senderId", q.action, (
  select count(*)::int from (
    select from message m where m.workspace_id = $1 and m.sender_id = q.id and m.action = q.action
      and m.counted_at >= to_timestamp($4::float8 / 1000) limit ${mostUsageCounted}
  ) counted) as week
from unnest($2::text[], $3::text[]) as q (id, action)`,
    values: [workspaceId, uses.map(({ senderId }) => senderId), uses.map(({ action }) => action), since],
  });
  return rows;
}

/** A message that is on its way: accepted, and not gone out. */
export interface WaitingMessage {
  id: string;
  to: string;
  subject: string | null;
  text: string;
  createdAt: Date;
}

/** Those of a sender whose turn comes first; without those that it is at work on. */
export async function waitingMessages(
  db: Queryable,
  workspaceId: string,
  senderId: string,
  limit: number,
): Promise<WaitingMessage[]> {
  const { rows } = await db.query<WaitingMessage>({
    name: "sender.waiting",
    text: `
select m.id, m.to_address as "to", m.subject, m.text, m.created_at as "createdAt"
from (select o.ref, o.due_at from outbox o where o.workspace_id = $1 and o.lane_id = $2 and o.lease is null
  order by o.due_at limit $3) o
join message m on m.workspace_id = $1 and m.id = o.ref
order by o.due_at, m.id`,
    values: [workspaceId, senderId, limit],
  });
  return rows;
}
