import type { Queryable } from "./pool.ts";

/** A chat's webhook, by a hash of its URL. Times are unix milliseconds, of the clock of the process. */
export interface ChatWebhook {
  workspaceId: string;
  webhook: string;
}

/**
 * Takes the next post to a webhook, of those of all destinations and processes; `everyMs` lie between two. Null: it is the
 * caller's. Else when the next one may be made, and none is taken.
 */
export async function takePost(
  db: Queryable,
  { workspaceId, webhook }: ChatWebhook,
  now: number,
  everyMs: number,
): Promise<number | null> {
  const { rows } = await db.query<{ taken: boolean; next: number }>({
    name: "chat.pace.take",
    text: `insert into chat_pace as p (workspace_id, webhook, asked_ms, next_ms) values ($1, $2, $3::float8, $4::float8)
      on conflict (workspace_id, webhook) do update set
        asked_ms = excluded.asked_ms,
        taken = p.next_ms <= excluded.asked_ms,
        next_ms = case when p.next_ms <= excluded.asked_ms then excluded.next_ms else p.next_ms end
      returning p.taken, p.next_ms as next`,
    values: [workspaceId, webhook, now, now + everyMs],
  });
  const { taken, next } = rows[0]!;
  return taken ? null : next;
}

/** The chat asked for a rest: nobody posts to this webhook before `until`. */
export async function restWebhook(
  db: Queryable,
  { workspaceId, webhook }: ChatWebhook,
  now: number,
  until: number,
): Promise<void> {
  await db.query({
    name: "chat.pace.rest",
    text: `insert into chat_pace as p (workspace_id, webhook, asked_ms, next_ms) values ($1, $2, $3::float8, $4::float8)
      on conflict (workspace_id, webhook) do update set next_ms = greatest(p.next_ms, excluded.next_ms)`,
    values: [workspaceId, webhook, now, until],
  });
}

/** Deletes webhooks that nobody has posted to for two days, longer than a rest. */
export async function deleteOldChatPaces(db: Queryable): Promise<void> {
  await db.query({
    name: "chat.pace.old",
    text: "delete from chat_pace where asked_ms < extract(epoch from now())::float8 * 1000 - 172800000",
  });
}
