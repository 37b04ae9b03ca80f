import { campaignOfConversation, isConnected } from "../../db/inbound.ts";
import type { ToldLead } from "../../db/lead-told.ts";
import { newEvent } from "../../db/new-event.ts";
import { openConversation } from "../../db/open-conversation.ts";
import { markConnected } from "../../db/stopping.ts";
import { newId } from "../../domain/id.ts";
import type { InboundRelation } from "../../domain/inbound.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";
import { findPerson, makePerson, nameOf, senderIdsOf } from "./person.ts";
import { moveStatus } from "./status.ts";

/**
 * The lead and the account are connected on LinkedIn now. Nobody is made a lead by it, as accounts have contacts of their
 * own; but of whom another system tells is one there.
 */
export async function applyRelation(arrival: Arrival, relation: InboundRelation): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const senderIds = await senderIdsOf(arrival, relation.account);
  const at = timeOf(arrival, relation.at);
  let lead = await findPerson(arrival, relation.person, senderIds, null);
  if (!lead && relation.external && arrival.createLeads) lead = await makePerson(arrival, relation.person, at);
  if (!lead) return { kind: "unmatched", detail: `Nobody is known as ${nameOf(relation.person)}.` };
  const senderId = senderIds[0] ?? relation.external?.senderId ?? arrival.sourceId;
  // Which holds the row: a message of Herald's that goes out just now finds out the same.
  const conversationId = await openConversation(tx, workspaceId, {
    ...{ id: newId("conversation"), leadId: lead.id, channel: "linkedin", senderId },
    ...{ providerThreadId: null, providerLeadId: relation.person.providerLeadId ?? null },
  });
  const known = await isConnected(tx, workspaceId, lead.id, senderId);
  const done = { kind: "done" as const, detail: "They are connected already.", leadId: lead.id };
  // Of one acceptance Herald learns in several ways, the first of which counts; another system says it once for each.
  const latest = relation.external !== null;
  if (known && !latest) return done;
  await markConnected(tx, workspaceId, lead.id, senderId, at, { latest });
  if (known) {
    await accepted(arrival, lead, at);
    return done;
  }
  const campaignId =
    relation.external?.campaignId ?? (await campaignOfConversation(tx, workspaceId, lead.id, conversationId));
  const { externalLeadId, linkedinUrl } = lead;
  const acceptedAt = at.toISOString();
  const data = { leadId: lead.id, externalLeadId, campaignId, linkedinUrl, senderId, acceptedAt };
  const about = { leadId: lead.id, campaignId, channel: "linkedin" };
  await record(arrival, newEvent(workspaceId, "connection_request.accepted", data, about));
  await accepted(arrival, lead, at);
  arrival.effects.moved = true;
  return { kind: "done", detail: null, leadId: lead.id };
}

async function accepted(arrival: Arrival, lead: ToldLead, at: Date): Promise<void> {
  if (lead.status !== "PENDING" && lead.status !== "CONNECTION_SENT") return;
  await moveStatus(arrival, lead, "CONNECTION_ACCEPTED", at);
}
