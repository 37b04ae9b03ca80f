import type { SendResult } from "../channels/channel.ts";
import type { ClaimedItem, Settlement } from "../db/outbox.ts";
import type { BegunMessage, MessageOutcome } from "../db/sending.ts";

/** What came of one claimed message: the attempt, its place in the outbox, and what is to be written of it. */
export interface MessageResult {
  settlement: Settlement;
  message: BegunMessage | null;
  outcome: MessageOutcome | null;
  sent?: Extract<SendResult, { outcome: "sent" }>;
  /** It was found at the provider, and not answered by it. */
  lookedUp?: boolean;
  suppress?: "opted_out" | "bounced" | "invalid";
  broken?: string;
}

/** It leaves the outbox without an attempt. */
export const finished = (item: ClaimedItem): Settlement => ({ item, nextAt: null, attempt: null });

/** PostgreSQL's text can't hold NUL, and a provider's words can. */
export const clean = (text: string) => text.replaceAll("\0", "\u2400").slice(0, 2_000);

export function outcomeOf(
  message: BegunMessage,
  status: MessageOutcome["status"],
  code: string | null,
  detail: string | null,
): MessageOutcome {
  return {
    workspaceId: message.workspaceId,
    messageId: message.messageId,
    attempts: message.attempts,
    status,
    code,
    detail,
    providerMessageId: null,
    providerThreadId: null,
    providerLeadId: null,
    subject: null,
    sentAt: null,
    mailThread: message.channel === "email" ? message.conversationId : null,
  };
}

/**
 * One result of each message. A batch may have two: where a crash of the database forgot a claim, this process had the message in
 * hand, and gets it again. Only the latest attempt can be written; of that, that it was sent counts for more than that it may have been.
 */
export function oneOfEach(results: readonly MessageResult[]): MessageResult[] {
  const each = new Map<string, MessageResult>();
  for (const result of results) {
    if (!result.message || !result.outcome) continue;
    const { messageId } = result.message;
    const known = each.get(messageId)?.outcome;
    const later = known ? result.outcome.attempts - known.attempts : 1;
    if (later > 0 || (later === 0 && known?.status !== "sent" && result.outcome.status === "sent"))
      each.set(messageId, result);
  }
  return [...each.values()];
}
