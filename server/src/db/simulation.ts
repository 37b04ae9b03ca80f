import type { ChannelName } from "../domain/event.ts";
import { type PacedAction, paceOf } from "../domain/pacing.ts";
import type { Delay } from "../domain/schedule/delay.ts";
import type { Condition } from "../domain/sequence/condition.ts";
import type { Otherwise, StepAction, Variant } from "../domain/sequence/step.ts";
import type { DueLead } from "./due.ts";
import { knownFacts } from "./known-facts.ts";
import { restReason, restUntil } from "./lead-rest.ts";
import { loadPacedSenders, type PacedSender, type PaceFacts, paceFacts } from "./pace.ts";
import type { Database, Queryable } from "./pool.ts";
import { forbidding } from "./suppression.ts";

/** What a simulation of a campaign reads; it writes nothing. */

/** Runs `work` in a transaction that sees one state of the database and can't write. */
export async function readOnly<T>(db: Database, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return await db.transaction(async (tx) => {
    await tx.query("set transaction isolation level repeatable read read only");
    return await work(tx);
  });
}

export interface CampaignFacts {
  status: "draft" | "active" | "paused" | "finished";
  maxLatenessSeconds: number | null;
  /** Unix milliseconds. */
  notBefore: number | null;
  plannedAt: number | null;
  /** Leads in it, of all states. */
  leads: number;
  steps: StepFacts[];
}

export interface StepFacts {
  stepId: string;
  position: number;
  channel: ChannelName | null;
  action: StepAction;
  condition: Condition | null;
  otherwise: Otherwise | null;
  timeLimit: Delay | null;
  subject: string | null;
  text: string;
  html: string | null;
  variants: readonly Variant[] | null;
  delay: Delay;
  delayMs: number;
  /** It is looked at when its time has come, whether a sender is free or not. */
  asks: boolean;
}

export async function campaignFacts(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
): Promise<CampaignFacts | null> {
  const { rows } = await db.query<CampaignFacts>(
    `select c.status, c.max_lateness_seconds as "maxLatenessSeconds", (extract(epoch from c.not_before) * 1000)::float8 as "notBefore",
       (extract(epoch from c.planned_at) * 1000)::float8 as "plannedAt",
       (select count(*)::int from enrollment e where e.workspace_id = $1 and e.campaign_id = c.id) as leads,
       coalesce((select json_agg(json_build_object('stepId', s.id, 'position', s.position, 'channel', s.channel, 'action', s.action,
         'condition', s.condition, 'otherwise', s.otherwise, 'timeLimit', s.time_limit, 'variants', s.variants, 'asks', s.asks,
         'subject', s.subject, 'text', s.text, 'html', s.html, 'delay', s.delay, 'delayMs', s.delay_ms) order by s.position)
         from step s where s.workspace_id = $1 and s.campaign_id = c.id), '[]') as steps
     from campaign c where c.workspace_id = $1 and c.id = $2`,
    [workspaceId, campaignId],
  );
  return rows[0] ?? null;
}

/** A lead in its present place; what its step says is in the campaign's facts. */
export interface PlacedLead
  extends Omit<DueLead, Exclude<keyof StepFacts, "delayMs" | "asks"> | "nextAt" | "variantBefore"> {
  state: "active" | "held";
  stateReason: string | null;
  nextStepId: string | null;
  /** Null while a message is on its way. */
  nextAt: number | null;
  status: string;
  /** `nextAt` is only the time of a first look, before which it can't be due. */
  firstLook: boolean;
  /** Reason by channel; null: none of its addresses is suppressed. */
  suppressed: Record<string, string> | null;
  /** Steps of this campaign that it has had, or that are on their way. */
  had: string[];
  /** Its message that is on its way. */
  flight: { status: string; senderId: string; dueAt: number | null } | null;
}

/** Leads that are still in their sequences, by ID: the first ones behind `after`. */
export async function placedLeads(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  /** `begun`: there may be messages already. `asks`: some step asks something. */
  options: { after: string; limit: number; begun: boolean; asks: boolean },
): Promise<PlacedLead[]> {
  const { rows } = await db.query<PlacedLead>({
    name: "simulation.leads",
    text: `
select e.workspace_id as "workspaceId", e.campaign_id as "campaignId", e.lead_id as "leadId", e.state, e.state_reason as "stateReason",
  e.next_step_id as "nextStepId", e.senders, (extract(epoch from e.anchor_at) * 1000)::float8 as "anchorAt",
  (extract(epoch from nullif(e.next_at, 'infinity')) * 1000)::float8 as "nextAt", e.first_at is not null as "wasWrittenTo", e.next_sender as "nextSender",
  l.first_name as "firstName", l.last_name as "lastName", l.company, l.title, l.linkedin_url as "linkedinUrl", l.phone, l.email, l.profile,
  l.external_lead_id as "externalLeadId", l.custom, l.time_zone as "leadZone", l.status,
  case when w.min_touch_gap_seconds > 0 then (
    -- One that waits may go out at any moment.
    select extract(epoch from max(case m.status when 'queued' then now() else coalesce(m.attempted_at, m.created_at) end)) * 1000 from message m
    where m.lead_id = e.lead_id and m.workspace_id = $1 and m.campaign_id is not null and m.status in ('queued', 'sending', 'uncertain', 'sent')
  ) end::float8 as "touchedAt",
  (extract(epoch from ${restUntil("l")}) * 1000)::float8 as "pausedUntil", ${restReason("l")} as "pauseReason",
  coalesce(s.delay ->> 'unit' in ('days', 'business_days'), false) and e.wait_reason is null as "firstLook",
  case when $6 then ${knownFacts("e")} end as known,
  x.suppressed, coalesce(h.had, '{}') as had, f.flight
from enrollment e
-- Each look-up is a LATERAL with a LIMIT: a loop over an index, whatever the planner (not) knows about the tables.
cross join lateral (select * from lead l where l.workspace_id = $1 and l.id = e.lead_id limit 1) l
join workspace w on w.id = $1
left join lateral (
  select s.delay from step s where s.workspace_id = $1 and s.campaign_id = e.campaign_id and s.id = e.next_step_id limit 1
) s on true
left join lateral (
  select json_object_agg(a.channel, s.reason) as suppressed
  from (values ('sms', l.phone), ('email', l.email), ('linkedin', l.linkedin_url)) a (channel, address)
  cross join lateral (${forbidding("l", "a.channel", "$1")}) s
  where a.address is not null
) x on exists (select 1 from suppression s where s.workspace_id = $1)
left join lateral (
  select array_agg(m.step_id) as had from message m
  where $5 and m.campaign_id = e.campaign_id and m.lead_id = e.lead_id and m.workspace_id = $1 and m.status not in ('blocked', 'held')
) h on true
left join lateral (
  select json_build_object('status', m.status, 'senderId', m.sender_id, 'dueAt', (
      -- What is due or leased goes out at once.
      select extract(epoch from min(o.due_at)) * 1000 from outbox o
      where o.workspace_id = $1 and o.lane_id = m.sender_id and o.lease is null and o.due_at > now() and o.ref = m.id)) as flight
  from message m
  where $5 and e.next_at is null and e.state = 'active'
    and m.campaign_id = e.campaign_id and m.lead_id = e.lead_id and m.step_id = e.next_step_id and m.workspace_id = $1
  limit 1
) f on true
where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id > $3 and e.state in ('active', 'held')
order by e.lead_id limit $4`,
    values: [workspaceId, campaignId, options.after, options.limit, options.begun, options.asks],
  });
  return rows;
}

/** A sender, what its message rows say since `dayStart`, and the times that its weekly limit still counts, oldest first. */
export interface SenderRecord {
  sender: PacedSender;
  message: PaceFacts & { recent: number[] };
  connect: PaceFacts & { recent: number[] };
}

export async function senderRecords(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  dayStart: number,
): Promise<SenderRecord[]> {
  const senders = await loadPacedSenders(
    db,
    senderIds.map((senderId) => ({ workspaceId, senderId })),
  );
  const questions = senders.flatMap(({ senderId, provider, limits }) =>
    (["message", "connect"] as const).map((action) => {
      const { perWeek } = paceOf(provider, action, limits);
      return { workspaceId, senderId, action, dayStart, perWeek };
    }),
  );
  const facts = await paceFacts(db, questions);
  const records: PaceRecord[] = [];
  for (const [i, question] of questions.entries()) {
    records.push({ ...facts[i]!, recent: await latestTimes(db, question) });
  }
  return senders.map((sender, i) => ({ sender, message: records[2 * i]!, connect: records[2 * i + 1]! }));
}

type PaceRecord = SenderRecord["message"];

/** Of the latest `perWeek` messages the times. */
async function latestTimes(
  db: Queryable,
  question: { workspaceId: string; senderId: string; action: PacedAction; perWeek: number | null },
): Promise<number[]> {
  if (question.perWeek === null) return [];
  const { rows } = await db.query<{ at: number }>({
    name: "simulation.times",
    text: `
select (extract(epoch from m.counted_at) * 1000)::float8 as at from message m
where m.sender_id = $2 and m.action = $3 and m.workspace_id = $1 and m.counted_at is not null
order by m.counted_at desc limit $4`,
    values: [question.workspaceId, question.senderId, question.action, question.perWeek],
  });
  return rows.map(({ at }) => at).reverse();
}
