import type { ChannelName } from "../domain/event.ts";
import type { SenderLimits } from "../domain/pacing.ts";
import type { Schedule } from "../domain/schedule/schedule.ts";
import { dropTokens } from "./access-token.ts";
import type { Queryable } from "./pool.ts";
import { replanPaced } from "./replan.ts";

/** An account that messages go out from. */
export interface Sender {
  id: string;
  name: string;
  channel: ChannelName;
  provider: string;
  address: string;
  config: Record<string, unknown>;
  /** Sealed. */
  credentials: Buffer | null;
  status: "active" | "paused" | "broken";
  statusReason: string | null;
  verifiedAt: Date | null;
  /** In place of the provider's safe pace. */
  limits: SenderLimits;
  /** When campaigns and the assistant may send with it; null: at any time. */
  schedule: Schedule | null;
  /** By whose clock; null: the workspace's. */
  timeZone: string | null;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `id, name, channel, provider, address, config, credentials, status, status_reason as "statusReason",
  verified_at as "verifiedAt", limits, schedule, time_zone as "timeZone", created_at as "createdAt", updated_at as "updatedAt"`;

export interface NewSender {
  id: string;
  name: string;
  channel: ChannelName;
  provider: string;
  address: string;
  config: unknown;
  credentials: Buffer | null;
  /** Sends that may be in flight at once, over all processes. */
  concurrency: number;
  limits?: SenderLimits | undefined;
  schedule?: Schedule | null | undefined;
  timeZone?: string | null | undefined;
}

/** A sender and its lane. */
export async function insertSender(db: Queryable, workspaceId: string, sender: NewSender): Promise<Sender> {
  const { rows } = await db.query<Sender>(
    `with lane as (insert into lane (workspace_id, id, kind, max_leased) values ($1, $2, 'message', $9))
     insert into sender (workspace_id, id, name, channel, provider, address, config, credentials, limits, schedule, time_zone)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11, $12) returning ${columns}`,
    [
      workspaceId,
      sender.id,
      sender.name,
      sender.channel,
      sender.provider,
      sender.address,
      JSON.stringify(sender.config),
      sender.credentials,
      sender.concurrency,
      JSON.stringify(sender.limits ?? {}),
      sender.schedule ? JSON.stringify(sender.schedule) : null,
      sender.timeZone ?? null,
    ],
  );
  return rows[0]!;
}

export async function getSender(db: Queryable, workspaceId: string, id: string): Promise<Sender | null> {
  const { rows } = await db.query<Sender>(`select ${columns} from sender where workspace_id = $1 and id = $2`, [
    workspaceId,
    id,
  ]);
  return rows[0] ?? null;
}

/** Those that there are. */
export async function getSenders(db: Queryable, workspaceId: string, ids: readonly string[]): Promise<Sender[]> {
  const { rows } = await db.query<Sender>(
    `select ${columns} from sender where workspace_id = $1 and id = any($2::text[]) order by id desc`,
    [workspaceId, ids],
  );
  return rows;
}

/** As `getSender`, and held until the transaction ends. */
export async function lockSender(tx: Queryable, workspaceId: string, id: string): Promise<Sender | null> {
  await tx.query("select 1 from sender where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
  return await getSender(tx, workspaceId, id);
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listSenders(
  db: Queryable,
  workspaceId: string,
  filter: {
    channel?: ChannelName | undefined;
    status?: Sender["status"] | undefined;
    before?: string | undefined;
    limit: number;
  },
): Promise<Sender[]> {
  const { rows } = await db.query<Sender>(
    `select ${columns} from sender
     where workspace_id = $1 and ($2::text is null or channel = $2) and ($3::text is null or status = $3)
       and ($4::text is null or id < $4)
     order by id desc limit $5`,
    [workspaceId, filter.channel ?? null, filter.status ?? null, filter.before ?? null, filter.limit],
  );
  return rows;
}

/** What may be changed of a sender; undefined leaves a column as it is. */
export interface SenderChange {
  name?: string | undefined;
  address?: string | undefined;
  config?: unknown;
  credentials?: Buffer | null | undefined;
  status?: Sender["status"] | undefined;
  statusReason?: string | null | undefined;
  verifiedAt?: Date | undefined;
  limits?: SenderLimits | undefined;
  schedule?: Schedule | null | undefined;
  timeZone?: string | null | undefined;
  /** Calls that may be under way at once, over all processes: the lane's. */
  concurrency?: number | undefined;
}

const changeable: { readonly [K in keyof Omit<SenderChange, "concurrency">]-?: string } = {
  name: "name",
  address: "address",
  config: "config",
  credentials: "credentials",
  status: "status",
  statusReason: "status_reason",
  verifiedAt: "verified_at",
  limits: "limits",
  schedule: "schedule",
  timeZone: "time_zone",
};

const asJson: ReadonlySet<string> = new Set(["config", "limits", "schedule"]);

/**
 * Changes a sender. Its lane's version moves, so that every process drops its opened copy; a lane is parked until
 * somebody acts while its sender isn't active, and goes on at once when it is again.
 */
export async function updateSender(
  db: Queryable,
  workspaceId: string,
  id: string,
  change: SenderChange,
): Promise<Sender | null> {
  const values: unknown[] = [workspaceId, id];
  const assignments = ["updated_at = now()"];
  for (const [key, column] of Object.entries(changeable)) {
    const value = change[key as keyof SenderChange];
    if (value === undefined) continue;
    values.push(value !== null && asJson.has(key) ? JSON.stringify(value) : value);
    assignments.push(`${column} = $${values.length}`);
  }
  const active = change.status === undefined ? null : change.status === "active";
  values.push(change.concurrency ?? null, active, active === false ? (change.statusReason ?? null) : null);
  const [parking, reason] = [`$${values.length - 1}::boolean`, `$${values.length}::text`];
  const { rows } = await db.query<Sender>(
    `with lane as (
       update lane set version = version + 1, max_leased = coalesce($${values.length - 2}::int, max_leased),
         parked_until = case ${parking} when true then null when false then 'infinity' else parked_until end,
         parked_reason = case ${parking} when true then null when false then ${reason} else parked_reason end
       where workspace_id = $1 and id = $2)
     update sender set ${assignments.join(", ")} where workspace_id = $1 and id = $2 returning ${columns}`,
    values,
  );
  if (change.limits || change.schedule !== undefined || change.timeZone !== undefined)
    await replanPaced(db, workspaceId, id);
  return rows[0] ?? null;
}

/** Why a sender can't be deleted now, in a sentence; null if it can. Inside a transaction: its lane is locked. */
export async function senderInUse(tx: Queryable, workspaceId: string, id: string): Promise<string | null> {
  await tx.query("select 1 from lane where workspace_id = $1 and id = $2 for update", [workspaceId, id]);
  // A campaign that is being started holds its senders: what it is by then is read by the next statement.
  await tx.query("select 1 from sender where workspace_id = $1 and id = $2 for update", [workspaceId, id]);
  const { rows: campaigns } = await tx.query<{ name: string }>(
    `select name from campaign where workspace_id = $1 and status in ('active', 'paused') and $2 = any(sender_ids) limit 1`,
    [workspaceId, id],
  );
  if (campaigns[0]) return `The campaign "${campaigns[0].name}" sends with it. Take it out of the campaign first.`;
  const { rows: open } = await tx.query<{ n: number }>(
    `select (select count(*) from outbox where workspace_id = $1 and lane_id = $2 and lease is not null)
       + (select count(*) from message where workspace_id = $1 and sender_id = $2 and status in ('sending', 'uncertain')) as n`,
    [workspaceId, id],
  );
  const n = open[0]!.n;
  if (n === 0) return null;
  return `${n === 1 ? "A message of it is" : `${n} messages of it are`} being sent, or it isn't known yet whether they went out. Pause it and try again later.`;
}

/**
 * Deletes a sender and its lane; messages that wait in it are cancelled, but for those of sequences, whose leads go back to
 * their step. Its conversations and messages stay. Inside a transaction, after `senderInUse`.
 */
export async function deleteSender(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  await tx.query(
    `with dropped as (delete from outbox where workspace_id = $1 and lane_id = $2 returning ref),
     -- A step of a campaign that it has left: one of the campaign's senders writes it anew.
     left_over as (
       update message m set status = case when e.lead_id is null then 'cancelled' else 'held' end, status_code = 'sender_deleted',
         status_detail = 'Its sender was deleted.', updated_at = now()
       from dropped d
       join message o on o.workspace_id = $1 and o.id = d.ref
       left join enrollment e on e.workspace_id = $1 and e.campaign_id = o.campaign_id and e.lead_id = o.lead_id
         and e.next_step_id = o.step_id and e.state = 'active' and e.next_at is null
       where m.workspace_id = $1 and m.id = d.ref and m.status in ('queued', 'held')
       returning e.campaign_id, e.lead_id
     )
     update enrollment e set next_at = now(), next_sender = '', updated_at = now()
     from left_over l where e.workspace_id = $1 and e.campaign_id = l.campaign_id and e.lead_id = l.lead_id`,
    [workspaceId, id],
  );
  await tx.query("delete from lane where workspace_id = $1 and id = $2", [workspaceId, id]);
  await tx.query("delete from poll where workspace_id = $1 and sender_id = $2", [workspaceId, id]);
  await dropTokens(tx, workspaceId, id);
  const { rowCount } = await tx.query("delete from sender where workspace_id = $1 and id = $2", [workspaceId, id]);
  return (rowCount ?? 0) > 0;
}

/** Where a list over all workspaces goes on. */
export interface SealedKey {
  workspaceId: string;
  id: string;
}

export interface SealedSender extends SealedKey {
  credentials: Buffer;
}

/** Senders of all workspaces that have credentials, a thousand at a time, behind `after`. */
export async function sealedSenders(db: Queryable, after: SealedKey | null): Promise<SealedSender[]> {
  const { rows } = await db.query<SealedSender>({
    name: "health.senders",
    text: `select workspace_id as "workspaceId", id, credentials from sender
     where credentials is not null and ($1::text is null or (workspace_id, id) > ($1, $2)) order by workspace_id, id limit 1000`,
    values: [after?.workspaceId ?? null, after?.id ?? null],
  });
  return rows;
}
