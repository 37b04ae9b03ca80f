import { type Destination, lockDestination, rememberMissed, updateDestination } from "../db/destination.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import { stopReplays } from "../db/replay.ts";

export interface DisableReason {
  by: "api" | "system";
  /** For people: what happened, and what to do. */
  reason: string;
  /** The first failure since the last success, where failures are why: what happened since then counts as missed. */
  failingSince?: Date | null;
  /** The oldest event that failed for good by what disables it: it counts as missed, and what came after it. */
  failedSince?: Date | null;
}

function earliest(...times: (Date | null)[]): Date | null {
  return times.reduce((first, time) => (first && time ? (time < first ? time : first) : (first ?? time)), null);
}

/**
 * Disables a destination: its lane is parked, its replays stop, and the workspace's other destinations are told. Once:
 * of one that is disabled already only the reason changes, and only where it is given by the API. Inside a transaction,
 * before anything in it has locked a lane. `lanes` got work: wake them after the commit. Null: there is none.
 */
export async function disableDestination(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { by, reason, failingSince = null, failedSince = null }: DisableReason,
): Promise<{ destination: Destination; lanes: TouchedLane[]; changed: boolean } | null> {
  const before = await lockDestination(tx, workspaceId, id);
  if (!before) return null;
  if (before.status === "disabled" && by === "system") {
    if (failedSince) await rememberMissed(tx, workspaceId, id, { since: failedSince, until: failedSince });
    return { destination: before, lanes: [], changed: false };
  }
  const unfed = await stopReplays(tx, workspaceId, id, `The destination was disabled: ${reason}`);
  const destination = await updateDestination(tx, workspaceId, id, {
    status: "disabled",
    statusReason: reason,
    missedSince: earliest(failingSince, failedSince, unfed),
  });
  if (!destination) return null;
  if (before.status === "disabled") return { destination, lanes: [], changed: false };
  const data = {
    destinationId: id,
    destinationName: destination.name,
    disabledBy: by,
    reason,
    disabledAt: (destination.disabledAt ?? new Date()).toISOString(),
    failingSince: failingSince?.toISOString() ?? null,
  };
  // Not for itself: it isn't active any more.
  const lanes = await recordEvents(tx, [newEvent(workspaceId, "destination.disabled", data, {})]);
  return { destination, lanes, changed: true };
}
