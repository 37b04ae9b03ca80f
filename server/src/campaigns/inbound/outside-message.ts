import { answeredByHand } from "../../db/assistant-message.ts";
import { insertForeignMessage } from "../../db/foreign-message.ts";
import { type KnownMessage, messageOfProvider, nameProviderMessage, ownMessages } from "../../db/inbound.ts";
import { findLeadByAddress, type Lead } from "../../db/lead.ts";
import type { ToldLead } from "../../db/lead-told.ts";
import { continueThread, copyId, copyOfMail, mailOfReferences, noteAlias } from "../../db/mail.ts";
import { newEvent } from "../../db/new-event.ts";
import { openConversation } from "../../db/open-conversation.ts";
import { advanceLeads } from "../../db/sending.ts";
import type { MessageSentData } from "../../domain/event.ts";
import { newId } from "../../domain/id.ts";
import type { InboundInvitation, InboundMailPart, InboundMessage } from "../../domain/inbound.ts";
import { settleAsSent } from "../control.ts";
import { leadUpdatedData } from "../facts.ts";
import { noteSent } from "../follow-ups.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";
import { matchSent } from "./mail.ts";
import { addressOn, completePerson, findPerson, makePerson, nameOf, saidBeforeErasure, senderIdsOf } from "./person.ts";
import { movesStatus } from "./status.ts";
import { toldByOther } from "./twin.ts";

/**
 * A message went out without Herald: from another device of an account that Herald drives, or by another system. It enters
 * the conversation as `external`. What Herald sent itself and sees come back is recognised.
 */
export async function applyOutsideMessage(arrival: Arrival, message: InboundMessage): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const { external, person } = message;
  const at = timeOf(arrival, message.at);
  const senderIds = await senderIdsOf(arrival, message.account);
  const senderId = senderIds[0] ?? external?.senderId ?? arrival.sourceId;
  const alias = message.mail?.alias ?? null;
  // A mail that somebody moved there is no proof of what a lead's address is.
  if (alias !== null && !(await findLeadByAddress(tx, workspaceId, "email", alias)))
    await noteAlias(tx, workspaceId, senderId, alias);
  const own = message.mail && (await recogniseMail(arrival, senderIds, message.providerMessageId));
  if (own) return own;
  const known = await messageOfProvider(tx, workspaceId, [...senderIds, senderId], message.providerMessageId);
  if (message.mail) return await applyOwnMail(arrival, message, message.mail, senderIds, known);
  if (known) return knownAlready(known);
  let lead = await findPerson(arrival, person, senderIds, message.providerThreadId);
  // To whom people write with their own devices is not for a campaign: no leads are made of it.
  if (!lead && external && arrival.createLeads) lead = await makePerson(arrival, person, at);
  if (!lead) return { kind: "unmatched", detail: `Nobody is known as ${nameOf(person)}.` };
  if (await saidBeforeErasure(arrival, lead, at)) return { kind: "done", detail: null };
  lead = await completePerson(arrival, lead, person, at);
  return await recordOutside(arrival, message, lead, senderId, message.providerMessageId);
}

const knownAlready = (known: { leadId: string; id?: string }): Applied => ({
  ...{ kind: "done", detail: "This message is known already.", leadId: known.leadId },
  ...(known.id !== undefined && { messageId: known.id }),
});

/**
 * One's own mail is in the conversation of every lead that it was addressed to, also as a copy. One of these messages has the mail's ID,
 * the others have their own (`copyId`). While one lead's has to wait it is recorded with the others, and is known there the next time.
 */
async function applyOwnMail(
  arrival: Arrival,
  message: InboundMessage,
  mail: InboundMailPart,
  senderIds: readonly string[],
  known: KnownMessage | null,
): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const { providerMessageId } = message;
  const at = timeOf(arrival, message.at);
  const matched = await matchSent(arrival, message, mail);
  if (matched.length === 0 && !known)
    return { kind: "unmatched", detail: `Nobody is known as ${nameOf(message.person)}.` };
  const results: Applied[] = known ? [knownAlready(known)] : [];
  for (const { lead, senderId, person } of matched) {
    const copy = copyId(providerMessageId, lead.id);
    // Two mailboxes may have it.
    if (lead.id === known?.leadId || (await copyOfMail(tx, workspaceId, senderIds, copy))) continue;
    if (await saidBeforeErasure(arrival, lead, at)) {
      results.push({ kind: "done", detail: null });
      continue;
    }
    const whole = await completePerson(arrival, lead, person, at);
    const first = results.every(({ kind }) => kind === "later");
    results.push(await recordOutside(arrival, message, whole, senderId, first ? providerMessageId : copy));
  }
  const fresh = results[known ? 1 : 0];
  return results.find(({ kind }) => kind === "later") ?? fresh ?? results[0]!;
}

/** Records it in the conversation with a lead, unless it is Herald's own. `storedId`: by which it is known there. */
async function recordOutside(
  arrival: Arrival,
  message: InboundMessage,
  lead: ToldLead,
  senderId: string,
  storedId: string,
): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const { external, channel, person } = message;
  const at = timeOf(arrival, message.at);
  const automatic = message.mail?.automatic ?? null;
  if (!external) {
    const own = await recognise(arrival, lead, senderId, message, storedId);
    if (own) return own;
  }
  const conversationId = await openConversation(tx, workspaceId, {
    ...{ id: newId("conversation"), leadId: lead.id, channel, senderId },
    ...{ providerThreadId: message.providerThreadId, providerLeadId: person.providerLeadId ?? null },
  });
  const twin = await toldByOther(arrival, lead.id, senderId, message);
  if (twin) return knownAlready({ leadId: lead.id, id: twin.id });
  const campaignId = external?.campaignId ?? null;
  const sequenceStep = external?.sequenceStep ?? null;
  const subject = channel === "email" ? message.subject : null;
  const id = newId("message");
  const added = await insertForeignMessage(tx, workspaceId, {
    ...{
      id,
      leadId: lead.id,
      conversationId,
      channel,
      action: "message",
      direction: "outbound",
      campaignId,
      sequenceStep,
    },
    ...{ senderId, toAddress: addressOn(lead, channel) ?? "", subject, text: message.text },
    ...{ attachments: message.attachments, external: external?.data ?? null },
    ...{ providerMessageId: storedId, at },
    ...{ visibleText: message.mail?.visibleText ?? null, automatic },
  });
  if (!added) return knownAlready({ leadId: lead.id });
  if (message.mail) await continueThread(tx, workspaceId, conversationId, message.providerMessageId);
  const data: MessageSentData = {
    ...{ messageId: id, leadId: lead.id, externalLeadId: lead.externalLeadId, channel, source: "external" },
    ...{
      campaignId,
      sequenceStep,
      isFollowUp: external?.isFollowUp ?? false,
      followUpStep: external?.followUpStep ?? null,
    },
    ...{ senderId, profile: person.profile ?? lead.profile },
    ...{ linkedinUrl: lead.linkedinUrl, phone: lead.phone, email: lead.email },
    ...{ content: { subject, text: message.text }, conversationId, providerMessageId: message.providerMessageId },
    ...{ stepId: null, variant: null, tags: lead.tags },
    sentAt: at.toISOString(),
  };
  await record(arrival, newEvent(workspaceId, "message.sent", data, { leadId: lead.id, campaignId, channel }));
  // A program of the mailbox answered (an absence note): nobody has written to the lead.
  if (automatic !== null)
    return { kind: "done", detail: `By a program: ${automatic}.`, leadId: lead.id, messageId: id };
  await advance(arrival, lead, "MESSAGE_SENT", campaignId, at);
  // Somebody wrote by hand: that is the answer, and the next follow-up waits from here. Another system has its own of both.
  if (lead.profile !== null && external === null) {
    await answeredByHand(tx, workspaceId, [lead.id], at);
    await noteSent(tx, workspaceId, [{ leadId: lead.id, campaignId, channel, at }]);
  }
  return { kind: "done", detail: null, leadId: lead.id, messageId: id };
}

/** Another system invited somebody on LinkedIn. */
export async function applyInvitation(arrival: Arrival, invitation: InboundInvitation): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const { external, person } = invitation;
  const at = timeOf(arrival, invitation.at);
  const senderId = external.senderId ?? arrival.sourceId;
  const { campaignId } = external;
  let lead = await findPerson(arrival, person, [], null);
  if (!lead && arrival.createLeads) lead = await makePerson(arrival, person, at);
  if (!lead) return { kind: "unmatched", detail: `Nobody is known as ${nameOf(person)}.` };
  if (await saidBeforeErasure(arrival, lead, at)) return { kind: "done", detail: null };
  const conversationId = await openConversation(tx, workspaceId, {
    ...{ id: newId("conversation"), leadId: lead.id, channel: "linkedin", senderId },
    ...{ providerThreadId: null, providerLeadId: person.providerLeadId ?? null },
  });
  const id = newId("message");
  const text = invitation.note ?? "";
  const added = await insertForeignMessage(tx, workspaceId, {
    ...{ id, leadId: lead.id, conversationId, channel: "linkedin", action: "connect", direction: "outbound" },
    ...{ campaignId, sequenceStep: null, senderId, toAddress: lead.linkedinUrl ?? "", subject: null, text },
    ...{ attachments: [], external: external.data, providerMessageId: invitation.providerMessageId },
    at,
  });
  if (!added) return { kind: "done", detail: "This invitation is known already.", leadId: lead.id };
  const data = {
    ...{ messageId: id, leadId: lead.id, externalLeadId: lead.externalLeadId, campaignId, sequenceStep: null },
    ...{ stepId: null, variant: null, linkedinUrl: lead.linkedinUrl, senderId, source: "external" as const },
    ...{ profile: lead.profile, tags: lead.tags, note: invitation.note, sentAt: at.toISOString() },
  };
  const about = { leadId: lead.id, campaignId, channel: "linkedin" };
  await record(arrival, newEvent(workspaceId, "connection_request.sent", data, about));
  await advance(arrival, lead, "CONNECTION_SENT", campaignId, at);
  return { kind: "done", detail: null, leadId: lead.id, messageId: id };
}

/**
 * A copy of a mail that Herald sent, as providers put it into the folder of sent mails: its Message-ID is Herald's own. It shows
 * of one that may or may not have gone out that it did.
 */
async function recogniseMail(
  arrival: Arrival,
  senderIds: readonly string[],
  providerMessageId: string,
): Promise<Applied | null> {
  const { tx, workspaceId } = arrival;
  const mail = await mailOfReferences(tx, workspaceId, senderIds, [providerMessageId]);
  if (!mail) return null;
  if (mail.status === "sending") return { kind: "later", detail: "The message is just being sent." };
  if (mail.status === "uncertain") {
    arrival.effects.lanes.push(
      ...(await settleAsSent(tx, workspaceId, mail.id, "It is among the sent mails.", providerMessageId)),
    );
    arrival.effects.moved = true;
  }
  return { kind: "done", detail: "Herald has this message already.", leadId: mail.leadId, messageId: mail.id };
}

/**
 * Whether it is a message of Herald's that comes back before, or without, its own answer. As long as one to this lead is under
 * way, that can't be said: its provider's ID is written when it is settled, and must not be somebody else's by then.
 */
async function recognise(
  arrival: Arrival,
  lead: Lead,
  senderId: string,
  message: InboundMessage,
  storedId: string,
): Promise<Applied | null> {
  const own = await ownMessages(arrival.tx, arrival.workspaceId, lead.id, senderId);
  if (own.some(({ status }) => status !== "sent")) {
    const detail = "A message of Herald's to this lead is under way: it may be this one.";
    return { kind: "later", detail, undecided: true };
  }
  const plain = (text: string) => text.replace(/\s+/g, " ").trim();
  const same = own.find(({ text }) => plain(text) === plain(message.text));
  if (!same) return null;
  await nameProviderMessage(arrival.tx, arrival.workspaceId, same.id, storedId);
  return { kind: "done", detail: "Herald sent this message itself.", leadId: lead.id, messageId: same.id };
}

/** The lead's status follows, unless it is further along, or somebody set it later. */
async function advance(
  arrival: Arrival,
  lead: ToldLead,
  next: "MESSAGE_SENT" | "CONNECTION_SENT",
  campaignId: string | null,
  at: Date,
): Promise<void> {
  const { tx, workspaceId } = arrival;
  if (!movesStatus(lead, at)) return;
  for (const advanced of await advanceLeads(tx, [{ workspaceId, leadId: lead.id, next, late: true }])) {
    const about = { leadId: lead.id, campaignId };
    await record(arrival, newEvent(workspaceId, "lead.updated", leadUpdatedData(advanced, campaignId, at), about));
  }
}
