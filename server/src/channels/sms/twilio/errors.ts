import type { SendResult } from "../../channel.ts";
import { type Answer, excerpt, objectOf, providerWaitMs } from "../../http.ts";

/** What Twilio's refusals mean. Every answer but a 2xx comes through here. */

type Verdict =
  | { outcome: "failed"; code: string; suppress?: "opted_out" | "invalid" }
  | { outcome: "retry"; code: string; throttled: true }
  | { outcome: "sender_broken"; code: string };

const invalidNumber: Verdict = { outcome: "failed", code: "invalid_number", suppress: "invalid" };
/** Not suppressed: a phone that is off or out of reach today may answer tomorrow. */
const unreachable: Verdict = { outcome: "failed", code: "unreachable" };
const throttled: Verdict = { outcome: "retry", code: "throttled", throttled: true };
const badSenderNumber: Verdict = { outcome: "sender_broken", code: "sender_number_invalid" };
const badService: Verdict = { outcome: "sender_broken", code: "messaging_service_invalid" };

/**
 * Twilio's error codes (https://www.twilio.com/docs/api/errors). A code that is not here is `failed` under
 * `twilio_<code>`, unless its HTTP status says more (401, 403 and 404: the sender; 429: throttled).
 */
const verdicts: ReadonlyMap<number, Verdict> = new Map<number, Verdict>([
  [14107, throttled],
  [20003, { outcome: "sender_broken", code: "auth_failed" }],
  [20005, { outcome: "sender_broken", code: "account_suspended" }],
  [20404, { outcome: "sender_broken", code: "account_not_found" }],
  [20429, throttled],
  [21211, invalidNumber],
  [21212, badSenderNumber],
  [21217, invalidNumber],
  [21408, { outcome: "failed", code: "region_not_enabled" }],
  [21602, { outcome: "failed", code: "text_missing" }],
  [21606, badSenderNumber],
  // A callback address that Twilio refuses would otherwise fail every lead of the campaign, one by one.
  [21609, { outcome: "sender_broken", code: "status_callback_invalid" }],
  [21610, { outcome: "failed", code: "opted_out", suppress: "opted_out" }],
  [21611, throttled],
  [21612, unreachable],
  [21614, invalidNumber],
  [21617, { outcome: "failed", code: "text_too_long" }],
  [21659, badSenderNumber],
  [21660, badSenderNumber],
  [21701, badService],
  [21703, badService],
  [21705, badService],
  [30001, throttled],
  [30002, { outcome: "sender_broken", code: "account_suspended" }],
  [30003, unreachable],
  [30005, unreachable],
  [30006, unreachable],
  [30007, { outcome: "failed", code: "filtered" }],
  [30034, { outcome: "sender_broken", code: "sender_not_registered" }],
]);

/** The result for a code of Twilio's, or null where the code isn't in the table. `words` are Twilio's. */
export function resultOfCode(code: number, words: string, waitMs: number | null = null): SendResult | null {
  const verdict = verdicts.get(code);
  if (!verdict) return null;
  const detail = `Twilio ${code}: ${words}`;
  if (verdict.outcome !== "retry") return { ...verdict, detail };
  return { ...verdict, detail, ...(waitMs !== null && { retryAfterMs: waitMs }) };
}

/** The result of a send that was answered by anything but a 2xx. `now` is unix milliseconds. */
export function resultOfRefusal(answer: Answer, now: number): SendResult {
  const { status } = answer;
  const error = objectOf(answer);
  const code = typeof error?.code === "number" ? error.code : null;
  const words = typeof error?.message === "string" ? error.message : excerpt(answer.body);
  const detail = code === null ? `HTTP ${status}: ${words}` : `Twilio ${code}: ${words}`;
  // A server that fails may have taken the message before it did, whatever it says. 408 comes from proxies as well.
  if (status >= 500 || status === 408) return { outcome: "uncertain", code: `http_${status}`, detail };
  const waitMs = providerWaitMs(answer.retryAfter, now);
  const known = code === null ? null : resultOfCode(code, words, waitMs);
  if (known) return known;
  if (status === 429) {
    return { ...throttled, outcome: "retry", detail, ...(waitMs !== null && { retryAfterMs: waitMs }) };
  }
  if (status === 401 || status === 403) return { outcome: "sender_broken", code: "auth_failed", detail };
  // Redirects, and 404 or 407 not in Twilio's form: the base URL leads to something that isn't Twilio.
  if (status < 400 || status === 404 || status === 407) return { outcome: "sender_broken", code: "not_twilio", detail };
  if (!answer.complete) return { outcome: "retry", code: "unreadable_answer", detail };
  return { outcome: "failed", code: code === null ? `http_${status}` : `twilio_${code}`, detail };
}
