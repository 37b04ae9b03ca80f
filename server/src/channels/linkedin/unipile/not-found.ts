import type { SendResult } from "../../channel.ts";
import { type Answer, unanswered } from "../../http.ts";
import type { UnipileApi } from "./api.ts";
import { resultOfRefusal } from "./errors.ts";

/**
 * The result of a 404 in Unipile's words. Unipile says it of the account as of what was asked for; taken for the latter,
 * a wrong account ID would fail every lead. So it asks for the account. `code` is for when the account exists.
 */
export async function resultOfNotFound(
  api: UnipileApi,
  answer: Answer,
  code: string,
  signal: AbortSignal,
): Promise<SendResult> {
  const refused = resultOfRefusal(answer, "message", Date.now());
  const detail = "detail" in refused ? refused.detail : "HTTP 404";
  const account = await api.get(`/accounts/${encodeURIComponent(api.accountId)}`, {}, signal);
  if (account.stage !== "answered") return notSent(unanswered(account));
  if (account.status === 404) return { outcome: "sender_broken", code: "account_not_found", detail };
  if (account.status !== 200) return notSent(resultOfRefusal(account, "message", Date.now()));
  return { outcome: "failed", code, detail };
}

/** For a failure of a call that sends nothing: what would be uncertain of a send is a plain `retry`. */
export function notSent(result: SendResult): SendResult {
  return result.outcome === "uncertain" ? { ...result, outcome: "retry" } : result;
}
