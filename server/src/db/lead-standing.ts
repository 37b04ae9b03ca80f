import { type LeadStatus, leadStatuses } from "../domain/event.ts";
import { textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";

/**
 * A lead's status once more, in a narrow row of its own: what lists of leads by status read. In an index of the lead's own row,
 * each change of status would write all of that row's indexes. Written with the status, by whoever holds the lead's row.
 */

/** The key begins with the status, which is one of few: a look-up without it looks under each. */
const anywhere = "s.status = any($3::text[])";

/** Leads' statuses as they are now. Each lead once; its row is locked. */
export async function writeStanding(
  tx: Queryable,
  workspaceId: string,
  leads: readonly { leadId: string; status: LeadStatus }[],
): Promise<void> {
  await tx.query({
    name: "lead.standing",
    text: `update lead_standing s set status = k.status from unnest($2::text[], $4::text[]) as k (id, status)
      where s.workspace_id = $1 and s.lead_id = k.id and ${anywhere} and s.status <> k.status`,
    values: [
      workspaceId,
      textArray(leads, ({ leadId }) => leadId),
      textArray(leadStatuses, (status) => status),
      textArray(leads, ({ status }) => status),
    ],
  });
}

/** Of leads that are removed. */
export async function forgetStanding(tx: Queryable, workspaceId: string, leadIds: readonly string[]): Promise<void> {
  await tx.query({
    name: "lead.forget_standing",
    text: `delete from lead_standing s where s.workspace_id = $1 and s.lead_id = any($2::text[]) and ${anywhere}`,
    values: [workspaceId, textArray(leadIds, (id) => id), textArray(leadStatuses, (status) => status)],
  });
}
