import { sameText } from "../../channels/same-text.ts";
import { addOtherTold, addProviderTold, type Twin, twinsOf } from "../../db/twin.ts";
import { isId } from "../../domain/id.ts";
import type { InboundMessage } from "../../domain/inbound.ts";
import { type Arrival, timeOf } from "./context.ts";

/** Characters of a message that SendPilot's older events tell. */
const previewed = 100;

/**
 * The message, where the other of the two who drive this LinkedIn account has told it already: the provider (Unipile), or another
 * system (SendPilot) that names the sender as its own. Null: it is news. One in the same conversation, of the same side and text,
 * around that time, that has no twin yet; who writes "ok" twice is told of twice by each, and has two.
 */
export async function toldByOther(
  arrival: Arrival,
  leadId: string,
  senderId: string,
  message: InboundMessage,
): Promise<Twin | null> {
  const { tx, workspaceId } = arrival;
  const { external, channel, direction, providerMessageId, attachments } = message;
  // Another system's own names for senders are none of Herald's.
  if (channel !== "linkedin" || !isId("sender", senderId)) return null;
  const at = timeOf(arrival, message.at);
  const byOther = external !== null;
  const found = await twinsOf(tx, workspaceId, { leadId, senderId, direction, byOther, providerMessageId, at });
  // What was cut off adds nothing to the whole; the whole is not swallowed by its beginning.
  const preview = byOther && message.text.length === previewed;
  const twin = found.find(
    (one) => one.again || sameText(one.text, message.text) || (preview && one.text.startsWith(message.text)),
  );
  if (!twin || twin.again) return twin ?? null;
  if (external !== null) {
    await addOtherTold(tx, workspaceId, twin.id, {
      ...{ toldAs: providerMessageId, external: external.data, campaignId: external.campaignId ?? null },
      sequenceStep: external.sequenceStep,
    });
  } else await addProviderTold(tx, workspaceId, twin.id, { providerMessageId, attachments });
  return twin;
}
