import { leadOfThread, sendersOfAccount } from "../../db/inbound.ts";
import { addressFields, type Lead } from "../../db/lead.ts";
import { insertLeads } from "../../db/lead-insert.ts";
import { describeLead, leadsByAddresses, lockToldLead, type ToldLead } from "../../db/lead-told.ts";
import { mailSenders } from "../../db/mail.ts";
import { keptFromContact } from "../../db/suppression.ts";
import { normaliseEmail } from "../../domain/email-address.ts";
import type { ChannelName } from "../../domain/event.ts";
import { newId } from "../../domain/id.ts";
import type { InboundAccount, InboundPerson } from "../../domain/inbound.ts";
import { normaliseLead } from "../../domain/lead.ts";
import { normaliseLinkedinUrl } from "../../domain/linkedin-url.ts";
import { normalisePhone } from "../../domain/phone.ts";
import { toldPerson } from "../../domain/told.ts";
import { doNotContact } from "../consent.ts";
import { recordNewLeads } from "../new-leads.ts";
import type { Arrival } from "./context.ts";

/** A person's addresses in the spelling in which leads have them; null where there is none, or none that can be one. */
export function addressesOf(person: InboundPerson): {
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
} {
  const normal = (text: string | null | undefined, normalise: (text: string) => { ok: boolean; value?: string }) => {
    const result = text ? normalise(text) : null;
    return result?.ok ? (result.value ?? null) : null;
  };
  return {
    linkedinUrl: normal(person.linkedinUrl, normaliseLinkedinUrl),
    phone: normal(person.phone, (text) => normalisePhone(text)),
    email: normal(person.email, normaliseEmail),
  };
}

/** Senders that belong to the account; none where it is none of Herald's. */
export async function senderIdsOf(arrival: Arrival, account: InboundAccount | null): Promise<string[]> {
  if (!account) return [];
  if (account.provider === "sandbox") return [account.accountId!];
  if (account.provider === "imap") {
    const others = (await mailSenders(arrival.tx, arrival.workspaceId)).map(({ id }) => id);
    return [account.accountId!, ...others.filter((id) => id !== account.accountId)];
  }
  const senders = await sendersOfAccount(arrival.tx, arrival.workspaceId, account.provider, account.accountId);
  // The number that was written to says which one it is; a messaging service stands for its numbers.
  const exact = senders.filter((sender) => sender.config.from !== undefined && sender.config.from === account.address);
  if (exact.length > 0) return exact.map(({ id }) => id);
  const service = senders.filter(
    (sender) => account.serviceId && sender.config.messagingServiceSid === account.serviceId,
  );
  return (service.length > 0 ? service : senders).map(({ id }) => id);
}

/** The lead that it is about: by the provider's conversation, then by address. The lead is locked. */
export async function findPerson(
  arrival: Arrival,
  person: InboundPerson,
  senderIds: readonly string[],
  providerThreadId: string | null,
): Promise<ToldLead | null> {
  if (arrival.lead) return arrival.lead;
  const { tx, workspaceId } = arrival;
  const thread = { providerThreadId, providerLeadId: person.providerLeadId ?? null };
  const known = senderIds.length > 0 ? await leadOfThread(tx, workspaceId, senderIds, thread) : null;
  const id = known ?? (await leadsByAddresses(tx, workspaceId, addressesOf(person)))[0];
  return id === undefined ? null : await lockLead(arrival, id);
}

/** The lead, locked against others that arrive for it; null: there is none. */
export async function lockLead({ tx, workspaceId }: Arrival, id: string): Promise<ToldLead | null> {
  return await lockToldLead(tx, workspaceId, id);
}

/**
 * Makes a lead of a person, of whom that was said at `at`. Null: none of the addresses can be one, or the person was erased
 * after that (`arrival.saidByErased`). Who is not to be contacted stays so.
 */
export async function makePerson(arrival: Arrival, person: InboundPerson, at: Date): Promise<ToldLead | null> {
  const { tx, workspaceId, effects } = arrival;
  const own = addressesOf(person);
  const result = normaliseLead({ ...own });
  if (!result.ok) return null;
  const addresses = Object.values(own).filter((address) => address !== null);
  const kept = await keptFromContact(tx, workspaceId, addresses);
  if (kept?.erasedAt && at <= kept.erasedAt) {
    arrival.saidByErased.seen = true;
    return null;
  }
  const id = newId("lead");
  const { inserted, duplicates } = await insertLeads(tx, workspaceId, [{ ...result.lead, id }]);
  const found = inserted.has(id) ? id : duplicates.get(id)?.leadId;
  const lead = found === undefined ? null : await lockLead(arrival, found);
  if (!lead || found !== id) return lead;
  const whole = await completePerson(arrival, lead, person, at, true);
  const intake = { origin: "source", campaignId: null } as const;
  effects.lanes.push(...(await recordNewLeads(tx, workspaceId, [whole], intake)));
  if (kept === null) return whole;
  const basis = { reason: "do_not_contact: said before there was this lead", source: "external" as const, at: kept.at };
  effects.lanes.push(...((await doNotContact(tx, workspaceId, id, basis))?.lanes ?? []));
  return await lockLead(arrival, id);
}

/**
 * Whether what was said at `at` is from before the person's erasure, who is a lead again by another import: then nothing of it is kept
 * (`arrival.saidByErased`). Only what is older than the lead can be, and costs a look.
 */
export async function saidBeforeErasure(arrival: Arrival, lead: ToldLead, at: Date): Promise<boolean> {
  if (at >= lead.createdAt) return false;
  const addresses = [lead.linkedinUrl, lead.phone, lead.email].filter((address) => address !== null);
  const kept = await keptFromContact(arrival.tx, arrival.workspaceId, addresses);
  if (!kept?.erasedAt || at > kept.erasedAt) return false;
  arrival.saidByErased.seen = true;
  return true;
}

/**
 * Who it is, by what was said at that time; what the lead has of its own stays. Of what others say the first counts, whichever
 * arrives first.
 */
export async function completePerson(
  { tx, workspaceId, sourceId }: Arrival,
  lead: ToldLead,
  person: InboundPerson,
  at: Date,
  /** It was made just now: that it was is on record, with all of it. */
  fresh = false,
): Promise<ToldLead> {
  const line = (text: string | null | undefined) => text?.trim().slice(0, 200).toWellFormed() || null;
  const said = {
    ...{ externalLeadId: line(person.externalLeadId), profile: line(person.profile) },
    ...{ firstName: line(person.firstName), lastName: line(person.lastName) },
  };
  const fields = toldPerson(lead, said, at.getTime());
  if (!fields) return lead;
  await describeLead(tx, workspaceId, lead.id, fields, fresh ? null : { sourceId, before: lead });
  return { ...lead, ...fields };
}

export function addressOn(lead: Lead, channel: ChannelName): string | null {
  return lead[addressFields[channel]];
}

/** For people: who it is. */
export function nameOf(person: InboundPerson): string {
  return person.linkedinUrl ?? person.phone ?? person.email ?? person.providerLeadId ?? "somebody without an address";
}
