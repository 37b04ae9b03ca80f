import type { Queryable } from "./pool.ts";

/** What became of a campaign's leads, by step; of the whole time. */
export interface FunnelStep {
  stepId: string;
  /** Leads whose turn at it came: a message was written, a task made, or it was passed without either. */
  reached: number;
  /** Leads to whom its message or invitation went out. */
  sent: number;
  failed: number;
  blocked: number;
  uncertain: number;
  /** Leads that stand before it: it is what comes next for them. */
  waiting: number;
}

export async function funnelSteps(db: Queryable, workspaceId: string, campaignId: string): Promise<FunnelStep[]> {
  const { rows } = await db.query<FunnelStep>(
    `with turn as materialized (
       select m.step_id, m.lead_id, m.status from message m
       where m.workspace_id = $1 and m.campaign_id = $2 and m.direction = 'outbound' and m.step_id is not null and m.status <> 'cancelled'
       union all
       select step_id, lead_id, 'passed' from passage where workspace_id = $1 and campaign_id = $2
       union all
       select step_id, lead_id, 'task' from task where workspace_id = $1 and campaign_id = $2
     ),
     standing as (
       select next_step_id as step_id, count(*) as n from enrollment
       where workspace_id = $1 and campaign_id = $2 and state in ('active', 'held') and next_step_id is not null
       group by 1
     ),
     reached as (
       select step_id, count(distinct lead_id)::float8 as reached, count(*) filter (where status = 'sent')::float8 as sent,
         count(*) filter (where status = 'failed')::float8 as failed, count(*) filter (where status = 'blocked')::float8 as blocked,
         count(*) filter (where status = 'uncertain')::float8 as uncertain
       from turn group by 1
     )
     select coalesce(r.step_id, s.step_id) as "stepId", coalesce(r.reached, 0) as reached, coalesce(r.sent, 0) as sent,
       coalesce(r.failed, 0) as failed, coalesce(r.blocked, 0) as blocked, coalesce(r.uncertain, 0) as uncertain,
       coalesce(s.n, 0)::float8 as waiting
     from reached r full join standing s on s.step_id = r.step_id`,
    [workspaceId, campaignId],
  );
  return rows;
}

/** Leads that left the sequence before its end: after which step's message (null: before the first one), and why. */
export async function funnelStops(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
): Promise<{ stepId: string | null; reason: string; count: number }[]> {
  const { rows } = await db.query<{ stepId: string | null; reason: string; count: number }>(
    `select l.step_id as "stepId", split_part(coalesce(e.state_reason, 'unknown'), ':', 1) as reason, count(*)::float8 as count
     from enrollment e
     left join lateral (
       select m.step_id from message m
       where m.workspace_id = $1 and m.campaign_id = $2 and m.lead_id = e.lead_id and m.direction = 'outbound' and m.status <> 'cancelled'
       order by m.created_at desc limit 1
     ) l on true
     where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'stopped'
     group by 1, 2 order by 3 desc, 2`,
    [workspaceId, campaignId],
  );
  return rows;
}

/** How many leads are in it, by what state they are in. */
export async function funnelLeads(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
): Promise<{ active: number; finished: number; stopped: number; total: number }> {
  const { rows } = await db.query<{ active: number; finished: number; stopped: number; total: number }>(
    `select count(*) filter (where state in ('active', 'held'))::float8 as active, count(*) filter (where state = 'finished')::float8 as finished,
       count(*) filter (where state = 'stopped')::float8 as stopped, count(*)::float8 as total
     from enrollment where workspace_id = $1 and campaign_id = $2`,
    [workspaceId, campaignId],
  );
  return rows[0]!;
}
