import type { Lead } from "../../db/lead.ts";
import type { LeadStatus } from "../../domain/event.ts";
import { setLeadStatus } from "../control.ts";
import type { Arrival } from "./context.ts";

/** Changes a lead's status, with its event, and stops what the new one stops. */
export async function changeStatus(arrival: Arrival, lead: Pick<Lead, "id">, status: LeadStatus): Promise<void> {
  const changed = await setLeadStatus(arrival.tx, arrival.workspaceId, lead.id, status, "automation", null);
  if (changed) arrival.effects.lanes.push(...changed.lanes);
  arrival.effects.moved = true;
}
