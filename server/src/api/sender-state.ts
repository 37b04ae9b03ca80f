import { recordEvents, type TouchedLane } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import type { Sender } from "../db/sender.ts";

/** Tells destinations that a sender stopped or sends again, if it does: `sender.paused`, `sender.resumed`. */
export async function recordSenderState(
  tx: Queryable,
  workspaceId: string,
  before: Sender,
  after: Sender,
): Promise<TouchedLane[]> {
  if (before.status === after.status) return [];
  const { id: senderId, channel } = after;
  const event =
    after.status === "active"
      ? newEvent(
          workspaceId,
          "sender.resumed",
          { senderId, channel, resumedBy: "api", resumedAt: new Date().toISOString() },
          { channel },
        )
      : newEvent(
          workspaceId,
          "sender.paused",
          { senderId, channel, reason: after.statusReason ?? "", until: null, pausedBy: "api" },
          { channel },
        );
  return await recordEvents(tx, [event]);
}
