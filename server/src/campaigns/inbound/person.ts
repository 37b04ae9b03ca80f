import { completeLead, leadOfThread, sendersOfAccount } from "../../db/inbound.ts";
import { addressFields, findLeadByAddress, getLead, type Lead } from "../../db/lead.ts";
import { insertLeads } from "../../db/lead-insert.ts";
import { mailSenders } from "../../db/mail.ts";
import { normaliseEmail } from "../../domain/email-address.ts";
import type { ChannelName } from "../../domain/event.ts";
import { newId } from "../../domain/id.ts";
import type { InboundAccount, InboundPerson } from "../../domain/inbound.ts";
import { normaliseLead } from "../../domain/lead.ts";
import { normaliseLinkedinUrl } from "../../domain/linkedin-url.ts";
import { normalisePhone } from "../../domain/phone.ts";
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
  if (account.provider === "imap") {
    const others = (await mailSenders(arrival.tx, arrival.workspaceId)).map(({ id }) => id);
    return [account.accountId, ...others.filter((id) => id !== account.accountId)];
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
): Promise<Lead | null> {
  const { tx, workspaceId } = arrival;
  const thread = { providerThreadId, providerLeadId: person.providerLeadId ?? null };
  let id = senderIds.length > 0 ? await leadOfThread(tx, workspaceId, senderIds, thread) : null;
  const addresses = addressesOf(person);
  for (const channel of ["linkedin", "sms", "email"] as const) {
    const address = addresses[addressFields[channel]];
    if (id === null && address !== null) id = (await findLeadByAddress(tx, workspaceId, channel, address))?.id ?? null;
  }
  return id === null ? null : await lockLead(arrival, id);
}

/** The lead, locked against others that arrive for it; null: there is none. */
export async function lockLead({ tx, workspaceId }: Arrival, id: string): Promise<Lead | null> {
  await tx.query("select 1 from lead where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
  return await getLead(tx, workspaceId, id);
}

/** Makes a lead of a person. Null: none of the addresses can be one. */
export async function makePerson(arrival: Arrival, person: InboundPerson): Promise<Lead | null> {
  const { tx, workspaceId } = arrival;
  const { providerLeadId: _, ...fields } = person;
  const short = (text: string | null | undefined, most: number) => text?.slice(0, most).toWellFormed() ?? null;
  const result = normaliseLead({
    ...addressesOf(person),
    firstName: short(fields.firstName, 200),
    lastName: short(fields.lastName, 200),
    externalLeadId: short(fields.externalLeadId, 200),
    profile: short(fields.profile, 200),
  });
  if (!result.ok) return null;
  const id = newId("lead");
  const lead = { ...result.lead, id };
  const { inserted, duplicates } = await insertLeads(tx, workspaceId, [lead]);
  if (inserted.has(id)) {
    const intake = { origin: "source", campaignId: null } as const;
    arrival.effects.lanes.push(...(await recordNewLeads(tx, workspaceId, [lead], intake)));
  }
  const found = inserted.has(id) ? id : duplicates.get(id)?.leadId;
  return found === undefined ? null : await lockLead(arrival, found);
}

/** What the source knows and the lead lacks. */
export async function completePerson({ tx, workspaceId }: Arrival, lead: Lead, person: InboundPerson): Promise<Lead> {
  const known = {
    externalLeadId: lead.externalLeadId === null ? (person.externalLeadId ?? null) : null,
    profile: lead.profile === null ? (person.profile ?? null) : null,
    firstName: lead.firstName === null ? (person.firstName ?? null) : null,
    lastName: lead.lastName === null ? (person.lastName ?? null) : null,
  };
  if (Object.values(known).every((value) => value === null)) return lead;
  await completeLead(tx, workspaceId, lead.id, known);
  return (await getLead(tx, workspaceId, lead.id)) ?? lead;
}

export function addressOn(lead: Lead, channel: ChannelName): string | null {
  return lead[addressFields[channel]];
}

/** For people: who it is. */
export function nameOf(person: InboundPerson): string {
  return person.linkedinUrl ?? person.phone ?? person.email ?? person.providerLeadId ?? "somebody without an address";
}
