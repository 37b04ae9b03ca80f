import type { Queryable } from "./pool.ts";

/** What became of a step's leads; of one with variants, of each variant. */
export interface StepResult {
  stepId: string;
  /** Null: the step has no variants, or the message was none of them. */
  variant: string | null;
  planned: number;
  sent: number;
  failed: number;
  blocked: number;
  uncertain: number;
  opened: number;
  clicked: number;
  /** Messages after which, and before the next one of the campaign, the lead replied on any channel. */
  replied: number;
}

export async function stepResults(db: Queryable, workspaceId: string, campaignId: string): Promise<StepResult[]> {
  const { rows } = await db.query<StepResult>(
    `select m.step_id as "stepId", m.variant,
       count(*) filter (where m.status in ('queued', 'held', 'sending'))::int as planned,
       count(*) filter (where m.status = 'sent')::int as sent, count(*) filter (where m.status = 'failed')::int as failed,
       count(*) filter (where m.status = 'blocked')::int as blocked, count(*) filter (where m.status = 'uncertain')::int as uncertain,
       count(*) filter (where m.opened_at is not null)::int as opened, count(*) filter (where m.clicked_at is not null)::int as clicked,
       count(*) filter (where m.status = 'sent' and l.replied_at > m.sent_at and not exists (
         select 1 from message n where n.campaign_id = m.campaign_id and n.lead_id = m.lead_id and n.workspace_id = $1
           and n.status = 'sent' and n.sent_at > m.sent_at and n.sent_at < l.replied_at))::int as replied
     from message m join lead l on l.workspace_id = m.workspace_id and l.id = m.lead_id
     where m.workspace_id = $1 and m.campaign_id = $2 and m.direction = 'outbound'
     group by 1, 2`,
    [workspaceId, campaignId],
  );
  return rows;
}

/** Leads that passed a step without a message, by what decided. */
export async function passageCounts(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
): Promise<{ stepId: string; outcome: string; count: number }[]> {
  const { rows } = await db.query<{ stepId: string; outcome: string; count: number }>(
    `select step_id as "stepId", outcome, count(*)::int as count from passage
     where workspace_id = $1 and campaign_id = $2 group by 1, 2`,
    [workspaceId, campaignId],
  );
  return rows;
}
