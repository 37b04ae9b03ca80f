import type { OutboundMessage, Reconciliation } from "../../channel.ts";
import { objectOf, type ProviderHttp } from "../../http.ts";
import { sameText } from "../../same-text.ts";

/** How far Twilio's clock may be behind ours, in milliseconds. Its times have whole seconds. */
const clockSlackMs = 60_000;
/** 1,000 messages to one phone number: beyond that somebody has to look. */
const maxPages = 20;
const pageSize = 50;
const maxPageBytes = 1 << 20;
/** Twilio puts this before every text of an account on trial, and shows it in the resource. */
const trialPrefix = "Sent from your Twilio trial account - ";

/**
 * Looks for a message among those that Twilio has for its recipient. It does not filter by date: Twilio's filter is on
 * the date of sending, which a message that still waits in Twilio's queue (hours, for a busy long code) doesn't have
 * yet. The list is that of one phone number, so it is short; the creation time is compared here.
 */
export async function findMessage(
  http: ProviderHttp,
  lookup: { messagesPath: string; headers: readonly string[]; from: string | undefined },
  message: OutboundMessage,
  signal: AbortSignal,
): Promise<Reconciliation> {
  const query = new URLSearchParams({ To: message.to, PageSize: String(pageSize) });
  if (lookup.from !== undefined) query.set("From", lookup.from);
  const since = message.attemptedAt.getTime() - clockSlackMs;
  const found: { sid: string; created: number }[] = [];
  let path: string | null = `${lookup.messagesPath}?${query}`;
  for (let page = 0; path !== null; page += 1) {
    if (page === maxPages) return unknown(`more than ${maxPages * pageSize} messages to this number`);
    const answer = await http.exchange(
      { method: "GET", path, headers: lookup.headers, maxBytes: maxPageBytes },
      signal,
    );
    if (answer.stage !== "answered") return unknown(answer.detail);
    const list = objectOf(answer);
    if (answer.status !== 200 || !Array.isArray(list?.messages)) return unknown(`HTTP ${answer.status}`);
    for (const item of list.messages as unknown[]) {
      const candidate = listedOf(item);
      if (candidate === null) return unknown("a message that can't be read");
      if (candidate.mayHaveGone && candidate.created >= since && isText(candidate.body, message.text))
        found.push(candidate);
    }
    const next: unknown = list.next_page_uri;
    if (next !== null && next !== undefined && !(typeof next === "string" && next.startsWith(lookup.messagesPath))) {
      return unknown("a next page that can't be read");
    }
    path = next ?? null;
  }
  // Listed newest first; reversed, because the sort leaves those of the same second as they are.
  found.reverse().sort((a, b) => a.created - b.created);
  return { outcome: "found", candidates: found.map(({ sid }) => ({ providerMessageId: sid })) };
}

interface Listed {
  sid: string;
  body: string;
  created: number;
  /** Outbound, and not one that Twilio surely never sent. (`undelivered` is a carrier's word, and carriers err.) */
  mayHaveGone: boolean;
}

/** Null if any field that the decision hangs on is missing: a list that is half understood proves nothing. */
function listedOf(item: unknown): Listed | null {
  if (typeof item !== "object" || item === null) return null;
  const { sid, body, status, date_created, direction } = item as Record<string, unknown>;
  if (typeof sid !== "string" || typeof direction !== "string" || typeof date_created !== "string") return null;
  const created = Date.parse(date_created);
  if (Number.isNaN(created)) return null;
  const mayHaveGone = direction.startsWith("outbound") && status !== "failed" && status !== "canceled";
  return { sid, body: typeof body === "string" ? body : "", created, mayHaveGone };
}

function isText(shown: string, sent: string): boolean {
  return (
    sameText(shown.startsWith(trialPrefix) ? shown.slice(trialPrefix.length) : shown, sent) || sameText(shown, sent)
  );
}

const unknown = (why: string): Reconciliation => ({
  outcome: "unknown",
  detail: `The look-up at Twilio failed: ${why}`,
});
