import {
  type ChannelName,
  type ConsentSource,
  type Evidence,
  type SuppressionKind,
  suppressionKinds,
} from "../domain/event.ts";
import { float8Array, textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import type { Within } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";

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
  /** `createdAt` as exact as the database has it, since 1970: for paging. */
  micros: number;
  /** SHA-256 of the address, in hex. */
  hash: string;
}

/** Where a page of suppressions ended. */
export type SuppressionPlace = Pick<Suppression, "micros" | "hash" | "channel" | "kind">;

/** The bare row, without what follows from it: `campaigns/consent.ts` has all of it. One of this kind that is there already stays as it is (false). */
export async function addSuppression(
  db: Queryable,
  workspaceId: string,
  suppression: NewSuppression,
): Promise<boolean> {
  return await inSet(db, add, workspaceId, suppression);
}

const add: SetStatement<NewSuppression, boolean> = {
  name: "suppression.add",
  async run(db, workspaceId, suppressions) {
    const keyOf = ({ address, channel, kind = "manual" }: NewSuppression) => `${channel} ${kind} ${address}`;
    // One statement can't write the same row twice: of those that say the same, the latest.
    const now = Date.now();
    const sorted = suppressions.toSorted((a, b) => (a.at?.getTime() ?? now) - (b.at?.getTime() ?? now));
    const latest = [...new Map(sorted.map((one) => [keyOf(one), one])).values()];
    const { rows } = await db.query<{ channel: string; kind: string; address: string }>({
      name: "suppression.add",
      text: `with added as (
          insert into suppression as s (workspace_id, address_hash, channel, address, kind, reason, source, note, added_by, evidence, said_at)
          select $1, sha256(convert_to(n.address, 'UTF8')), n.channel, n.address, n.kind, n.reason, n.source, n.note, n.added_by,
            n.evidence::jsonb, to_timestamp(n.at / 1000)
          from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::float8[])
            as n (address, channel, kind, reason, source, note, added_by, evidence, at)
          on conflict (workspace_id, address_hash, channel, kind) do update set said_at = excluded.said_at
            where excluded.said_at > s.said_at
          returning s.channel, s.kind, s.address_hash, s.xmax = 0 as is_new
        )
        select a.channel, a.kind, n.address from added a join unnest($2::text[]) as n (address)
          on sha256(convert_to(n.address, 'UTF8')) = a.address_hash where a.is_new`,
      values: [
        workspaceId,
        textArray(latest, (n) => n.address),
        textArray(latest, (n) => n.channel),
        textArray(latest, (n) => n.kind ?? "manual"),
        textArray(latest, (n) => n.reason),
        textArray(latest, (n) => n.source),
        textArray(latest, (n) => n.note),
        textArray(latest, (n) => n.by),
        textArray(latest, (n) => (n.evidence ? JSON.stringify(n.evidence) : null)),
        float8Array(latest, (n) => n.at?.getTime() ?? now),
      ],
    });
    const fresh = new Set(rows.map(({ channel, kind, address }) => `${channel} ${kind} ${address}`));
    // Of several that say the same, one is news.
    return suppressions.map((one) => fresh.delete(keyOf(one)));
  },
};

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

/** What addresses are kept from: when that was said, and when the person was erased, if they were. */
export interface KeptFromContact {
  at: Date;
  erasedAt: Date | null;
}

/** When somebody with one of these addresses said not to be contacted at all; null: nobody has. */
export async function keptFromContact(
  db: Queryable,
  workspaceId: string,
  addresses: readonly string[],
): Promise<KeptFromContact | null> {
  return await inSet(db, kept, workspaceId, addresses);
}

const latest = (times: readonly Date[]): Date | null =>
  times.length === 0 ? null : new Date(Math.max(...times.map((at) => at.getTime())));

const kept: SetStatement<readonly string[], KeptFromContact | null> = {
  name: "suppression.whole_person",
  async run(db, workspaceId, lists) {
    const { rows } = await db.query<KeptFromContact & { address: string }>({
      name: "suppression.whole_person",
      text: `select a.address, s.said_at as at, s.erased_at as "erasedAt" from unnest($2::text[]) as a (address)
        cross join lateral (
          select s.said_at, s.erased_at from suppression s
          where s.workspace_id = $1 and s.address_hash = sha256(convert_to(a.address, 'UTF8')) and s.kind = 'do_not_contact'
          order by s.said_at desc limit 1
        ) s`,
      values: [workspaceId, textArray([...new Set(lists.flat())], (address) => address)],
    });
    const known = new Map(rows.map((row) => [row.address, row]));
    return lists.map((addresses) => {
      const own = addresses.flatMap((address) => known.get(address) ?? []);
      const at = latest(own.map((row) => row.at));
      return at && { at, erasedAt: latest(own.flatMap((row) => row.erasedAt ?? [])) };
    });
  },
};

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

/** Which of these addresses belong to somebody who said no, on any channel, or who was erased. */
export async function refusedAddresses(
  db: Queryable,
  workspaceId: string,
  addresses: readonly string[],
): Promise<Set<string>> {
  const { rows } = await db.query<{ address: string }>({
    name: "suppression.refused",
    text: `select a.address from unnest($2::text[]) as a (address)
      cross join lateral (
        select 1 from suppression s
        where s.workspace_id = $1 and s.address_hash = sha256(convert_to(a.address, 'UTF8'))
          and (s.kind = 'do_not_contact' or s.kind in ${refusals})
        limit 1
      ) s`,
    values: [workspaceId, addresses],
  });
  return new Set(rows.map(({ address }) => address));
}

/**
 * SQL of one row (`channel`, `reason`), or none: what forbids writing to a lead on a channel. A suppression of its address
 * there, or for that channel of another one (who is known to another system by phone alone refused emails); of any of its addresses, where the
 * person is not to be contacted, another system says that they refused all channels, or the workspace links the channels. It is judged
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
        s.channel = ${channel} or own.channel = ${channel} and s.channel = 'all' or s.kind = 'do_not_contact'
        or s.kind = 'provider' and s.channel = 'all'
        or s.kind in ${refusals} and s.channel in (own.channel, 'all') and exists (
          select 1 from workspace w where w.id = s.workspace_id and w.linked_channels -> own.channel ? ${channel}))
      limit 1
    ) s
    limit 1`;
}

/** Whether somebody of whom only this address is known must not be written to on the channel, to which it belongs. */
export async function forbidsAddress(
  db: Queryable,
  workspaceId: string,
  channel: ChannelName,
  address: string,
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "suppression.address",
    text: `select 1 from (
        select null::timestamptz as do_not_contact_at, case $2 when 'sms' then $3::text end as phone,
          case $2 when 'email' then $3 end as email, case $2 when 'linkedin' then $3 end as linkedin_url
      ) l cross join lateral (${forbidding("l", "$2", "$1")}) x`,
    values: [workspaceId, channel, address],
  });
  return (rowCount ?? 0) > 0;
}

/** Newest first; `before` is the last one of the previous page. */
export async function listSuppressions(
  db: Queryable,
  workspaceId: string,
  filter: { address?: string | undefined; before?: SuppressionPlace | undefined; limit: number },
): Promise<Suppression[]> {
  const { address, before, limit } = filter;
  const values: unknown[] = [workspaceId];
  const given = (value: unknown) => `$${values.push(value)}`;
  const ofAddress = address === undefined ? "" : `and address_hash = sha256(convert_to(${given(address)}, 'UTF8'))`;
  const behind =
    before &&
    `and (created_at, address_hash, channel, kind) < ('epoch'::timestamptz + ${given(before.micros)}::float8 * interval '1 microsecond', decode(${given(before.hash)}, 'hex'), ${given(before.channel)}, ${given(before.kind)})`;
  const { rows } = await db.query<Suppression>(
    `select channel, address, kind, reason, source, note, added_by as by, evidence, date_trunc('milliseconds', created_at) as "createdAt",
       (extract(epoch from created_at) * 1000000)::float8 as micros, encode(address_hash, 'hex') as hash
     from suppression
     where workspace_id = $1 ${ofAddress} ${behind ?? ""}
     order by created_at desc, address_hash desc, channel desc, kind desc limit ${given(limit)}`,
    values,
  );
  return rows;
}
