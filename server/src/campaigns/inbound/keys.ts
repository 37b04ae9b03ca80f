import { leadOfThread, messageOfProvider } from "../../db/inbound.ts";
import { leadsByAddresses } from "../../db/lead-told.ts";
import type { InboundAccount, InboundFact, InboundPerson } from "../../domain/inbound.ts";
import type { Arrival } from "./context.ts";
import { addressesOf, senderIdsOf } from "./person.ts";

/** Whom a fact concerns: facts that have a key or a lead in common are applied one after the other. */
export interface PeopleKeys {
  keys: string[];
  leadIds: string[];
}

/** Facts that concern nobody but whom `keysOfFact` finds, so that others can be applied beside them. */
export function hasPeople(fact: InboundFact): boolean {
  switch (fact.kind) {
    case "message":
      // Whom a mail is from is found by the mails that it answers.
      return !fact.mail;
    case "report":
    case "relation":
    case "invitation":
    case "opt_out":
    case "lead":
    case "notification":
    case "campaign":
      return true;
    default:
      return false;
  }
}

const noPeople: PeopleKeys = { keys: [], leadIds: [] };

export async function keysOfFact(arrival: Arrival, fact: InboundFact): Promise<PeopleKeys> {
  switch (fact.kind) {
    case "report": {
      const { tx, workspaceId } = arrival;
      const senderIds = await senderIdsOf(arrival, fact.account);
      const message = await messageOfProvider(tx, workspaceId, senderIds, fact.providerMessageId);
      // Whom a refusal concerns is known without its message.
      const of = fact.suppress && fact.to ? await keysOfPerson(arrival, { phone: fact.to }, null, null) : noPeople;
      const leadIds = message ? [message.leadId] : [];
      return { keys: [`message ${fact.providerMessageId}`, ...of.keys], leadIds: [...leadIds, ...of.leadIds] };
    }
    case "message": {
      const of = await keysOfPerson(arrival, fact.person, fact.account, fact.providerThreadId);
      return { ...of, keys: [...of.keys, `message ${fact.providerMessageId}`] };
    }
    case "relation":
      return await keysOfPerson(arrival, fact.person, fact.account, null);
    case "invitation":
    case "opt_out":
    case "lead":
    case "notification":
      return await keysOfPerson(arrival, fact.person, null, null);
    default:
      return { keys: [], leadIds: [] };
  }
}

async function keysOfPerson(
  arrival: Arrival,
  person: InboundPerson,
  account: InboundAccount | null,
  threadId: string | null,
): Promise<PeopleKeys> {
  const { tx, workspaceId } = arrival;
  const addresses = addressesOf(person);
  const leadIds = [...(await leadsByAddresses(tx, workspaceId, addresses))];
  const keys = Object.values(addresses).filter((address) => address !== null);
  const providerLeadId = person.providerLeadId ?? null;
  if (account) {
    if (providerLeadId !== null) keys.push(`person ${account.accountId} ${providerLeadId}`);
    if (threadId !== null) keys.push(`thread ${account.accountId} ${threadId}`);
    const senderIds = await senderIdsOf(arrival, account);
    const thread = { providerThreadId: threadId, providerLeadId };
    const known = senderIds.length > 0 ? await leadOfThread(tx, workspaceId, senderIds, thread) : null;
    if (known !== null) leadIds.push(known);
  }
  return { keys, leadIds };
}
