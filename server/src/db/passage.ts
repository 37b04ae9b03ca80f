import { withdrawHeld } from "./held.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, writeByWorkspace } from "./sharding.ts";

/** A step that made no message for a lead, and why. */
export interface Passage {
  workspaceId: string;
  campaignId: string;
  leadId: string;
  stepId: string;
  outcome: "skipped" | "jumped" | "stopped" | "accepted" | "done";
  reason: string | null;
}

export const withdrawForms = inForms(
  "passage.withdraw",
  1,
  (within, _, of) => `
with passed as materialized (
  select "workspaceId" as workspace_id, "campaignId" as campaign_id, "leadId" as lead_id, "stepId" as step_id, reason
  from json_to_recordset($1::json) as p ("workspaceId" text, "campaignId" text, "leadId" text, "stepId" text, reason text)
),${withdrawHeld(
    "passed",
    {
      step: "k.step_id",
      code: "'step_passed'",
      detail: "coalesce('The lead passed the step: ' || k.reason, 'The lead passed the step.')",
    },
    of,
    within,
  )}
select 1`,
);

/** The latest one counts, where a lead comes to a step again. What the step had written before and was held is not sent any more. */
export async function recordPassages(db: Queryable, passages: readonly Passage[]): Promise<void> {
  if (passages.length === 0) return;
  await db.query({
    name: "passage.record",
    text: `
insert into passage (workspace_id, campaign_id, lead_id, step_id, at, outcome, reason)
select "workspaceId", "campaignId", "leadId", "stepId", now(), outcome, reason
from json_to_recordset($1::json) as p ("workspaceId" text, "campaignId" text, "leadId" text, "stepId" text, outcome text, reason text)
on conflict (workspace_id, campaign_id, lead_id, step_id) do update set at = excluded.at, outcome = excluded.outcome, reason = excluded.reason`,
    values: [JSON.stringify(passages)],
  });
  await writeByWorkspace(
    db,
    passages,
    (passage) => passage.workspaceId,
    async (tx, part, workspaceId) => (await tx.query(inForm(withdrawForms, [JSON.stringify(part)], workspaceId))).rows,
  );
}
