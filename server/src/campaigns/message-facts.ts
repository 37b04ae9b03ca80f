import { getLead } from "../db/lead.ts";
import { getMessage, type Message } from "../db/message.ts";
import type { Queryable } from "../db/pool.ts";
import type { MessageSentData } from "../domain/event.ts";
import { messageData } from "./facts.ts";

/** What events say about a message that is on record, with its lead as it is now. Null: there is no such message. */
export async function factsOfMessage(
  db: Queryable,
  workspaceId: string,
  messageId: string,
): Promise<{
  message: Message;
  data: MessageSentData;
  about: { leadId: string; campaignId: string | null; channel: string };
} | null> {
  const message = await getMessage(db, workspaceId, messageId);
  if (!message) return null;
  const lead = await getLead(db, workspaceId, message.leadId);
  const facts = {
    ...message,
    messageId,
    ...{ externalLeadId: lead?.externalLeadId ?? null, profile: lead?.profile ?? null, tags: lead?.tags ?? [] },
    ...{ linkedinUrl: lead?.linkedinUrl ?? null, phone: lead?.phone ?? null, email: lead?.email ?? null },
  };
  const { providerMessageId, subject, leadId, campaignId, channel } = message;
  const sentAt = message.sentAt?.toISOString() ?? null;
  const data = messageData(facts, { providerMessageId, subject, sentAt });
  return { message, data, about: { leadId, campaignId, channel } };
}
