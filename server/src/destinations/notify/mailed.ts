import type { Posted } from "./chat.ts";
import type { MailResult } from "./mail.ts";

/** What became of a message that went to several people by mail. */
export function postedTo(results: readonly (MailResult & { to: string })[]): Posted {
  const missed = results.filter(({ outcome }) => outcome !== "sent");
  const why = missed.map(({ to, detail }) => `${to}: ${detail}`).join("; ");
  const detail = why.length > 1_000 ? `${why.slice(0, 1_000)}...` : why;
  if (missed.length < results.length)
    return {
      outcome: "posted",
      ...(missed.length > 0 ? { detail: `Not everybody got the last mail. ${detail}` } : {}),
    };
  const waits = missed.flatMap(({ afterMs }) => afterMs ?? []);
  // The login is refused, or the sender gone: somebody has to mend that, and meanwhile it is tried again.
  if (missed.some(({ outcome }) => outcome !== "failed"))
    return { outcome: "retry", detail, ...(waits.length > 0 ? { afterMs: Math.max(...waits) } : {}) };
  return { outcome: "invalid", detail };
}
