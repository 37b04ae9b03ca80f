import type { ChannelName } from "../domain/event.ts";
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
