import { addressFields, updateLead } from "../../db/lead.ts";
import { stopByTags } from "../../db/stopping.ts";
import { channels } from "../../domain/event.ts";
import type { InboundLeadChange, InboundOptOut } from "../../domain/inbound.ts";
import { customKeyProblem, leadLimits } from "../../domain/lead.ts";
import { doNotContact, suppress } from "../consent.ts";
import { retryBlockedSteps } from "../control.ts";
import { recordTagChange } from "../tags.ts";
import type { Applied, Arrival } from "./context.ts";
import { addressesOf, findPerson, nameOf } from "./person.ts";
import { changeStatus } from "./status.ts";

/** Somebody opted out elsewhere: of one channel, or of all. It counts for the address, whether a lead has it or not. */
export async function applyOptOut(arrival: Arrival, optOut: InboundOptOut): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const lead = await findPerson(arrival, optOut.person, [], null);
  const given = addressesOf(optOut.person);
  const meant = channels.filter((channel) => optOut.channel === "all" || optOut.channel === channel);
  const { reason, why = optOut.wholePerson ? "do_not_contact" : "provider", evidence = null } = optOut;
  const basis = { reason, source: "external" as const, by: arrival.sourceId, evidence };
  let suppressed = 0;
  if (optOut.wholePerson && lead) {
    arrival.effects.lanes.push(...((await doNotContact(tx, workspaceId, lead.id, basis))?.lanes ?? []));
    suppressed += 1;
  }
  for (const channel of meant) {
    const field = addressFields[channel];
    for (const address of new Set([given[field], lead?.[field] ?? null])) {
      if (address === null) continue;
      const { lanes } = await suppress(tx, workspaceId, {
        ...basis,
        ...{ channel: optOut.channel === "all" ? "all" : channel, address, kind: why },
      });
      arrival.effects.lanes.push(...lanes);
      suppressed += 1;
    }
  }
  if (suppressed === 0) {
    return { kind: "unmatched", detail: `No ${optOut.channel} address is known of ${nameOf(optOut.person)}.` };
  }
  arrival.effects.moved = true;
  return { kind: "done", detail: "Opted out.", leadId: lead?.id ?? null };
}

/** What another system learned about a lead: its status, tags, fields. */
export async function applyLeadChange(arrival: Arrival, change: InboundLeadChange): Promise<Applied> {
  const { tx, workspaceId } = arrival;
  const lead = await findPerson(arrival, change.person, [], null);
  if (!lead) return { kind: "unmatched", detail: `Nobody is known as ${nameOf(change.person)}.` };
  const left: string[] = [];
  const custom = Object.entries(change.custom ?? {}).flatMap(([key, value]) => {
    const fits = customKeyProblem(key) === null && (value === null || value.length <= leadLimits.customValue);
    if (!fits) left.push(key);
    return fits ? [[key, value] as const] : [];
  });
  const fitting = (tags: readonly string[] | undefined) =>
    tags?.filter((tag) => tag !== "" && tag.length <= leadLimits.tag);
  if (change.addTags || change.removeTags || custom.length > 0) {
    const changed = await updateLead(tx, workspaceId, lead.id, {
      addTags: fitting(change.addTags),
      removeTags: fitting(change.removeTags),
      custom: custom.length > 0 ? Object.fromEntries(custom) : undefined,
    });
    if (changed) arrival.effects.lanes.push(...(await recordTagChange(tx, workspaceId, lead.tags, changed)));
    if ((await stopByTags(tx, workspaceId, lead.id)) > 0) arrival.effects.moved = true;
    const { retried, lanes } = await retryBlockedSteps(tx, workspaceId, lead.id);
    arrival.effects.lanes.push(...lanes);
    if (retried > 0) arrival.effects.moved = true;
  }
  if (change.status) await changeStatus(arrival, lead, change.status);
  const detail = left.length > 0 ? `Not taken over, as no field of a lead can be called so: ${left.join(", ")}.` : null;
  return { kind: "done", detail, leadId: lead.id };
}
