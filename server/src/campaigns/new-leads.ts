import { isEventNamed } from "../db/destination-filter.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import type { NewLead } from "../db/lead-insert.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";
import type { LeadOrigin } from "../domain/event.ts";

/** How leads came in, for `lead.created`. */
export interface Intake {
  origin: LeadOrigin;
  /** The campaign that they are added for. */
  campaignId: string | null;
}

/**
 * Records a `lead.created` for each of these leads, which are new, in the transaction that stores them; returns the lanes that
 * got work. An import records them only where a destination names the event, which one look-up a batch finds out: a million
 * events that nobody asked for would cost more than the import, and would stand before replies in every destination that takes
 * whatever comes.
 */
export async function recordNewLeads(
  tx: Queryable,
  workspaceId: string,
  leads: readonly NewLead[],
  { origin, campaignId }: Intake,
): Promise<TouchedLane[]> {
  const namedOnly = origin === "import";
  if (leads.length === 0 || (namedOnly && !(await isEventNamed(tx, workspaceId, "lead.created")))) return [];
  const now = Date.now();
  const createdAt = new Date(now).toISOString();
  const events = leads.map(({ id, externalLeadId, ...lead }) => {
    const { firstName, lastName, company, title, linkedinUrl, phone, email, timeZone, profile, tags, custom } = lead;
    const person = { firstName, lastName, company, title, linkedinUrl, phone, email, timeZone, profile, tags, custom };
    const data = { leadId: id, externalLeadId, campaignId, ...person, origin, createdAt };
    return newEvent(workspaceId, "lead.created", data, { leadId: id, campaignId, namedOnly }, now);
  });
  return await recordEvents(tx, events);
}
