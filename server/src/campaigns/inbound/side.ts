import { otherSideOfThread } from "../../db/inbound.ts";
import type { InboundMessage } from "../../domain/inbound.ts";
import type { Arrival } from "./context.ts";
import { addressesOf, senderIdsOf } from "./person.ts";

/**
 * A message that doesn't say which side wrote it: in a conversation whose lead the provider has named it is the lead's only if
 * it is by that person, else the account's own.
 */
export async function withSide(arrival: Arrival, message: InboundMessage): Promise<InboundMessage> {
  const { person, providerThreadId } = message;
  if (providerThreadId === null || !person.providerLeadId) return message;
  const senderIds = await senderIdsOf(arrival, message.account);
  const lead = await otherSideOfThread(arrival.tx, arrival.workspaceId, senderIds, providerThreadId);
  if (!lead || lead.providerLeadId === person.providerLeadId) return message;
  // The provider may call one person by several IDs.
  const { linkedinUrl } = addressesOf(person);
  if (linkedinUrl !== null && linkedinUrl === lead.linkedinUrl) return message;
  return { ...message, direction: "out", person: { providerLeadId: lead.providerLeadId } };
}
