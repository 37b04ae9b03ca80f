import type { DestinationKind } from "../domain/destination-kind.ts";
import type { FormatName } from "../domain/format.ts";
import { places } from "../domain/lane-health.ts";
import type { OlderSecret } from "../domain/older-secrets.ts";
import type { Sealed } from "../domain/seal.ts";
import { forgetCrm } from "./crm.ts";
import { closedBreaker } from "./lane.ts";
import { forgetNotifications } from "./notification.ts";
import type { Ordering } from "./order.ts";
import type { Queryable } from "./pool.ts";
import { stopReplays, tallyDropped } from "./replay.ts";
import { inForm, inForms, readByWorkspace } from "./sharding.ts";

export interface Destination {
  id: string;
  kind: DestinationKind;
  name: string;
  /** Where it is; of a system that is called by a secret URL, what of it may be shown. */
  url: string;
  format: FormatName;
  eventTypes: string[] | null;
  ordering: Ordering;
  status: "active" | "disabled";
  statusReason: string | null;
  secret: Buffer | null;
  previousSecret: Buffer | null;
  previousSecretUntil: Date | null;
  /** From before the previous one, and good until then as it is: sealed, as base64; the latest first. Null: none. */
  olderSecrets: OlderSecret[] | null;
  /** Seconds between the attempts of a delivery; null: the default schedule. */
  retrySchedule: number[] | null;
  /** When it was last disabled, and enabled after that. */
  disabledAt: Date | null;
  enabledAt: Date | null;
  /** Events since then were not kept for it, and not recovered. Null: none are missing. */
  missedSince: Date | null;
  /** Up to then. Null: it is disabled. */
  missedUntil: Date | null;
  /** `whpk_...`, where the secret is a private key; null: HMAC. */
  publicKey: string | null;
  previousPublicKey: string | null;
  /** Credentials, sealed; null: none. */
  auth: Buffer | null;
  /** What of them may be read: null where there are none. */
  authShown: object | null;
  /** A client certificate with its key, own authorities, sealed; null: as usual. */
  tls: Buffer | null;
  tlsShown: object | null;
  /** Only events of these channels, campaigns, and leads with one of these tags, one of these statuses; null: no condition. */
  channels: string[] | null;
  campaigns: string[] | null;
  tags: string[] | null;
  statuses: string[] | null;
  /** JSONata: over the event, must be truthy. */
  filter: string | null;
  /** JSONata: over the body, gives the body. */
  transform: string | null;
  /** Only IDs in the body. */
  thin: boolean;
  /** Sealed: a JSON object of custom headers; and their names. */
  headers: Buffer | null;
  headerNames: string[] | null;
  /** Of one that is no webhook: its adapter's settings, without secrets. */
  config: object | null;
  /** Sealed: the adapter's credentials. */
  credentials: Buffer | null;
  /** When its credentials were last seen to work. */
  verifiedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `id, kind, name, url, format, event_types as "eventTypes", ordering, status, status_reason as "statusReason", secret,
  previous_secret as "previousSecret", previous_secret_until as "previousSecretUntil", older_secrets as "olderSecrets", retry_schedule as "retrySchedule",
  disabled_at as "disabledAt", enabled_at as "enabledAt", missed_since as "missedSince", missed_until as "missedUntil",
  public_key as "publicKey", previous_public_key as "previousPublicKey",
  auth, auth_shown as "authShown", tls, tls_shown as "tlsShown", channels, campaigns, tags, statuses, filter, transform, thin, headers,
  header_names as "headerNames", config, credentials, verified_at as "verifiedAt", created_at as "createdAt", updated_at as "updatedAt"`;

export interface NewDestination {
  id: string;
  /** Default: webhook. */
  kind?: DestinationKind;
  config?: object | null;
  credentials?: Buffer | null;
  name: string;
  url: string;
  format: FormatName;
  formatBit: number;
  eventTypes: readonly string[] | null;
  /** Default: none. */
  ordering?: Ordering | undefined;
  secret: Buffer | null;
  /** Seconds; default: null. */
  retrySchedule?: readonly number[] | null;
  publicKey?: string | null;
  auth?: Buffer | null;
  authShown?: object | null;
  tls?: Buffer | null;
  tlsShown?: object | null;
}

/** A destination and its lane, which begins with few places and has the default limits; see `setLaneLimits`. */
export async function insertDestination(
  db: Queryable,
  workspaceId: string,
  destination: NewDestination,
): Promise<Destination> {
  const { rows } = await db.query<Destination>(
    `with lane as (insert into lane (workspace_id, id, kind, max_leased, concurrency_limit) values ($1, $2, 'delivery', $9, ${places.most}))
     insert into destination (workspace_id, id, name, url, format, format_bit, event_types, secret, retry_schedule, public_key,
       ordering, auth, auth_shown, tls, tls_shown, kind, config, credentials)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) returning ${columns}`,
    [
      workspaceId,
      destination.id,
      destination.name,
      destination.url,
      destination.format,
      destination.formatBit,
      destination.eventTypes,
      destination.secret,
      places.first,
      destination.retrySchedule ?? null,
      destination.publicKey ?? null,
      destination.ordering ?? "none",
      destination.auth ?? null,
      destination.authShown ?? null,
      destination.tls ?? null,
      destination.tlsShown ?? null,
      destination.kind ?? "webhook",
      destination.config ?? null,
      destination.credentials ?? null,
    ],
  );
  return rows[0]!;
}

export async function getDestination(db: Queryable, workspaceId: string, id: string): Promise<Destination | null> {
  const { rows } = await db.query<Destination>(
    `select ${columns} from destination where workspace_id = $1 and id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** As `getDestination`; nobody else changes it before the transaction ends. */
export async function lockDestination(tx: Queryable, workspaceId: string, id: string): Promise<Destination | null> {
  const { rows } = await tx.query<Destination>(
    `select ${columns} from destination where workspace_id = $1 and id = $2 for no key update`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** Which of a workspace's destinations, or of this one alone, are active; they stay so until the transaction ends. */
export async function keepActive(tx: Queryable, workspaceId: string, id: string | null): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from destination where workspace_id = $1 and status = 'active' and ($2::text is null or id = $2)
     order by id for share`,
    [workspaceId, id],
  );
  return rows.map((row) => row.id);
}

export const loadDestinationForms = inForms(
  "destination.load",
  2,
  (within) => `
select d.workspace_id as "workspaceId", ${columns} from destination d
where (d.workspace_id, d.id) in (select * from unnest($1::text[], $2::text[]))${within("d")}`,
);

/** Destinations of any workspaces, for the delivery loop. */
export async function loadDestinations(
  db: Queryable,
  keys: readonly { workspaceId: string; laneId: string }[],
): Promise<(Destination & { workspaceId: string })[]> {
  return await readByWorkspace(
    db,
    keys,
    (key) => key.workspaceId,
    async (on, part, workspaceId) => {
      const ids = [part.map((key) => key.workspaceId), part.map((key) => key.laneId)];
      const { text, values } = inForm(loadDestinationForms, ids, workspaceId);
      return (await on.query<Destination & { workspaceId: string }>({ text, values })).rows;
    },
  );
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listDestinations(
  db: Queryable,
  workspaceId: string,
  before: string | null,
  limit: number,
): Promise<Destination[]> {
  const { rows } = await db.query<Destination>(
    `select ${columns} from destination where workspace_id = $1 and ($2::text is null or id < $2) order by id desc limit $3`,
    [workspaceId, before, limit],
  );
  return rows;
}

/** Destinations of all workspaces, a thousand at a time, behind `after`. */
export async function everyDestination(
  db: Queryable,
  after: { workspaceId: string; id: string } | null,
): Promise<(Destination & { workspaceId: string })[]> {
  const { rows } = await db.query<Destination & { workspaceId: string }>({
    name: "health.destinations",
    text: `select workspace_id as "workspaceId", ${columns} from destination
     where $1::text is null or (workspace_id, id) > ($1, $2) order by workspace_id, id limit 1000`,
    values: [after?.workspaceId ?? null, after?.id ?? null],
  });
  return rows;
}

/** What may be changed of a destination; undefined leaves a column as it is. */
export interface DestinationChange {
  name?: string | undefined;
  url?: string | undefined;
  eventTypes?: readonly string[] | null | undefined;
  status?: "active" | "disabled" | undefined;
  statusReason?: string | null | undefined;
  secret?: Buffer | null | undefined;
  previousSecret?: Buffer | null | undefined;
  previousSecretUntil?: Date | null | undefined;
  /** JSON. */
  olderSecrets?: string | null | undefined;
  retrySchedule?: readonly number[] | null | undefined;
  /** With `status: "disabled"`: from when on events count as missed, if that is earlier than now. */
  missedSince?: Date | null | undefined;
  publicKey?: string | null | undefined;
  previousPublicKey?: string | null | undefined;
  auth?: Buffer | null | undefined;
  authShown?: object | null | undefined;
  tls?: Buffer | null | undefined;
  tlsShown?: object | null | undefined;
  channels?: readonly string[] | null | undefined;
  campaigns?: readonly string[] | null | undefined;
  tags?: readonly string[] | null | undefined;
  statuses?: readonly string[] | null | undefined;
  filter?: string | null | undefined;
  transform?: string | null | undefined;
  thin?: boolean | undefined;
  headers?: Buffer | null | undefined;
  headerNames?: readonly string[] | null | undefined;
  config?: object | null | undefined;
  credentials?: Buffer | null | undefined;
  verifiedAt?: Date | null | undefined;
}

const changeable: { readonly [K in keyof Omit<DestinationChange, "missedSince">]-?: string } = {
  name: "name",
  url: "url",
  eventTypes: "event_types",
  status: "status",
  statusReason: "status_reason",
  secret: "secret",
  previousSecret: "previous_secret",
  previousSecretUntil: "previous_secret_until",
  olderSecrets: "older_secrets",
  retrySchedule: "retry_schedule",
  publicKey: "public_key",
  previousPublicKey: "previous_public_key",
  auth: "auth",
  authShown: "auth_shown",
  tls: "tls",
  tlsShown: "tls_shown",
  channels: "channels",
  campaigns: "campaigns",
  tags: "tags",
  statuses: "statuses",
  filter: "filter",
  transform: "transform",
  thin: "thin",
  headers: "headers",
  headerNames: "header_names",
  config: "config",
  credentials: "credentials",
  verifiedAt: "verified_at",
};

/** When the status changes: what it was is still to be read there. */
const onDisabled = (since: string) => [
  "disabled_at = case when d.status = 'active' then moment.at else d.disabled_at end",
  `missed_since = case when d.status = 'active' then least(d.missed_since, ${since}, moment.at) else d.missed_since end`,
  "missed_until = null",
];
// Not the beginning of the transaction: events were left out until it commits.
const onEnabled = [
  "enabled_at = case when d.status = 'disabled' then moment.now_at else d.enabled_at end",
  "missed_until = case when d.status = 'disabled' then moment.now_at else d.missed_until end",
];

/**
 * Changes a destination; its lane's version moves, so that every process drops its opened copy. Disabling parks the lane;
 * enabling it, or another URL, closes its breaker: what failed may have been mended.
 */
export async function updateDestination(
  db: Queryable,
  workspaceId: string,
  id: string,
  change: DestinationChange,
): Promise<Destination | null> {
  const values: unknown[] = [workspaceId, id];
  const assignments = ["updated_at = now()"];
  for (const [key, column] of Object.entries(changeable)) {
    const value = change[key as keyof DestinationChange];
    if (value === undefined) continue;
    values.push(value);
    assignments.push(`${column} = $${values.length}`);
  }
  if (change.status === "disabled") {
    values.push(change.missedSince ?? null);
    assignments.push(...onDisabled(`$${values.length}::timestamptz`));
  } else if (change.status === "active") assignments.push(...onEnabled);
  values.push(change.status ?? null, change.statusReason ?? null);
  // With other credentials, or since they were seen to work, a pause for their sake is over; and another receiver asked for none.
  const admitted = Boolean(change.credentials ?? change.verifiedAt ?? change.url);
  const mended = change.status === "active" || change.url !== undefined || admitted;
  const otherwise = admitted
    ? "case when parked_until < 'infinity' then null else parked_until end"
    : mended
      ? closedBreaker.parkedUntil
      : "parked_until";
  const { rows } = await db.query<Destination>(
    `with moment as materialized (select now() as at, statement_timestamp() as now_at),
     lane as (
       update lane set version = version + 1, ${mended ? closedBreaker.assignments : ""}
         parked_until = case $${values.length - 1}::text when 'disabled' then 'infinity' when 'active' then null else ${otherwise} end,
         parked_reason = case $${values.length - 1}::text when 'disabled' then $${values.length}::text when 'active' then null else parked_reason end
       where workspace_id = $1 and id = $2)
     update destination d set ${assignments.join(", ")} from moment where d.workspace_id = $1 and d.id = $2 returning ${columns}`,
    values,
  );
  return rows[0] ?? null;
}

/** What it missed is on its way, by a replay. */
export async function forgetMissed(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  await tx.query(
    "update destination set missed_since = null, missed_until = null where workspace_id = $1 and id = $2",
    [workspaceId, id],
  );
}

/** Events of this range are missing, too: a recovery of them was cancelled, or they met the end of a destination. */
export async function rememberMissed(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { since, until }: { since: Date; until: Date },
): Promise<void> {
  await tx.query(
    `update destination set missed_since = least(missed_since, $3),
       missed_until = case when status = 'active' then greatest(missed_until, $4) end
     where workspace_id = $1 and id = $2`,
    [workspaceId, id, since, until],
  );
}

/** Deletes a destination, its lane and its waiting deliveries. The attempts that were made stay in the log. */
export async function deleteDestination(db: Queryable, workspaceId: string, id: string): Promise<boolean> {
  // So that nobody starts a replay for it meanwhile.
  if (!(await lockDestination(db, workspaceId, id))) return false;
  await stopReplays(db, workspaceId, id, "The destination was deleted.");
  // What is under way first: a settle has these rows before it asks for the lane, and would wait for us as we for it.
  const dropped = new Map<number, number>();
  const drop = async (condition: string) => {
    const { rows } = await db.query<{ no: number; n: number }>(
      `with gone as (delete from outbox where workspace_id = $1 and lane_id = $2 and ${condition} returning replay_no)
       select replay_no as no, count(*)::int as n from gone where replay_no is not null group by replay_no`,
      [workspaceId, id],
    );
    for (const { no, n } of rows) dropped.set(no, (dropped.get(no) ?? 0) + n);
  };
  await drop("lease is not null");
  await db.query("delete from lane where workspace_id = $1 and id = $2", [workspaceId, id]);
  // Both again, by one partial index each: a claim may have come between.
  await drop("lease is not null");
  await drop("lease is null");
  // Else its replays would say for ever that something waits.
  await tallyDropped(db, workspaceId, dropped);
  await forgetNotifications(db, workspaceId, id);
  await forgetCrm(db, workspaceId, id);
  await db.query("delete from delivery_sum where workspace_id = $1 and destination_id = $2", [workspaceId, id]);
  const { rowCount } = await db.query("delete from destination where workspace_id = $1 and id = $2", [workspaceId, id]);
  return (rowCount ?? 0) > 0;
}

/** All that is sealed of a destination and needed to deliver to it; secrets from before a rotation aren't. */
export function sealedOf(workspaceId: string, destination: Destination): Sealed[] {
  const { secret, auth, tls, credentials, headers } = destination;
  const owner = `${workspaceId}/${destination.id}`;
  const own = [secret, auth, tls, credentials].flatMap((value) => (value ? [{ value, owner }] : []));
  return headers ? [...own, { value: headers, owner: `${owner}/headers` }] : own;
}
