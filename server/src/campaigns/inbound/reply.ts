import {
  campaignOfConversation,
  insertForeignMessage,
  latestSender,
  liftKeywordOptOut,
  markReplied,
  messageOfProvider,
  openConversation,
} from "../../db/inbound.ts";
import type { Lead } from "../../db/lead.ts";
import { newEvent } from "../../db/new-event.ts";
import { stopByAddress, stopSequences } from "../../db/stopping.ts";
import { addSuppression } from "../../db/suppression.ts";
import type { LeadStatus } from "../../domain/event.ts";
import { newId } from "../../domain/id.ts";
import type { InboundMessage } from "../../domain/inbound.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";
import { addressesOf, addressOn, completePerson, findPerson, makePerson, nameOf, senderIdsOf } from "./person.ts";
import { changeStatus } from "./status.ts";

/** Statuses that say less than that the lead has replied. */
const before: readonly LeadStatus[] = ["PENDING", "CONNECTION_SENT", "CONNECTION_ACCEPTED", "MESSAGE_SENT"];

/**
 * A lead wrote. The message enters its conversation, its sequences stop, its status says so. A keyword is obeyed whoever it
 * is from, known or not.
 */
export async function applyReply(arrival: Arrival, message: InboundMessage): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const senderIds = await senderIdsOf(arrival, message.account);
  // The same message by another delivery: nothing of it is done again, least of all an opt-out that was lifted since.
  const known = await messageOfProvider(
    tx,
    workspaceId,
    [...senderIds, arrival.sourceId, message.external?.senderId ?? arrival.sourceId],
    message.providerMessageId,
  );
  if (known) {
    return { kind: "done", detail: "This message is known already.", leadId: known.leadId, messageId: known.id };
  }
  const stop = message.keyword === "stop";
  let lead = await findPerson(arrival, message.person, senderIds, message.providerThreadId);
  const obeyed = await obey(arrival, message, lead);
  if (!lead && stop && obeyed) return { kind: "done", detail: `${obeyed} Nobody with this address is known.` };
  if (!lead && !stop && arrival.createLeads) lead = await makePerson(arrival, message.person);
  if (!lead) return { kind: "unmatched", detail: `Nobody is known as ${nameOf(message.person)}.` };
  lead = await completePerson(arrival, lead, message.person);

  const senderId =
    message.external?.senderId ??
    (senderIds.length === 1
      ? senderIds[0]
      : await latestSender(tx, workspaceId, lead.id, message.channel, senderIds)) ??
    senderIds[0] ??
    arrival.sourceId;
  const conversationId = await openConversation(tx, workspaceId, {
    id: newId("conversation"),
    ...{ leadId: lead.id, channel: message.channel, senderId },
    ...{ providerThreadId: message.providerThreadId, providerLeadId: message.person.providerLeadId ?? null },
  });
  const campaignId =
    message.external?.campaignId ?? (await campaignOfConversation(tx, workspaceId, lead.id, conversationId));
  const at = timeOf(arrival, message.at);
  const id = newId("message");
  const added = await insertForeignMessage(tx, workspaceId, {
    ...{ id, leadId: lead.id, conversationId, channel: message.channel, action: "message", direction: "inbound" },
    ...{
      campaignId,
      sequenceStep: null,
      senderId,
      toAddress: message.account?.address ?? message.account?.accountId ?? "",
    },
    ...{ subject: message.subject, text: message.text, attachments: message.attachments, at },
    ...{ external: message.external?.data ?? null, providerMessageId: message.providerMessageId },
  });
  if (!added) return { kind: "done", detail: "This message is known already.", leadId: lead.id };
  await record(
    arrival,
    newEvent(
      workspaceId,
      message.channel === "linkedin" ? "reply.received" : "message.received",
      {
        ...{
          messageId: id,
          leadId: lead.id,
          externalLeadId: lead.externalLeadId,
          channel: message.channel,
          campaignId,
        },
        ...{ senderId, profile: lead.profile, linkedinUrl: lead.linkedinUrl, phone: lead.phone, email: lead.email },
        content: { subject: message.channel === "email" ? message.subject : null, text: message.text },
        ...{ attachments: message.attachments, keyword: message.keyword, conversationId },
        ...{ providerMessageId: message.providerMessageId, receivedAt: at.toISOString() },
      },
      { leadId: lead.id, campaignId, channel: message.channel },
    ),
  );
  // Who asks to be left alone has not answered.
  if (!stop) await replied(arrival, lead);
  return { kind: "done", detail: obeyed, leadId: lead.id, messageId: id };
}

async function replied(arrival: Arrival, lead: Lead): Promise<void> {
  const { tx, workspaceId } = arrival;
  if (before.includes(lead.status)) await changeStatus(arrival, lead, "REPLY_RECEIVED");
  else {
    // A meeting that is booked stays booked.
    await markReplied(tx, workspaceId, lead.id);
    await stopSequences(tx, { workspaceId, leadId: lead.id, reason: "replied: The lead wrote." });
  }
  arrival.effects.moved = true;
}

/** Does what a keyword asks; answers what, for people. Keywords are a matter of SMS. */
async function obey(arrival: Arrival, message: InboundMessage, lead: Lead | null): Promise<string | null> {
  const { tx, workspaceId } = arrival;
  const { keyword } = message;
  if (message.channel !== "sms" || keyword === null || keyword === "help") return null;
  const phone = addressesOf(message.person).phone ?? (lead && addressOn(lead, "sms"));
  if (phone === null) return null;
  if (keyword === "start") {
    return (await liftKeywordOptOut(tx, workspaceId, phone)) ? "The opt-out by keyword was lifted." : null;
  }
  const reason = `keyword: ${message.text.trim().slice(0, 100) || "STOP"}`;
  await addSuppression(tx, workspaceId, { channel: "sms", address: phone, reason, source: "lead" });
  await stopByAddress(tx, workspaceId, { channel: "sms", address: phone, reason });
  arrival.effects.moved = true;
  return "Opted out of SMS by keyword.";
}
