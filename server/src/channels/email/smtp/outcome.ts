import { saysFlooded, saysNobodyThere, saysOtherReason } from "../../../domain/mail-refusal.ts";
import type { SendResult } from "../../channel.ts";
import type { SmtpFailure, SmtpReply } from "./failure.ts";

/**
 * What a failed exchange means for the message. The one rule that counts: a failure at the stage `content` without a
 * well-formed refusal is `uncertain`; everything else surely did not go out.
 *
 * Reply codes: RFC 5321 (4.2.3), RFC 4954 (6) for logins; enhanced codes: RFC 3463 and the IANA registry. What goes
 * beyond them is what large providers are known to answer, and says so.
 */
export function outcomeOf(failure: SmtpFailure): SendResult {
  const { stage, reply } = failure;
  if (reply) return stage === "login" ? loginRefused(reply) : refused(failure, reply);
  const detail = failure.message;
  if (stage === "content") return { outcome: "uncertain", code: "answer_lost", detail };
  if (failure.origin === "WAITED") return { outcome: "retry", code: "waited", detail };
  if (failure.origin === "ABORTED") return { outcome: "retry", code: "timeout", detail };
  if (failure.origin === "EMESSAGE") return { outcome: "failed", code: "message_too_large", detail };
  if (failure.origin === "EENVELOPE") return { outcome: "failed", code: "invalid_recipient", detail };
  if (stage === "login" && (failure.origin === "ENOAUTH" || failure.origin === "EAUTH")) {
    return { outcome: "sender_broken", code: "login_refused", detail };
  }
  if (failure.origin === "authorization_expired") return { outcome: "sender_broken", code: failure.origin, detail };
  if (failure.origin === "token_unavailable") {
    return { outcome: "retry", code: failure.origin, detail, throttled: true };
  }
  if (stage === "envelope") return { outcome: "retry", code: lostCode(failure), detail };
  // No message of this sender can go out before a session can be opened: the whole sender waits, not only this message.
  return { outcome: "retry", code: connectCode(failure), detail, throttled: true };
}

function lostCode({ origin }: SmtpFailure): string {
  return origin === "EPROTOCOL" ? "protocol_error" : "connection_lost";
}

function connectCode(failure: SmtpFailure): string {
  const { origin, stage } = failure;
  if (origin === "EPROTOCOL" || stage === "login") return lostCode(failure);
  if (origin === "ENOTFOUND" || origin === "EDNS" || origin === "ENODATA" || origin === "EAI_AGAIN")
    return "dns_failed";
  if (/TLS|SSL|CERT|SELF_SIGNED|ERR_OSSL|UNABLE_TO/.test(origin)) return "tls_failed";
  return "connect_failed";
}

function loginRefused({ code, text: detail }: SmtpReply): SendResult {
  // 432: the password must be changed first, which only a person can do.
  if (code >= 500 || code === 432) return { outcome: "sender_broken", code: "login_refused", detail };
  return { outcome: "retry", code: "login_unavailable", detail, throttled: true };
}

function refused(failure: SmtpFailure, reply: SmtpReply): SendResult {
  const { stage, command } = failure;
  const { code, enhanced, text: detail } = reply;
  if (stage === "connect") {
    const reason = command === "STARTTLS" ? "tls_failed" : "server_unavailable";
    return { outcome: "retry", code: reason, detail, throttled: true };
  }
  if (loginWanted.has(code)) return { outcome: "sender_broken", code: "login_required", detail };
  if (code < 500) return temporary(reply);
  // Not a verdict on the message, but on the order of commands.
  if (code === 503) return { outcome: "retry", code: "bad_sequence", detail };
  // Gmail and Google Workspace refuse with 550 5.4.5 what exceeds the day's limit: final for now, not for ever.
  if (enhanced === "5.4.5") {
    return { outcome: "retry", code: "sending_limit", detail, throttled: true, retryAfterMs: 3_600_000 };
  }
  if (tooLarge(reply)) return { outcome: "failed", code: "message_too_large", detail };
  if (command === "MAIL FROM") return { outcome: "sender_broken", code: "sender_refused", detail };
  if (command === "RCPT TO" && /\brelay/i.test(detail))
    return { outcome: "sender_broken", code: "relay_denied", detail };
  if (enhanced === "5.1.3") return { outcome: "failed", code: "invalid_recipient", detail, suppress: "invalid" };
  if (userUnknown(reply)) return { outcome: "failed", code: "recipient_unknown", detail, suppress: "bounced" };
  if (command === "RCPT TO") return { outcome: "failed", code: "recipient_refused", detail };
  return { outcome: "failed", code: "message_refused", detail };
}

/** 530 login required, 534 mechanism too weak, 535 bad credentials, 538 encryption required. */
const loginWanted: ReadonlySet<number> = new Set([530, 534, 535, 538]);

function temporary({ code, enhanced, text: detail }: SmtpReply): SendResult {
  const retry = { outcome: "retry", code: "refused_for_now", detail } as const;
  // x.2.y is about the recipient's mailbox (full, or flooded by others): slowing the sender down would not help.
  const ofMailbox = enhanced?.startsWith("4.2.") ?? false;
  const slowDown =
    code === 454 ||
    (code === 421 && (enhanced?.startsWith("4.7.") ?? false)) ||
    (!ofMailbox && /\btoo (?:many|much|fast)\b|\brate\b.*\b(?:limit|exceeded)|\bthrottl/i.test(detail));
  return slowDown ? { ...retry, code: "throttled", throttled: true } : retry;
}

function tooLarge({ code, enhanced }: SmtpReply): boolean {
  return enhanced === "5.3.4" || enhanced === "5.2.3" || code === 523 || (code === 552 && enhanced === null);
}

/**
 * 5.1.1 no such mailbox, 5.1.2 no such domain, 5.1.6 moved away, 5.1.10 (Microsoft 365) not found, 5.2.1 mailbox
 * disabled. A server without enhanced codes has only words; 550 alone also stands for spam filters and block lists,
 * and an address is not to be suppressed for those.
 */
function userUnknown({ code, enhanced, text }: SmtpReply): boolean {
  if (enhanced === "5.2.1") return !saysFlooded(text);
  if (enhanced !== null) return ["5.1.1", "5.1.2", "5.1.6", "5.1.10"].includes(enhanced);
  // GMX: "mailbox unavailable; reject due to policy restrictions".
  if (saysOtherReason(text) && !saysNobodyThere(text)) return false;
  if (code !== 550 && code !== 551 && code !== 553) return false;
  return /\b(?:user|mailbox|recipient|address|account)\b.*\b(?:unknown|not found|not exist|invalid|unavailable|disabled)\b|\b(?:unknown|no such|invalid) (?:user|mailbox|recipient|address|account)\b/i.test(
    text,
  );
}
