import type { OutboundMessage, Reconciliation } from "../../channel.ts";
import { objectOf } from "../../http.ts";
import { sameText } from "../../same-text.ts";
import { listAll, type UnipileApi } from "./api.ts";
import { resolvePerson, slugOf } from "./person.ts";

/** How far Unipile's clock may be behind ours, in milliseconds. */
const clockSlackMs = 60_000;

interface Candidate {
  providerMessageId: string;
  providerThreadId: string;
  at: number;
}

/**
 * Looks for a message in its chat, or among all the account's messages where the chat is not known because starting it
 * was what failed.
 */
export async function findMessage(
  api: UnipileApi,
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<Reconciliation> {
  const chat = message.thread.providerThreadId;
  const since = new Date(message.attemptedAt.getTime() - clockSlackMs);
  const after = since.toISOString();
  const listed =
    chat === null
      ? await listAll(api, "/messages", { account_id: api.accountId, after }, signal)
      : await listAll(api, `/chats/${encodeURIComponent(chat)}/messages`, { after }, signal);
  if (!listed.ok) return unknown(listed.detail);
  const candidates: Candidate[] = [];
  for (const item of listed.items) {
    const { id, chat_id, text, is_sender, timestamp } = item;
    const at = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
    if (typeof id !== "string" || typeof chat_id !== "string" || Number.isNaN(at) || is_sender === undefined) {
      return unknown("a message that can't be read");
    }
    // 0 and 1 in lists; the same field is a boolean elsewhere in Unipile's API.
    const own = is_sender === 1 || is_sender === true;
    if (own && typeof text === "string" && at >= since.getTime() && sameText(text, message.text)) {
      candidates.push({ providerMessageId: id, providerThreadId: chat_id, at });
    }
  }
  candidates.reverse().sort((a, b) => a.at - b.at);
  return chat === null ? ofThisPerson(api, message, candidates, signal) : found(candidates);
}

/**
 * Drops candidates from chats with other people: the account writes the same text to many, and another lead's message
 * must not be taken for this one's.
 */
async function ofThisPerson(
  api: UnipileApi,
  message: OutboundMessage,
  candidates: readonly Candidate[],
  signal: AbortSignal,
): Promise<Reconciliation> {
  if (candidates.length === 0) return found([]);
  const providerId = await providerIdOf(api, message, signal);
  if (providerId === null) return unknown("the lead's profile can't be resolved");
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const answer = await api.get(`/chats/${encodeURIComponent(candidate.providerThreadId)}`, {}, signal);
    if (answer.stage !== "answered") return unknown(answer.detail);
    const attendee = objectOf(answer)?.attendee_provider_id;
    if (answer.status !== 200 || typeof attendee !== "string") return unknown(`HTTP ${answer.status} for a chat`);
    if (attendee === providerId) kept.push(candidate);
  }
  return found(kept);
}

/**
 * Looks for a pending invitation to the lead, whoever sent it and whenever (Unipile knows the age only roughly). An
 * invitation that was accepted meanwhile is not found; sending it again is harmless: `already_connected`.
 */
export async function findInvitation(
  api: UnipileApi,
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<Reconciliation> {
  const slug = slugOf(message.to)?.toLowerCase();
  const providerId = message.thread.providerLeadId;
  const listed = await listAll(api, "/users/invite/sent", { account_id: api.accountId }, signal);
  if (!listed.ok) return unknown(listed.detail);
  const candidates: { providerMessageId: string }[] = [];
  for (const { id, invited_user_id, invited_user_public_id } of listed.items) {
    if (typeof id !== "string") return unknown("an invitation that can't be read");
    const bySlug = typeof invited_user_public_id === "string" && invited_user_public_id.toLowerCase() === slug;
    if (bySlug || (providerId !== null && invited_user_id === providerId)) candidates.push({ providerMessageId: id });
  }
  return { outcome: "found", candidates };
}

async function providerIdOf(api: UnipileApi, message: OutboundMessage, signal: AbortSignal): Promise<string | null> {
  if (message.thread.providerLeadId !== null) return message.thread.providerLeadId;
  const resolved = await resolvePerson(api, message, signal);
  return resolved.ok ? resolved.person.providerId : null;
}

function found(candidates: readonly Candidate[]): Reconciliation {
  return {
    outcome: "found",
    candidates: candidates.map(({ providerMessageId, providerThreadId }) => ({ providerMessageId, providerThreadId })),
  };
}

const unknown = (why: string): Reconciliation => ({
  outcome: "unknown",
  detail: `The look-up at Unipile failed: ${why}`,
});
