import type { Queryable } from "./pool.ts";

/** What providers are asked, beside what their webhooks tell: one row a sender that can be asked. */

export interface Poll {
  workspaceId: string;
  senderId: string;
  /** Of the sender's lane: settings that were changed make a new one. */
  version: number;
  provider: string;
  config: Record<string, unknown>;
  /** Nothing that is older is taken in. */
  senderCreatedAt: Date;
  messagesUntil: Date | null;
  page: string | null;
  pageLatest: Date | null;
  relationsUntil: Date | null;
  relationsPage: string | null;
  relationsLatest: Date | null;
  failures: number;
  /** That it can't be asked was told to destinations. */
  told: boolean;
  lease: string;
}

/** Adds the senders of these providers that are not asked yet; each for the first time within `withinMs`. */
export async function addPolls(db: Queryable, providers: readonly string[], withinMs: number): Promise<void> {
  const { rows } = await db.query<{ workspaceId: string; senderId: string }>({
    name: "poll.missing",
    text: `
select s.workspace_id as "workspaceId", s.id as "senderId" from sender s
left join poll p on p.workspace_id = s.workspace_id and p.sender_id = s.id
where s.provider = any($1) and p.sender_id is null`,
    values: [providers],
  });
  for (const { workspaceId, senderId } of rows)
    await db.query(`insert into poll (workspace_id, sender_id, next_at) values ($1, $2, $3) on conflict do nothing`, [
      workspaceId,
      senderId,
      new Date(Date.now() + Math.random() * withinMs),
    ]);
}

/** Whose turn it is, the longest waiting first. A broken account has nothing to tell. */
export async function duePolls(db: Queryable, limit: number): Promise<Pick<Poll, "workspaceId" | "senderId">[]> {
  const { rows } = await db.query<Pick<Poll, "workspaceId" | "senderId">>({
    name: "poll.due",
    text: `
select p.workspace_id as "workspaceId", p.sender_id as "senderId"
from poll p join sender s on s.workspace_id = p.workspace_id and s.id = p.sender_id
where p.next_at <= now() and (p.lease_until is null or p.lease_until < now()) and s.status <> 'broken'
order by p.next_at limit $1`,
    values: [limit],
  });
  return rows;
}

/** Takes a sender's turn for `leaseMs`. Null: another process has it, or it is over. */
export async function takePoll(
  db: Queryable,
  { workspaceId, senderId }: Pick<Poll, "workspaceId" | "senderId">,
  lease: string,
  leaseMs: number,
): Promise<Poll | null> {
  const { rowCount } = await db.query(
    `update poll set lease = $3, lease_until = now() + $4::float8 * interval '1 millisecond'
     where workspace_id = $1 and sender_id = $2 and next_at <= now() and (lease_until is null or lease_until < now())`,
    [workspaceId, senderId, lease, leaseMs],
  );
  if (!rowCount) return null;
  const { rows } = await db.query<Poll>(
    `select p.workspace_id as "workspaceId", p.sender_id as "senderId", l.version, s.provider, s.config,
       s.created_at as "senderCreatedAt", p.messages_until as "messagesUntil", p.page, p.page_latest as "pageLatest",
       p.relations_until as "relationsUntil", p.relations_page as "relationsPage", p.relations_latest as "relationsLatest",
       p.failures, p.told_at is not null as told, p.lease
     from poll p join sender s on s.workspace_id = p.workspace_id and s.id = p.sender_id
     join lane l on l.workspace_id = p.workspace_id and l.id = p.sender_id
     where p.workspace_id = $1 and p.sender_id = $2 and p.lease = $3`,
    [workspaceId, senderId, lease],
  );
  return rows[0] ?? null;
}

/** How far it is: all until a time, and where a list that is read in several turns goes on, with the latest of its pages so far. */
export interface PollProgress {
  messagesUntil: Date | null;
  page: string | null;
  pageLatest: Date | null;
  relationsUntil: Date | null;
  relationsPage: string | null;
  relationsLatest: Date | null;
}

/** Notes how far it is, and keeps the turn for `leaseMs` more. False: the turn is over, and somebody else may have it. */
export async function notePoll(
  tx: Queryable,
  { workspaceId, senderId, lease }: Poll,
  progress: PollProgress,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update poll set messages_until = $4, page = $5, page_latest = $6, relations_until = $7, relations_page = $8,
       relations_latest = $9, lease_until = now() + $10::float8 * interval '1 millisecond'
     where workspace_id = $1 and sender_id = $2 and lease = $3`,
    [
      ...[workspaceId, senderId, lease],
      ...[progress.messagesUntil, progress.page, progress.pageLatest],
      ...[progress.relationsUntil, progress.relationsPage, progress.relationsLatest, leaseMs],
    ],
  );
  return (rowCount ?? 0) > 0;
}

/** Ends a turn; the next one comes in `nextMs`. `error`: why it failed; null: it didn't. */
export async function endPoll(
  db: Queryable,
  { workspaceId, senderId, lease }: Poll,
  { nextMs, error, dropPage = false }: { nextMs: number; error: string | null; dropPage?: boolean },
): Promise<void> {
  await db.query(
    `update poll set lease = null, lease_until = null, next_at = now() + $4::float8 * interval '1 millisecond', error = $5,
       failures = case when $5::text is null then 0 else failures + 1 end,
       failing_since = case when $5::text is null then null else coalesce(failing_since, $8::timestamptz) end,
       polled_at = coalesce($7::timestamptz, polled_at),
       page = case when $6 then null else page end, page_latest = case when $6 then null else page_latest end,
       relations_page = case when $6 then null else relations_page end,
       relations_latest = case when $6 then null else relations_latest end
     where workspace_id = $1 and sender_id = $2 and lease = $3`,
    [
      workspaceId,
      senderId,
      lease,
      nextMs,
      error?.slice(0, 1_000) ?? null,
      dropPage,
      error === null ? new Date() : null,
      new Date(),
    ],
  );
}

/** Of these the messages that are known here, by what the provider calls them. */
export async function knownMessages(
  db: Queryable,
  workspaceId: string,
  senderId: string,
  providerMessageIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select provider_message_id as id from message
     where workspace_id = $1 and sender_id = $2 and provider_message_id = any($3)`,
    [workspaceId, senderId, providerMessageIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Of these the deliveries that came in at one of the sources. */
export async function knownDeliveries(
  db: Queryable,
  workspaceId: string,
  sourceIds: readonly string[],
  deliveryIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select delivery_id as id from received where workspace_id = $1 and source_id = any($2) and delivery_id = any($3)`,
    [workspaceId, sourceIds, deliveryIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Of these the provider's threads that are conversations here: whom they are with is known. */
export async function knownThreads(
  db: Queryable,
  workspaceId: string,
  senderId: string,
  threadIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select provider_thread_id as id from conversation
     where workspace_id = $1 and sender_id = $2 and provider_thread_id = any($3)`,
    [workspaceId, senderId, threadIds],
  );
  return new Set(rows.map(({ id }) => id));
}
