import type { SendResult } from "../../channel.ts";
import { type Answer, excerpt, objectOf, providerWaitMs } from "../../http.ts";

/** What Unipile's refusals mean (https://developer.unipile.com/docs/provider-limits-and-restrictions and its references). */

type Verdict = "throttled" | "broken" | "never" | "already_connected" | "already_invited";

/**
 * Unipile's error types, without `errors/`. A type that is not here goes by its HTTP status: 401 and 403 are the sender,
 * 429 is throttled, other 4xx are `failed` under the type's own name.
 *
 * `never` doesn't suppress the lead: LinkedIn says `invalid_recipient` of people whom it shields for a while, too.
 * `no_connection_with_recipient` is `failed` with code `no_connection`: it becomes possible once the lead accepts an
 * invitation, which is a step of the campaign to wait for and not a failure to repeat.
 */
const verdicts: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  // LinkedIn limits the account. `cannot_resend_yet` sounds like "invited already", and is not.
  ["cannot_resend_yet", "throttled"],
  ["cannot_resend_within_24hrs", "throttled"],
  ["limit_exceeded", "throttled"],
  ["connection_limit_reached", "throttled"],
  ["too_many_requests", "throttled"],
  ["account_mismatch", "broken"],
  ["account_restricted", "broken"],
  ["action_required", "broken"],
  ["checkpoint_error", "broken"],
  ["disconnected_account", "broken"],
  ["disconnected_feature", "broken"],
  ["expired_credentials", "broken"],
  ["feature_not_subscribed", "broken"],
  ["insufficient_permissions", "broken"],
  ["insufficient_privileges", "broken"],
  ["invalid_account", "broken"],
  ["invalid_credentials", "broken"],
  ["missing_credentials", "broken"],
  ["multiple_sessions", "broken"],
  ["session_mismatch", "broken"],
  ["unknown_authentication_context", "broken"],
  ["wrong_account", "broken"],
  ["blocked_recipient", "never"],
  ["cannot_invite_attendee", "never"],
  ["invalid_recipient", "never"],
  ["no_connection_with_recipient", "never"],
  ["resource_access_restricted", "never"],
  ["too_many_characters", "never"],
  ["user_unreachable", "never"],
  ["already_connected", "already_connected"],
  ["already_invited_recently", "already_invited"],
]);

/** LinkedIn's limits last a day or a week, and it doesn't say until when: asking once an hour is patient enough. */
const defaultWaitMs = 3_600_000;

/** The type of Unipile's error body, without `errors/`; null where the body isn't one. */
export function typeOf(answer: Answer): string | null {
  const type = objectOf(answer)?.type;
  const name = typeof type === "string" ? type.slice(type.lastIndexOf("/") + 1) : "";
  return /^[a-z0-9_]{1,60}$/.test(name) ? name : null;
}

/**
 * The result of a call that was answered by anything but a 2xx. `now` is unix milliseconds. "Done already" counts as
 * done for an invitation (`action` connect) only.
 */
export function resultOfRefusal(answer: Answer, action: "message" | "connect", now: number): SendResult {
  const { status } = answer;
  const type = typeOf(answer);
  const detail = wordsOf(answer, type);
  // Unipile may have handed the message to LinkedIn before it failed, whatever it says. 408 comes from proxies as well.
  if (status >= 500 || status === 408) return { outcome: "uncertain", code: type ?? `http_${status}`, detail };
  const verdict = type === null ? undefined : verdicts.get(type);
  if (action === "connect" && (verdict === "already_connected" || verdict === "already_invited")) {
    return { outcome: "sent", providerMessageId: null, note: verdict };
  }
  if (verdict === "throttled" || (verdict === undefined && status === 429)) {
    const wait = providerWaitMs(answer.retryAfter, now) ?? defaultWaitMs;
    return { outcome: "retry", code: type ?? "throttled", detail, retryAfterMs: wait, throttled: true };
  }
  if (verdict === "never") {
    return { outcome: "failed", code: type === "no_connection_with_recipient" ? "no_connection" : type!, detail };
  }
  if (verdict === "broken" || status === 401 || status === 403) {
    return { outcome: "sender_broken", code: type ?? "auth_failed", detail };
  }
  // Not Unipile's words: the DSN leads to something else.
  if (status < 400 || (type === null && (status === 404 || status === 407))) {
    return { outcome: "sender_broken", code: "not_unipile", detail };
  }
  if (!answer.complete) return { outcome: "retry", code: "unreadable_answer", detail };
  return { outcome: "failed", code: type ?? `http_${status}`, detail };
}

function wordsOf(answer: Answer, type: string | null): string {
  const error = objectOf(answer);
  const words = [error?.title, error?.detail].filter((part) => typeof part === "string" && part !== "").join(": ");
  return `Unipile ${answer.status}${type === null ? "" : ` ${type}`}: ${words || excerpt(answer.body)}`;
}
