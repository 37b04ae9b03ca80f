import { textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import type { Within } from "./sharding.ts";

/**
 * A lead's status once more, in a narrow row of its own: what lists of leads by status read. In an index of the lead's own row,
 * each change of status would write all of that row's indexes. Written with the status, by whoever holds the lead's row.
 */

/** SQL that moves leads to another status; `from` has their `workspace_id`, `id`, `status`, and the status that it `was`. */
export const moveStanding = (from: string, within: Within) => `
update lead_standing s set status = b.status from ${from} b
where s.workspace_id = b.workspace_id and s.status = b.was and s.lead_id = b.id and b.status <> b.was${within("s")}`;

/** Of leads that are removed; before they are. */
export async function forgetStanding(tx: Queryable, workspaceId: string, leadIds: readonly string[]): Promise<void> {
  await tx.query({
    name: "lead.forget_standing",
    text: `delete from lead_standing s using lead l
      where l.workspace_id = $1 and l.id = any($2::text[]) and s.workspace_id = $1 and s.status = l.status and s.lead_id = l.id`,
    values: [workspaceId, textArray(leadIds, (id) => id)],
  });
}
