import { findLeadByAddress } from "../../db/lead.ts";
import type { ToldLead } from "../../db/lead-told.ts";
import {
  copyId,
  copyOfMail,
  type KnownMail,
  type MailSender,
  mailOfReferences,
  mailSenders,
  ownIdOf,
} from "../../db/mail.ts";
import type { Queryable } from "../../db/pool.ts";
import type { InboundMailPart, InboundMessage, InboundPerson } from "../../domain/inbound.ts";
import { isSharedDomain } from "../../domain/mail-providers.ts";
import { settleAsSent } from "../control.ts";
import type { Arrival } from "./context.ts";
import { addressesOf, lockLead } from "./person.ts";

export type MailMatch =
  /** `lead` is locked; null: nobody is known whom it could be of. `senderId`: in whose conversation it belongs. */
  | { kind: "lead"; lead: ToldLead | null; senderId: string }
  /** Somebody of the workspace wrote it. */
  | { kind: "colleague"; detail: string };

/** Whose reply a mail is: by the mails that it answers, then by who wrote it. The subject says nothing. */
export async function matchReply(arrival: Arrival, message: InboundMessage, mail: InboundMailPart): Promise<MailMatch> {
  const { tx, workspaceId } = arrival;
  const senders = await mailSenders(tx, workspaceId);
  const from = message.person.email ?? "";
  if (senders.some(({ address }) => address === from)) {
    return { kind: "colleague", detail: `This was written by ${from}, which is a sender of Herald's.` };
  }
  // Whoever writes STOP, and nothing else, means it.
  if (
    message.keyword !== "stop" &&
    senders.some(({ aliases }) => aliases.includes(from)) &&
    !(await findLeadByAddress(tx, workspaceId, "email", from))
  ) {
    return { kind: "colleague", detail: `This was written by ${from}, which a sender of Herald's writes from, too.` };
  }
  const senderIds = senders.map(({ id }) => id);
  const first = await mailOfReferences(tx, workspaceId, senderIds, mail.references);
  const answered = await ofRecipient(tx, workspaceId, senderIds, first, from);
  const lead = answered && (await lockLead(arrival, answered.leadId));
  if (!lead || !answered) {
    const found = await leadOf(arrival, mail);
    return { kind: "lead", lead: found, senderId: senderWrittenTo(senders, message) };
  }
  // Who answers it has it.
  const named = mail.references.find((reference) => ownIdOf(reference) === answered.id) ?? null;
  if (answered.status === "uncertain" && answered.direction === "outbound") {
    arrival.effects.lanes.push(...(await settleAsSent(tx, workspaceId, answered.id, "It was answered.", named)));
  }
  if (
    from !== lead.email &&
    isColleague(from, lead.email, senders, answered) &&
    // Of whom Herald knows as a lead it is one's own domain by chance, or written to all the same.
    !(await findLeadByAddress(tx, workspaceId, "email", from))
  ) {
    return { kind: "colleague", detail: `This was written by ${from}, of the sender's own domain.` };
  }
  return { kind: "lead", lead, senderId: answered.senderId };
}

/** A lead that one's own mail was addressed to. `lead` is locked; `senderId`: in whose conversation it belongs. */
export interface SentTo {
  lead: ToldLead;
  senderId: string;
  person: InboundPerson;
}

/**
 * The leads that one's own mail was addressed to, each once. It is of a thread only where it goes to that lead: threads are
 * forwarded, too.
 */
export async function matchSent(arrival: Arrival, message: InboundMessage, mail: InboundMailPart): Promise<SentTo[]> {
  const { tx, workspaceId } = arrival;
  const senderId = message.account!.accountId!;
  const senderIds = (await mailSenders(tx, workspaceId)).map(({ id }) => id);
  const answered = await mailOfReferences(tx, workspaceId, senderIds, mail.references);
  const found = new Map<string, InboundPerson>();
  for (const person of mail.people) {
    const { email } = addressesOf(person);
    const lead = email && (await findLeadByAddress(tx, workspaceId, "email", email));
    if (lead && !found.has(lead.id)) found.set(lead.id, person);
  }
  const sent: SentTo[] = [];
  // Locked in one order.
  for (const id of [...found.keys()].sort()) {
    const lead = await lockLead(arrival, id);
    const of = answered?.leadId === id ? answered.senderId : senderId;
    if (lead) sent.push({ lead, senderId: of, person: found.get(id)! });
  }
  return sent.sort((a, b) => Number(b.lead.id === answered?.leadId) - Number(a.lead.id === answered?.leadId));
}

/**
 * Of a mail that went to several leads the message of the one who has this address; else the message itself. Null stays null.
 */
export async function ofRecipient(
  tx: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  mail: KnownMail | null,
  address: string | null,
): Promise<KnownMail | null> {
  if (!mail?.providerMessageId || address === null || mail.toAddress === address) return mail;
  const lead = await findLeadByAddress(tx, workspaceId, "email", address);
  if (!lead || lead.id === mail.leadId) return mail;
  return (await copyOfMail(tx, workspaceId, senderIds, copyId(mail.providerMessageId, lead.id))) ?? mail;
}

async function leadOf(arrival: Arrival, mail: InboundMailPart): Promise<ToldLead | null> {
  for (const person of mail.people.slice(0, 20)) {
    const { email } = addressesOf(person);
    const found = email && (await findLeadByAddress(arrival.tx, arrival.workspaceId, "email", email));
    if (found) return await lockLead(arrival, found.id);
  }
  return null;
}

/** Senders may share a mailbox: the one whose address was written to, else whose mailbox it is. */
function senderWrittenTo(senders: readonly MailSender[], { account }: InboundMessage): string {
  const { accountId, address } = account!;
  const named = senders.filter((sender) => sender.address === address);
  return (named.find(({ id }) => id === accountId) ?? named[0])?.id ?? accountId!;
}

function isColleague(
  from: string,
  lead: string | null,
  senders: readonly MailSender[],
  { senderId }: KnownMail,
): boolean {
  const domain = (address: string | null | undefined) => address?.slice(address.lastIndexOf("@") + 1) ?? "";
  const own = domain(senders.find(({ id }) => id === senderId)?.address);
  return own !== "" && domain(from) === own && domain(lead) !== own && !isSharedDomain(own);
}
