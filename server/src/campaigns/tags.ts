import { campaignOfLead } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import type { Lead } from "../db/lead.ts";
import { newEvent } from "../db/new-event.ts";
import type { Queryable } from "../db/pool.ts";

/** The tags of a lead that is about to be changed; it is held until the transaction ends. */
export async function tagsBefore(tx: Queryable, workspaceId: string, leadId: string): Promise<string[]> {
  const { rows } = await tx.query<{ tags: string[] }>(
    "select tags from lead where workspace_id = $1 and id = $2 for no key update",
    [workspaceId, leadId],
  );
  return rows[0]?.tags ?? [];
}

/** Records `lead.tag.updated`, if the lead's tags are others than before. Their order is no difference. */
export async function recordTagChange(
  tx: Queryable,
  workspaceId: string,
  before: readonly string[],
  lead: Lead,
): Promise<TouchedLane[]> {
  const { tags, externalLeadId, linkedinUrl, phone } = lead;
  const added = tags.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !tags.includes(tag));
  if (added.length === 0 && removed.length === 0) return [];
  const campaignId = await campaignOfLead(tx, workspaceId, lead.id);
  const data = { leadId: lead.id, externalLeadId, campaignId, linkedinUrl, phone, tags, added, removed };
  return await recordEvents(tx, [newEvent(workspaceId, "lead.tag.updated", data, { leadId: lead.id, campaignId })]);
}
