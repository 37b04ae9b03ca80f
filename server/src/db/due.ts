import type { ChannelName } from "../domain/event.ts";
import type { Delay } from "../domain/schedule/delay.ts";
import type { DailyRange, Schedule } from "../domain/schedule/schedule.ts";
import type { StepAction } from "../domain/sequence/step.ts";
import { type DueStep, stepOfDue, withActiveCampaigns } from "./enrollment.ts";
import { byTime, few } from "./few.ts";
import { type KnownFacts, knownFacts } from "./known-facts.ts";
import { restReason, restUntil } from "./lead-rest.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readByWorkspace, readInEachWorkspace, writeByWorkspace } from "./sharding.ts";

/**
 * What the planner asks. Leads that wait for the same thing stand in one queue: those of a campaign at one step, with one
 * sender ('' where the sender is still to be chosen), in the order of their times. A queue whose sender is exhausted is not
 * touched, however long it is: its leads simply wait.
 */
export interface Queue {
  workspaceId: string;
  campaignId: string;
  stepId: string;
  position: number;
  channel: ChannelName | null;
  action: StepAction;
  /** '?': of a step that asks something before it knows whether a message is due. */
  sender: string;
  /** When its first lead wants to be looked at, unix milliseconds. */
  headAt: number;
}

export const queuesForms = inForms(
  "due.queues",
  0,
  (within, _, of) => `
select c.workspace_id as "workspaceId", c.id as "campaignId", s.id as "stepId", s.position, s.channel, s.action, p.sender,
  (extract(epoch from greatest(h.next_at, c.not_before)) * 1000)::float8 as "headAt"
from campaign c
join step s on s.workspace_id = ${of("c.workspace_id")} and s.campaign_id = c.id
cross join lateral (select '' as sender union all select unnest(c.sender_ids) union all select '?' where s.asks) p
cross join lateral (
  select e.next_at from enrollment e
  where e.workspace_id = ${of("c.workspace_id")} and e.campaign_id = c.id and e.next_step_id = s.id and e.next_sender = p.sender
    and e.state = 'active' and e.next_at is not null
  order by e.next_at, e.lead_id limit 1
) h
where c.status = 'active'${within("c")}
  -- After an outage nobody plans before what is too late by it is held.
  and (c.max_lateness_seconds is null or c.planned_at > now() - make_interval(secs => greatest(120, c.max_lateness_seconds)))
-- Who was written to comes before who was not.
order by c.workspace_id, c.id, s.position desc`,
);

/** The queues of active campaigns that have anybody in them. `waiting`: messages of the campaign that are on their way. */
export async function loadQueues(db: Queryable): Promise<Queue[]> {
  return await readInEachWorkspace(
    db,
    withActiveCampaigns,
    async (on, workspaceId) => (await on.query<Queue>(inForm(queuesForms, [], workspaceId))).rows,
  );
}

/** A campaign's rules, as the planner keeps them. */
export interface CampaignRules {
  workspaceId: string;
  campaignId: string;
  timeZone: string | null;
  workspaceZone: string;
  schedule: Schedule | null;
  smsHours: DailyRange;
  limits: { messagesPerDay?: number | null; newLeadsPerDay?: number | null };
  maxLatenessSeconds: number | null;
  rotation: "fixed" | "longest_idle" | "weighted";
  senderWeights: Record<string, number>;
  onSenderPaused: "wait" | "move";
  minTouchGapSeconds: number;
  senderIds: string[];
  startedAt: Date | null;
  /** Whose follow-ups these are; null: it is a campaign of its own. */
  profileId: string | null;
  /** Messages of it that are on their way, counted up to `maxOpen`. */
  open: number;
  firstPosition: number;
}

export const rulesForms = inForms(
  "due.rules",
  3,
  (within, _, of) => `
select c.workspace_id as "workspaceId", c.id as "campaignId", c.time_zone as "timeZone", w.time_zone as "workspaceZone", c.schedule,
  w.sms_hours as "smsHours", c.limits, c.max_lateness_seconds as "maxLatenessSeconds", c.rotation, c.sender_weights as "senderWeights",
  c.on_sender_paused as "onSenderPaused", w.min_touch_gap_seconds as "minTouchGapSeconds", c.sender_ids as "senderIds", c.started_at as "startedAt", c.profile_id as "profileId",
  (select count(*)::int from (select 1 from enrollment e where e.workspace_id = ${of("c.workspace_id")} and e.campaign_id = c.id
    and e.state = 'active' and e.next_at is null limit $3) o) as open,
  (select min(s.position) from step s where s.workspace_id = ${of("c.workspace_id")} and s.campaign_id = c.id) as "firstPosition"
from unnest($1::text[], $2::text[]) as i (workspace_id, id)
join campaign c on c.workspace_id = i.workspace_id and c.id = i.id${within("c")}
join workspace w on w.id = c.workspace_id`,
);

export async function loadRules(
  db: Queryable,
  campaigns: readonly { workspaceId: string; campaignId: string }[],
  maxOpen: number,
): Promise<CampaignRules[]> {
  if (campaigns.length === 0) return [];
  return await readByWorkspace(
    db,
    campaigns,
    (c) => c.workspaceId,
    async (on, part, workspaceId) => {
      const values = [part.map((c) => c.workspaceId), part.map((c) => c.campaignId), maxOpen];
      return (await on.query<CampaignRules>(inForm(rulesForms, values, workspaceId))).rows;
    },
  );
}

/** What a campaign did since the beginning of its day. */
export async function campaignDay(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  since: number,
): Promise<{ messages: number; newLeads: number }> {
  const { rows } = await db.query<{ messages: number; newLeads: number }>({
    name: "due.campaignDay",
    text: `
select (select count(*)::int from message m where m.campaign_id = $2 and m.workspace_id = $1 and m.created_at >= to_timestamp($3::float8 / 1000) and ${byTime("m")}
    and m.status in ('queued', 'sending', 'uncertain', 'sent')) as messages,
  (select count(*)::int from enrollment e where e.campaign_id = $2 and e.workspace_id = $1 and e.first_at >= to_timestamp($3::float8 / 1000)) as "newLeads"`,
    values: [workspaceId, campaignId, since],
  });
  return rows[0]!;
}

/** Messages of a campaign that are on their way and not stuck: at a sender that may send, and not waiting for a person. */
export async function movingMessages(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  most: number,
): Promise<number> {
  const { rows } = await db.query<{ n: number }>({
    name: "due.moving",
    text: `
select count(*)::int as n from (
  -- By the leads that wait for a message: those of the campaign's messages that are done are too many to look through.
  select 1 from enrollment e
  cross join lateral (
    select m.sender_id from message m
    where m.campaign_id = e.campaign_id and m.lead_id = e.lead_id and m.workspace_id = $1 and m.status in ('queued', 'sending') limit 1
  ) m
  join lane l on l.workspace_id = $1 and l.id = m.sender_id
  where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'active' and e.next_at is null and (l.parked_until is null or l.parked_until <= now())
  limit $3
) o`,
    values: [workspaceId, campaignId, most],
  });
  return rows[0]!.n;
}

/** A lead whose turn may have come. */
export interface DueLead extends DueStep {
  delay: Delay;
  /** Unix milliseconds. */
  anchorAt: number;
  nextAt: number;
  wasWrittenTo: boolean;
  nextSender: string;
  leadZone: string | null;
  /** The last message of any campaign to this lead, where the workspace wants time between them. */
  touchedAt: number | null;
  /** Unix milliseconds: nothing before this; null: no pause. */
  pausedUntil: number | null;
  pauseReason: string | null;
  timeLimit: Delay | null;
  /** What the step's question needs; null where it asks none. */
  known: KnownFacts | null;
}

/** Rows of `due` (enrollments of the workspace $1) with all that deciding and writing need. */
const leadOfDue = `${stepOfDue(`, s.delay,
  (extract(epoch from d.anchor_at) * 1000)::float8 as "anchorAt", (extract(epoch from d.next_at) * 1000)::float8 as "nextAt",
  d.first_at is not null as "wasWrittenTo", d.next_sender as "nextSender", l.time_zone as "leadZone",
  case when w.min_touch_gap_seconds > 0 then (
    -- One that waits may go out at any moment.
    select extract(epoch from max(case m.status when 'queued' then now() else coalesce(m.attempted_at, m.created_at) end)) * 1000 from message m
    where m.lead_id = d.lead_id and m.workspace_id = $1 and m.campaign_id is not null and m.status in ('queued', 'sending', 'uncertain', 'sent')
  ) end::float8 as "touchedAt",
  (extract(epoch from ${restUntil("l")}) * 1000)::float8 as "pausedUntil", ${restReason("l")} as "pauseReason", s.time_limit as "timeLimit",
  case when s.asks then ${knownFacts("d")} end as known`)}
join workspace w on w.id = $1
order by d.next_at, d.lead_id`;

const dueRow =
  "e.workspace_id, e.campaign_id, e.lead_id, e.next_step_id, e.senders, e.anchor_at, e.next_at, e.first_at, e.next_sender";

/** The first leads of a queue whose time has come, locked; what another planner holds is skipped. */
export async function takeDue(db: Queryable, queue: Queue, now: number, limit: number): Promise<DueLead[]> {
  const { rows } = await db.query<DueLead>({
    name: "due.take",
    text: `
with due as materialized (
  select ${dueRow} from enrollment e
  where e.workspace_id = $1 and e.campaign_id = $2 and e.next_step_id = $3 and e.next_sender = $4 and e.state = 'active'
    and e.next_at <= to_timestamp($5::float8 / 1000)
  order by e.next_at, e.lead_id
  limit $6
  for no key update skip locked
)${leadOfDue}`,
    values: [queue.workspaceId, queue.campaignId, queue.stepId, queue.sender, now, limit],
  });
  return rows;
}

/** Where a lead is in each of its campaigns that still have something for it. */
export interface LeadPlace {
  campaignId: string;
  campaignName: string;
  campaignStatus: "draft" | "active" | "paused" | "finished";
  state: "active" | "held";
  stateReason: string | null;
  waitReason: string | null;
  nextAt: Date | null;
  stepId: string | null;
  position: number | null;
  channel: ChannelName | null;
  action: StepAction | null;
  /** The task that a person has to do before it goes on. */
  taskId: string | null;
  /** Its message that is on its way, if one is. */
  messageId: string | null;
}

export async function placesOf(db: Queryable, workspaceId: string, leadId: string): Promise<LeadPlace[]> {
  const { rows } = await db.query<LeadPlace>(
    `select e.campaign_id as "campaignId", c.name as "campaignName", c.status as "campaignStatus", e.state, e.state_reason as "stateReason",
       e.wait_reason as "waitReason", nullif(e.next_at, 'infinity') as "nextAt",
       case when e.next_at = 'infinity' then (select t.id from task t where t.campaign_id = e.campaign_id and t.lead_id = e.lead_id
         and t.step_id = e.next_step_id and t.workspace_id = $1 and t.status = 'open') end as "taskId", s.id as "stepId", s.position, s.channel, s.action,
       case when e.next_at is null and e.state = 'active' then (select m.id from message m where m.campaign_id = e.campaign_id
         and m.lead_id = e.lead_id and m.step_id = e.next_step_id and m.workspace_id = $1) end as "messageId"
     from enrollment e
     join campaign c on c.workspace_id = e.workspace_id and c.id = e.campaign_id
     left join step s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.id = e.next_step_id
     where e.workspace_id = $1 and e.lead_id = $2 and e.state in ('active', 'held')
     order by e.enrolled_at`,
    [workspaceId, leadId],
  );
  return rows;
}

/** The step a lead waits at in one campaign, as the planner would see it; null when it doesn't wait for its time. */
export async function waitingLead(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  leadId: string,
): Promise<DueLead | null> {
  const { rows } = await db.query<DueLead>(
    `with due as materialized (
       select ${dueRow} from enrollment e
       where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3 and e.state = 'active' and e.next_at is not null
     )${leadOfDue}`,
    [workspaceId, campaignId, leadId],
  );
  return rows[0] ?? null;
}

/** How many leads stand before this one in its queue, counted up to 10,000. */
export async function aheadInQueue(db: Queryable, lead: DueLead): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from (
       select 1 from enrollment e
       where e.workspace_id = $1 and e.campaign_id = $2 and e.next_step_id = $3 and e.next_sender = $4 and e.state = 'active'
         and e.next_at is not null and (e.next_at, e.lead_id) < (
           select x.next_at, x.lead_id from enrollment x where x.workspace_id = $1 and x.campaign_id = $2 and x.lead_id = $5)
       limit 10000
     ) a`,
    [lead.workspaceId, lead.campaignId, lead.stepId, lead.nextSender, lead.leadId],
  );
  return rows[0]!.n;
}

/** A lead that has to wait longer, go to another queue, or is held. */
export interface Postponement {
  workspaceId: string;
  campaignId: string;
  leadId: string;
  /** Unix milliseconds. */
  until: number;
  reason: string | null;
  sender: string;
  hold: boolean;
}

export const postponeForms = inForms(
  "due.postpone",
  1,
  (within) => `
update enrollment e set next_at = case when p.hold then null else to_timestamp(p.until / 1000) end, wait_reason = p.reason, next_sender = p.sender,
  state = case when p.hold then 'held' else e.state end, state_reason = case when p.hold then p.reason else e.state_reason end, updated_at = now()
from json_to_recordset($1::json) as p ("workspaceId" text, "campaignId" text, "leadId" text, until float8, reason text, sender text, hold boolean)
where ${few('p."leadId"')} and e.workspace_id = p."workspaceId" and e.campaign_id = p."campaignId" and e.lead_id = p."leadId"
  -- COALESCE: by the key, not by an index of all that are active.
  and coalesce(e.state, '') = 'active'${within("e")}`,
);

export async function postpone(db: Queryable, postponements: readonly Postponement[]): Promise<void> {
  if (postponements.length === 0) return;
  await writeByWorkspace(
    db,
    postponements,
    (p) => p.workspaceId,
    async (tx, part, workspaceId) => (await tx.query(inForm(postponeForms, [JSON.stringify(part)], workspaceId))).rows,
  );
}

export const watchForms = inForms(
  "due.watch",
  1,
  (within) => `
update campaign c set planned_at = to_timestamp($1::float8 / 1000)
from (
  select k.workspace_id, k.id, (extract(epoch from k.planned_at) * 1000)::float8 as before from campaign k
  where k.status = 'active' and (k.planned_at is null or k.planned_at < to_timestamp($1::float8 / 1000) - interval '10 seconds')${within("k")}
  for no key update skip locked
) b
where c.workspace_id = b.workspace_id and c.id = b.id${within("c")}
returning c.workspace_id, c.id, c.max_lateness_seconds, b.before`,
);

interface Watched {
  workspace_id: string;
  id: string;
  before: number | null;
  max_lateness_seconds: number | null;
}

/**
 * Notes that active campaigns are being looked after, at most every 10 seconds each; and holds what became too late while they
 * were not (Herald was down, or the campaign paused). Answers how many were held. In a transaction: a note without the
 * holding would hide the gap. Of one campaign at most `most` are held in one go, and until the rest of them is, the gap stays.
 */
export async function keepWatch(
  db: Queryable,
  now: number,
  judge: (leads: DueLead[], outage: Outage) => Promise<Postponement[]>,
  most = 20_000,
): Promise<number> {
  const rows = await readInEachWorkspace(
    db,
    withActiveCampaigns,
    async (on, workspaceId) => (await on.query<Watched>(inForm(watchForms, [now], workspaceId))).rows,
  );
  let held = 0;
  for (const campaign of rows) {
    const { before, max_lateness_seconds: allowed } = campaign;
    // Nobody looked for longer than that: a planner that is merely busy is no outage.
    if (before === null || allowed === null || now - before < Math.max(120, allowed) * 1000) continue;
    // What was due before the outage had been waiting for a sender's turn, and goes on doing so.
    const { rowCount } = await db.query(
      `with late as materialized (
         select e.lead_id, format('too_late: its step was due at %s, more than the %s s that the campaign allows ago',
           to_char(e.next_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), $4::int) as reason
         from enrollment e
         join step s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.id = e.next_step_id
         where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'active' and e.next_at > to_timestamp($5::float8 / 1000)
           and s.action in ('message', 'connect') and not (${firstLook})
           and e.next_at < to_timestamp($3::float8 / 1000) - make_interval(secs => $4)
         limit $6 for no key update of e
       )
       update enrollment e set state = 'held', next_at = null, updated_at = now(), state_reason = late.reason
       from late where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = late.lead_id`,
      [campaign.workspace_id, campaign.id, now, allowed, before, most],
    );
    held += rowCount ?? 0;
    const outage = { workspaceId: campaign.workspace_id, campaignId: campaign.id, from: before, to: now, allowed };
    const unsure = await firstLooks(db, outage, Math.min(most, 2_000));
    const judged = await judge(unsure, outage);
    await postpone(db, judged);
    held += judged.filter(({ hold }) => hold).length;
    if (rowCount !== most && unsure.length === 0) continue;
    await db.query(
      "update campaign set planned_at = to_timestamp($3::float8 / 1000) where workspace_id = $1 and id = $2",
      [campaign.workspace_id, campaign.id, before],
    );
  }
  return held;
}

/** Nobody looked after a campaign from the one to the other, unix milliseconds; `allowed`: its `maxLateness`, seconds. */
export interface Outage {
  workspaceId: string;
  campaignId: string;
  from: number;
  to: number;
  allowed: number;
}

/** Of an enrollment `e` at the step `s`: its time is only that of the first look, before which it can't be due. */
const firstLook = "s.delay ->> 'unit' in ('days', 'business_days') and e.wait_reason is null";

/** Leads whose first look was missed: when they are due has to be computed. */
async function firstLooks(db: Queryable, outage: Outage, limit: number): Promise<DueLead[]> {
  const { rows } = await db.query<DueLead>(
    `with due as materialized (
       select ${dueRow} from enrollment e
       join step s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.id = e.next_step_id
       where e.workspace_id = $1 and e.campaign_id = $2 and e.state = 'active' and e.next_at > to_timestamp($3::float8 / 1000)
         and e.next_at <= to_timestamp($4::float8 / 1000) and s.action in ('message', 'connect') and ${firstLook}
       order by e.next_at, e.lead_id limit $5 for no key update of e
     )${leadOfDue}`,
    [outage.workspaceId, outage.campaignId, outage.from, outage.to, limit],
  );
  return rows;
}

/** A held lead goes on at the step where it was held. False: it is not held in this campaign. */
export async function releaseLead(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  leadId: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update enrollment e set state = 'active', state_reason = null, wait_reason = null, next_at = now(),
       next_sender = coalesce(queue_of(s.asks, e.senders ->> s.channel, c.sender_ids), ''), updated_at = now()
     from campaign c left join step s on s.workspace_id = c.workspace_id and s.campaign_id = c.id
     where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3 and e.state = 'held' and c.workspace_id = $1 and c.id = $2
       and s.id = e.next_step_id`,
    [workspaceId, campaignId, leadId],
  );
  return (rowCount ?? 0) > 0;
}

/** In campaigns that say so: leads to whom nothing was sent leave the queue of a sender that can't send. */
export async function leaveSender(db: Queryable, queue: Queue, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `update enrollment e set next_sender = '', updated_at = now()
     from (
       select lead_id from enrollment
       where workspace_id = $1 and campaign_id = $2 and next_step_id = $3 and next_sender = $4 and state = 'active' and next_at is not null
         and first_at is null
       order by next_at limit $5 for no key update skip locked
     ) m
     where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = m.lead_id`,
    [queue.workspaceId, queue.campaignId, queue.stepId, queue.sender, limit],
  );
  return rowCount ?? 0;
}

/** The database's time in unix milliseconds: it decides what is due. */
export async function databaseNow(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ ms: number }>({
    name: "due.now",
    text: "select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms",
  });
  return rows[0]!.ms;
}

/** Those of these campaigns whose steps nobody is changing; they stay as they are until the transaction ends. */
export async function holdSteps(tx: Queryable, campaignIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ id: string }>({
    name: "due.steps",
    text: `select id from unnest($1::text[]) as c (id) where pg_try_advisory_xact_lock_shared(hashtextextended('herald.steps ' || c.id, 0))`,
    values: [campaignIds],
  });
  return new Set(rows.map(({ id }) => id));
}
