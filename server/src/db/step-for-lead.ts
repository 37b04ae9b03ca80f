import type { Step } from "./campaign.ts";
import { type DueStep, stepOfDue, storedStep } from "./enrollment.ts";
import { type KnownFacts, knownFacts } from "./known-facts.ts";
import type { Queryable } from "./pool.ts";

/** A step as it would be for one lead now, whether the lead is at it or not: for previews. */
export type StepForLead = DueStep & { known: KnownFacts; leadZone: string | null };

const forLead = stepOfDue(`, l.time_zone as "leadZone", ${knownFacts("d")} as known`);

/** All steps of a campaign for one lead, in it or not, in their order; empty where campaign or lead is missing. */
export async function stepsForLead(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  leadId: string,
): Promise<StepForLead[]> {
  const { rows } = await db.query<StepForLead>(
    `with due as materialized (
       select s.workspace_id, s.campaign_id, l.id as lead_id, s.id as next_step_id, coalesce(e.senders, '{}') as senders
       from step s
       join lead l on l.workspace_id = s.workspace_id and l.id = $3
       left join enrollment e on e.workspace_id = s.workspace_id and e.campaign_id = s.campaign_id and e.lead_id = l.id
       where s.workspace_id = $1 and s.campaign_id = $2
     ) ${forLead} order by s.position`,
    [workspaceId, campaignId, leadId],
  );
  return rows;
}

/** As `stepsForLead`, for steps of the campaign that are stored nowhere yet. */
export async function draftStepsForLead(
  db: Queryable,
  workspaceId: string,
  at: { campaignId: string; leadId: string },
  steps: readonly Step[],
): Promise<StepForLead[]> {
  const { rows } = await db.query<StepForLead>(
    `with s as materialized (
       select * from json_to_recordset($4::json) as x (id text, position int, channel text, action text, condition jsonb, otherwise jsonb, subject text,
         text text, html text, variants jsonb)
     ),
     due as materialized (
       select l.workspace_id, $2::text as campaign_id, l.id as lead_id, s.id as next_step_id, coalesce(e.senders, '{}') as senders
       from lead l cross join s
       left join enrollment e on e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = l.id
       where l.workspace_id = $1 and l.id = $3
     ) ${forLead.replace(storedStep, "join s on s.id = d.next_step_id")} order by s.position`,
    [workspaceId, at.campaignId, at.leadId, JSON.stringify(steps)],
  );
  return rows;
}
