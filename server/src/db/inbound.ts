import type { Attachment, AutomaticKind, ChannelName } from "../domain/event.ts";
import { countUnread } from "./inbox-count.ts";
import type { Queryable } from "./pool.ts";

/** What came in, or went out without Herald: found in, and added to, the conversations. */

export interface AccountSender {
  id: string;
  config: Record<string, unknown>;
}

/** Senders of a provider's account, by the name that the provider's settings give it. */
export async function sendersOfAccount(
  db: Queryable,
  workspaceId: string,
  provider: "twilio" | "unipile",
  accountId: string,
): Promise<AccountSender[]> {
  const key = provider === "twilio" ? "accountSid" : "accountId";
  const { rows } = await db.query<AccountSender>(
    `select id, config from sender where workspace_id = $1 and provider = $2 and config ->> $3 = $4 order by id`,
    [workspaceId, provider, key, accountId],
  );
  return rows;
}

/** The lead of the conversation that the provider calls so, with one of these senders; the one used last. */
export async function leadOfThread(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  thread: { providerThreadId: string | null; providerLeadId: string | null },
): Promise<string | null> {
  for (const [column, value] of [
    ["provider_thread_id", thread.providerThreadId],
    ["provider_lead_id", thread.providerLeadId],
  ] as const) {
    if (value === null) continue;
    const { rows } = await db.query<{ lead_id: string }>(
      `select v.lead_id from conversation v
       where v.workspace_id = $1 and v.sender_id = any($2) and v.${column} = $3
         and exists (select from lead l where l.workspace_id = $1 and l.id = v.lead_id)
       order by v.last_message_at desc nulls last limit 1`,
      [workspaceId, senderIds, value],
    );
    if (rows[0]) return rows[0].lead_id;
  }
  return null;
}

/** Which of these senders the lead had to do with last on the channel; null: none of them. */
export async function latestSender(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  channel: ChannelName,
  senderIds: readonly string[],
): Promise<string | null> {
  const { rows } = await db.query<{ sender_id: string }>(
    `select sender_id from conversation where workspace_id = $1 and lead_id = $2 and channel = $3 and sender_id = any($4)
     order by last_message_at desc nulls last limit 1`,
    [workspaceId, leadId, channel, senderIds],
  );
  return rows[0]?.sender_id ?? null;
}

/** The message that a provider calls so, of one of these senders. */
export async function messageOfProvider(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  providerMessageId: string,
): Promise<{ id: string; senderId: string; leadId: string } | null> {
  const { rows } = await db.query<{ id: string; senderId: string; leadId: string }>(
    `select id, sender_id as "senderId", lead_id as "leadId" from message
     where workspace_id = $1 and sender_id = any($2) and provider_message_id = $3 limit 1`,
    [workspaceId, senderIds, providerMessageId],
  );
  return rows[0] ?? null;
}

/** The conversation of a lead with a sender, made if there is none; with what the provider calls it. */
export async function openConversation(
  tx: Queryable,
  workspaceId: string,
  conversation: {
    id: string;
    leadId: string;
    channel: ChannelName;
    senderId: string;
    providerThreadId: string | null;
    providerLeadId: string | null;
  },
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into conversation as v (workspace_id, id, lead_id, channel, sender_id, provider_thread_id, provider_lead_id)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (workspace_id, lead_id, channel, sender_id) do update set
       provider_thread_id = coalesce(excluded.provider_thread_id, v.provider_thread_id),
       provider_lead_id = coalesce(v.provider_lead_id, excluded.provider_lead_id)
     returning id`,
    [
      workspaceId,
      conversation.id,
      conversation.leadId,
      conversation.channel,
      conversation.senderId,
      conversation.providerThreadId,
      conversation.providerLeadId,
    ],
  );
  return rows[0]!.id;
}

export interface ForeignMessage {
  id: string;
  leadId: string;
  conversationId: string;
  channel: ChannelName;
  action: "message" | "connect";
  direction: "inbound" | "outbound";
  /** Of another system; null for what came in: a campaign's figures count what it sent. */
  campaignId: string | null;
  sequenceStep: number | null;
  senderId: string;
  toAddress: string;
  subject: string | null;
  text: string;
  attachments: readonly Attachment[];
  external: object | null;
  providerMessageId: string;
  at: Date;
  /** Of an email: what was written anew; null: all of it. */
  visibleText?: string | null;
  automatic?: AutomaticKind | null;
}

/** Adds a message that Herald did not send to its conversation. False: it is there already. */
export async function insertForeignMessage(
  tx: Queryable,
  workspaceId: string,
  message: ForeignMessage,
): Promise<boolean> {
  const inbound = message.direction === "inbound";
  const { rowCount } = await tx.query(
    `insert into message (workspace_id, id, lead_id, conversation_id, channel, action, direction, source, campaign_id, sequence_step,
       sender_id, to_address, subject, text, status, sent_at, provider_message_id, attachments, external, visible_text, automatic)
     values ($1, $2, $3, $4, $5, $6, $7, 'external', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
     on conflict do nothing`,
    [
      workspaceId,
      message.id,
      message.leadId,
      message.conversationId,
      message.channel,
      message.action,
      message.direction,
      message.campaignId,
      message.sequenceStep,
      message.senderId,
      message.toAddress,
      message.subject,
      message.text,
      inbound ? "received" : "sent",
      message.at,
      message.providerMessageId,
      message.attachments.length === 0 ? null : JSON.stringify(message.attachments),
      message.external === null ? null : JSON.stringify(message.external),
      message.visibleText ?? null,
      message.automatic ?? null,
    ],
  );
  if (!rowCount) return false;
  const { rows } = await tx.query<{ unread: number }>(
    // What comes late (a backfill, a second device) doesn't become the latest. A lead that writes opens what was closed.
    `update conversation set unread = unread + $5, subject = coalesce(subject, $6), campaign_id = coalesce($7, campaign_id),
       status = case when $5 > 0 then 'open' else status end,
       last_message_text = case when last_message_at is null or last_message_at <= $3 then left($4, 500) else last_message_text end,
       last_message_at = greatest(last_message_at, $3)
     where workspace_id = $1 and id = $2 returning unread`,
    [
      ...[
        workspaceId,
        message.conversationId,
        message.at,
        message.visibleText || message.text,
        inbound ? 1 : 0,
        message.subject,
      ],
      inbound ? null : message.campaignId,
    ],
  );
  if (inbound) {
    const conversations = rows[0]?.unread === 1 ? 1 : 0;
    await countUnread(tx, workspaceId, message.channel, { conversations, messages: 1 });
  }
  return true;
}

/** The campaign whose message in the conversation was the latest; null: no campaign wrote there. */
export async function campaignOfConversation(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  conversationId: string,
): Promise<string | null> {
  const { rows } = await db.query<{ campaign_id: string }>(
    `select campaign_id from message
     where lead_id = $2 and workspace_id = $1 and conversation_id = $3 and direction = 'outbound' and campaign_id is not null
       and status in ('sent', 'uncertain', 'sending')
     order by created_at desc limit 1`,
    [workspaceId, leadId, conversationId],
  );
  return rows[0]?.campaign_id ?? null;
}

/** What Herald is sending to the lead with this sender, or sent without learning what the provider calls it. */
export async function ownMessages(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderId: string,
): Promise<{ id: string; status: string; text: string }[]> {
  const { rows } = await db.query<{ id: string; status: string; text: string }>(
    `select id, status, text from message
     where lead_id = $2 and workspace_id = $1 and sender_id = $3 and direction = 'outbound' and provider_message_id is null
       and (status in ('sending', 'uncertain') or status = 'sent' and sent_at > now() - interval '2 days')
     order by created_at`,
    [workspaceId, leadId, senderId],
  );
  return rows;
}

export async function nameProviderMessage(
  tx: Queryable,
  workspaceId: string,
  messageId: string,
  providerMessageId: string,
): Promise<void> {
  await tx.query(
    `update message set provider_message_id = $3, updated_at = now()
     where workspace_id = $1 and id = $2 and provider_message_id is null`,
    [workspaceId, messageId, providerMessageId],
  );
}

/** Fills in what is not known of a lead yet. */
export async function completeLead(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  known: { externalLeadId: string | null; profile: string | null; firstName: string | null; lastName: string | null },
): Promise<void> {
  await tx.query(
    `update lead set external_lead_id = coalesce(external_lead_id, $3), profile = coalesce(profile, $4),
       first_name = coalesce(first_name, $5), last_name = case when first_name is null then coalesce(last_name, $6) else last_name end,
       updated_at = now()
     where workspace_id = $1 and id = $2 and (external_lead_id is null and $3::text is not null or profile is null and $4::text is not null
       or first_name is null and $5::text is not null)`,
    [workspaceId, leadId, known.externalLeadId, known.profile, known.firstName, known.lastName],
  );
}

/** The lead wrote. Its status has its own way. */
export async function markReplied(tx: Queryable, workspaceId: string, leadId: string): Promise<void> {
  await tx.query("update lead set replied_at = now(), updated_at = now() where workspace_id = $1 and id = $2", [
    workspaceId,
    leadId,
  ]);
}

/** The provider says that it arrived; answers when, if that was news. A report of a failure that came before stays. */
export async function markDelivered(tx: Queryable, workspaceId: string, messageId: string): Promise<Date | null> {
  const { rows } = await tx.query<{ at: Date }>(
    `update message set delivered_at = now(), updated_at = now()
     where workspace_id = $1 and id = $2 and delivered_at is null and status = 'sent' returning delivered_at as at`,
    [workspaceId, messageId],
  );
  return rows[0]?.at ?? null;
}

/** The provider says that the lead has read it, so that it has arrived; answers whether that was news. */
export async function markRead(tx: Queryable, workspaceId: string, messageId: string, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update message set read_at = $3, updated_at = now()
     where workspace_id = $1 and id = $2 and read_at is null and status = 'sent'`,
    [workspaceId, messageId, at],
  );
  return (rowCount ?? 0) > 0;
}

/** A sent message did not arrive. Null: it is not `sent` (any more), or did arrive. */
export async function markUndelivered(
  tx: Queryable,
  workspaceId: string,
  messageId: string,
  code: string,
  detail: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update message set status = 'failed', status_code = $3, status_detail = $4, updated_at = now()
     where workspace_id = $1 and id = $2 and status = 'sent' and delivered_at is null`,
    [workspaceId, messageId, code, detail],
  );
  return (rowCount ?? 0) > 0;
}

/** What is not decided yet: a report about it comes before its own outcome. */
export async function messageStatus(db: Queryable, workspaceId: string, messageId: string): Promise<string | null> {
  const { rows } = await db.query<{ status: string }>(
    "select status from message where workspace_id = $1 and id = $2",
    [workspaceId, messageId],
  );
  return rows[0]?.status ?? null;
}

/** Whether the lead and the sender are known to be connected on LinkedIn already. */
export async function isConnected(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderId: string | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from conversation where workspace_id = $1 and lead_id = $2 and channel = 'linkedin' and sender_id = $3
       and connected_at is not null
     union all select 1 from lead where workspace_id = $1 and id = $2 and $3::text is null and connected_at is not null`,
    [workspaceId, leadId, senderId],
  );
  return (rowCount ?? 0) > 0;
}
