import type { Queryable } from "./pool.ts";

/** Mailboxes that are read by IMAP: which process reads which, and how far. */

export interface MailboxKey {
  workspaceId: string;
  senderId: string;
}

/** How far a folder was read. UIDs mean something only together with the folder's UIDVALIDITY (RFC 9051, 2.3.1.1). */
export interface FolderPlace {
  validity: string;
  /** The highest UID that is kept here, or was passed over. */
  uid: number;
}

export interface Mailbox extends MailboxKey {
  sourceId: string;
  version: number;
  folders: Record<string, FolderPlace>;
  /** All that was there by then is kept here; null: nothing was read yet. */
  readAt: Date | null;
  failures: number;
  /** That it can't be read was told to destinations. */
  told: boolean;
}

const columns = `m.workspace_id as "workspaceId", m.sender_id as "senderId", m.source_id as "sourceId", m.version, m.folders,
  m.read_at as "readAt", m.failures, m.told_at is not null as told`;

/** A process that died is missing among the workers soon; one of another machine loses its mailboxes by time. */
const leaseSeconds = 60;

/**
 * Has a sender's mailbox read; one that is read already begins anew with the settings as they are now. `account`: whose mails they are;
 * with another one than before, what is new is looked for as in a mailbox that was never read.
 */
export async function openMailbox(
  tx: Queryable,
  { workspaceId, senderId }: MailboxKey,
  sourceId: string,
  account: Buffer,
): Promise<void> {
  await tx.query(
    `insert into mailbox (workspace_id, sender_id, source_id, account, retry_at) values ($1, $2, $3, $4, now())
     on conflict (workspace_id, sender_id) do update set version = mailbox.version + 1, retry_at = excluded.retry_at,
       failures = 0, account = excluded.account,
       folders = case when mailbox.account <> excluded.account then '{}' else mailbox.folders end,
       aliases = case when mailbox.account <> excluded.account then '{}' else mailbox.aliases end,
       read_at = case when mailbox.account <> excluded.account then null else mailbox.read_at end`,
    [workspaceId, senderId, sourceId, account],
  );
}

/** The source in which a sender's mails are kept; null: its mailbox isn't read. */
export async function mailboxSource(db: Queryable, { workspaceId, senderId }: MailboxKey): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(
    "select source_id as id from mailbox where workspace_id = $1 and sender_id = $2",
    [workspaceId, senderId],
  );
  return rows[0]?.id ?? null;
}

export async function deleteMailbox(tx: Queryable, { workspaceId, senderId }: MailboxKey): Promise<void> {
  await tx.query("delete from mailbox where workspace_id = $1 and sender_id = $2", [workspaceId, senderId]);
}

/** Keeps the mailboxes that this process reads; answers those it still has. */
export async function renewMailboxes(db: Queryable, workerNo: number): Promise<Mailbox[]> {
  const { rows } = await db.query<Mailbox>(
    `update mailbox m set lease_until = now() + make_interval(secs => ${leaseSeconds})
     where m.worker_no = $1 and exists (select from source s where s.workspace_id = m.workspace_id and s.id = m.source_id and s.status = 'active')
     returning ${columns}`,
    [workerNo],
  );
  return rows;
}

/** Takes up to `limit` mailboxes that nobody reads, those first that have waited longest. */
export async function takeMailboxes(db: Queryable, workerNo: number, limit: number): Promise<Mailbox[]> {
  const { rows } = await db.query<Mailbox>(
    `with free as materialized (
       select m.workspace_id, m.sender_id from mailbox m
       where m.retry_at <= now() and (m.worker_no is null or m.lease_until < now() or not exists (select from worker w where w.no = m.worker_no))
         and exists (select from source s where s.workspace_id = m.workspace_id and s.id = m.source_id and s.status = 'active')
       order by m.retry_at limit $2 for update of m skip locked
     )
     update mailbox m set worker_no = $1, lease_until = now() + make_interval(secs => ${leaseSeconds})
     from free f where m.workspace_id = f.workspace_id and m.sender_id = f.sender_id
     returning ${columns}`,
    [workerNo, limit],
  );
  return rows;
}

/** Lets go of mailboxes of this process: of one, or all. Another process may read them from now on. */
export async function releaseMailboxes(db: Queryable, workerNo: number, key: MailboxKey | null = null): Promise<void> {
  await db.query(
    `update mailbox set worker_no = null, lease_until = null, state = case state when 'connected' then 'waiting' else state end
     where worker_no = $1 and ($2::text is null or workspace_id = $2 and sender_id = $3)`,
    [workerNo, key?.workspaceId ?? null, key?.senderId ?? null],
  );
}

/**
 * Notes how far a folder was read. False: this process doesn't read the mailbox any more, or its settings have changed, and whatever
 * the transaction kept is to be undone.
 */
export async function advanceFolder(
  tx: Queryable,
  workerNo: number,
  { workspaceId, senderId, version }: MailboxKey & { version: number },
  path: string,
  place: FolderPlace,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update mailbox set folders = folders || jsonb_build_object($4::text, $5::jsonb)
     where workspace_id = $1 and sender_id = $2 and worker_no = $3 and version = $6`,
    [workspaceId, senderId, workerNo, path, JSON.stringify(place), version],
  );
  return (rowCount ?? 0) > 0;
}

/** All folders were read. */
export async function markRead(
  db: Queryable,
  workerNo: number,
  { workspaceId, senderId, version }: MailboxKey & { version: number },
  begun: Date,
): Promise<void> {
  await db.query(
    `update mailbox set state = 'connected', failures = 0, failing_since = null, error_code = null, error = null, read_at = greatest(read_at, $4)
     where workspace_id = $1 and sender_id = $2 and worker_no = $3 and version = $5`,
    [workspaceId, senderId, workerNo, begun, version],
  );
}

/** The mailbox can't be read at the moment; it is free, and tried again after `retryMs`. */
export async function markFailing(
  db: Queryable,
  workerNo: number,
  { workspaceId, senderId }: MailboxKey,
  failure: { code: string; detail: string; retryMs: number },
): Promise<void> {
  await db.query(
    `update mailbox set state = 'failing', failures = failures + 1, failing_since = coalesce(failing_since, $7), error_code = $4, error = $5, worker_no = null, lease_until = null,
       retry_at = now() + $6::float8 * interval '1 millisecond'
     where workspace_id = $1 and sender_id = $2 and worker_no = $3`,
    [workspaceId, senderId, workerNo, failure.code, failure.detail.slice(0, 1_000), failure.retryMs, new Date()],
  );
}

/** How it stands with a mailbox, for people. */
export interface MailboxState {
  sourceId: string;
  state: "waiting" | "connected" | "failing";
  failures: number;
  errorCode: string | null;
  error: string | null;
  retryAt: Date;
  readAt: Date | null;
  /** Other addresses that its owner writes from, see `noteAlias`. */
  aliases: string[];
  folders: Record<string, FolderPlace>;
}

export async function mailboxState(db: Queryable, { workspaceId, senderId }: MailboxKey): Promise<MailboxState | null> {
  const { rows } = await db.query<MailboxState>(
    `select source_id as "sourceId", state, failures, error_code as "errorCode", error, retry_at as "retryAt", read_at as "readAt", aliases, folders
     from mailbox where workspace_id = $1 and sender_id = $2`,
    [workspaceId, senderId],
  );
  return rows[0] ?? null;
}
