import type { ChannelName, ReceivingWay } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

/** How it stands with what comes back for a sender: its mailbox is read, or its provider asked. */
export interface Receiving {
  senderId: string;
  channel: ChannelName;
  way: ReceivingWay;
  /** waiting: nothing was read yet, or its turn has not come. */
  state: "ok" | "waiting" | "failing";
  /** All that was there by then is kept here; null: nothing was read yet. */
  lastSuccessAt: Date | null;
  /** In a row. */
  failures: number;
  failingSince: Date | null;
  /** For programs, and in words with what to do; null: nothing is wrong. */
  errorCode: string | null;
  error: string | null;
  /** When it is read or asked next; null: it is connected, and told at once. */
  nextAt: Date | null;
}

const mailboxes = (who: string) => `
select b.sender_id as "senderId", s.channel, 'mailbox' as way,
  case b.state when 'connected' then 'ok' else b.state end as state, b.read_at as "lastSuccessAt", b.failures,
  b.failing_since as "failingSince", b.error_code as "errorCode", b.error, case when b.state <> 'connected' then b.retry_at end as "nextAt"
from mailbox b join sender s on s.workspace_id = $1 and s.id = b.sender_id
where b.workspace_id = $1 and b.sender_id ${who}`;

const polls = (who: string) => `
select p.sender_id as "senderId", s.channel, 'poll' as way,
  case when p.error is not null then 'failing' when p.polled_at is null then 'waiting' else 'ok' end as state,
  p.polled_at as "lastSuccessAt", p.failures, p.failing_since as "failingSince",
  case when p.error is not null then 'provider_failed' end as "errorCode", p.error, p.next_at as "nextAt"
from poll p join sender s on s.workspace_id = $1 and s.id = p.sender_id
where p.workspace_id = $1 and p.sender_id ${who}`;

/** Of these senders, those for which something is read or asked. */
export async function receivingOf(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
): Promise<Map<string, Receiving>> {
  if (senderIds.length === 0) return new Map();
  const who = "= any($2::text[])";
  const { rows } = await db.query<Receiving>(`${mailboxes(who)} union all ${polls(who)}`, [workspaceId, senderIds]);
  return new Map(rows.map((row) => [row.senderId, row]));
}

/**
 * Notes that destinations are being told that a sender's way fails (`told`), or works again. False: they were told already, or
 * it is otherwise by now.
 */
export async function noteTold(
  tx: Queryable,
  way: ReceivingWay,
  { workspaceId, senderId }: { workspaceId: string; senderId: string },
  told: boolean,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    told
      ? `update ${way} set told_at = now()
         where workspace_id = $1 and sender_id = $2 and told_at is null and failing_since is not null`
      : `update ${way} set told_at = null
         where workspace_id = $1 and sender_id = $2 and told_at is not null and failing_since is null`,
    [workspaceId, senderId],
  );
  return (rowCount ?? 0) > 0;
}
