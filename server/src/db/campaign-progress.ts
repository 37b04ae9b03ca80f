import type { Queryable } from "./pool.ts";

/** Where the leads of a campaign are. */
export interface CampaignProgress {
  campaignId: string;
  active: number;
  held: number;
  finished: number;
  stopped: number;
  /** Of all: those that got a first message. */
  contacted: number;
  /** Of the stopped: those that replied. */
  replied: number;
}

/** Of each of these campaigns that has leads. One pass over their enrollments. */
export async function campaignProgress(
  db: Queryable,
  workspaceId: string,
  campaignIds: readonly string[],
): Promise<CampaignProgress[]> {
  const { rows } = await db.query<CampaignProgress>(
    `select e.campaign_id as "campaignId", (count(*) filter (where e.state = 'active'))::int as active,
       (count(*) filter (where e.state = 'held'))::int as held, (count(*) filter (where e.state = 'finished'))::int as finished,
       (count(*) filter (where e.state = 'stopped'))::int as stopped, (count(e.first_at))::int as contacted,
       -- A first reply changes the lead's status, which is what ends its sequences then.
       (count(*) filter (where e.state = 'stopped' and (e.state_reason like 'replied:%'
         or e.state_reason like 'lead_status: The lead''s status is REPLY_RECEIVED%')))::int as replied
     from enrollment e where e.workspace_id = $1 and e.campaign_id = any($2) group by 1`,
    [workspaceId, campaignIds],
  );
  return rows;
}
