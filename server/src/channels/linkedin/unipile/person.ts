import type { OutboundMessage, SendResult } from "../../channel.ts";
import { excerpt, objectOf, unanswered } from "../../http.ts";
import type { UnipileApi } from "./api.ts";
import { resultOfRefusal, typeOf } from "./errors.ts";
import { notSent, resultOfNotFound } from "./not-found.ts";

/** From a profile URL to the ID by which Unipile knows the person. Nothing is sent here, so nothing is `uncertain`. */

export interface Person {
  providerId: string;
  connected: boolean;
  /** The account's invitation to this person waits for an answer. */
  invited: boolean;
}

/** `https://www.linkedin.com/in/<slug>`, in any spelling that people paste; null for anything else. */
export function slugOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { hostname, pathname } = new URL(url);
  if (!/(^|\.)linkedin\.com$/.test(hostname)) return null;
  const slug = /^\/in\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (slug === undefined) return null;
  try {
    return decodeURIComponent(slug);
  } catch {
    return null;
  }
}

export async function resolvePerson(
  api: UnipileApi,
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<{ ok: true; person: Person } | { ok: false; result: SendResult }> {
  const slug = slugOf(message.to);
  if (slug === null) {
    const detail = `${message.to} is not the URL of a LinkedIn profile`;
    return { ok: false, result: { outcome: "failed", code: "invalid_linkedin_url", detail } };
  }
  const answer = await api.get(`/users/${encodeURIComponent(slug)}`, { account_id: api.accountId }, signal);
  if (answer.stage !== "answered") return { ok: false, result: notSent(unanswered(answer)) };
  if (answer.status === 404 && typeOf(answer) !== null)
    return { ok: false, result: await resultOfNotFound(api, answer, "recipient_not_found", signal) };
  if (answer.status !== 200) {
    return { ok: false, result: notSent(resultOfRefusal(answer, "message", Date.now())) };
  }
  const profile = objectOf(answer);
  if (typeof profile?.provider_id !== "string" || profile.provider_id === "") {
    return { ok: false, result: { outcome: "retry", code: "unreadable_answer", detail: excerpt(answer.body) } };
  }
  const invitation = profile.invitation as { type?: unknown; status?: unknown } | null | undefined;
  return {
    ok: true,
    person: {
      providerId: profile.provider_id,
      connected: profile.is_relationship === true || profile.network_distance === "FIRST_DEGREE",
      invited: invitation?.type === "SENT" && invitation.status === "PENDING",
    },
  };
}
