import type { PolledPage, PolledThread, ProviderPoll } from "../../channel.ts";
import { type Exchange, excerpt, objectOf, providerWaitMs } from "../../http.ts";
import type { UnipileApi } from "./api.ts";

/**
 * What Unipile has that its webhooks may not have told. Messages it lists from its own copy; relations it asks LinkedIn for,
 * which can be hours ahead of the webhook (https://developer.unipile.com/docs/detecting-accepted-invitations).
 */

const pageSize = 50;
const maxPageBytes = 4 << 20;

export function pollOf(api: UnipileApi): ProviderPoll {
  return {
    messages: async (after, page, signal) => {
      const query = { account_id: api.accountId, after: after.toISOString(), limit: String(pageSize), ...pageOf(page) };
      return listed(await api.get("/messages", query, signal, maxPageBytes), page, (item) => {
        const at = typeof item.timestamp === "string" ? Date.parse(item.timestamp) : Number.NaN;
        if (typeof item.id !== "string" || typeof item.chat_id !== "string" || Number.isNaN(at)) return null;
        return { id: item.id, threadId: item.chat_id, at: new Date(at), raw: item };
      });
    },
    relations: async (page, signal) => {
      const query = { account_id: api.accountId, limit: String(pageSize), ...pageOf(page) };
      return listed(await api.get("/users/relations", query, signal, maxPageBytes), page, (item) => {
        const id = item.member_id ?? item.public_identifier;
        const at = new Date(typeof item.created_at === "number" ? item.created_at : Number.NaN);
        // A number that is no time would stand as how far the list was read, and end each turn.
        if (typeof id !== "string" || Number.isNaN(at.getTime())) return null;
        return { id, threadId: null, at, raw: item };
      });
    },
    thread: async (id, signal): Promise<PolledThread> => {
      const answer = await api.get(`/chats/${encodeURIComponent(id)}/attendees`, {}, signal, maxPageBytes);
      const list = answer.stage === "answered" ? objectOf(answer)?.items : null;
      if (answer.stage === "answered" && answer.status === 200 && Array.isArray(list))
        return { ok: true, people: list };
      // It is gone; the message is not.
      if (answer.stage === "answered" && answer.status === 404) return { ok: true, people: [] };
      const failed = failure(answer, null);
      const status = answer.stage === "answered" ? answer.status : 0;
      // Of the account (its key, its pace) or of the moment, or else of this chat.
      return { ...failed, onlyThis: status >= 400 && status < 500 && ![401, 402, 408, 429].includes(status) };
    },
  };
}

const pageOf = (page: string | null): Record<string, string> => (page === null ? {} : { cursor: page });

function listed(
  answer: Exchange,
  page: string | null,
  read: (item: Record<string, unknown>) => Extract<PolledPage, { ok: true }>["items"][number] | null,
): PolledPage {
  const list = answer.stage === "answered" && answer.status === 200 ? objectOf(answer) : null;
  if (!list || !Array.isArray(list.items)) return failure(answer, page);
  const items = (list.items as unknown[]).flatMap((item) => {
    // One that can't be read says nothing that Herald could do; the others do.
    const known = typeof item === "object" && item !== null ? read(item as Record<string, unknown>) : null;
    return known ? [known] : [];
  });
  return { ok: true, items, next: typeof list.cursor === "string" && list.cursor !== "" ? list.cursor : null };
}

function failure(answer: Exchange, page: string | null): Extract<PolledPage, { ok: false }> {
  if (answer.stage !== "answered") return { ok: false, detail: answer.detail, badPage: false };
  const wait = answer.status === 429 ? providerWaitMs(answer.retryAfter, Date.now()) : null;
  return {
    ok: false,
    detail: `Unipile ${answer.status}: ${excerpt(answer.body)}`,
    // Its pages don't last for ever.
    badPage: page !== null && [400, 404, 410, 422].includes(answer.status),
    ...(wait !== null && { retryAfterMs: wait }),
  };
}
