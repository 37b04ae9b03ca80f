import type { Queryable } from "./pool.ts";

/** A step that made no message for a lead, and why. */
export interface Passage {
  workspaceId: string;
  campaignId: string;
  leadId: string;
  stepId: string;
  outcome: "skipped" | "jumped" | "stopped" | "accepted" | "done";
  reason: string | null;
}

/** The latest one counts, where a lead comes to a step again. */
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
}
