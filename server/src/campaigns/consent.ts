import { endForbiddenTurns } from "../db/assistant-turn-change.ts";
import { recordConsentChange } from "../db/consent.ts";
import { type NewEvent, recordEvents, type TouchedLane } from "../db/event.ts";
import { addressFields, getLead, getLeads, type Lead } from "../db/lead.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import { holdStill } from "../db/still.ts";
import { leadsWithAddress, stopSequences } from "../db/stopping.ts";
import { addSuppression, clearDoNotContact, markDoNotContact, removeSuppression } from "../db/suppression.ts";
import { linkedChannelsOf } from "../db/workspace.ts";
import {
  type ChannelName,
  type ConsentData,
  type ConsentSource,
  channels,
  type Evidence,
  type SuppressionKind,
} from "../domain/event.ts";

/**
 * What people agree to. Each change is one transaction: the suppression, the record of it (`consent_change`, kept for ever),
 * the end of sequences, and the events. Nothing is sent to a lead from the moment at which that is committed: see
 * `db/still.ts`; a transaction in which a change is made may be run again for that.
 */

/** Who wants a change, and how that is known. */
export interface ConsentBasis {
  /** For people: "keyword: STOP". */
  reason: string;
  source: ConsentSource;
  /** The API key's ID, or who else. */
  by?: string | null;
  note?: string | null;
  /** When it was said; default now. */
  at?: Date;
  /** `messageId` and `text` where a message says it; `provider: "twilio"` where Twilio has it on record, too. */
  evidence?: Evidence | null;
}

export interface OptOut extends ConsentBasis {
  /** all: on every channel that uses this address. */
  channel: ChannelName | "all";
  /**
   * Normalised, as leads have it. Mostly one of the channel's; else by which the person is known who refuses that channel, and
   * it counts for whoever has it, at whatever address of the channel.
   */
  address: string;
  kind: SuppressionKind;
}

/** What a change did; lanes and planner are to be woken after the commit. */
export interface ConsentOutcome {
  /** False: it was so already. */
  changed: boolean;
  /** Whom it concerns. */
  leadIds: string[];
  /** Destinations that got deliveries. */
  lanes: TouchedLane[];
}

/** The channel that an address is one of. */
export function channelOfAddress(address: string): ChannelName {
  if (address.includes("://")) return "linkedin";
  return address.includes("@") ? "email" : "sms";
}

/**
 * From now on nothing is sent to the address; leads that have it leave their sequences. Said again it changes nothing.
 * `urgent`: doesn't wait for a message that is just being sent; for what that very sending tells. `stop` false: sequences go on
 * without this address.
 */
export async function suppress(
  tx: Queryable,
  workspaceId: string,
  optOut: OptOut,
  { urgent = false, stop = true }: { urgent?: boolean; stop?: boolean } = {},
): Promise<ConsentOutcome> {
  const { address, reason } = optOut;
  const leadIds = await leadsWithAddress(tx, workspaceId, address);
  await holdStill(tx, workspaceId, leadIds, { urgent });
  const changed = await addSuppression(tx, workspaceId, optOut);
  for (const leadId of stop ? leadIds : []) {
    await stopSequences(tx, { workspaceId, leadId, reason: `suppressed: ${reason}`, begunOnly: true });
  }
  if (!changed) return { changed, leadIds, lanes: [] };
  const leads = await getLeads(tx, workspaceId, leadIds);
  if (stop) await endWaiting(tx, workspaceId, leads);
  const events = await optedOut(tx, workspaceId, optOut, leads);
  return { changed, leadIds, lanes: await recordEvents(tx, events) };
}

/** What the assistant has drafted, or left to a person, is to be sent to nobody now. */
async function endWaiting(tx: Queryable, workspaceId: string, leads: readonly Lead[]): Promise<void> {
  const ids = leads.filter(({ profile }) => profile !== null).map(({ id }) => id);
  if (ids.length > 0) await endForbiddenTurns(tx, workspaceId, ids, "Nobody may write to the lead any more.");
}

/** The record and the events of an opt-out: one for each lead with the address, or one without a lead. */
async function optedOut(
  tx: Queryable,
  workspaceId: string,
  optOut: OptOut,
  leads: readonly Lead[],
): Promise<NewEvent[]> {
  const { address, kind, channel } = optOut;
  const of = channel === "all" ? channelOfAddress(address) : channel;
  const linked = kind === "bounce" || kind === "invalid" ? [] : await linkedChannelsOf(tx, workspaceId, of);
  const about = leads.length > 0 ? leads : [null];
  const optedOutAt = new Date().toISOString();
  const events: NewEvent[] = [];
  for (const lead of about) {
    await onRecord(tx, workspaceId, "opted_out", optOut, lead?.id ?? null);
    const data = {
      ...{ ...consentData(lead, optOut, address), channel: of, address, kind },
      ...{ linkedChannels: linked, isDoNotContact: kind === "do_not_contact", optedOutAt },
    };
    events.push(newEvent(workspaceId, "lead.opted_out", data, { leadId: lead?.id ?? null, channel: of }));
  }
  return events;
}

function onRecord(
  tx: Queryable,
  workspaceId: string,
  change: "opted_out" | "opted_in",
  { channel, address, kind, reason, source, by = null, note = null, evidence = null }: OptOut,
  leadId: string | null,
): Promise<void> {
  return recordConsentChange(tx, workspaceId, {
    ...{ change, channel, address, leadId, kind, reason, source, by, note, evidence },
  });
}

function consentData(lead: Lead | null, basis: ConsentBasis, address: string): ConsentData {
  const own = (of: ChannelName) => (lead ? lead[addressFields[of]] : of === channelOfAddress(address) ? address : null);
  return {
    leadId: lead?.id ?? null,
    externalLeadId: lead?.externalLeadId ?? null,
    ...{ linkedinUrl: own("linkedin"), phone: own("sms"), email: own("email") },
    ...{ reason: basis.reason, source: basis.source, changedBy: basis.by ?? null },
    ...{ note: basis.note ?? null, evidence: basis.evidence ?? null },
  };
}

/**
 * Nobody writes to this person any more, on any channel; not at an address either that the lead gets later. Null: there is no
 * such lead.
 */
export async function doNotContact(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  basis: ConsentBasis,
): Promise<ConsentOutcome | null> {
  await holdStill(tx, workspaceId, [leadId]);
  const lead = await getLead(tx, workspaceId, leadId);
  if (!lead) return null;
  if (!(await markDoNotContact(tx, workspaceId, leadId))) return { changed: false, leadIds: [leadId], lanes: [] };
  await stopSequences(tx, { workspaceId, leadId, reason: `do_not_contact: ${basis.reason}`, begunOnly: true });
  const data = consentData(lead, basis, "");
  const events = [
    newEvent(
      workspaceId,
      "lead.do_not_contact",
      { ...data, leadId, doNotContactAt: new Date().toISOString() },
      { leadId },
    ),
  ];
  for (const optOut of wholePerson(lead, basis)) {
    await addSuppression(tx, workspaceId, optOut);
    events.push(...(await optedOut(tx, workspaceId, optOut, [lead])));
  }
  await endWaiting(tx, workspaceId, [lead]);
  return { changed: true, leadIds: [leadId], lanes: await recordEvents(tx, events) };
}

function wholePerson(lead: Lead, basis: ConsentBasis): OptOut[] {
  return channels.flatMap((channel) => {
    const address = lead[addressFields[channel]];
    return address === null ? [] : [{ ...basis, channel: "all" as const, address, kind: "do_not_contact" as const }];
  });
}

/** A lead that nobody may write to got an address: it is kept beyond the lead, as its others are. */
export async function keepFromNewAddresses(tx: Queryable, workspaceId: string, lead: Lead): Promise<void> {
  if (!lead.doNotContact) return;
  const basis: ConsentBasis = { reason: "The lead is not to be contacted, and got this address.", source: "system" };
  for (const optOut of wholePerson(lead, basis)) {
    if (await addSuppression(tx, workspaceId, optOut)) await onRecord(tx, workspaceId, "opted_out", optOut, lead.id);
  }
}

/**
 * Lifts what forbids writing to an address: of these kinds, or all of it. `changed` is false where there was nothing. Where a
 * whole person is meant, all of its addresses are free again. `before`: only what was said before that.
 */
export async function lift(
  tx: Queryable,
  workspaceId: string,
  what: { channel: ChannelName | "all"; address: string; kinds?: readonly SuppressionKind[]; before?: Date },
  basis: ConsentBasis,
): Promise<ConsentOutcome> {
  const removed = await removeSuppression(tx, workspaceId, what);
  const leadIds = await leadsWithAddress(tx, workspaceId, what.address);
  const leads = await getLeads(tx, workspaceId, leadIds);
  const events: NewEvent[] = [];
  for (const kind of removed) {
    const known = { ...basis, ...what, kind };
    events.push(...(await optedIn(tx, workspaceId, known, leads)));
    if (kind !== "do_not_contact") continue;
    for (const lead of leads) events.push(...(await freePerson(tx, workspaceId, lead, basis)));
  }
  return { changed: removed.length > 0, leadIds, lanes: await recordEvents(tx, events) };
}

/** Takes a `doNotContact` back; what else its addresses have stays. Null: there is no such lead. */
export async function allowContact(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  basis: ConsentBasis,
): Promise<ConsentOutcome | null> {
  const lead = await getLead(tx, workspaceId, leadId);
  if (!lead) return null;
  const wasForbidden = await clearDoNotContact(tx, workspaceId, leadId);
  const events = await freePerson(tx, workspaceId, lead, basis);
  return {
    changed: wasForbidden || events.length > 0,
    leadIds: [leadId],
    lanes: await recordEvents(tx, events),
  };
}

async function freePerson(tx: Queryable, workspaceId: string, lead: Lead, basis: ConsentBasis): Promise<NewEvent[]> {
  await clearDoNotContact(tx, workspaceId, lead.id);
  const events: NewEvent[] = [];
  for (const optOut of wholePerson(lead, basis)) {
    const { channel, address, kind } = optOut;
    const removed = await removeSuppression(tx, workspaceId, { channel, address, kinds: [kind] });
    if (removed.length > 0) events.push(...(await optedIn(tx, workspaceId, optOut, [lead])));
  }
  return events;
}

async function optedIn(
  tx: Queryable,
  workspaceId: string,
  optOut: OptOut,
  leads: readonly Lead[],
): Promise<NewEvent[]> {
  const { address, kind, channel } = optOut;
  const of = channel === "all" ? channelOfAddress(address) : channel;
  const events: NewEvent[] = [];
  for (const lead of leads.length > 0 ? leads : [null]) {
    await onRecord(tx, workspaceId, "opted_in", optOut, lead?.id ?? null);
    const data = { ...consentData(lead, optOut, address), channel: of, address, kind };
    const about = { leadId: lead?.id ?? null, channel: of };
    events.push(newEvent(workspaceId, "lead.opted_in", { ...data, optedInAt: new Date().toISOString() }, about));
  }
  return events;
}
