import type { ChannelName, LeadStatus } from "../domain/event.ts";
import { countUnread } from "./inbox-count.ts";
import type { Queryable } from "./pool.ts";
import { forbidding } from "./suppression.ts";

export const conversationStatuses = ["open", "closed"] as const;
export type ConversationStatus = (typeof conversationStatuses)[number];

/**
 * One thread with a lead on one channel through one sender. It is there as soon as a message is to be in it, and listed
 * once one went out or came in: until then it has no last message.
 */
export interface Conversation {
  id: string;
  leadId: string;
  channel: ChannelName;
  /** A sender's ID; what another system sent has that system's, or the source's. */
  senderId: string;
  providerThreadId: string | null;
  /** Of the latest campaign that wrote in it. */
  campaignId: string | null;
  status: ConversationStatus;
  assignee: string | null;
  note: string | null;
  subject: string | null;
  lastMessageAt: Date | null;
  lastMessageText: string | null;
  unread: number;
  createdAt: Date;
}

/** What a list shows of whoever the conversation is with. */
export interface ConversationLead {
  leadFirstName: string | null;
  leadLastName: string | null;
  leadCompany: string | null;
  leadTitle: string | null;
  leadStatus: LeadStatus;
  /** Why nothing may be written here; null: it may. */
  optOutReason: string | null;
}

export const conversationColumns = `v.id, v.lead_id as "leadId", v.channel, v.sender_id as "senderId", v.provider_thread_id as "providerThreadId",
  v.campaign_id as "campaignId", v.status, v.assignee, v.note, v.subject, v.last_message_at as "lastMessageAt",
  v.last_message_text as "lastMessageText", v.unread, v.created_at as "createdAt"`;

export const conversationLeadColumns = `l.first_name as "leadFirstName", l.last_name as "leadLastName", l.company as "leadCompany",
  l.title as "leadTitle", l.status as "leadStatus", x.reason as "optOutReason"`;

/** What forbids writing to the lead `l` on the channel of `v`; in the workspace $1. */
export const conversationOptOut = `left join lateral (${forbidding("l", "v.channel", "$1")}) x on true`;

export async function getConversation(
  db: Queryable,
  workspaceId: string,
  id: string,
): Promise<(Conversation & ConversationLead) | null> {
  const { rows } = await db.query<Conversation & ConversationLead>(
    `select ${conversationColumns}, ${conversationLeadColumns}
     from conversation v join lead l on l.workspace_id = $1 and l.id = v.lead_id ${conversationOptOut}
     where v.workspace_id = $1 and v.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** What may be changed; undefined leaves it as it is. */
export interface ConversationChange {
  status?: ConversationStatus | undefined;
  assignee?: string | null | undefined;
  note?: string | null | undefined;
}

/** False: there is no such conversation. Closing one says that what is in it has been seen. */
export async function changeConversation(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { status, assignee, note }: ConversationChange,
): Promise<boolean> {
  if (status === "closed" && !(await setUnread(tx, workspaceId, id, 0))) return false;
  const { rowCount } = await tx.query(
    `update conversation set status = coalesce($3, status), assignee = case when $4 then $5 else assignee end,
       note = case when $6 then $7 else note end,
       note_at = case when $6 and $7::text is distinct from note then case when $7 is null then null else $8::timestamptz end else note_at end
     where workspace_id = $1 and id = $2`,
    [
      ...[workspaceId, id, status ?? null, assignee !== undefined, assignee ?? null, note !== undefined, note ?? null],
      new Date(),
    ],
  );
  return (rowCount ?? 0) > 0;
}

/** How many messages are unread from now on. False: there is no such conversation. */
export async function setUnread(tx: Queryable, workspaceId: string, id: string, unread: number): Promise<boolean> {
  const { rows } = await tx.query<{ channel: ChannelName; unread: number }>(
    "select channel, unread from conversation where workspace_id = $1 and id = $2 for no key update",
    [workspaceId, id],
  );
  const before = rows[0];
  if (!before) return false;
  if (before.unread === unread) return true;
  await tx.query("update conversation set unread = $3 where workspace_id = $1 and id = $2", [workspaceId, id, unread]);
  const open = (n: number) => (n > 0 ? 1 : 0);
  await countUnread(tx, workspaceId, before.channel, {
    conversations: open(unread) - open(before.unread),
    messages: unread - before.unread,
  });
  return true;
}

/**
 * How many messages of the lead came in after this one of the conversation; null: it is none of the conversation. Those that
 * came in late count by when they came in.
 */
export async function receivedAfter(
  db: Queryable,
  workspaceId: string,
  { id, leadId }: Pick<Conversation, "id" | "leadId">,
  messageId: string,
): Promise<number | null> {
  const { rows } = await db.query<{ known: boolean; n: number }>(
    `select count(*) filter (where id = $4) > 0 as known, (count(*) filter (where direction = 'inbound' and id > $4))::int as n
     from message where lead_id = $2 and workspace_id = $1 and conversation_id = $3`,
    [workspaceId, leadId, id, messageId],
  );
  return rows[0]!.known ? rows[0]!.n : null;
}
