import { isId } from "../domain/id.ts";
import { ofSenderStatus } from "../domain/mail-refusal.ts";
import type { Queryable } from "./pool.ts";

/** Emails, found by what mail headers and reports say. */

export interface MailSender {
  id: string;
  address: string;
  /** Others that its mailbox's owner writes from, as its folder of sent mails has shown. */
  aliases: readonly string[];
}

/** Senders of email. One mail may come to several of them: all are looked through for it. */
export async function mailSenders(db: Queryable, workspaceId: string): Promise<MailSender[]> {
  const { rows } = await db.query<MailSender>(
    `select s.id, lower(s.address) as address, coalesce(m.aliases, '{}') as aliases
     from sender s left join mailbox m on m.workspace_id = $1 and m.sender_id = s.id
     where s.workspace_id = $1 and s.channel = 'email' order by s.id`,
    [workspaceId],
  );
  return rows;
}

/** Of one mailbox at most: what a person writes from is few. */
const mostAliases = 50;

/** A mail among the sent ones of a sender's mailbox was written from this (normalised) address, which no lead has. */
export async function noteAlias(tx: Queryable, workspaceId: string, senderId: string, alias: string): Promise<void> {
  await tx.query(
    `update mailbox m set aliases = m.aliases || $3::text
     where m.workspace_id = $1 and m.sender_id = $2 and $3::text <> all(m.aliases) and cardinality(m.aliases) < ${mostAliases}`,
    [workspaceId, senderId, alias],
  );
}

export interface KnownMail {
  id: string;
  senderId: string;
  leadId: string;
  campaignId: string | null;
  direction: "inbound" | "outbound";
  status: string;
  toAddress: string;
  /** Null: the provider has not said it, or it isn't on record yet. */
  providerMessageId: string | null;
}

const columns = `id, sender_id as "senderId", lead_id as "leadId", campaign_id as "campaignId", direction, status, to_address as "toAddress",
  provider_message_id as "providerMessageId"`;

/** Herald's ID in a Message-ID that Herald made (`<msg_...@domain>`); null: it made none such. */
export function ownIdOf(messageId: string): string | null {
  const id = /^<(msg_[0-9a-z]{26})@/.exec(messageId)?.[1] ?? null;
  return id !== null && isId("message", id) ? id : null;
}

/** The first of these Message-IDs that is a message here, Herald's or a lead's. Also one whose sending isn't on record yet. */
export async function mailOfReferences(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  references: readonly string[],
): Promise<KnownMail | null> {
  if (references.length === 0) return null;
  const { rows } = await db.query<KnownMail>(
    `select ${columns} from message
     where workspace_id = $1 and sender_id = any($2) and provider_message_id = any($3) and channel = 'email'
     union select ${columns} from message where workspace_id = $1 and id = any($4) and channel = 'email'`,
    [workspaceId, senderIds, references, references.flatMap((reference) => ownIdOf(reference) ?? [])],
  );
  const place = ({ id, providerMessageId }: KnownMail) =>
    references.findIndex((reference) => reference === providerMessageId || ownIdOf(reference) === id);
  return rows.sort((a, b) => place(a) - place(b))[0] ?? null;
}

/** By what a mail of one's own is known in the conversation with each further lead that it went to: no Message-ID has a blank. */
export const copyId = (messageId: string, leadId: string): string => `${messageId} ${leadId}`;

/** The message that one of these senders has under a `copyId`. */
export async function copyOfMail(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  id: string,
): Promise<KnownMail | null> {
  const { rows } = await db.query<KnownMail>(
    `select ${columns} from message where workspace_id = $1 and sender_id = any($2) and provider_message_id = $3 and channel = 'email'`,
    [workspaceId, senderIds, id],
  );
  return rows[0] ?? null;
}

/** The latest email that one of these senders sent to a lead with this address in the last days; null: none. */
export async function latestMailTo(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderIds: readonly string[],
  days: number,
): Promise<KnownMail | null> {
  const { rows } = await db.query<KnownMail>(
    `select ${columns} from message
     where lead_id = $2 and workspace_id = $1 and sender_id = any($3) and channel = 'email' and direction = 'outbound'
       and status in ('sent', 'uncertain') and created_at > now() - make_interval(days => $4)
     order by created_at desc limit 1`,
    [workspaceId, leadId, senderIds, days],
  );
  return rows[0] ?? null;
}

/** A sent message came back; false: it is not `sent` (any more). */
export async function markBounced(
  tx: Queryable,
  workspaceId: string,
  messageId: string,
  { code, detail }: { code: string; detail: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update message set status = 'failed', status_code = $3, status_detail = $4, updated_at = now()
     where workspace_id = $1 and id = $2 and status = 'sent'`,
    [workspaceId, messageId, code, detail],
  );
  return (rowCount ?? 0) > 0;
}

/** Whether another mail to the same lead at the same address was refused before, for a reason that isn't the sender's. */
export async function refusedBefore(
  tx: Queryable,
  workspaceId: string,
  { id, leadId, toAddress }: Pick<KnownMail, "id" | "leadId" | "toAddress">,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from message where lead_id = $2 and workspace_id = $1 and id <> $3 and to_address = $4 and channel = 'email'
       and status = 'failed' and status_code = 'refused' and status_detail !~ $5 limit 1`,
    [workspaceId, leadId, id, toAddress, ofSenderStatus.source],
  );
  return (rowCount ?? 0) > 0;
}

/** Something was said of a sent message that leaves it sent: it is delayed, or it was called spam. A complaint stays. */
export async function noteOnMessage(
  tx: Queryable,
  workspaceId: string,
  messageId: string,
  { code, detail }: { code: string; detail: string },
): Promise<void> {
  await tx.query(
    `update message set status_code = $3, status_detail = $4, updated_at = now()
     where workspace_id = $1 and id = $2 and status = 'sent' and status_code is distinct from 'complaint'`,
    [workspaceId, messageId, code, detail],
  );
}

/** A mail that follows in the conversation names this one, so that mail programs show them together. */
export async function continueThread(
  tx: Queryable,
  workspaceId: string,
  conversationId: string,
  messageId: string,
): Promise<void> {
  await tx.query(
    // The first one and the latest are what programs thread by; see settleMessages.
    `update conversation set message_ids = case when $3 = any(message_ids) then message_ids
       when cardinality(message_ids) < 20 then message_ids || $3
       else message_ids[1:1] || message_ids[3:20] || $3 end
     where workspace_id = $1 and id = $2`,
    [workspaceId, conversationId, messageId],
  );
}
