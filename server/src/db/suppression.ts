import type { ChannelName } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

export interface Suppression {
  channel: ChannelName | "all";
  /** Null once the person was erased: the refusal stays, by hash. */
  address: string | null;
  reason: string;
  source: string;
  createdAt: Date;
  /** Tells suppressions of the same millisecond apart, for paging. */
  key: string;
}

/** Adds a suppression for a normalised address; one that is there already stays as it is (false). */
export async function addSuppression(
  db: Queryable,
  workspaceId: string,
  suppression: { channel: ChannelName | "all"; address: string; reason: string; source: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into suppression (workspace_id, address_hash, channel, address, reason, source)
     values ($1, sha256(convert_to($2, 'UTF8')), $3, $2, $4, $5) on conflict do nothing`,
    [workspaceId, suppression.address, suppression.channel, suppression.reason, suppression.source],
  );
  return (rowCount ?? 0) > 0;
}

export async function removeSuppression(
  db: Queryable,
  workspaceId: string,
  suppression: { channel: ChannelName | "all"; address: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    "delete from suppression where workspace_id = $1 and address_hash = sha256(convert_to($2, 'UTF8')) and channel = $3",
    [workspaceId, suppression.address, suppression.channel],
  );
  return (rowCount ?? 0) > 0;
}

/** Newest first; `before` is the last one of the previous page. */
export async function listSuppressions(
  db: Queryable,
  workspaceId: string,
  filter: { address?: string | undefined; before?: { createdAt: Date; key: string } | undefined; limit: number },
): Promise<Suppression[]> {
  const { rows } = await db.query<Suppression>(
    `select * from (
       select channel, address, reason, source, date_trunc('milliseconds', created_at) as "createdAt",
         encode(address_hash, 'hex') || channel as key
       from suppression
       where workspace_id = $1 and ($2::text is null or address_hash = sha256(convert_to($2, 'UTF8')))
     ) s
     where $3::timestamptz is null or ("createdAt", key) < ($3, $4)
     order by "createdAt" desc, key desc limit $5`,
    [workspaceId, filter.address ?? null, filter.before?.createdAt ?? null, filter.before?.key ?? null, filter.limit],
  );
  return rows;
}
