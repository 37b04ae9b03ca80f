import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import type { DailyRange } from "../domain/schedule/schedule.ts";
import type { Queryable } from "./pool.ts";
import { replanPaced, replanQueued } from "./replan.ts";
import { inSet, type SetStatement } from "./together.ts";

export type LinkedChannels = Readonly<Partial<Record<ChannelName, readonly ChannelName[]>>>;

export interface Workspace {
  id: string;
  name: string;
  /** IANA name; used where neither the lead nor the campaign names a zone. */
  timeZone: string;
  /** By the clock at the lead's place. */
  smsHours: DailyRange;
  messagesPerDay: number | null;
  minTouchGapSeconds: number;
  /** Words that count as STOP by SMS beside the standard ones, in capitals. */
  optOutWords: string[];
  /** By channel: the others for which an opt-out from it counts as well. */
  linkedChannels: LinkedChannels;
  /** Whether what agents ask for (sending, starting campaigns) waits for a person. */
  agentsNeedApproval: boolean;
  /** Days that a lead's sequences rest after an absence note that names no day of return; 0: absence notes pause nobody. */
  absencePauseDays: number;
  createdAt: Date;
}

const columns = `id, name, time_zone as "timeZone", sms_hours as "smsHours", messages_per_day as "messagesPerDay",
  min_touch_gap_seconds as "minTouchGapSeconds", opt_out_words as "optOutWords", linked_channels as "linkedChannels", absence_pause_days as "absencePauseDays",
  agents_need_approval as "agentsNeedApproval",
  created_at as "createdAt"`;

export async function insertWorkspace(
  db: Queryable,
  workspace: { name: string; timeZone?: string },
): Promise<Workspace> {
  const { rows } = await db.query<Workspace>(
    `insert into workspace (id, name, time_zone) values ($1, $2, $3) returning ${columns}`,
    [newId("workspace"), workspace.name, workspace.timeZone ?? "UTC"],
  );
  return rows[0]!;
}

export async function getWorkspace(db: Queryable, id: string): Promise<Workspace | null> {
  const { rows } = await db.query<Workspace>(`select ${columns} from workspace where id = $1`, [id]);
  return rows[0] ?? null;
}

/** As `getWorkspace`, and held until the transaction ends: what is recorded as the value before is what was replaced. */
export async function lockWorkspace(tx: Queryable, id: string): Promise<Workspace | null> {
  const { rows } = await tx.query<Workspace>(`select ${columns} from workspace where id = $1 for no key update`, [id]);
  return rows[0] ?? null;
}

/** Oldest first: the first one is the workspace that Herald made for itself. */
export async function listWorkspaces(db: Queryable): Promise<Workspace[]> {
  const { rows } = await db.query<Workspace>(`select ${columns} from workspace order by id`);
  return rows;
}

/**
 * The first workspace; made where there is none. Inside a transaction: of several processes that start at once on an
 * empty database, one makes it.
 */
export async function ensureWorkspace(
  tx: Queryable,
  name: string,
): Promise<{ workspace: Workspace; created: boolean }> {
  await tx.query("select pg_advisory_xact_lock(hashtext('herald.workspace'))");
  const [first] = await listWorkspaces(tx);
  return first
    ? { workspace: first, created: false }
    : { workspace: await insertWorkspace(tx, { name }), created: true };
}

/**
 * Changes settings. A cap over all senders makes their messages count from now on, and those of the last days with them:
 * what went out before a limit was set is in the message rows as well.
 */
export async function changeWorkspace(
  tx: Queryable,
  id: string,
  change: {
    name?: string | undefined;
    timeZone?: string | undefined;
    smsHours?: DailyRange | undefined;
    messagesPerDay?: number | null | undefined;
    minTouchGapSeconds?: number | undefined;
    optOutWords?: readonly string[] | undefined;
    linkedChannels?: LinkedChannels | undefined;
    agentsNeedApproval?: boolean | undefined;
    absencePauseDays?: number | undefined;
  },
): Promise<Workspace> {
  const { rows } = await tx.query<Workspace>(
    `update workspace set name = coalesce($2, name), time_zone = coalesce($3, time_zone), sms_hours = coalesce($4::jsonb, sms_hours),
       messages_per_day = case when $5 then $6 else messages_per_day end, min_touch_gap_seconds = coalesce($7, min_touch_gap_seconds),
       opt_out_words = coalesce($8::text[], opt_out_words), linked_channels = coalesce($9::jsonb, linked_channels),
       absence_pause_days = coalesce($10, absence_pause_days),
       agents_need_approval = coalesce($11, agents_need_approval)
     where id = $1 returning ${columns}`,
    [
      id,
      change.name ?? null,
      change.timeZone ?? null,
      change.smsHours ? JSON.stringify(change.smsHours) : null,
      change.messagesPerDay !== undefined,
      change.messagesPerDay ?? null,
      change.minTouchGapSeconds ?? null,
      change.optOutWords ?? null,
      change.linkedChannels ? JSON.stringify(change.linkedChannels) : null,
      change.absencePauseDays ?? null,
      change.agentsNeedApproval ?? null,
    ],
  );
  if (change.messagesPerDay) await countRecent(tx, id, null);
  // SMS by API that wait for the morning are judged anew, too.
  if (change.messagesPerDay !== undefined || (change.smsHours ?? change.timeZone)) await replanPaced(tx, id, null);
  if (change.smsHours ?? change.timeZone) await replanQueued(tx, id, null);
  return rows[0]!;
}

/** The channels for which an opt-out from this one counts as well. */
export async function linkedChannelsOf(db: Queryable, id: string, channel: ChannelName): Promise<ChannelName[]> {
  return await inSet(db, linkedChannels, id, channel);
}

const linkedChannels: SetStatement<ChannelName, ChannelName[]> = {
  name: "workspace.linked_channels",
  async run(db, id, channels) {
    const { rows } = await db.query<{ linked: Partial<Record<ChannelName, ChannelName[]>> }>(
      "select linked_channels as linked from workspace where id = $1",
      [id],
    );
    return channels.map((channel) => rows[0]?.linked[channel] ?? []);
  },
};

/** Words that count as STOP beside the standard ones. */
export async function optOutWordsOf(db: Queryable, id: string): Promise<string[]> {
  return await inSet(db, optOutWords, id, null);
}

const optOutWords: SetStatement<null, string[]> = {
  name: "workspace.opt_out_words",
  async run(db, id, asked) {
    const { rows } = await db.query<{ words: string[] }>("select opt_out_words as words from workspace where id = $1", [
      id,
    ]);
    return asked.map(() => rows[0]?.words ?? []);
  },
};

/**
 * Lets a sender's messages of the last days (null: those of all senders) count against its pace: those that went out
 * before it had one were not marked. A rare act, for which no index is kept: it reads all of the workspace's messages.
 */
export async function countRecent(tx: Queryable, workspaceId: string, senderId: string | null): Promise<void> {
  await tx.query(
    `update message m set counted_at = m.attempted_at
     where m.workspace_id = $1 and ($2::text is null or m.sender_id = $2) and m.counted_at is null
       and m.attempted_at > now() - interval '8 days' and m.status in ('sending', 'sent', 'uncertain')`,
    [workspaceId, senderId],
  );
  // Every process looks at the senders anew.
  await tx.query(
    `update lane set version = version + 1 where workspace_id = $1 and kind = 'message' and ($2::text is null or id = $2)`,
    [workspaceId, senderId],
  );
}

export interface SettingChange {
  setting: string;
  before: unknown;
  after: unknown;
  changedBy: string;
  reason: string | null;
}

export async function recordSettingChange(tx: Queryable, workspaceId: string, change: SettingChange): Promise<void> {
  await tx.query(
    "insert into setting_change (workspace_id, setting, before, after, changed_by, reason) values ($1, $2, $3, $4, $5, $6)",
    [
      workspaceId,
      change.setting,
      JSON.stringify(change.before),
      JSON.stringify(change.after),
      change.changedBy,
      change.reason,
    ],
  );
}

export async function listSettingChanges(
  db: Queryable,
  workspaceId: string,
  limit: number,
): Promise<(SettingChange & { at: Date })[]> {
  const { rows } = await db.query<SettingChange & { at: Date }>(
    `select at, setting, before, after, changed_by as "changedBy", reason from setting_change
     where workspace_id = $1 order by id desc limit $2`,
    [workspaceId, limit],
  );
  return rows;
}
