import type { ChannelName } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

export const campaignStatuses = ["draft", "active", "paused", "finished"] as const;
export type CampaignStatus = (typeof campaignStatuses)[number];

export interface Step {
  id: string;
  /** From 1. */
  position: number;
  channel: ChannelName;
  action: "message" | "connect";
  /** After the step before went out; for the first, after the lead was enrolled or the campaign was started. */
  delayMs: number;
  subject: string | null;
  text: string;
  html: string | null;
}

export interface Campaign {
  id: string;
  name: string;
  status: CampaignStatus;
  timeZone: string | null;
  senderIds: string[];
  createdAt: Date;
  updatedAt: Date;
  startedAt: Date | null;
  pausedAt: Date | null;
  finishedAt: Date | null;
  steps: Step[];
}

const campaignColumns = `c.id, c.name, c.status, c.time_zone as "timeZone", c.sender_ids as "senderIds", c.created_at as "createdAt",
  c.updated_at as "updatedAt", c.started_at as "startedAt", c.paused_at as "pausedAt", c.finished_at as "finishedAt",
  coalesce((select json_agg(json_build_object('id', s.id, 'position', s.position, 'channel', s.channel, 'action', s.action,
      'delayMs', s.delay_ms, 'subject', s.subject, 'text', s.text, 'html', s.html) order by s.position)
    from step s where s.workspace_id = c.workspace_id and s.campaign_id = c.id), '[]') as steps`;

export async function insertCampaign(
  tx: Queryable,
  workspaceId: string,
  campaign: { id: string; name: string; timeZone: string | null; senderIds: readonly string[]; steps: readonly Step[] },
): Promise<Campaign> {
  await tx.query("insert into campaign (workspace_id, id, name, time_zone, sender_ids) values ($1, $2, $3, $4, $5)", [
    workspaceId,
    campaign.id,
    campaign.name,
    campaign.timeZone,
    campaign.senderIds,
  ]);
  await replaceSteps(tx, workspaceId, campaign.id, campaign.steps);
  return (await getCampaign(tx, workspaceId, campaign.id))!;
}

async function replaceSteps(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  steps: readonly Step[],
): Promise<void> {
  await tx.query("delete from step where workspace_id = $1 and campaign_id = $2", [workspaceId, campaignId]);
  for (const step of steps) {
    await tx.query(
      `insert into step (workspace_id, campaign_id, id, position, channel, action, delay_ms, subject, text, html)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        workspaceId,
        campaignId,
        step.id,
        step.position,
        step.channel,
        step.action,
        step.delayMs,
        step.subject,
        step.text,
        step.html,
      ],
    );
  }
}

export async function getCampaign(db: Queryable, workspaceId: string, id: string): Promise<Campaign | null> {
  const { rows } = await db.query<Campaign>(
    `select ${campaignColumns} from campaign c where c.workspace_id = $1 and c.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** Newest first, by page. */
export async function listCampaigns(
  db: Queryable,
  workspaceId: string,
  filter: { status?: CampaignStatus | undefined; limit: number; offset: number },
): Promise<{ rows: Campaign[]; total: number }> {
  const { rows } = await db.query<Campaign>(
    `select ${campaignColumns} from campaign c where c.workspace_id = $1 and ($2::text is null or c.status = $2)
     order by c.id desc limit $3 offset $4`,
    [workspaceId, filter.status ?? null, filter.limit, filter.offset],
  );
  const total = await db.query<{ n: number }>(
    "select count(*) as n from campaign where workspace_id = $1 and ($2::text is null or status = $2)",
    [workspaceId, filter.status ?? null],
  );
  return { rows, total: total.rows[0]!.n };
}

/** Changes a campaign; steps are replaced as a whole (of a draft: nobody is at any of them yet but the first). */
export async function updateCampaign(
  tx: Queryable,
  workspaceId: string,
  id: string,
  change: {
    name?: string | undefined;
    timeZone?: string | null | undefined;
    senderIds?: readonly string[] | undefined;
    steps?: readonly Step[] | undefined;
  },
): Promise<Campaign | null> {
  const { rowCount } = await tx.query(
    `update campaign set name = coalesce($3, name), time_zone = case when $4 then $5 else time_zone end,
       sender_ids = coalesce($6::text[], sender_ids), updated_at = now()
     where workspace_id = $1 and id = $2`,
    [
      workspaceId,
      id,
      change.name ?? null,
      change.timeZone !== undefined,
      change.timeZone ?? null,
      change.senderIds ?? null,
    ],
  );
  if (!rowCount) return null;
  if (change.steps) {
    await replaceSteps(tx, workspaceId, id, change.steps);
    await tx.query(
      `update enrollment set next_step_id = $3, next_at = enrolled_at + $4 * interval '1 millisecond'
       where workspace_id = $1 and campaign_id = $2 and state = 'active'`,
      [workspaceId, id, change.steps[0]?.id ?? null, change.steps[0]?.delayMs ?? 0],
    );
  }
  return await getCampaign(tx, workspaceId, id);
}

export interface CampaignMetrics {
  connectionsSent: number;
  connectionsAccepted: number;
  messagesSent: number;
  repliesReceived: number;
}

export async function campaignMetrics(db: Queryable, workspaceId: string, id: string): Promise<CampaignMetrics> {
  const { rows } = await db.query<CampaignMetrics>(
    `select count(*) filter (where m.action = 'connect' and m.status = 'sent') as "connectionsSent",
       (select count(*) from enrollment e join lead l on l.workspace_id = e.workspace_id and l.id = e.lead_id
        where e.workspace_id = $1 and e.campaign_id = $2 and l.status = 'CONNECTION_ACCEPTED') as "connectionsAccepted",
       count(*) filter (where m.action = 'message' and m.direction = 'outbound' and m.status = 'sent') as "messagesSent",
       count(*) filter (where m.direction = 'inbound') as "repliesReceived"
     from message m where m.workspace_id = $1 and m.campaign_id = $2`,
    [workspaceId, id],
  );
  return rows[0]!;
}

export interface Enrollment {
  leadId: string;
  state: "active" | "finished" | "stopped";
  reason: string | null;
  nextStepId: string | null;
  nextStep: number | null;
  nextAt: Date | null;
  enrolledAt: Date;
}

/** Leads of a campaign by ID; `after` is the last one of the previous page. */
export async function listEnrollments(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  filter: { state?: Enrollment["state"] | undefined; after?: string | undefined; limit: number },
): Promise<Enrollment[]> {
  const { rows } = await db.query<Enrollment>(
    `select e.lead_id as "leadId", e.state, e.state_reason as reason, e.next_step_id as "nextStepId", s.position as "nextStep",
       e.next_at as "nextAt", e.enrolled_at as "enrolledAt"
     from enrollment e
     left join step s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.id = e.next_step_id
     where e.workspace_id = $1 and e.campaign_id = $2 and ($3::text is null or e.state = $3) and ($4::text is null or e.lead_id > $4)
     order by e.lead_id limit $5`,
    [workspaceId, campaignId, filter.state ?? null, filter.after ?? null, filter.limit],
  );
  return rows;
}
