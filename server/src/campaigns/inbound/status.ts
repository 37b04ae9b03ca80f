import { markReplied } from "../../db/inbound.ts";
import { factsAfter, type ToldLead } from "../../db/lead-told.ts";
import { markConnectedSomewhere } from "../../db/stopping.ts";
import type { LeadStatus } from "../../domain/event.ts";
import { movedAlong, statusCounts } from "../../domain/told.ts";
import { type StatusBasis, setLeadStatus } from "../control.ts";
import type { Arrival } from "./context.ts";

/** Changes a lead's status, with its event, and stops what the new one stops. */
async function changeStatus(arrival: Arrival, lead: ToldLead, status: LeadStatus, basis: StatusBasis): Promise<void> {
  const changed = await setLeadStatus(arrival.tx, arrival.workspaceId, lead.id, status, "automation", null, basis);
  if (changed) arrival.effects.lanes.push(...changed.lanes);
  arrival.effects.moved = true;
}

/** Whether what happened then can move the lead's status: somebody may have set it later. */
export function movesStatus(lead: ToldLead, at: Date): boolean {
  return lead.statusToldAt === null || at > lead.statusToldAt;
}

/** The status that follows from something that happened at `at`. */
export async function moveStatus(arrival: Arrival, lead: ToldLead, status: LeadStatus, at: Date): Promise<void> {
  if (movesStatus(lead, at)) await changeStatus(arrival, lead, status, { at });
}

/** Somebody set the status in another system, at that time. Answers whether that counts. */
export async function tellStatus(
  arrival: Arrival,
  lead: ToldLead,
  status: LeadStatus,
  at: Date,
  elsewhere: StatusBasis["elsewhere"],
): Promise<boolean> {
  const { tx, workspaceId } = arrival;
  if (status === "CONNECTION_ACCEPTED") {
    await markConnectedSomewhere(tx, workspaceId, lead.id, at);
    arrival.effects.moved = true;
  }
  if (status === "REPLY_RECEIVED") await markReplied(tx, workspaceId, lead.id, at);
  if (!statusCounts(lead, status, at.getTime())) return false;
  const next = movedAlong(status, await factsAfter(tx, workspaceId, lead.id, at));
  await changeStatus(arrival, lead, next, { at, told: { status, at }, ...(elsewhere && { elsewhere }) });
  return true;
}
