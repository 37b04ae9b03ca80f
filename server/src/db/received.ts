import type { Queryable } from "./pool.ts";
import { inForm, inForms, readInEachWorkspace } from "./sharding.ts";
import type { SourceKindName } from "./source.ts";

export const receivedStatuses = ["waiting", "processed", "unknown", "unmatched", "failed"] as const;
export type ReceivedStatus = (typeof receivedStatuses)[number];

/** What came in at a source's address, as it came, and what became of it. */
export interface Received {
  id: string;
  sourceId: string;
  deliveryId: string;
  receivedAt: Date;
  contentType: string | null;
  body: Buffer;
  status: ReceivedStatus;
  type: string | null;
  detail: string | null;
  attempts: number;
  dueAt: Date;
  processedAt: Date | null;
  leadId: string | null;
  messageId: string | null;
}

const columns = `r.id, r.source_id as "sourceId", r.delivery_id as "deliveryId", r.received_at as "receivedAt",
  r.content_type as "contentType", r.body, r.status, r.type, r.detail, r.attempts, r.due_at as "dueAt",
  r.processed_at as "processedAt", r.lead_id as "leadId", r.message_id as "messageId"`;

/** Keeps what came in; false: this delivery is there already. */
export async function insertReceived(
  db: Queryable,
  workspaceId: string,
  received: Pick<Received, "id" | "sourceId" | "deliveryId" | "contentType" | "body">,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "received.insert",
    text: `insert into received (workspace_id, id, source_id, delivery_id, content_type, body)
      values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    values: [workspaceId, received.id, received.sourceId, received.deliveryId, received.contentType, received.body],
  });
  return (rowCount ?? 0) > 0;
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listReceived(
  db: Queryable,
  workspaceId: string,
  sourceId: string,
  filter: { status?: ReceivedStatus | undefined; before?: string | undefined; limit: number },
): Promise<Received[]> {
  const { rows } = await db.query<Received>(
    `select ${columns} from received r
     where r.workspace_id = $1 and r.source_id = $2 and ($3::text is null or r.status = $3) and ($4::text is null or r.id < $4)
     order by r.id desc limit $5`,
    [workspaceId, sourceId, filter.status ?? null, filter.before ?? null, filter.limit],
  );
  return rows;
}

/** How many there are of each status but `processed`, which is a matter of history. */
export async function countUnfinished(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ sourceId: string; status: ReceivedStatus; n: number }[]> {
  const { rows } = await db.query<{ sourceId: string; status: ReceivedStatus; n: number }>(
    `select r.source_id as "sourceId", r.status, count(*)::int as n
     from unnest($2::text[]) as s (id) join received r on r.source_id = s.id and r.workspace_id = $1 and r.status <> 'processed'
     group by 1, 2`,
    [workspaceId, ids],
  );
  return rows;
}

/**
 * Lets what was not understood, not matched or given up be processed again: these, or all of the source. At most `limit`,
 * the oldest first.
 */
export async function reprocess(
  db: Queryable,
  workspaceId: string,
  sourceId: string,
  { ids, statuses, limit }: { ids: readonly string[] | null; statuses: readonly ReceivedStatus[]; limit: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `update received r set status = 'waiting', attempts = 0, due_at = now(), detail = null
     from (
       select id from received
       where workspace_id = $1 and source_id = $2 and status = any($3) and ($4::text[] is null or id = any($4))
       order by id limit $5 for no key update
     ) c
     where r.workspace_id = $1 and r.id = c.id`,
    [workspaceId, sourceId, statuses, ids, limit],
  );
  return rowCount ?? 0;
}

/** The first due item of a source, with what its processing needs of the source. */
export interface DueReceived extends Received {
  workspaceId: string;
  kind: SourceKindName;
  createLeads: boolean;
  config: Record<string, unknown>;
  mapping: string | null;
}

export const dueReceivedForms = inForms(
  "received.due",
  0,
  (within, _, of) => `
select s.workspace_id as "workspaceId", s.kind, s.create_leads as "createLeads", s.config, s.mapping, ${columns}
from source s
cross join lateral (
  select * from received r
  where r.source_id = s.id and r.workspace_id = ${of("s.workspace_id")} and r.status = 'waiting' and r.due_at <= now()
  order by r.due_at, r.id limit 1
) r
where true${within("s")}`,
);

/** The first due item of each source that has one; a source is no stranger's, so that nobody waits for one that has many. */
export async function dueReceived(db: Queryable): Promise<DueReceived[]> {
  const find = {
    name: "received.workspaces",
    text: "select distinct workspace_id from received where status = 'waiting' and due_at <= now() order by 1",
    values: [],
  };
  return await readInEachWorkspace(
    db,
    find,
    async (on, workspaceId) => (await on.query<DueReceived>(inForm(dueReceivedForms, [], workspaceId))).rows,
  );
}

/** Milliseconds until the next item is due; null: none waits. */
export async function nextReceivedDue(db: Queryable): Promise<number | null> {
  // On several nodes, what waits is all looked at.
  if (db.sharded) {
    const { rows } = await db.query<{ ms: number | null }>({
      name: "received.next.all",
      text: "select extract(epoch from min(due_at) - now())::float8 * 1000 as ms from received where status = 'waiting'",
    });
    return rows[0]!.ms;
  }
  const { rows } = await db.query<{ ms: number | null }>({
    name: "received.next",
    text: `select extract(epoch from min(r.due_at) - now())::float8 * 1000 as ms
      from source s
      cross join lateral (
        select r.due_at from received r where r.source_id = s.id and r.workspace_id = s.workspace_id and r.status = 'waiting'
        order by r.due_at, r.id limit 1
      ) r`,
  });
  return rows[0]!.ms;
}

/**
 * Takes an item for this transaction. False: somebody else has it, or has been there first. As everybody takes the first item
 * of a source that is still waiting, items of one source are processed one after the other, over all processes.
 */
export async function takeReceived(tx: Queryable, item: DueReceived): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "received.take",
    text: `select 1 from received where workspace_id = $1 and id = $2 and status = 'waiting' and attempts = $3 and due_at <= now()
      for no key update skip locked`,
    values: [item.workspaceId, item.id, item.attempts],
  });
  return (rowCount ?? 0) > 0;
}

export interface ReceivedOutcome {
  status: ReceivedStatus;
  type: string | null;
  detail: string | null;
  leadId?: string | null;
  messageId?: string | null;
  /** Of a mail nothing but its header is kept from here on. */
  onlyHeader?: boolean;
  /** For `waiting`: milliseconds until the next try. */
  againMs?: number;
}

export async function writeReceived(
  tx: Queryable,
  item: Pick<DueReceived, "workspaceId" | "id">,
  outcome: ReceivedOutcome,
): Promise<void> {
  const waits = outcome.status === "waiting";
  await tx.query({
    name: `received.write.${waits ? "again" : "done"}`,
    text: `update received set status = $3, type = coalesce($4, type), detail = $5, lead_id = coalesce($6, lead_id),
        message_id = coalesce($7, message_id), attempts = attempts + 1,
        processed_at = ${waits ? "null" : "now()"},
        due_at = now() + coalesce($8::float8, 0) * interval '1 millisecond'
      where workspace_id = $1 and id = $2`,
    values: [
      item.workspaceId,
      item.id,
      outcome.status,
      outcome.type,
      outcome.detail?.slice(0, 1_000) ?? null,
      outcome.leadId ?? null,
      outcome.messageId ?? null,
      outcome.againMs ?? null,
    ],
  });
  if (outcome.onlyHeader) {
    await tx.query({
      name: "received.only_header",
      text: `update received set body = substring(body for least(16384, coalesce(nullif(position(decode('0d0a0d0a', 'hex') in body), 0), 16384)))
        where workspace_id = $1 and id = $2`,
      values: [item.workspaceId, item.id],
    });
  }
}

export const oldReceivedForms = inForms(
  "received.old",
  2,
  (within) => `
delete from received r using (
  select o.workspace_id, o.id from received o
  where o.received_at < now() - make_interval(days => $1) and o.status <> 'waiting'${within("o")}
  order by o.received_at limit $2) old
where r.workspace_id = old.workspace_id and r.id = old.id${within("r")}`,
);

const deletedAtOnce = 10_000;

/** Deletes what was received more than `days` ago and needs nothing more; at most 10,000 at a time. Answers how many. */
export async function deleteOldReceived(db: Queryable, days: number): Promise<number> {
  const find = {
    name: "received.old.workspaces",
    text: "select distinct workspace_id from received where received_at < now() - make_interval(days => $1) and status <> 'waiting' order by 1",
    values: [days],
  };
  let deleted = 0;
  await readInEachWorkspace(db, find, async (on, workspaceId) => {
    if (deleted >= deletedAtOnce) return [];
    const { text, values } = inForm(oldReceivedForms, [days, deletedAtOnce - deleted], workspaceId);
    deleted += (await on.query({ text, values })).rowCount ?? 0;
    return [];
  });
  return deleted;
}
