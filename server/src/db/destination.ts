import type { FormatName } from "../domain/format.ts";
import type { Queryable } from "./pool.ts";

export interface Destination {
  id: string;
  kind: "webhook";
  name: string;
  url: string;
  format: FormatName;
  eventTypes: string[] | null;
  status: "active" | "disabled";
  statusReason: string | null;
  secret: Buffer | null;
  previousSecret: Buffer | null;
  previousSecretUntil: Date | null;
  /** `whpk_...`, where the secret is a private key; null: HMAC. */
  publicKey: string | null;
  previousPublicKey: string | null;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `id, kind, name, url, format, event_types as "eventTypes", status, status_reason as "statusReason", secret,
  previous_secret as "previousSecret", previous_secret_until as "previousSecretUntil",
  public_key as "publicKey", previous_public_key as "previousPublicKey", created_at as "createdAt", updated_at as "updatedAt"`;

export interface NewDestination {
  id: string;
  name: string;
  url: string;
  format: FormatName;
  formatBit: number;
  eventTypes: readonly string[] | null;
  secret: Buffer | null;
  publicKey?: string | null;
}

/**
 * Deliveries of one destination that may be leased at once, over all processes: those on the 64 connections that a
 * process opens to it, and some that wait for one or for their result to be written.
 */
const destinationConcurrency = 512;

/** A destination and its lane. */
export async function insertDestination(
  db: Queryable,
  workspaceId: string,
  destination: NewDestination,
): Promise<Destination> {
  const { rows } = await db.query<Destination>(
    `with lane as (insert into lane (workspace_id, id, kind, max_leased) values ($1, $2, 'delivery', $9))
     insert into destination (workspace_id, id, name, url, format, format_bit, event_types, secret, public_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $10) returning ${columns}`,
    [
      workspaceId,
      destination.id,
      destination.name,
      destination.url,
      destination.format,
      destination.formatBit,
      destination.eventTypes,
      destination.secret,
      destinationConcurrency,
      destination.publicKey ?? null,
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

/** Destinations of any workspaces, for the delivery loop. */
export async function loadDestinations(
  db: Queryable,
  keys: readonly { workspaceId: string; laneId: string }[],
): Promise<(Destination & { workspaceId: string })[]> {
  const { rows } = await db.query<Destination & { workspaceId: string }>(
    `select workspace_id as "workspaceId", ${columns} from destination
     where (workspace_id, id) in (select * from unnest($1::text[], $2::text[]))`,
    [keys.map((key) => key.workspaceId), keys.map((key) => key.laneId)],
  );
  return rows;
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
  publicKey?: string | null | undefined;
  previousPublicKey?: string | null | undefined;
}

const changeable: { readonly [K in keyof DestinationChange]-?: string } = {
  name: "name",
  url: "url",
  eventTypes: "event_types",
  status: "status",
  statusReason: "status_reason",
  secret: "secret",
  previousSecret: "previous_secret",
  previousSecretUntil: "previous_secret_until",
  publicKey: "public_key",
  previousPublicKey: "previous_public_key",
};

/** Changes a destination; its lane's version moves, so that every process drops its opened copy. Disabling parks the lane. */
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
  values.push(change.status ?? null, change.statusReason ?? null);
  const { rows } = await db.query<Destination>(
    `with lane as (
       update lane set version = version + 1,
         parked_until = case $${values.length - 1}::text when 'disabled' then 'infinity' when 'active' then null else parked_until end,
         parked_reason = case $${values.length - 1}::text when 'disabled' then $${values.length}::text when 'active' then null else parked_reason end
       where workspace_id = $1 and id = $2)
     update destination set ${assignments.join(", ")} where workspace_id = $1 and id = $2 returning ${columns}`,
    values,
  );
  return rows[0] ?? null;
}

/** Deletes a destination, its lane and its waiting deliveries. The attempts that were made stay in the log. */
export async function deleteDestination(db: Queryable, workspaceId: string, id: string): Promise<boolean> {
  await db.query("delete from lane where workspace_id = $1 and id = $2", [workspaceId, id]);
  await db.query("delete from outbox where workspace_id = $1 and lane_id = $2", [workspaceId, id]);
  const { rowCount } = await db.query("delete from destination where workspace_id = $1 and id = $2", [workspaceId, id]);
  return (rowCount ?? 0) > 0;
}
