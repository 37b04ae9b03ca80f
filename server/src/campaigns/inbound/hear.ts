import { storeTagReason } from "../../db/assistant-condition.ts";
import { assistantLead } from "../../db/assistant-lead.ts";
import { recallAssistantMessages } from "../../db/assistant-message.ts";
import { getModelSettings } from "../../db/assistant-model.ts";
import { hearMessage, supersedeTurns } from "../../db/assistant-turn.ts";
import type { TouchedLane } from "../../db/event.ts";
import { textsSentTo } from "../../db/inbound.ts";
import { findLeadByAddress, type Lead, updateLead } from "../../db/lead.ts";
import { profileNamed } from "../../db/profile.ts";
import { refusalOf } from "../../domain/contact-refusal.ts";
import type { ChannelName } from "../../domain/event.ts";
import { newId } from "../../domain/id.ts";
import { type InboundMessage, ownSubject, saidIn } from "../../domain/inbound.ts";
import { longestSent, withoutOurWords } from "../../domain/own-words.ts";
import { effectiveMode } from "../../domain/profile.ts";
import { type ConsentBasis, doNotContact, suppress } from "../consent.ts";
import { recordLeadChange } from "../lead-change.ts";
import { type Arrival, timeOf } from "./context.ts";
import { addressesOf } from "./person.ts";
import { takenBack } from "./taken-back.ts";

/** However much comes in, the answer is begun after so many times the response delay, or two minutes. */
const longestDelays = 4;
const longestMs = 120_000;
/** Nobody is to think that it was typed: what is asked of a message isn't held up. */
const longestListenMs = 60_000;
/** What the lead wrote before that is not answered by itself any more. */
const longestAgoMs = 24 * 3_600_000;

/** Where the message stands that came in. */
export interface Heard {
  messageId: string;
  conversationId: string;
  senderId: string;
}

/**
 * A lead wrote: who asks to be left alone is, in whatever words. Else, if it has a profile, the assistant answers after its
 * delay, once, whatever more comes in until then; what it had begun to say is taken back. Answers what it did about an opt-out;
 * null: nothing. In a transaction that holds the lead still.
 */
export async function hear(
  arrival: Arrival,
  lead: Lead,
  message: InboundMessage,
  heard: Heard,
): Promise<string | null> {
  const refused = await refuse(arrival, lead, message, heard);
  if (refused === null) await listen(arrival, lead, message, heard);
  return refused;
}

/** The assistant's part of it. */
async function listen(arrival: Arrival, lead: Lead, message: InboundMessage, heard: Heard): Promise<void> {
  const { tx, workspaceId } = arrival;
  const profile = lead.profile === null ? null : await profileNamed(tx, workspaceId, lead.profile);
  if (!profile) return;
  const { messageId, conversationId, senderId } = heard;
  await tagReplied(arrival, lead, message.channel, messageId);
  const kept = await assistantLead(tx, workspaceId, lead.id);
  // What another system tells of its own conversations is answered there. What is found days later (a mailbox that is read for
  // the first time) is for people.
  const old = message.at !== null && message.at < arrival.receivedAt.getTime() - longestAgoMs;
  if (message.external !== null || old) return;
  // Whoever answers: what is asked of each message is asked, and an answer is not.
  const listenOnly = effectiveMode(profile.mode, kept) === "off";
  if (listenOnly && (profile.content.listenWhenOff === false || !(await getModelSettings(tx, workspaceId)))) return;
  const takenBack = listenOnly ? [] : await recallAssistantMessages(tx, workspaceId, lead.id, "The lead wrote again.");
  const { responseDelaySeconds, responseJitter, opening } = profile.content;
  const waited = responseDelaySeconds * 1_000 * (1 + Math.random() * responseJitter);
  const delayMs = listenOnly ? Math.min(waited, longestListenMs) : waited;
  await hearMessage(tx, workspaceId, {
    ...{ turnId: newId("turn"), leadId: lead.id, profileId: profile.id, channel: message.channel },
    // What came by no sender of Herald's is answered by any.
    senderId: senderId === arrival.sourceId ? null : senderId,
    conversationId: senderId === arrival.sourceId ? null : conversationId,
    ...{ messageId, delayMs, listenOnly, takenBack, openingTemplate: opening.template },
    longestMs: Math.min(longestDelays * delayMs, delayMs + longestMs),
  });
}

/**
 * Another system told what the lead wrote, and the lead's own provider tells it now: it is answered here after all. Whether it asks to
 * be left alone was decided then.
 */
export async function hearAgain(arrival: Arrival, lead: Lead, message: InboundMessage, heard: Heard): Promise<void> {
  if (refusalOf(saidIn(message)) === null) await listen(arrival, lead, message, heard);
}

/** Whether the lead asks not to be contacted any more, as far as words tell without a model; then nobody does. */
async function refuse(
  arrival: Arrival,
  lead: Lead,
  message: InboundMessage,
  { messageId }: Heard,
): Promise<string | null> {
  const { tx, workspaceId, effects } = arrival;
  const said = saidIn(message);
  const inWords = refusalOf(said);
  // Some write no more than that into the subject, above their signature.
  const text = inWords === null ? (ownSubject(message) ?? "") : said;
  const refusal = inWords ?? refusalOf(text);
  if (refusal === null || (await takenBack(arrival, lead, timeOf(arrival, message.at)))) return null;
  // "Reply STOP to opt out" is what was sent to the lead, who liked it.
  const own = withoutOurWords(text, await textsSentTo(tx, workspaceId, lead.id, message.channel, longestSent));
  if (own !== text && refusalOf(own) === null) return null;
  const evidence = { text: text.trim().slice(0, 200).toWellFormed(), messageId };
  const by = lead.profile === null ? null : "assistant";
  const basis = { reason: `asked: ${refusal}`, source: "lead" as const, by, evidence };
  effects.lanes.push(...((await doNotContact(tx, workspaceId, lead.id, basis))?.lanes ?? []));
  const writer = message.mail ? addressesOf(message.person).email : null;
  if (writer !== null && writer !== lead.email) effects.lanes.push(...(await leaveAlone(arrival, writer, basis)));
  effects.moved = true;
  const reason = "The lead asked not to be contacted.";
  if (lead.profile !== null) {
    await supersedeTurns(tx, workspaceId, lead.id, { reason, state: "stopped" });
    await recallAssistantMessages(tx, workspaceId, lead.id, reason);
  }
  return `${reason.slice(0, -1)} ("${refusal}").`;
}

/** Who asked it for somebody else in a thread means themselves: by the address that the mail came from. */
async function leaveAlone({ tx, workspaceId }: Arrival, writer: string, basis: ConsentBasis): Promise<TouchedLane[]> {
  const other = await findLeadByAddress(tx, workspaceId, "email", writer);
  const outcome = other
    ? await doNotContact(tx, workspaceId, other.id, basis)
    : await suppress(tx, workspaceId, { ...basis, channel: "email", address: writer, kind: "unsubscribe" });
  return outcome?.lanes ?? [];
}

/** Known without a model. */
async function tagReplied(arrival: Arrival, lead: Lead, channel: ChannelName, messageId: string): Promise<void> {
  const { tx, workspaceId, effects } = arrival;
  const tag = "hasReplied";
  if (lead.tags.includes(tag)) return;
  const after = await updateLead(tx, workspaceId, lead.id, { addTags: [tag] });
  if (!after) return;
  const reason = "The lead wrote.";
  effects.lanes.push(
    ...(await recordLeadChange(tx, workspaceId, lead, after, "source", undefined, { channel, reason })),
  );
  await storeTagReason(tx, workspaceId, lead.id, { tag, reason, messageId, turnId: null });
}
