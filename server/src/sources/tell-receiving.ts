import { recordEvents, type TouchedLane } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import type { Database } from "../db/pool.ts";
import { noteTold, receivingOf } from "../db/receiving.ts";
import type { ReceivingWay } from "../domain/event.ts";

/** What mends itself is given so long, in milliseconds: servers are restarted, and networks have bad hours. */
const patienceMs = 30 * 60_000;

/** Only a person can mend these. */
const forPeople: ReadonlySet<string> = new Set([
  "login_refused",
  "login_missing",
  "authorization_expired",
  "folder_missing",
]);

interface Key {
  workspaceId: string;
  senderId: string;
}

/**
 * After a try that failed: tells destinations once (`sender.receiving_failed`), where somebody has to act or it has gone on for
 * half an hour. Answers the destinations that got it.
 */
export async function tellFailing(db: Database, way: ReceivingWay, key: Key, now = Date.now()): Promise<TouchedLane[]> {
  const { workspaceId, senderId } = key;
  return await db.transaction(async (tx) => {
    const standing = (await receivingOf(tx, workspaceId, [senderId])).get(senderId);
    if (standing?.state !== "failing" || standing.failingSince === null) return [];
    const { channel, errorCode: code, failingSince, error, nextAt } = standing;
    if (!forPeople.has(code ?? "") && now - failingSince.getTime() < patienceMs) return [];
    if (!(await noteTold(tx, way, key, true))) return [];
    const data = {
      ...{ senderId, channel, way, code, reason: error ?? "It can't be read." },
      ...{ failingSince: failingSince.toISOString(), retryAt: (nextAt ?? new Date()).toISOString() },
    };
    return await recordEvents(tx, [newEvent(workspaceId, "sender.receiving_failed", data, { channel })]);
  });
}

/** After a try that worked, where destinations had been told that it doesn't. */
export async function tellResumed(db: Database, way: ReceivingWay, key: Key): Promise<TouchedLane[]> {
  const { workspaceId, senderId } = key;
  return await db.transaction(async (tx) => {
    const channel = (await receivingOf(tx, workspaceId, [senderId])).get(senderId)?.channel;
    if (!channel || !(await noteTold(tx, way, key, false))) return [];
    const data = { senderId, channel, way, resumedAt: new Date().toISOString() };
    return await recordEvents(tx, [newEvent(workspaceId, "sender.receiving_resumed", data, { channel })]);
  });
}
