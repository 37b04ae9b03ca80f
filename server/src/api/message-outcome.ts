import { setTimeout as pause } from "node:timers/promises";
import { getMessage, type Message, type MessageStatus } from "../db/message.ts";
import type { Queryable } from "../db/pool.ts";
import { notFound } from "../domain/error.ts";

/** From these a message comes no further by itself. */
const final: ReadonlySet<MessageStatus> = new Set(["sent", "failed", "blocked", "cancelled"]);

/** The pause before a look, in milliseconds: most messages take a few hundred, and few connections must do for many calls. */
const firstPause = 40;
const longestPause = 1_000;

/**
 * The message as soon as its outcome is known; as it is then, when that takes longer than `waitMs` (milliseconds) or
 * nobody waits any more (`signal`).
 */
export async function awaitOutcome(
  db: Queryable,
  workspaceId: string,
  id: string,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<Message> {
  const deadline = performance.now() + waitMs;
  for (let ms = firstPause; ; ms = Math.min(longestPause, ms * 1.5)) {
    const message = await getMessage(db, workspaceId, id);
    if (message === null) throw notFound("message", id);
    const left = deadline - performance.now();
    if (final.has(message.status) || left <= 0 || signal.aborted) return message;
    await pause(Math.min(ms, left), undefined, { signal }).catch(() => {});
  }
}
