import { type Actor, erasureAction, recordActs } from "../db/audit.ts";
import {
  addressesOfLead,
  deleteLead,
  type Erasure,
  endMessages,
  insertErasure,
  keepRefusals,
  leadsWithAddresses,
  recordErasedConsent,
} from "../db/erasure.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { getLead } from "../db/lead.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import { holdStill } from "../db/still.ts";
import { stopSequences } from "../db/stopping.ts";
import { newId } from "../domain/id.ts";

/**
 * The erasure of a person begins: one transaction, after which nothing is sent to them, nobody finds them, and all that is
 * left will be erased. The lead's row is gone, so that whoever comes later finds nobody; what hangs on it is erased by the
 * `Eraser`, in parts, since it can be much.
 */

export interface ErasureRequest {
  /** Who asked Herald for it. */
  actor: Actor;
  /** For people, and kept: nothing about the person belongs there. */
  reason: string | null;
}

export interface BegunErasure {
  erasure: Erasure;
  /** Destinations that got deliveries. */
  lanes: TouchedLane[];
}

/** Begins the erasure of a lead; null: there is none. Waits for a message that is just being sent to it (`db/still.ts`). */
export async function eraseLead(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  request: ErasureRequest,
): Promise<BegunErasure | null> {
  await holdStill(tx, workspaceId, [leadId]);
  const lead = await getLead(tx, workspaceId, leadId);
  if (!lead) return null;
  const addresses = await addressesOfLead(tx, workspaceId, leadId);
  const reason = "erased: The lead was erased.";
  const { stopped } = await stopSequences(tx, { workspaceId, leadId, reason, colleagues: "never" });
  const cancelled = await endMessages(tx, workspaceId, leadId);
  const counts = { sequencesStopped: stopped, messagesCancelled: cancelled };
  const person = { leadId, externalLeadId: lead.externalLeadId, addresses, counts };
  // The event before the lead goes: destinations may ask for its tags.
  const begun = await begin(tx, workspaceId, person, request);
  await deleteLead(tx, workspaceId, leadId);
  return begun;
}

/**
 * Begins the erasure of whoever has these addresses (in canonical form): the leads that have one, and where there is none the
 * addresses by themselves.
 */
export async function eraseAddresses(
  tx: Queryable,
  workspaceId: string,
  addresses: readonly string[],
  request: ErasureRequest,
): Promise<BegunErasure[]> {
  const begun: BegunErasure[] = [];
  for (const leadId of (await leadsWithAddresses(tx, workspaceId, addresses)).sort()) {
    const one = await eraseLead(tx, workspaceId, leadId, request);
    if (one) begun.push(one);
  }
  const known = new Set(begun.flatMap(({ erasure }) => erasure.addresses ?? []));
  const others = addresses.filter((address) => !known.has(address));
  if (others.length > 0) {
    const person = { leadId: null, externalLeadId: null, addresses: others, counts: {} };
    begun.push(await begin(tx, workspaceId, person, request));
  }
  return begun;
}

async function begin(
  tx: Queryable,
  workspaceId: string,
  {
    leadId,
    externalLeadId,
    addresses,
    counts,
  }: {
    leadId: string | null;
    externalLeadId: string | null;
    addresses: readonly string[];
    counts: Readonly<Record<string, number>>;
  },
  { actor, reason }: ErasureRequest,
): Promise<BegunErasure> {
  const by = actor.id;
  await keepRefusals(tx, workspaceId, addresses, by);
  const changes = addresses.map((address) => ({ id: newId("consent"), address, leadId, by }));
  await recordErasedConsent(tx, workspaceId, changes);
  const id = newId("erasure");
  const erasure = await insertErasure(tx, workspaceId, { id, leadId, addresses, requestedBy: by, reason, counts });
  const data = {
    ...{ leadId, externalLeadId, addressHashes: erasure.addressHashes.map((hash) => hash.toString("hex")) },
    ...{ erasedBy: by, erasedAt: new Date().toISOString() },
  };
  const lanes = await recordEvents(tx, [newEvent(workspaceId, "lead.erased", data, { leadId })]);
  const act = { workspaceId, actor, action: erasureAction, target: leadId ?? id, leadId, lasting: true };
  await recordActs(tx, [{ ...act, content: { erasure: id, reason, ...counts } }]);
  return { erasure, lanes };
}
