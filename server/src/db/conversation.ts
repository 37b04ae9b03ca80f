import type { ChannelName } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

/**
 * One thread with a lead on one channel through one sender. It is there as soon as a message is to be in it, and listed
 * once one went out or came in: until then it has no last message.
 */
export interface Conversation {
  id: string;
  leadId: string;
  channel: ChannelName;
  senderId: string;
  providerThreadId: string | null;
  subject: string | null;
  lastMessageAt: Date | null;
  lastMessageText: string | null;
  unread: number;
  createdAt: Date;
}

/** Where the next page begins: behind this place. */
export interface ConversationPlace {
  lastMessageAt: Date;
  id: string;
}

/** The one with the latest message first. By the text too: versions up to 0.1.0 gave empty ones a time. */
export async function listConversations(
  db: Queryable,
  workspaceId: string,
  filter: {
    senderId?: string | undefined;
    channel?: ChannelName | undefined;
    after?: ConversationPlace | undefined;
    limit: number;
  },
): Promise<(Conversation & { lastMessageAt: Date })[]> {
  const { rows } = await db.query<Conversation & { lastMessageAt: Date }>(
    `select id, lead_id as "leadId", channel, sender_id as "senderId", provider_thread_id as "providerThreadId", subject,
       last_message_at as "lastMessageAt", last_message_text as "lastMessageText", unread, created_at as "createdAt"
     from conversation
     where workspace_id = $1 and last_message_at is not null and last_message_text is not null and ($2::text is null or sender_id = $2) and ($3::text is null or channel = $3)
       and ($4::timestamptz is null or (last_message_at, id) < ($4, $5))
     order by last_message_at desc, id desc limit $6`,
    [
      workspaceId,
      filter.senderId ?? null,
      filter.channel ?? null,
      filter.after?.lastMessageAt ?? null,
      filter.after?.id ?? null,
      filter.limit,
    ],
  );
  return rows;
}

export async function getConversation(db: Queryable, workspaceId: string, id: string): Promise<Conversation | null> {
  const { rows } = await db.query<Conversation>(
    `select id, lead_id as "leadId", channel, sender_id as "senderId", provider_thread_id as "providerThreadId", subject,
       last_message_at as "lastMessageAt", last_message_text as "lastMessageText", unread, created_at as "createdAt"
     from conversation where workspace_id = $1 and id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}
