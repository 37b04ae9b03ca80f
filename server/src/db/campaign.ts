import { dayMs, noCounts } from "../domain/analytics/counters.ts";
import type { ChannelName } from "../domain/event.ts";
import type { Delay } from "../domain/schedule/delay.ts";
import type { Schedule } from "../domain/schedule/schedule.ts";
import type { Condition } from "../domain/sequence/condition.ts";
import { type Otherwise, type StepAction, sends, type Variant } from "../domain/sequence/step.ts";
import { analyticsState, totals } from "./analytics.ts";
import { given } from "./given.ts";
import { withdrawHeld } from "./held.ts";
import { type LeadSummary, leadSummary } from "./lead-summary.ts";
import type { Queryable } from "./pool.ts";
import { recallFromLeft, replanByStep, replanQueued } from "./replan.ts";

export const campaignStatuses = ["draft", "active", "paused", "finished"] as const;
export type CampaignStatus = (typeof campaignStatuses)[number];

export interface Step {
  id: string;
  /** A name of the user's own, unique in the sequence. */
  key: string | null;
  /** From 1. */
  position: number;
  /** Null: a task that has to do with no channel. */
  channel: ChannelName | null;
  action: StepAction;
  /** After the step before went out; for the first, after the lead was enrolled or the campaign was started. */
  delay: Delay;
  /** What of it surely passes, on any calendar: `leastMs`. */
  delayMs: number;
  condition: Condition | null;
  /** Where a lead goes for whom the condition doesn't hold, or whose time limit passed; null where nothing is asked. */
  otherwise: Otherwise | null;
  /** How long an invitation is waited for, after the step before. */
  timeLimit: Delay | null;
  /** Of a task: its title. */
  subject: string | null;
  text: string;
  html: string | null;
  /** In place of the texts above. */
  variants: readonly Variant[] | null;
}

export interface Campaign {
  id: string;
  name: string;
  status: CampaignStatus;
  timeZone: string | null;
  senderIds: string[];
  createdAt: Date;
  updatedAt: Date;
  /** When somebody last changed its fields; at most `updatedAt`, which counts starts and pauses as well. */
  editedAt: Date;
  startedAt: Date | null;
  pausedAt: Date | null;
  finishedAt: Date | null;
  archivedAt: Date | null;
  schedule: Schedule | null;
  limits: { messagesPerDay: number | null; newLeadsPerDay: number | null };
  maxLatenessSeconds: number | null;
  rotation: "fixed" | "longest_idle" | "weighted";
  senderWeights: Record<string, number>;
  onSenderPaused: "wait" | "move";
  allowParallel: boolean;
  /** A name of the user's own, unique in the workspace. */
  key: string | null;
  stopTags: string[];
  stopCompany: boolean;
  tracking: { opens: boolean; clicks: boolean };
  pausedBy: string | null;
  pauseReason: string | null;
  steps: Step[];
}

const campaignColumns = `c.id, c.name, c.status, c.time_zone as "timeZone", c.sender_ids as "senderIds", c.created_at as "createdAt",
  greatest(c.updated_at, c.edited_at) as "updatedAt", c.edited_at as "editedAt", c.started_at as "startedAt", c.paused_at as "pausedAt", c.finished_at as "finishedAt", c.archived_at as "archivedAt", c.schedule,
  jsonb_build_object('messagesPerDay', c.limits -> 'messagesPerDay', 'newLeadsPerDay', c.limits -> 'newLeadsPerDay') as limits,
  c.max_lateness_seconds as "maxLatenessSeconds", c.rotation, c.sender_weights as "senderWeights", c.on_sender_paused as "onSenderPaused",
  c.allow_parallel as "allowParallel", c.paused_by as "pausedBy", c.pause_reason as "pauseReason",
  c.key, c.stop_tags as "stopTags", c.stop_company as "stopCompany",
  json_build_object('opens', c.track_opens, 'clicks', c.track_clicks) as tracking,
  coalesce((select json_agg(json_build_object('id', s.id, 'key', s.key, 'position', s.position, 'channel', s.channel, 'action', s.action,
      'delay', s.delay, 'delayMs', s.delay_ms, 'condition', s.condition, 'otherwise', s.otherwise, 'timeLimit', s.time_limit,
      'subject', s.subject, 'text', s.text, 'html', s.html, 'variants', s.variants) order by s.position)
    from step s where s.workspace_id = $1 and s.campaign_id = c.id), '[]') as steps`;

export async function insertCampaign(
  tx: Queryable,
  workspaceId: string,
  campaign: {
    id: string;
    key?: string | null;
    name: string;
    timeZone: string | null;
    senderIds: readonly string[];
    steps: readonly Step[];
  },
): Promise<Campaign> {
  await tx.query(
    "insert into campaign (workspace_id, id, name, time_zone, sender_ids, key) values ($1, $2, $3, $4, $5, $6)",
    [workspaceId, campaign.id, campaign.name, campaign.timeZone, campaign.senderIds, campaign.key ?? null],
  );
  await replaceSteps(tx, workspaceId, campaign.id, campaign.steps);
  return (await getCampaign(tx, workspaceId, campaign.id))!;
}

/** The step is looked at when its time has come, whether a sender is free or not; as the column of that name. */
function asks(step: Step | undefined): boolean {
  return (
    step !== undefined && (step.condition !== null || step.action === "wait_for_acceptance" || step.action === "task")
  );
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
      `insert into step (workspace_id, campaign_id, id, position, channel, action, delay_ms, subject, text, html, delay, key, condition,
         otherwise, time_limit, variants)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
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
        JSON.stringify(step.delay),
        step.key,
        ...[step.condition, step.otherwise, step.timeLimit, step.variants].map((value) =>
          value === null ? null : JSON.stringify(value),
        ),
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

/** Newest first, by page; without those that are profiles' follow-ups. */
export async function listCampaigns(
  db: Queryable,
  workspaceId: string,
  filter: {
    status?: CampaignStatus | undefined;
    archived: boolean;
    /** Part of a name, in any case. */
    search?: string | undefined;
    limit: number;
    offset: number;
  },
): Promise<{ rows: Campaign[]; total: number }> {
  const where = `c.workspace_id = $1 and c.profile_id is null and ($2::text is null or c.status = $2) and (c.archived_at is not null) = $3
    and ($4::text is null or position(lower($4) in lower(c.name)) > 0)`;
  const values = [workspaceId, filter.status ?? null, filter.archived, filter.search ?? null];
  const { rows } = await db.query<Campaign>(
    `select ${campaignColumns} from campaign c where ${where} order by c.id desc limit $5 offset $6`,
    [...values, filter.limit, filter.offset],
  );
  const total = await db.query<{ n: number }>(`select count(*) as n from campaign c where ${where}`, values);
  return { rows, total: total.rows[0]!.n };
}

/** Puts a campaign away, or takes it out of the archive. False: there is none, or it is active. */
export async function setArchived(tx: Queryable, workspaceId: string, id: string, archived: boolean): Promise<boolean> {
  const { rowCount } = await tx.query(
    `with moment as materialized (select now() as at)
     update campaign c set archived_at = case when $3 then coalesce(c.archived_at, moment.at) end
     from moment where c.workspace_id = $1 and c.id = $2 and (c.status <> 'active' or not $3)`,
    [workspaceId, id, archived],
  );
  return (rowCount ?? 0) > 0;
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
    // Later than each time that anybody was told, even where another change began later and was committed before.
    `with moment as materialized (
       select greatest(now(), greatest(updated_at, edited_at) + interval '1 millisecond') as at from campaign where workspace_id = $1 and id = $2
     )
     update campaign c set name = coalesce($3, c.name), time_zone = case when $4 then $5 else c.time_zone end,
       sender_ids = coalesce($6::text[], c.sender_ids), updated_at = moment.at, edited_at = moment.at
     from moment where c.workspace_id = $1 and c.id = $2`,
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
  if (change.timeZone !== undefined) await replanQueued(tx, workspaceId, id);
  if (change.senderIds) {
    // Who waited for a sender that is not in the campaign any more waits for whoever is.
    await inParts(
      tx,
      "next_sender = ''",
      "x.state = 'active' and x.next_sender not in ('', '?') and x.next_sender <> all($3::text[])",
      [workspaceId, id, change.senderIds],
    );
    await recallFromLeft(tx, workspaceId, id, change.senderIds);
  }
  if (change.steps) {
    await replaceSteps(tx, workspaceId, id, change.steps);
    await inParts(
      tx,
      "next_step_id = $3, next_sender = queue_of($5, '', '{}'), anchor_at = enrolled_at, next_at = p.due_at",
      `x.state = 'active' and (x.next_step_id is distinct from $3 or x.next_sender <> queue_of($5, '', '{}')
        or x.next_at is distinct from x.enrolled_at + $4 * interval '1 millisecond')`,
      [workspaceId, id, change.steps[0]?.id ?? null, change.steps[0]?.delayMs ?? 0, asks(change.steps[0])],
      { due: "x.enrolled_at + $4 * interval '1 millisecond'" },
    );
  }
  return await getCampaign(tx, workspaceId, id);
}

/** Leads that one statement moves: well within the time in which the database has to answer. */
const perStatement = 20_000;

/**
 * Changes a campaign's enrollments, as many as there are, by statements of a second each. `set` is written for the rows `e`,
 * `where` and `due` for the rows `x`; a row that was changed must not meet it any more. `due` is computed beside, as
 * `p.due_at`, by default now; `beside` is what else happens to them, further queries of the WITH. $1 and $2 are workspace and
 * campaign.
 */
async function inParts(
  tx: Queryable,
  set: string,
  where: string,
  values: unknown[],
  { due = "now()", beside = "" }: { due?: string; beside?: string } = {},
): Promise<void> {
  for (;;) {
    const { rowCount } = await tx.query(
      `with p as materialized (
         select x.campaign_id, x.lead_id, ${due} as due_at from enrollment x
         where x.workspace_id = $1 and x.campaign_id = $2 and ${where} limit ${perStatement}
       )${beside && `,${beside}`}
       update enrollment e set ${set}, updated_at = now() from p
       where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = p.lead_id`,
      values,
    );
    if ((rowCount ?? 0) < perStatement) return;
  }
}

/** Rules of a campaign that are to change; undefined leaves one as it is. */
export interface RulesChange {
  schedule?: Schedule | null | undefined;
  limits?: { messagesPerDay?: number | null | undefined; newLeadsPerDay?: number | null | undefined } | undefined;
  maxLatenessSeconds?: number | null | undefined;
  rotation?: Campaign["rotation"] | undefined;
  senderWeights?: Record<string, number> | undefined;
  onSenderPaused?: Campaign["onSenderPaused"] | undefined;
  allowParallel?: boolean | undefined;
  /** In place of all. */
  stopTags?: readonly string[] | undefined;
  stopCompany?: boolean | undefined;
  tracking?: { opens?: boolean | undefined; clicks?: boolean | undefined } | undefined;
}

/** Changes rules. For leads that wait by the old ones: `replanWaiting`, when this is committed. */
export async function changeRules(tx: Queryable, workspaceId: string, id: string, change: RulesChange): Promise<void> {
  await tx.query(
    `update campaign set schedule = case when $3 then $4::jsonb else schedule end, limits = limits || coalesce($5::jsonb, '{}'),
       max_lateness_seconds = case when $6 then $7 else max_lateness_seconds end, rotation = coalesce($8, rotation),
       sender_weights = coalesce($9::jsonb, sender_weights), on_sender_paused = coalesce($10, on_sender_paused),
       allow_parallel = coalesce($11, allow_parallel), stop_tags = coalesce($12::text[], stop_tags),
       stop_company = coalesce($13, stop_company), track_opens = coalesce($14, track_opens),
       track_clicks = coalesce($15, track_clicks), updated_at = now()
     where workspace_id = $1 and id = $2`,
    [
      workspaceId,
      id,
      change.schedule !== undefined,
      change.schedule ? JSON.stringify(change.schedule) : null,
      change.limits ? JSON.stringify(change.limits) : null,
      change.maxLatenessSeconds !== undefined,
      change.maxLatenessSeconds ?? null,
      change.rotation ?? null,
      change.senderWeights ? JSON.stringify(change.senderWeights) : null,
      change.onSenderPaused ?? null,
      change.allowParallel ?? null,
      change.stopTags ?? null,
      change.stopCompany ?? null,
      change.tracking?.opens ?? null,
      change.tracking?.clicks ?? null,
    ],
  );
  if (change.schedule !== undefined || change.limits !== undefined) await replanQueued(tx, workspaceId, id);
}

/**
 * Changes the steps of a campaign that has started. Leads keep their place by the step's ID: at a step that stays they
 * stay, wherever it now stands; at one that is removed they go on to the next that remains. A message of a removed step
 * that is on its way is not sent any more, and its lead goes on from there. One of a changed step that still waits is written
 * anew; `lockSteps` beforehand keeps planners from writing more by the old step until this is committed.
 */
export async function editSteps(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  before: readonly Step[],
  after: readonly Step[],
): Promise<void> {
  const remaining = new Map(after.map((step) => [step.id, step]));
  await replaceSteps(tx, workspaceId, campaignId, after);
  const values = [workspaceId, campaignId];
  for (const [i, gone] of before.entries()) {
    if (remaining.has(gone.id)) continue;
    const previous = before.slice(0, i).findLast((step) => remaining.has(step.id));
    // Where no later one stays, what is new behind the one before it: a last step that was replaced, not dropped.
    const next =
      before.slice(i + 1).find((step) => remaining.has(step.id)) ??
      after.slice(after.findIndex(({ id }) => id === previous?.id) + 1).at(0);
    await inParts(
      tx,
      `next_step_id = $4::text, next_at = case when $4::text is not null then p.due_at end, wait_reason = null,
         next_sender = queue_of($5, '', '{}'), state = case when $4::text is null then 'finished' else e.state end`,
      "x.next_step_id = $3 and x.state in ('active', 'held') and (x.next_at is not null or x.state = 'held')",
      [...values, gone.id, next?.id ?? null, asks(next && remaining.get(next.id))],
      // What was written by it and held is not written anew any more.
      {
        beside: withdrawHeld("p", {
          step: "$3",
          code: "'step_removed'",
          detail: "'The step was taken out of the campaign.'",
        }),
      },
    );
    // Their message is on its way: they go on behind the step that stands before it.
    await tx.query(
      `update enrollment set next_step_id = $4, updated_at = now()
       where workspace_id = $1 and campaign_id = $2 and next_step_id = $3 and state = 'active' and next_at is null`,
      [...values, gone.id, previous?.id ?? null],
    );
    await cancelTasksOf(tx, workspaceId, campaignId, gone.id);
  }
  for (const step of before) {
    const now = remaining.get(step.id);
    if (!now || waitsAlike(step, now)) continue;
    await inParts(
      tx,
      "next_at = now(), next_sender = queue_of($4, case when $5 then e.next_sender end, array[e.next_sender]), wait_reason = null",
      "x.next_step_id = $3 and x.state = 'active' and x.next_at <> now()",
      [...values, step.id, asks(now), now.channel === step.channel && !asks(step)],
    );
    if (step.action === "task" && now.action !== "task") await cancelTasksOf(tx, workspaceId, campaignId, step.id);
  }
  // Until then nobody was looked at, since it was started with a first step that waits longer.
  await tx.query(
    `with first as materialized (
       select started_at + $3 * interval '1 millisecond' as at from campaign where workspace_id = $1 and id = $2
     )
     update campaign c set not_before = first.at from first where c.workspace_id = $1 and c.id = $2 and c.not_before > first.at`,
    [...values, after[0]?.delayMs ?? 0],
  );
  const rewritten = before.filter((step) => {
    const now = remaining.get(step.id);
    return now && sends(step) && !(waitsAlike(step, now) && writesAlike(step, now));
  });
  if (rewritten.length === 0) return;
  const ids = rewritten.map(({ id }) => id);
  await replanByStep(tx, workspaceId, campaignId, ids);
}

/**
 * Waits for planners that are just writing messages by this campaign's steps, and keeps others from it until the
 * transaction ends. Before anything else of the campaign is locked: planners lock in the other order.
 */
export async function lockSteps(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('herald.steps ' || $1, 0))", [campaignId]);
}

/** Whether both say the same. */
function writesAlike(a: Step, b: Step): boolean {
  const what = ({ subject, text, html, variants }: Step) => JSON.stringify(canonical([subject, text, html, variants]));
  return what(a) === what(b);
}

/** Whether a lead that waits at the one waits for the same at the other. */
function waitsAlike(a: Step, b: Step): boolean {
  const what = ({ channel, action, delay, condition, timeLimit }: Step) =>
    JSON.stringify([
      channel,
      action,
      delay.amount,
      delay.unit,
      canonical(condition),
      timeLimit?.amount,
      timeLimit?.unit,
    ]);
  return what(a) === what(b);
}

/** For comparing: PostgreSQL gives the keys of an object in an order of its own, and has no undefined. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)]);
}

/** The campaigns of a profile's follow-ups: its own, and those of leads that have others. */
export async function campaignsOfProfile(db: Queryable, workspaceId: string, profileId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    "select id from campaign where workspace_id = $1 and profile_id = $2 order by id",
    [workspaceId, profileId],
  );
  return rows.map(({ id }) => id);
}

export async function campaignIdOfKey(db: Queryable, workspaceId: string, key: string): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>("select id from campaign where workspace_id = $1 and key = $2", [
    workspaceId,
    key,
  ]);
  return rows[0]?.id ?? null;
}

async function cancelTasksOf(tx: Queryable, workspaceId: string, campaignId: string, stepId: string): Promise<void> {
  await tx.query(
    `update task set status = 'cancelled', ended_at = now(), ended_by = 'system', note = 'The step was taken out of the campaign.'
     where workspace_id = $1 and campaign_id = $2 and step_id = $3 and status = 'open'`,
    [workspaceId, campaignId, stepId],
  );
}

/** The schedules of campaigns that send SMS, or will; those without one are open at any time. */
export async function smsSchedules(
  db: Queryable,
  workspaceId: string,
): Promise<{ name: string; schedule: Schedule }[]> {
  const { rows } = await db.query<{ name: string; schedule: Schedule }>(
    `select c.name, c.schedule from campaign c
     where c.workspace_id = $1 and c.schedule is not null and c.status in ('draft', 'active', 'paused')
       and exists (select 1 from step s where s.workspace_id = $1 and s.campaign_id = c.id and s.channel = 'sms')
     order by c.id`,
    [workspaceId],
  );
  return rows;
}

export interface CampaignMetrics {
  connectionsSent: number;
  connectionsAccepted: number;
  messagesSent: number;
  repliesReceived: number;
}

/**
 * What a campaign has done so far, as the log is counted: a moment behind it, as quick with a million leads as with ten, and
 * never less than before, whatever becomes of its leads.
 */
export async function campaignMetrics(db: Queryable, workspaceId: string, id: string): Promise<CampaignMetrics> {
  const state = await analyticsState(db, workspaceId);
  // To tomorrow, since other systems' clocks may be ahead.
  const always = { from: 0, to: Math.ceil(Date.now() / dayMs + 1) * dayMs };
  const counts = state ? await totals(db, workspaceId, state.edition, always, { campaign: id }) : noCounts();
  return {
    connectionsSent: counts.invited,
    connectionsAccepted: counts.connected,
    messagesSent: counts.sent,
    repliesReceived: counts.replies,
  };
}

export interface Enrollment {
  leadId: string;
  /** Null: the lead is not there any more. */
  lead: LeadSummary | null;
  state: "active" | "held" | "finished" | "stopped";
  reason: string | null;
  nextStepId: string | null;
  nextStep: number | null;
  nextAt: Date | null;
  /** Why it waits longer than its delay, as the planner saw it last. */
  waitReason: string | null;
  enrolledAt: Date;
}

/** Leads of a campaign by ID; `after` is the last one of the previous page. */
export async function listEnrollments(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  filter: {
    state?: Enrollment["state"] | undefined;
    /** Those whose next step it is. */
    stepId?: string | undefined;
    after?: string | undefined;
    limit: number;
  },
): Promise<Enrollment[]> {
  const { text, values } = given(
    `select e.lead_id as "leadId", ${leadSummary}, e.state, e.state_reason as reason, e.next_step_id as "nextStepId", s.position as "nextStep",
       -- Days are counted exactly when the planner looks; until then by 24 hours each.
       case when s.delay ->> 'unit' in ('days', 'business_days') and e.wait_reason is null and e.next_at < 'infinity'
         then greatest(e.next_at, e.anchor_at + (s.delay ->> 'amount')::int * interval '1 day') else nullif(e.next_at, 'infinity') end as "nextAt",
       e.wait_reason as "waitReason", e.enrolled_at as "enrolledAt"
     from enrollment e
     left join step s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.id = e.next_step_id
     left join lead l on l.workspace_id = e.workspace_id and l.id = e.lead_id
     where e.workspace_id = $1 and e.campaign_id = $2 and ($3::text is null or e.state = $3) and ($4::text is null or e.lead_id > $4)
       and ($6::text is null or e.next_step_id = $6)
     order by e.lead_id limit $5`,
    [workspaceId, campaignId, filter.state ?? null, filter.after ?? null, filter.limit, filter.stepId ?? null],
  );
  const { rows } = await db.query<Enrollment>(text, values);
  return rows;
}
