import type { Queryable } from "./pool.ts";

/** Of what is asked; what is left out matches everything. */
export interface FunnelFilter {
  /** Unix ms: not before, and before. Turns count at the time of their message, tasks when they were made. */
  from?: number | undefined;
  to?: number | undefined;
  /** What this sender wrote, and leads that it wrote to. */
  senderId?: string | undefined;
  /** Leads that have the tag now. */
  tag?: string | undefined;
}

const filterValues = ({ from, to, senderId, tag }: FunnelFilter) => [
  ...[from ?? null, to ?? null, senderId ?? null, tag ?? null],
];

const inRange = (at: string) =>
  `($3::float8 is null or ${at} >= to_timestamp($3::float8 / 1000)) and ($4::float8 is null or ${at} < to_timestamp($4::float8 / 1000))`;

const isTagged = (row: string) => `($6::text is null or exists (
         select 1 from lead l where l.workspace_id = $1 and l.id = ${row}.lead_id and l.tags @> array[$6::text]))`;

/** Of an enrollment; senders stand in it by channel. */
const isBySender =
  "($5::text is null or jsonb_path_exists(e.senders, '$.* ? (@ == $of)', jsonb_build_object('of', $5::text)))";

/** What became of a campaign's leads, by step. */
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

export async function funnelSteps(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  filter: FunnelFilter,
): Promise<FunnelStep[]> {
  const { rows } = await db.query<FunnelStep>(
    `with turn as materialized (
       select m.step_id, m.lead_id, m.status from message m
       where m.workspace_id = $1 and m.campaign_id = $2 and m.direction = 'outbound' and m.step_id is not null and m.status <> 'cancelled'
         and ${inRange("coalesce(m.sent_at, m.created_at)")} and ($5::text is null or m.sender_id = $5) and ${isTagged("m")}
       union all
       select p.step_id, p.lead_id, 'passed' from passage p
       where p.workspace_id = $1 and p.campaign_id = $2 and ${inRange("p.at")} and $5::text is null and ${isTagged("p")}
       union all
       select t.step_id, t.lead_id, 'task' from task t
       where t.workspace_id = $1 and t.campaign_id = $2 and ${inRange("t.created_at")} and $5::text is null and ${isTagged("t")}
     ),
     standing as (
       select e.next_step_id as step_id, count(*) as n from enrollment e
       where e.workspace_id = $1 and e.campaign_id = $2 and e.state in ('active', 'held') and e.next_step_id is not null
         and ${isBySender} and ${isTagged("e")}
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
    [workspaceId, campaignId, ...filterValues(filter)],
  );
  return rows;
}

/** Leads that left the sequence before its end, in that time: after which step's message (null: before the first one), and why. */
export async function funnelStops(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  filter: FunnelFilter,
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
       and ${inRange("e.updated_at")} and ${isBySender} and ${isTagged("e")}
     group by 1, 2 order by 3 desc, 2`,
    [workspaceId, campaignId, ...filterValues(filter)],
  );
  return rows;
}

/** How many leads came into it in that time, by what state they are in now. */
export async function funnelLeads(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  filter: FunnelFilter,
): Promise<{ active: number; finished: number; stopped: number; total: number }> {
  const { rows } = await db.query<{ active: number; finished: number; stopped: number; total: number }>(
    `select count(*) filter (where state in ('active', 'held'))::float8 as active, count(*) filter (where state = 'finished')::float8 as finished,
       count(*) filter (where state = 'stopped')::float8 as stopped, count(*)::float8 as total
     from enrollment e where e.workspace_id = $1 and e.campaign_id = $2
       and ${inRange("e.enrolled_at")} and ${isBySender} and ${isTagged("e")}`,
    [workspaceId, campaignId, ...filterValues(filter)],
  );
  return rows[0]!;
}
