import { newEvent } from "../../db/new-event.ts";
import { lockSender, updateSender } from "../../db/sender.ts";
import type { InboundAccountState } from "../../domain/inbound.ts";
import { type Applied, type Arrival, record } from "./context.ts";
import { senderIdsOf } from "./person.ts";

/**
 * The provider says of an account that it needs a person, or that it works again. Its senders stop, and go on; one that
 * somebody paused stays paused, whatever the provider says.
 */
export async function applyAccountState(arrival: Arrival, told: InboundAccountState): Promise<Applied> {
  const { tx, workspaceId, effects } = arrival;
  const senderIds = await senderIdsOf(arrival, told.account);
  if (senderIds.length === 0) {
    return { kind: "unmatched", detail: `No sender has the account ${told.account.accountId}.` };
  }
  let changed = 0;
  for (const id of senderIds) {
    const sender = await lockSender(tx, workspaceId, id);
    if (!sender) continue;
    const about = { channel: sender.channel };
    if (told.state === "broken" && sender.status === "active") {
      await updateSender(tx, workspaceId, id, { status: "broken", statusReason: told.detail });
      const data = {
        senderId: id,
        channel: sender.channel,
        reason: told.detail,
        until: null,
        pausedBy: "provider" as const,
      };
      await record(arrival, newEvent(workspaceId, "sender.paused", data, about));
    } else if (told.state === "ok" && sender.status === "broken") {
      await updateSender(tx, workspaceId, id, { status: "active", statusReason: null });
      const resumedAt = new Date().toISOString();
      const data = { senderId: id, channel: sender.channel, resumedBy: "provider" as const, resumedAt };
      await record(arrival, newEvent(workspaceId, "sender.resumed", data, about));
      effects.messages = [...(effects.messages ?? []), { workspaceId, laneId: id }];
    } else continue;
    changed += 1;
  }
  if (changed > 0) effects.moved = true;
  return { kind: "done", detail: changed > 0 ? told.detail : `${told.detail} Nothing changes by it.` };
}
