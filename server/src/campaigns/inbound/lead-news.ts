import { liftedSince } from "../../db/consent.ts";
import { addressFields } from "../../db/lead.ts";
import { tellThings } from "../../db/lead-told.ts";
import { stopByTags } from "../../db/stopping.ts";
import { type ChannelName, channels } from "../../domain/event.ts";
import type { InboundLeadChange, InboundOptOut } from "../../domain/inbound.ts";
import { leadLimits } from "../../domain/lead.ts";
import { toldFields, toldTags } from "../../domain/told.ts";
import { doNotContact, suppress } from "../consent.ts";
import { retryBlockedSteps } from "../control.ts";
import { recordLeadChange } from "../lead-change.ts";
import { type Applied, type Arrival, timeOf } from "./context.ts";
import { addressesOf, completePerson, findPerson, makePerson, nameOf, saidBeforeErasure } from "./person.ts";
import { tellStatus } from "./status.ts";
import { takenBack } from "./taken-back.ts";

/**
 * Somebody opted out elsewhere: of one channel, or of all. It counts for the address, whether a lead has it or not; where none of
 * that channel is known, for the address by which the person is known.
 */
export async function applyOptOut(arrival: Arrival, optOut: InboundOptOut): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const lead = await findPerson(arrival, optOut.person, [], null);
  const given = addressesOf(optOut.person);
  const meant = channels.filter((channel) => optOut.channel === "all" || optOut.channel === channel);
  const { reason, why = optOut.wholePerson ? "do_not_contact" : "provider", evidence = null } = optOut;
  const at = timeOf(arrival, optOut.at ?? null);
  const basis = { reason, source: "external" as const, by: arrival.sourceId, evidence, at };
  let suppressed = 0;
  if (why === "keyword" && (await takenBack(arrival, lead, at))) {
    return { kind: "done", detail: "The lead has opted in again since.", leadId: lead?.id ?? null };
  }
  let lifted = false;
  // What is told again, or late, doesn't undo what the person agreed to since. A keyword's own rule is above.
  const agreedSince = async (channel: ChannelName | "all", address: string) => {
    const timed = why !== "keyword" && typeof optOut.at === "number";
    const since = timed && (await liftedSince(tx, workspaceId, { channel, address, kind: why, at }));
    lifted ||= since;
    return since;
  };
  if (optOut.wholePerson && lead) {
    for (const channel of channels) {
      const address = lead[addressFields[channel]];
      if (address !== null && (await agreedSince("all", address))) {
        return { kind: "done", detail: "The lead has agreed to be contacted since.", leadId: lead.id };
      }
    }
    arrival.effects.lanes.push(...((await doNotContact(tx, workspaceId, lead.id, basis))?.lanes ?? []));
    suppressed += 1;
  }
  const refuse = async (channel: ChannelName, address: string) => {
    const of = optOut.channel === "all" ? optOut.channel : channel;
    if (await agreedSince(of, address)) return;
    // An address that doesn't work is no wish: what the sequence has on other channels goes on.
    const stop = why !== "bounce" && why !== "invalid";
    const { lanes } = await suppress(tx, workspaceId, { ...basis, channel: of, address, kind: why }, { stop });
    arrival.effects.lanes.push(...lanes);
    suppressed += 1;
  };
  for (const channel of meant) {
    const field = addressFields[channel];
    for (const address of new Set([given[field], lead?.[field] ?? null])) {
      if (address !== null) await refuse(channel, address);
    }
  }
  // Who it is may be said by another address than the one that is refused (Apten knows each lead by phone): then it counts for
  // whatever address that person has or gets there. Not where an address is said not to work: nobody knows which.
  if (suppressed === 0 && !lifted && optOut.channel !== "all" && why !== "bounce" && why !== "invalid") {
    for (const address of Object.values(given)) {
      if (address !== null) await refuse(optOut.channel, address);
    }
  }
  if (suppressed === 0 && lifted) {
    return { kind: "done", detail: "The lead has agreed to be contacted since.", leadId: lead?.id ?? null };
  }
  if (suppressed === 0) {
    const which = optOut.channel === "all" ? "" : `${optOut.channel} `;
    return { kind: "unmatched", detail: `No ${which}address is known of ${nameOf(optOut.person)}.` };
  }
  arrival.effects.moved = true;
  return { kind: "done", detail: "Opted out.", leadId: lead?.id ?? null };
}

/**
 * What another system learned about a lead: its status, tags, fields. It counts by its time: what is known from later stays.
 */
export async function applyLeadChange(arrival: Arrival, change: InboundLeadChange): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const at = timeOf(arrival, change.at ?? null);
  let lead = await findPerson(arrival, change.person, [], null);
  if (!lead && change.makesLead && arrival.createLeads) lead = await makePerson(arrival, change.person, at);
  if (!lead) return { kind: "unmatched", detail: `Nobody is known as ${nameOf(change.person)}.` };
  if (await saidBeforeErasure(arrival, lead, at)) return { kind: "done", detail: null };
  lead = await completePerson(arrival, lead, change.person, at);
  const left: string[] = [];
  const custom = Object.entries(change.custom ?? {}).flatMap(([name, value]) => {
    const key = name.replaceAll("\0", "\u2400").toWellFormed();
    const fits = key.length <= leadLimits.toldKey && (value === null || value.length <= leadLimits.customValue);
    if (!fits) left.push(key.slice(0, 100));
    return fits ? [[key, value] as const] : [];
  });
  const fitting = (tags: readonly string[] | undefined) =>
    (tags ?? []).filter((tag) => tag !== "" && tag.length <= leadLimits.tag);
  if (change.addTags || change.removeTags || custom.length > 0) {
    const changes = { add: fitting(change.addTags), remove: fitting(change.removeTags) };
    const { tags, told } = toldTags(lead, changes, at.getTime());
    const fields = toldFields({ custom: lead.custom, told }, custom, at.getTime());
    const all = Object.entries({ ...lead.custom, ...Object.fromEntries(fields.fields) });
    const kept = Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
    await tellThings(tx, workspaceId, lead.id, { tags, custom: kept, told: fields.told });
    const after = { ...lead, tags, custom: kept };
    const why = { channel: change.channel ?? null, reason: null, campaignId: change.campaignId ?? null };
    const lanes = await recordLeadChange(tx, workspaceId, lead, after, "source", at, why);
    arrival.effects.lanes.push(...lanes);
    if ((await stopByTags(tx, workspaceId, lead.id)) > 0) arrival.effects.moved = true;
    const { retried, lanes: reopened } = await retryBlockedSteps(tx, workspaceId, lead.id);
    arrival.effects.lanes.push(...reopened);
    if (retried > 0) arrival.effects.moved = true;
  }
  const details: string[] = [];
  const elsewhere = { campaignId: change.campaignId ?? null, changedBy: change.changedBy ?? null };
  if (change.status && !(await tellStatus(arrival, lead, change.status, at, elsewhere))) {
    details.push("A later status is known.");
  }
  if (left.length > 0) details.push(`Not taken over, as a field of a lead can't be so long: ${left.join(", ")}.`);
  return { kind: "done", detail: details.join(" ") || null, leadId: lead.id };
}
