import { recallUnderMode } from "../db/assistant-message.ts";
import { getTurn } from "../db/assistant-turn.ts";
import { changeTurn } from "../db/assistant-turn-change.ts";
import { moveOn } from "../db/enrollment.ts";
import { type NewEvent, recordEvents } from "../db/event.ts";
import { awaitWriting } from "../db/follow-up.ts";
import type { Queryable } from "../db/pool.ts";
import { draftCreated } from "./draft-event.ts";

/**
 * The mode was changed, of a profile or for a lead: what the assistant wrote by itself and nobody has begun to send is taken
 * back where it would not go out any more. Under `draft` it becomes a draft. What a person approved stays on its way. In a
 * transaction that has the profile, or the lead.
 */
export async function withdrawQueued(
  tx: Queryable,
  workspaceId: string,
  of: { profileId: string; leadId?: never } | { leadId: string; profileId?: never },
): Promise<void> {
  const reason = "The assistant was switched off.";
  const recalled = await recallUnderMode(tx, workspaceId, of);
  const events: NewEvent[] = [];
  for (const { turnId, leadId, campaignId, mode } of recalled) {
    if (mode === "off") {
      await changeTurn(tx, workspaceId, turnId, { state: "stopped", reasonCode: "off", reason });
      if (campaignId === null) continue;
      await moveOn(tx, [{ workspaceId, campaignId, leadId, move: "stop", reason: `off: ${reason}` }]);
    } else {
      await changeTurn(tx, workspaceId, turnId, { state: "draft", messageId: null });
      const turn = (await getTurn(tx, workspaceId, turnId))!;
      events.push(draftCreated(workspaceId, turn, turn.channel!));
      if (campaignId !== null) await awaitWriting(tx, workspaceId, campaignId, [leadId]);
    }
  }
  // Whoever delivers them finds them at its next look.
  if (events.length > 0) await recordEvents(tx, events);
}
