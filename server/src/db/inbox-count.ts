import { type ChannelName, channels } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

/** What is unread in a workspace: kept with every change of `conversation.unread`, in its transaction. */

export interface Unread {
  conversations: number;
  messages: number;
}

/** Sessions that count at the same time and don't wait for each other. */
const slots = 16;

export async function countUnread(
  tx: Queryable,
  workspaceId: string,
  channel: ChannelName,
  change: Unread,
): Promise<void> {
  if (change.conversations === 0 && change.messages === 0) return;
  await tx.query({
    name: "inbox_count.add",
    text: `insert into inbox_count as c (workspace_id, channel, slot, conversations, messages)
      values ($1, $2, pg_backend_pid() % ${slots}, $3, $4)
      on conflict (workspace_id, channel, slot) do update set
        conversations = c.conversations + excluded.conversations, messages = c.messages + excluded.messages`,
    values: [workspaceId, channel, change.conversations, change.messages],
  });
}

/** Of each channel. */
export async function unreadCounts(db: Queryable, workspaceId: string): Promise<Record<ChannelName, Unread>> {
  const { rows } = await db.query<Unread & { channel: ChannelName }>(
    `select channel, greatest(0, sum(conversations))::int8 as conversations, greatest(0, sum(messages))::int8 as messages
     from inbox_count where workspace_id = $1 group by channel`,
    [workspaceId],
  );
  return Object.fromEntries(
    channels.map((channel) => {
      const { conversations = 0, messages = 0 } = rows.find((row) => row.channel === channel) ?? {};
      return [channel, { conversations, messages }];
    }),
  ) as Record<ChannelName, Unread>;
}

/**
 * Sets right what an older version changed without counting, while both were running. One statement sees the conversations
 * of a workspace and their count as of the same moment. Answers how many counts were wrong.
 */
export async function recountUnread(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ id: string }>("select id from workspace order by id");
  let wrong = 0;
  for (const { id } of rows) {
    const { rowCount } = await db.query(
      `insert into inbox_count as c (workspace_id, channel, slot, conversations, messages)
       select $1, channel, -1, sum(conversations), sum(messages)
       from (
         select channel, count(*) as conversations, sum(unread) as messages from conversation
         where workspace_id = $1 and unread > 0 and last_message_at is not null and last_message_text is not null group by 1
         union all
         select channel, -sum(conversations), -sum(messages) from inbox_count where workspace_id = $1 group by 1
       ) d
       group by channel having sum(conversations) <> 0 or sum(messages) <> 0
       on conflict (workspace_id, channel, slot) do update set
         conversations = c.conversations + excluded.conversations, messages = c.messages + excluded.messages`,
      [id],
    );
    wrong += rowCount ?? 0;
  }
  return wrong;
}
