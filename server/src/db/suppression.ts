import {
  type ChannelName,
  type ConsentSource,
  type Evidence,
  type SuppressionKind,
  suppressionKinds,
} from "../domain/event.ts";
import type { Queryable } from "./pool.ts";
import type { Within } from "./sharding.ts";

export interface NewSuppression {
  /** all: on every channel that uses this address. */
  channel: ChannelName | "all";
  /** Normalised. */
  address: string;
  /** For people. */
  reason: string;
  source: ConsentSource;
  /** Default manual. */
  kind?: SuppressionKind | undefined;
  note?: string | null | undefined;
  /** The API key, or who else. */
  by?: string | null | undefined;
  evidence?: Evidence | null | undefined;
  /** When it was said; default now. Said again, the latest time counts. */
  at?: Date | undefined;
}

export interface Suppression {
  channel: ChannelName | "all";
  /** Null once the person was erased: the refusal stays, by hash. */
  address: string | null;
  kind: SuppressionKind;
  reason: string;
  source: ConsentSource;
  note: string | null;
  by: string | null;
  evidence: Evidence | null;
  createdAt: Date;
  /** Tells suppressions of the same millisecond apart, for paging. */
  key: string;
}

/** The bare row, without what follows from it: `campaigns/consent.ts` has all of it. One of this kind that is there already stays as it is (false). */
export async function addSuppression(
  db: Queryable,
  workspaceId: string,
  suppression: NewSuppression,
): Promise<boolean> {
  const { channel, address, reason, source, kind = "manual", note = null, by = null, evidence = null } = suppression;
  const { rows } = await db.query<{ isNew: boolean }>(
    `insert into suppression as s (workspace_id, address_hash, channel, address, kind, reason, source, note, added_by, evidence, said_at)
     values ($1, sha256(convert_to($2, 'UTF8')), $3, $2, $4, $5, $6, $7, $8, $9, coalesce($10, now()))
     on conflict (workspace_id, address_hash, channel, kind) do update set said_at = excluded.said_at
       where excluded.said_at > s.said_at and $10::timestamptz is not null
     returning s.xmax = 0 as "isNew"`,
    [
      ...[workspaceId, address, channel, kind, reason, source, note, by, evidence && JSON.stringify(evidence)],
      suppression.at ?? null,
    ],
  );
  return rows[0]?.isNew ?? false;
}

/** The bare rows, of these kinds only (default: any), and said before a moment. Answers the kinds that there were. */
export async function removeSuppression(
  db: Queryable,
  workspaceId: string,
  suppression: { channel: ChannelName | "all"; address: string; kinds?: readonly SuppressionKind[]; before?: Date },
): Promise<SuppressionKind[]> {
  const { rows } = await db.query<{ kind: SuppressionKind }>(
    `delete from suppression where workspace_id = $1 and address_hash = sha256(convert_to($2, 'UTF8')) and channel = $3
       and kind = any($4) and ($5::timestamptz is null or said_at < $5) returning kind`,
    [
      ...[workspaceId, suppression.address, suppression.channel, suppression.kinds ?? suppressionKinds],
      suppression.before ?? null,
    ],
  );
  return rows.map(({ kind }) => kind);
}

/** Whether one of these addresses is one of somebody who is not to be contacted at all. */
export async function isKeptFromContact(
  db: Queryable,
  workspaceId: string,
  addresses: readonly string[],
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "suppression.whole_person",
    text: `select 1 from unnest($2::text[]) as a (address)
      join suppression s on s.address_hash = sha256(convert_to(a.address, 'UTF8')) and s.workspace_id = $1
        and s.kind = 'do_not_contact' limit 1`,
    values: [workspaceId, addresses],
  });
  return (rowCount ?? 0) > 0;
}

/** The whole person; answers whether that was news. */
export async function markDoNotContact(tx: Queryable, workspaceId: string, leadId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update lead set do_not_contact_at = now(), updated_at = now()
     where workspace_id = $1 and id = $2 and do_not_contact_at is null`,
    [workspaceId, leadId],
  );
  return (rowCount ?? 0) > 0;
}

/** Takes that back; its suppressions are for the caller. */
export async function clearDoNotContact(tx: Queryable, workspaceId: string, leadId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update lead set do_not_contact_at = null, updated_at = now()
     where workspace_id = $1 and id = $2 and do_not_contact_at is not null`,
    [workspaceId, leadId],
  );
  return (rowCount ?? 0) > 0;
}

/** Kinds by which a person says no, as opposed to an address that doesn't work: these count for linked channels, too. */
const refusals = "('keyword', 'unsubscribe', 'complaint', 'provider', 'manual')";

/**
 * SQL of one row (`channel`, `reason`), or none: what forbids writing to a lead on a channel. A suppression of its address
 * there; of any of its addresses, where the person is not to be contacted or the workspace links the channels. It is judged
 * by the lead's addresses of that moment, so that a suppression outlives the lead that it came from.
 *
 * @param lead alias of a row of `lead`
 * @param channel SQL of the channel
 * @param workspace SQL of the workspace
 */
export function forbidding(lead: string, channel: string, workspace: string, within: Within = () => ""): string {
  return `
    select 'all' as channel, 'do not contact' as reason where ${lead}.do_not_contact_at is not null
    union all
    select s.channel, s.reason
    from (values ('sms', ${lead}.phone), ('email', ${lead}.email), ('linkedin', ${lead}.linkedin_url)) as own (channel, address)
    -- One look-up an address.
    cross join lateral (
      select s.channel, s.reason from suppression s
      where s.workspace_id = ${workspace} and s.address_hash = sha256(convert_to(own.address, 'UTF8'))${within("s")} and (
        own.channel = ${channel} and s.channel in (own.channel, 'all') or s.kind = 'do_not_contact'
        or s.kind in ${refusals} and s.channel in (own.channel, 'all') and exists (
          select 1 from workspace w where w.id = s.workspace_id and w.linked_channels -> own.channel ? ${channel}))
      limit 1
    ) s
    limit 1`;
}

/** Newest first; `before` is the last one of the previous page. */
export async function listSuppressions(
  db: Queryable,
  workspaceId: string,
  filter: { address?: string | undefined; before?: { createdAt: Date; key: string } | undefined; limit: number },
): Promise<Suppression[]> {
  const { rows } = await db.query<Suppression>(
    `select * from (
       select channel, address, kind, reason, source, note, added_by as by, evidence,
         date_trunc('milliseconds', created_at) as "createdAt", encode(address_hash, 'hex') || channel || '.' || kind as key
       from suppression
       where workspace_id = $1 and ($2::text is null or address_hash = sha256(convert_to($2, 'UTF8')))
     ) s
     where $3::timestamptz is null or ("createdAt", key) < ($3, $4)
     order by "createdAt" desc, key desc limit $5`,
    [workspaceId, filter.address ?? null, filter.before?.createdAt ?? null, filter.before?.key ?? null, filter.limit],
  );
  return rows;
}
