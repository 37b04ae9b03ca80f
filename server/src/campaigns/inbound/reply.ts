import { insertForeignMessage } from "../../db/foreign-message.ts";
import { campaignOfConversation, latestSender, markReplied, messageOfProvider, textsSentTo } from "../../db/inbound.ts";
import type { Lead } from "../../db/lead.ts";
import type { ToldLead } from "../../db/lead-told.ts";
import { continueThread } from "../../db/mail.ts";
import { newEvent } from "../../db/new-event.ts";
import { openConversation } from "../../db/open-conversation.ts";
import { holdToChange } from "../../db/still.ts";
import { stopSequences } from "../../db/stopping.ts";
import { optOutWordsOf } from "../../db/workspace.ts";
import type { LeadStatus, MessageReceivedData } from "../../domain/event.ts";
import { newId } from "../../domain/id.ts";
import { type InboundMessage, saidIn } from "../../domain/inbound.ts";
import { isOptOutWord, keywordOf } from "../../domain/opt-out-words.ts";
import { longestSent, withoutOurWords } from "../../domain/own-words.ts";
import { isAutomaticText } from "../../domain/sms-auto-reply.ts";
import { lift, suppress } from "../consent.ts";
import { restWhileAway } from "./absence.ts";
import { type Applied, type Arrival, record, timeOf } from "./context.ts";
import { hear, hearAgain } from "./hear.ts";
import { matchReply } from "./mail.ts";
import {
  addressesOf,
  addressOn,
  completePerson,
  findPerson,
  makePerson,
  nameOf,
  saidBeforeErasure,
  senderIdsOf,
} from "./person.ts";
import { moveStatus, movesStatus } from "./status.ts";
import { takenBack } from "./taken-back.ts";
import { toldByOther } from "./twin.ts";

/** Statuses that say less than that the lead has replied. */
const before: readonly LeadStatus[] = ["PENDING", "CONNECTION_SENT", "CONNECTION_ACCEPTED", "MESSAGE_SENT"];

/**
 * A lead wrote. The message enters its conversation, its sequences stop, its status says so. A keyword is obeyed whoever it
 * is from, known or not.
 */
export async function applyReply(arrival: Arrival, told: InboundMessage): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const message = await withOwnWords(arrival, told);
  const senderIds = await senderIdsOf(arrival, message.account);
  // The same message by another delivery: nothing of it is done again, least of all an opt-out that was lifted since.
  const ownIds = [...senderIds, arrival.sourceId, message.external?.senderId ?? arrival.sourceId];
  const look = () => messageOfProvider(tx, workspaceId, ownIds, message.providerMessageId);
  let known = await look();
  const { mail } = message;
  const match = mail && !known ? await matchReply(arrival, message, mail) : null;
  if (match?.kind === "colleague") return { kind: "done", detail: match.detail };
  // A mail may be in two mailboxes: whoever has the lead first has written it.
  if (match?.lead) known = await look();
  if (known) {
    return { kind: "done", detail: "This message is known already.", leadId: known.leadId, messageId: known.id };
  }
  const stop = message.keyword === "stop";
  let lead = match ? match.lead : await findPerson(arrival, message.person, senderIds, message.providerThreadId);
  const at = timeOf(arrival, message.at);
  if (lead && (await saidBeforeErasure(arrival, lead, at))) return { kind: "done", detail: null };
  const automatic = mail?.automatic ?? (await automaticText(arrival, message, lead));
  // Who has written gets nothing more of a sequence from here on. The row is changed where that is written, see `replied`; an
  // opt-out holds whomever it concerns.
  if (lead && !automatic) await holdToChange(tx, workspaceId, lead.id);
  const id = newId("message");
  const obeyed = await obey(arrival, message, lead, id, at);
  // Of whom another system tells is a lead there; nobody else becomes one by opting out.
  const makes = arrival.createLeads && !automatic && (!stop || message.external !== null);
  if (!lead && stop && obeyed && !makes) {
    return { kind: "done", detail: `${obeyed} Nobody with this address is known.` };
  }
  if (!lead && makes) lead = await makePerson(arrival, message.person, at);
  if (!lead) return { kind: "unmatched", detail: `Nobody is known as ${nameOf(message.person)}.` };
  // In a thread somebody else may answer for the lead.
  if (!mail || lead.email === message.person.email) lead = await completePerson(arrival, lead, message.person, at);

  const senderId =
    match?.senderId ??
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
  const twin = await toldByOther(arrival, lead.id, senderId, message);
  if (twin) {
    const heard = { messageId: twin.id, conversationId, senderId };
    if (!twin.again && message.external === null) await hearAgain(arrival, lead, message, heard);
    return { kind: "done", detail: "This message is known already.", leadId: lead.id, messageId: twin.id };
  }
  // A system that has campaigns says whether it was in one.
  const named = message.external?.campaignId;
  const campaignId =
    named === undefined ? await campaignOfConversation(tx, workspaceId, lead.id, conversationId) : named;
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
    ...{ visibleText: mail?.visibleText ?? null, automatic, keyword: message.keyword },
  });
  if (!added) return { kind: "done", detail: "This message is known already.", leadId: lead.id };
  if (mail) await continueThread(tx, workspaceId, conversationId, message.providerMessageId);
  const { channel } = message;
  const data: MessageReceivedData = {
    ...{ messageId: id, leadId: lead.id, externalLeadId: lead.externalLeadId, channel, campaignId },
    ...{ senderId, profile: lead.profile, linkedinUrl: lead.linkedinUrl, phone: lead.phone, email: lead.email },
    content: { subject: channel === "email" ? message.subject : null, text: message.text },
    ...{ visibleText: mail?.visibleText ?? null, attachments: message.attachments },
    ...{ hasAttachments: message.attachments.length > 0 || message.unseenFiles === true },
    ...{ truncated: message.truncated === true, keyword: message.keyword },
    ...{ conversationId, providerMessageId: message.providerMessageId, receivedAt: at.toISOString() },
  };
  const about = { leadId: lead.id, campaignId, channel };
  if (automatic) {
    const away = automatic === "out_of_office" ? await restWhileAway(arrival, lead, mail?.backOn ?? null, at) : null;
    const pausedUntil = away?.toISOString() ?? null;
    await record(arrival, newEvent(workspaceId, "message.auto_replied", { ...data, automatic, pausedUntil }, about));
    const rests = pausedUntil ? ` Its sequences rest until ${pausedUntil}.` : "";
    return { kind: "done", detail: `A program answered; that is no reply.${rests}`, leadId: lead.id, messageId: id };
  }
  const type = channel === "linkedin" ? "reply.received" : "message.received";
  await record(arrival, newEvent(workspaceId, type, data, about));
  const heard = { messageId: id, conversationId, senderId };
  const refused = stop ? null : await hear(arrival, lead, message, heard);
  // Who asks to be left alone has not answered.
  if (!stop && refused === null) await replied(arrival, lead, at);
  return { kind: "done", detail: refused ?? obeyed, leadId: lead.id, messageId: id };
}

async function replied(arrival: Arrival, lead: ToldLead, at: Date): Promise<void> {
  const { tx, workspaceId } = arrival;
  if (before.includes(lead.status) && movesStatus(lead, at)) await moveStatus(arrival, lead, "REPLY_RECEIVED", at);
  else {
    // A meeting that is booked stays booked.
    await markReplied(tx, workspaceId, lead.id, at, { held: true });
    await stopSequences(tx, { workspaceId, leadId: lead.id, reason: "replied: The lead wrote." });
  }
  arrival.effects.moved = true;
}

/** A workspace may have words for STOP beside the standard ones; those count for what they are. By email it is the whole answer. */
async function withOwnWords({ tx, workspaceId }: Arrival, message: InboundMessage): Promise<InboundMessage> {
  if (message.channel === "linkedin" || message.keyword !== null || message.mail?.automatic) return message;
  const said = saidIn(message);
  if (said.length > 100) return message;
  // Other systems tell of mails, too, and leave it to Herald what they ask.
  const stop = message.channel === "email" && keywordOf(said) === "stop";
  return stop || isOptOutWord(said, await optOutWordsOf(tx, workspaceId)) ? { ...message, keyword: "stop" } : message;
}

/** Whether a program answered for who has the number. What was sent to them, and stands in it as a quote, says nothing of that. */
async function automaticText(
  { tx, workspaceId }: Arrival,
  { channel, keyword, text }: InboundMessage,
  lead: Lead | null,
): Promise<"auto_reply" | null> {
  if (channel !== "sms" || keyword !== null || !isAutomaticText(text)) return null;
  const sent = lead ? await textsSentTo(tx, workspaceId, lead.id, channel, longestSent) : [];
  return isAutomaticText(withoutOurWords(text, sent)) ? "auto_reply" : null;
}

/** Does what a keyword asks; answers what, for people. Keywords are a matter of SMS, but for STOP, which is clear by email too. */
async function obey(
  arrival: Arrival,
  message: InboundMessage,
  lead: Lead | null,
  messageId: string,
  at: Date,
): Promise<string | null> {
  const { tx, workspaceId, effects } = arrival;
  const { keyword } = message;
  if (message.channel === "email" && keyword === "stop") {
    // In a thread somebody else may write it, who gets mails as well: neither of the two wants more.
    const both = [lead && addressOn(lead, "email"), addressesOf(message.person).email].filter((one) => one !== null);
    const addresses = new Set(both.length > 0 ? both : [knownBy(message, lead)].filter((one) => one !== null));
    if (addresses.size === 0) return null;
    for (const address of addresses) {
      const { lanes } = await suppress(tx, workspaceId, {
        ...{ channel: "email", address, kind: "unsubscribe", source: "lead", reason: "unsubscribe: by a reply" },
        evidence: {
          text: saidIn(message).trim().slice(0, 100).toWellFormed(),
          ...(lead ? { messageId } : {}),
        },
      });
      effects.lanes.push(...lanes);
    }
    effects.moved = true;
    return "Opted out of email by a reply.";
  }
  if (message.channel !== "sms" || keyword === null || keyword === "help") return null;
  const phone = addressesOf(message.person).phone ?? (lead && addressOn(lead, "sms")) ?? knownBy(message, lead);
  if (phone === null) return null;
  const said = message.text.trim().slice(0, 100).toWellFormed() || keyword.toUpperCase();
  const evidence = {
    ...{ text: said, providerMessageId: message.providerMessageId },
    // Of somebody unknown no message is kept.
    ...(lead ? { messageId } : {}),
    ...(message.account ? { provider: message.account.provider } : {}),
  };
  const basis = { reason: `keyword: ${said}`, source: "lead" as const, evidence, at };
  if (keyword === "start") {
    // Nothing but what such a word made: not what somebody asked for by phone, nor what a provider says.
    const what = { channel: "sms" as const, address: phone, kinds: ["keyword" as const], before: at };
    const { changed, lanes } = await lift(tx, workspaceId, what, basis);
    effects.lanes.push(...lanes);
    return changed ? "The opt-out by keyword was lifted." : null;
  }
  if (await takenBack(arrival, lead, at)) return "The lead has opted in again since.";
  const { lanes } = await suppress(tx, workspaceId, { ...basis, channel: "sms", address: phone, kind: "keyword" });
  effects.lanes.push(...lanes);
  effects.moved = true;
  return "Opted out of SMS by keyword.";
}

/**
 * An address by which somebody is known, where none of the channel is: other systems tell of mails by the phone number alone. It
 * stands for whatever address they have or get there.
 */
function knownBy({ person }: InboundMessage, lead: Lead | null): string | null {
  const given = addressesOf(person);
  return (
    [given.phone, given.email, given.linkedinUrl, lead?.phone, lead?.email, lead?.linkedinUrl].find(
      (address) => address !== null && address !== undefined,
    ) ?? null
  );
}
