import { byteaArray, textArray } from "./array.ts";
import { few, ofWorkspace } from "./few.ts";
import { given } from "./given.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readInEachWorkspace, writeByWorkspace } from "./sharding.ts";
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

export type ReceivedToKeep = Pick<Received, "id" | "sourceId" | "deliveryId" | "contentType" | "body"> & {
  /** From whom it seems to be, if it may be a reply or an opt-out: two at most, see `from-lead.ts`. */
  fromLeadIds?: readonly string[];
};

/** Keeps what came in; false: this delivery is there already. */
export async function insertReceived(db: Queryable, workspaceId: string, received: ReceivedToKeep): Promise<boolean> {
  return (await keepReceived(db, [{ workspaceId, ...received }])).has(received.id);
}

/** Keeps what came in, by one statement; answers the IDs of what was not there already. */
export async function keepReceived(
  db: Queryable,
  items: readonly (ReceivedToKeep & { workspaceId: string })[],
): Promise<Set<string>> {
  const rows = await writeByWorkspace(
    db,
    items,
    (item) => item.workspaceId,
    // One form for both: nothing is read.
    async (tx, part) =>
      (
        await tx.query<{ id: string }>({
          name: "received.keep",
          // In the order of the keys, or two processes that get the same deliveries could wait for each other.
          text: `insert into received (workspace_id, id, source_id, delivery_id, content_type, body, from_lead_id, also_lead_id)
            select r.* from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[])
              as r (workspace_id, id, source_id, delivery_id, content_type, body, from_lead_id, also_lead_id)
            order by r.source_id, r.delivery_id, r.id
            on conflict (source_id, delivery_id, workspace_id) do nothing returning id`,
          values: [
            textArray(part, (item) => item.workspaceId),
            textArray(part, (item) => item.id),
            textArray(part, (item) => item.sourceId),
            textArray(part, (item) => item.deliveryId),
            textArray(part, (item) => item.contentType),
            byteaArray(part, (item) => item.body),
            textArray(part, (item) => item.fromLeadIds?.[0]),
            textArray(part, (item) => item.fromLeadIds?.[1]),
          ],
        })
      ).rows,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listReceived(
  db: Queryable,
  workspaceId: string,
  sourceId: string,
  filter: { status?: ReceivedStatus | undefined; before?: string | undefined; limit: number },
): Promise<Received[]> {
  // As the condition of the index that has them.
  const unfinished = filter.status !== undefined && filter.status !== "processed" && filter.status !== "waiting";
  const { text, values } = given(
    `select ${columns} from received r
     where r.workspace_id = $1 and r.source_id = $2 and ($3::text is null or r.status = $3) and ($4::text is null or r.id < $4)
       ${unfinished ? `and r.status in (${unfinishedStatuses})` : ""}
     order by r.id desc limit $5`,
    [workspaceId, sourceId, filter.status ?? null, filter.before ?? null, filter.limit],
  );
  const { rows } = await db.query<Received>(text, values);
  return rows;
}

const unfinishedStatuses = "'unknown', 'unmatched', 'failed'";

/** How many there are of each status but `processed`, which is a matter of history. */
export async function countUnfinished(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ sourceId: string; status: ReceivedStatus; n: number }[]> {
  const { rows } = await db.query<{ sourceId: string; status: ReceivedStatus; n: number }>(
    `select r.source_id as "sourceId", r.status, count(*)::int as n
     from unnest($2::text[]) as s (id) cross join lateral (
       select source_id, status from received r
       where r.source_id = s.id and r.workspace_id = $1 and r.status in (${unfinishedStatuses})
       union all
       select source_id, status from received r where r.source_id = s.id and r.workspace_id = $1 and r.status = 'waiting'
     ) r
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

/** A source that has something to be processed, with what that needs. */
export interface DueSource {
  workspaceId: string;
  sourceId: string;
  kind: SourceKindName;
  createLeads: boolean;
  config: Record<string, unknown>;
  mapping: string | null;
}

/** An item that is to be processed, with no more of it than that needs: a batch is read whole. */
export type DueReceived = DueSource &
  Pick<Received, "id" | "deliveryId" | "receivedAt" | "contentType" | "body" | "attempts">;

export const dueSourceForms = inForms(
  "received.due",
  1,
  (within, _, of) => `
select s.workspace_id as "workspaceId", s.id as "sourceId", s.kind, s.create_leads as "createLeads", s.config, s.mapping
from source s
cross join lateral (
  select 1 from received r
  where r.source_id = s.id and r.workspace_id = ${of("s.workspace_id")} and r.status = 'waiting' and r.due_at <= now()
  limit 1
) r
where s.id <> all($1::text[])${within("s")}`,
);

/**
 * The sources that have something to be processed, but for those of which that is known: of one that is being processed all that
 * was done since the last vacuum would be walked over to find what waits.
 */
export async function dueSources(db: Queryable, except: readonly string[] = []): Promise<DueSource[]> {
  const find = {
    name: "received.workspaces",
    text: "select distinct workspace_id from received where status = 'waiting' and due_at <= now() order by 1",
    values: [],
  };
  return await readInEachWorkspace(
    db,
    find,
    async (on, workspaceId) => (await on.query<DueSource>(inForm(dueSourceForms, [except], workspaceId))).rows,
  );
}

/** What a source has to be processed, in its order: at most so many, and so many bytes. */
export async function dueReceived(
  db: Queryable,
  source: DueSource,
  most: { items: number; bytes: number },
): Promise<DueReceived[]> {
  const { rows } = await db.query<Omit<DueReceived, keyof DueSource>>({
    name: "received.batch",
    text: `select r.id, r.delivery_id as "deliveryId", r.received_at as "receivedAt", r.content_type as "contentType", r.body, r.attempts
      from (
        select *, sum(octet_length(r.body)) over (order by r.due_at, r.id rows unbounded preceding) - octet_length(r.body) as before
        from (
          select r.id, r.delivery_id, r.received_at, r.content_type, r.body, r.attempts, r.due_at from received r
          where r.workspace_id = $1 and r.source_id = $2 and r.status = 'waiting' and r.due_at <= now()
          order by r.due_at, r.id limit $3
        ) r
      ) r where r.before < $4 order by r.due_at, r.id`,
    values: [source.workspaceId, source.sourceId, most.items, most.bytes],
  });
  return rows.map((item) => ({ ...item, ...source }));
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
 * Takes items of one source for this transaction, which must be the first ones that are due. Answers those that are still to be
 * processed; none: somebody else has them, or has been there first. As everybody takes the first item before the others, and
 * waits for nobody who has it, the items of one source are in the hands of one process at a time.
 */
export async function takeReceived(tx: Queryable, items: readonly DueReceived[]): Promise<DueReceived[]> {
  const first = items[0]!;
  const token = await tx.query({
    name: "received.take",
    text: `select 1 from received where workspace_id = $1 and id = $2 and status = 'waiting' and attempts = $3 and due_at <= now()
      for no key update skip locked`,
    values: [first.workspaceId, first.id, first.attempts],
  });
  if (!token.rowCount) return [];
  if (items.length === 1) return [first];
  // Without SKIP LOCKED: what another process has, who began with an item that was committed late, is waited for.
  const { rows } = await tx.query<{ id: string; attempts: number }>({
    name: "received.take_others",
    text: `select r.id, r.attempts from received r
      where r.workspace_id = $1 and r.id = any($2::text[]) and r.status = 'waiting' and r.due_at <= now()
      order by r.id for no key update`,
    values: [first.workspaceId, textArray(items, ({ id }) => id)],
  });
  const attempts = new Map(rows.map((row) => [row.id, row.attempts]));
  return items.filter((item) => attempts.get(item.id) === item.attempts);
}

export interface ReceivedOutcome {
  status: ReceivedStatus;
  type: string | null;
  detail: string | null;
  leadId?: string | null;
  messageId?: string | null;
  /** Of a mail no more than this is kept from here on: its header, or the first 64 KiB. */
  keeps?: "header" | "beginning";
  /** Nothing of it is kept but that it came. */
  emptied?: boolean;
  /** For `waiting`: milliseconds until the next try. */
  againMs?: number;
  /** For `waiting`: for as long as nobody knows whether a message went out. */
  undecided?: boolean;
  /** For `waiting`: what it says has counted, so that it is processed when the wait is over. */
  counted?: boolean;
}

/** Both may repeat what a sender wrote, and a text of PostgreSQL's can hold neither NUL nor half of a surrogate pair. */
const writable = (text: string): string => text.replaceAll("\0", "\u2400").toWellFormed();

const writeForms = (how: string, parameters: number, when: string) =>
  inForms(
    `received.write.${how}`,
    parameters,
    (within) => `
with outcome as materialized (
  select *, ${ofWorkspace} from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    as o (id, status, type, detail, lead_id, message_id)
  where ${few("o.id")}
)
update received r set status = o.status, type = coalesce(o.type, r.type), detail = o.detail,
  lead_id = coalesce(o.lead_id, r.lead_id), message_id = coalesce(o.message_id, r.message_id), attempts = r.attempts + 1, ${when}
from outcome o where r.workspace_id = o.workspace_id and r.id = o.id${within("r")}`,
  );

const writes = {
  done: writeForms("done", 7, "processed_at = now()"),
  again: writeForms("again", 8, "processed_at = null, due_at = now() + $8::float8 * interval '1 millisecond'"),
} as const;

async function write(
  tx: Queryable,
  workspaceId: string,
  outcomes: readonly (ReceivedOutcome & { id: string })[],
  how: keyof typeof writes,
  againMs: number | null,
): Promise<void> {
  const values = [
    workspaceId,
    textArray(outcomes, ({ id }) => id),
    textArray(outcomes, ({ status }) => status),
    textArray(outcomes, ({ type }) => type && writable(type)),
    textArray(outcomes, ({ detail }) => detail && writable(detail.slice(0, 1_000))),
    textArray(outcomes, ({ leadId }) => leadId),
    textArray(outcomes, ({ messageId }) => messageId),
    ...(how === "again" ? [againMs] : []),
  ];
  await tx.query(inForm(writes[how], values, tx.sharded ? workspaceId : null));
}

/** Writes what became of items, each of which this transaction has taken. All of one workspace. */
export async function writeReceived(
  tx: Queryable,
  workspaceId: string,
  outcomes: readonly (ReceivedOutcome & { id: string })[],
): Promise<void> {
  const done = outcomes.filter(({ status }) => status !== "waiting");
  if (done.length > 0) await write(tx, workspaceId, done, "done", null);
  const waiting = Map.groupBy(
    outcomes.filter(({ status }) => status === "waiting"),
    ({ againMs }) => againMs ?? 0,
  );
  for (const [againMs, some] of waiting) await write(tx, workspaceId, some, "again", againMs);
  const emptied = outcomes.filter((outcome) => outcome.emptied).map(({ id }) => id);
  if (emptied.length > 0) {
    await tx.query({
      name: "received.emptied",
      text: "update received set body = '' where workspace_id = $1 and id = any($2)",
      values: [workspaceId, emptied],
    });
  }
  for (const part of ["header", "beginning"] as const) {
    const ids = outcomes.filter(({ keeps }) => keeps === part).map(({ id }) => id);
    if (ids.length === 0) continue;
    await tx.query({
      name: `received.only_${part}`,
      text: `update received set body = ${part === "header" ? headerOf("body") : `substring(body for ${beginningBytes})`}
        where workspace_id = $1 and id = any($2)`,
      values: [workspaceId, ids],
    });
  }
}

const beginningBytes = 65_536;
const headerOf = (body: string) =>
  `substring(${body} for least(16384, coalesce(nullif(position(decode('0d0a0d0a', 'hex') in ${body}), 0), 16384)))`;

/** How long the mail of somebody who is no lead is kept, in days: a mailbox is people's own. */
export const strangersMailDays = 14;

export const strangersMailForms = inForms(
  "received.strangers",
  3,
  (within) => `
update received r set status = 'processed', detail = $3, body = ${headerOf("r.body")}
from (
  select o.workspace_id, o.id from received o
  where o.received_at < now() - make_interval(days => $1) and o.status = 'unmatched' and o.content_type like 'message/rfc822;%'${within("o")}
  order by o.received_at limit $2 for no key update) old
where r.workspace_id = old.workspace_id and r.id = old.id${within("r")}`,
);

/** Of mails of strangers that are older than that the header alone stays; at most 1,000 at a time. Answers how many. */
export async function forgetStrangersMail(db: Queryable): Promise<number> {
  const find = {
    name: "received.strangers.workspaces",
    text: `select distinct workspace_id from received
      where received_at < now() - make_interval(days => $1) and status = 'unmatched' and content_type like 'message/rfc822;%' order by 1`,
    values: [strangersMailDays],
  };
  const detail = `It concerned nobody who was known here within ${strangersMailDays} days: only its header is kept.`;
  let changed = 0;
  await readInEachWorkspace(db, find, async (on, workspaceId) => {
    const { text, values } = inForm(strangersMailForms, [strangersMailDays, 1_000, detail], workspaceId);
    changed += (await on.query({ text, values })).rowCount ?? 0;
    return [];
  });
  return changed;
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
