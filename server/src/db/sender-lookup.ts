import type { ChannelName } from "../domain/event.ts";
import type { SenderLimits } from "../domain/pacing.ts";
import type { Queryable } from "./pool.ts";

/** The senders that exist among `ids`, with their channels. */
export async function senderChannels(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, ChannelName>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; channel: ChannelName }>(
    "select id, channel from sender where workspace_id = $1 and id = any($2::text[])",
    [workspaceId, ids],
  );
  return new Map(rows.map((row) => [row.id, row.channel]));
}

/** Whether a message by this channel could go out: by this sender, or (null) by any active one. */
export async function hasSender(
  db: Queryable,
  workspaceId: string,
  channel: ChannelName,
  senderId: string | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from sender where workspace_id = $1 and channel = $2
       and case when $3::text is null then status = 'active' else id = $3 end limit 1`,
    [workspaceId, channel, senderId],
  );
  return (rowCount ?? 0) > 0;
}

/** Which senders are meant by each of these IDs or names: none, one, or several of the same name. */
export async function sendersByReference(
  db: Queryable,
  workspaceId: string,
  references: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{ id: string; name: string }>(
    "select id, name from sender where workspace_id = $1 and (id = any($2::text[]) or name = any($2::text[])) order by id",
    [workspaceId, references],
  );
  return new Map(
    references.map((reference) => {
      const byId = rows.filter(({ id }) => id === reference);
      return [reference, (byId.length > 0 ? byId : rows.filter((row) => row.name === reference)).map(({ id }) => id)];
    }),
  );
}

/** What the pace of these senders depends on. */
export async function senderPaces(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ id: string; channel: ChannelName; provider: string; limits: SenderLimits }[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<{ id: string; channel: ChannelName; provider: string; limits: SenderLimits }>(
    "select id, channel, provider, limits from sender where workspace_id = $1 and id = any($2::text[]) order by id",
    [workspaceId, ids],
  );
  return rows;
}

/** Whether there is a sender that writes real emails. */
export async function sendsEmail(db: Queryable): Promise<boolean> {
  const { rows } = await db.query({
    name: "health.emailSender",
    text: "select 1 from sender where channel = 'email' and provider <> 'sandbox' limit 1",
  });
  return rows.length > 0;
}

/** The provider, and by which an opened copy of it is known to be the present one; null: there is no such sender. */
export async function senderVersion(
  db: Queryable,
  workspaceId: string,
  id: string,
): Promise<{ provider: string; version: number } | null> {
  const { rows } = await db.query<{ provider: string; version: number }>(
    `select s.provider, l.version from sender s join lane l on l.workspace_id = $1 and l.id = s.id
     where s.workspace_id = $1 and s.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}
