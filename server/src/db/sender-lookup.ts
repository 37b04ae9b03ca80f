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
