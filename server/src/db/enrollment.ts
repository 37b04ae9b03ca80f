import type { ChannelName } from "../domain/event.ts";
import type { Condition } from "../domain/sequence/condition.ts";
import type { Otherwise, StepAction, Variant } from "../domain/sequence/step.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import { few } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, type Of, readInEachWorkspace, type Within, writeByWorkspace } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";

/** A lead whose next step is due, with all that writing the message needs. */
export interface DueStep {
  workspaceId: string;
  campaignId: string;
  leadId: string;
  stepId: string;
  position: number;
  /** Null: a task that has to do with no channel. */
  channel: ChannelName | null;
  action: StepAction;
  condition: Condition | null;
  otherwise: Otherwise | null;
  subject: string | null;
  text: string;
  html: string | null;
  variants: readonly Variant[] | null;
  /** The variant that this lead was given here before, if it was. */
  variantBefore: string | null;
  /** Sender used before, by channel. */
  senders: Record<string, string>;
  firstName: string | null;
  lastName: string | null;
  company: string | null;
  title: string | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  profile: string | null;
  tags: string[];
  externalLeadId: string | null;
  custom: Record<string, unknown>;
}

export const storedStep =
  "join step s on s.workspace_id = $1 and s.campaign_id = d.campaign_id and s.id = d.next_step_id";

/** The steps `s` that rows of `due` (`d`, enrollments of the workspace $1) are at, with their leads `l`. `further`: columns besides. */
export const stepOfDue = (further = "") => `
select d.workspace_id as "workspaceId", d.campaign_id as "campaignId", d.lead_id as "leadId", s.id as "stepId", s.position, s.channel, s.action,
  s.condition, s.otherwise, s.subject, s.text, s.html, s.variants, d.senders,
  case when s.variants is not null then (
    select m.variant from message m where m.campaign_id = d.campaign_id and m.lead_id = d.lead_id and m.step_id = s.id and m.workspace_id = $1
  ) end as "variantBefore",
  l.first_name as "firstName", l.last_name as "lastName", l.company, l.title, l.linkedin_url as "linkedinUrl", l.phone, l.email, l.profile, l.tags,
  l.external_lead_id as "externalLeadId", l.custom${further}
from due d
${storedStep}
-- A LATERAL with a LIMIT: as a join, planned on a small table, it would walk over the workspace's leads.
cross join lateral (select * from lead l where l.workspace_id = $1 and l.id = d.lead_id limit 1) l`;

/** The campaign that a lead is in, else the one that it was in last; null: none. */
export async function campaignOfLead(db: Queryable, workspaceId: string, leadId: string): Promise<string | null> {
  return await inSet(db, campaignOf, workspaceId, leadId);
}

const campaignOf: SetStatement<string, string | null> = {
  name: "enrollment.campaign_of",
  async run(db, workspaceId, ids) {
    const { rows } = await db.query<{ id: string; campaign_id: string }>({
      name: "enrollment.campaign_of",
      text: `select k.id, e.campaign_id from unnest($2::text[]) as k (id)
        cross join lateral (
          select e.campaign_id from enrollment e where e.workspace_id = $1 and e.lead_id = k.id
          order by e.state = 'active' desc, e.enrolled_at desc limit 1
        ) e`,
      values: [workspaceId, textArray([...new Set(ids)], (id) => id)],
    });
    const byId = new Map(rows.map((row) => [row.id, row.campaign_id]));
    return ids.map((id) => byId.get(id) ?? null);
  },
};

/** A message that a step became. */
export interface PlannedMessage {
  workspaceId: string;
  campaignId: string;
  leadId: string;
  stepId: string;
  sequenceStep: number;
  messageId: string;
  conversationId: string;
  channel: ChannelName;
  action: "message" | "connect";
  senderId: string;
  toAddress: string;
  subject: string | null;
  text: string;
  html: string | null;
  /** Key of the step's variant that it is. */
  variant: string | null;
  /** blocked: a rule forbids it, `code` and `detail` say which; it is kept for the record. */
  status: "queued" | "blocked";
  code: string | null;
  detail: string | null;
  /** Unix milliseconds: not after this; null: at any time. */
  sendBefore: number | null;
}

/** A planned message as it was stored. */
export interface StoredMessage {
  workspaceId: string;
  messageId: string;
  campaignId: string;
  stepId: string;
  leadId: string;
  /** The sender's. */
  laneId: string;
  conversationId: string;
}

export const storeForms = inForms(
  "enrollment.store",
  19,
  (within) => `
with planned as materialized (
  select p.*, jsonb_build_object(p.channel, p."senderId") as via, now() as at
  from (select
    unnest($1::text[]) as "workspaceId", unnest($2::text[]) as "campaignId", unnest($3::text[]) as "leadId", unnest($4::text[]) as "stepId",
    unnest($5::int[]) as "sequenceStep", unnest($6::text[]) as "messageId", unnest($7::text[]) as "conversationId", unnest($8::text[]) as channel,
    unnest($9::text[]) as action, unnest($10::text[]) as "senderId", unnest($11::text[]) as "toAddress", unnest($12::text[]) as subject,
    unnest($13::text[]) as text, unnest($14::text[]) as html, unnest($15::text[]) as variant, unnest($16::text[]) as status,
    unnest($17::text[]) as code, unnest($18::text[]) as detail, unnest($19::float8[]) as "sendBefore") p
),
placed as materialized (
  select p.*, c.id as known from planned p
  left join lateral (
    select c.id from conversation c
    where c.workspace_id = p."workspaceId" and c.lead_id = p."leadId" and c.channel = p.channel and c.sender_id = p."senderId"${within("c")} limit 1
  ) c on true
),
opened as (
  -- It has no last message until one went out: a step that is skipped is no conversation.
  insert into conversation (workspace_id, id, lead_id, channel, sender_id)
  select distinct on ("workspaceId", "leadId", channel, "senderId") "workspaceId", "conversationId", "leadId", channel, "senderId"
  from placed where known is null
  on conflict (workspace_id, lead_id, channel, sender_id) do update set last_message_at = conversation.last_message_at
  returning workspace_id, id, lead_id, channel, sender_id
),
stored as (
  insert into message (workspace_id, id, lead_id, conversation_id, channel, action, source, campaign_id, step_id, sequence_step, sender_id,
    to_address, subject, text, html, variant, status, status_code, status_detail, send_before, created_at)
  select p."workspaceId", p."messageId", p."leadId", coalesce(p.known, o.id), p.channel, p.action, 'campaign', p."campaignId", p."stepId",
    p."sequenceStep", p."senderId", p."toAddress", p.subject, p.text, p.html, p.variant, p.status, p.code, p.detail,
    to_timestamp(p."sendBefore" / 1000), now()
  from placed p
  left join opened o on o.workspace_id = p."workspaceId" and o.lead_id = p."leadId" and o.channel = p.channel and o.sender_id = p."senderId"
  -- A blocked one was never sent: once its lead has been mended, it is written anew. So is one that was held.
  on conflict (workspace_id, campaign_id, lead_id, step_id) where campaign_id is not null do update set
    text = excluded.text, subject = excluded.subject, html = excluded.html, to_address = excluded.to_address, sender_id = excluded.sender_id,
    channel = excluded.channel, action = excluded.action, conversation_id = excluded.conversation_id,
    sequence_step = excluded.sequence_step, variant = excluded.variant, status = excluded.status, status_code = excluded.status_code,
    status_detail = excluded.status_detail, send_before = excluded.send_before, created_at = excluded.created_at, updated_at = excluded.created_at
  where message.status in ('blocked', 'held')
  returning workspace_id, id, sender_id, lead_id, campaign_id, step_id, status, conversation_id
),
queued as (
  insert into outbox (workspace_id, lane_id, ref, due_at) select workspace_id, sender_id, id, now() from stored where status = 'queued'
),
waiting as (
  update enrollment e set next_at = null, wait_reason = null, updated_at = now(),
    first_at = case when p.status = 'queued' then coalesce(e.first_at, p.at) else e.first_at end,
    senders = e.senders || p.via
  from (select * from planned where ${few('"leadId"')}) p
  where e.workspace_id = p."workspaceId" and e.campaign_id = p."campaignId" and e.lead_id = p."leadId"${within("e")}
),
touched as materialized (select distinct workspace_id, sender_id as lane_id from stored where status = 'queued'),
locked as materialized (
  select l.workspace_id, l.id from lane l join touched t on t.workspace_id = l.workspace_id and t.lane_id = l.id
  where (l.ready_at is null or l.ready_at > now())${within("l")}
  order by l.workspace_id, l.id
  for no key update of l
),
woken as (update lane l set ready_at = now() from locked k where l.workspace_id = k.workspace_id and l.id = k.id${within("l")})
select workspace_id as "workspaceId", id as "messageId", lead_id as "leadId", sender_id as "laneId", conversation_id as "conversationId",
  campaign_id as "campaignId", step_id as "stepId"
from stored`,
);

/**
 * Stores planned messages, and puts those that are not blocked into the outbox; their leads wait until the outcome is
 * known. A step that this lead has had already (the unique key over campaign, lead and step) makes no second message:
 * only what was stored is answered.
 */
export async function storePlanned(db: Queryable, messages: readonly PlannedMessage[]): Promise<StoredMessage[]> {
  if (messages.length === 0) return [];
  return await writeByWorkspace(
    db,
    messages,
    (m) => m.workspaceId,
    async (tx, part, workspaceId) => {
      const values = [
        textArray(part, (m) => m.workspaceId),
        textArray(part, (m) => m.campaignId),
        textArray(part, (m) => m.leadId),
        textArray(part, (m) => m.stepId),
        int4Array(part, (m) => m.sequenceStep),
        textArray(part, (m) => m.messageId),
        textArray(part, (m) => m.conversationId),
        textArray(part, (m) => m.channel),
        textArray(part, (m) => m.action),
        textArray(part, (m) => m.senderId),
        textArray(part, (m) => m.toAddress),
        textArray(part, (m) => m.subject),
        textArray(part, (m) => m.text),
        textArray(part, (m) => m.html),
        textArray(part, (m) => m.variant),
        textArray(part, (m) => m.status),
        textArray(part, (m) => m.code),
        textArray(part, (m) => m.detail),
        float8Array(part, (m) => m.sendBefore),
      ];
      return (await tx.query<StoredMessage>(inForm(storeForms, values, workspaceId))).rows;
    },
  );
}

/** What becomes of a lead in its sequence after a step. */
export interface Progress {
  workspaceId: string;
  campaignId: string;
  leadId: string;
  /** advance: on to the next step, or finished after the last. stop: out of the sequence, with the reason. */
  move: "advance" | "stop";
  reason: string | null;
  /** advance: to this later step in place of the next one, if it is still there. */
  to?: string | undefined;
}

export const moveForms = inForms(
  "enrollment.move",
  1,
  (within, _, of) => `
with moved as materialized (
  select p.*, now() as at
  from json_to_recordset($1::json) as p ("workspaceId" text, "campaignId" text, "leadId" text, move text, reason text, "to" text)
  where ${few('"leadId"')}
)
update enrollment e set
  state = case when m.move = 'stop' then 'stopped' when n.id is null then 'finished' else 'active' end,
  state_reason = m.reason,
  next_step_id = case when m.move = 'stop' then e.next_step_id else n.id end,
  next_at = case when m.move = 'stop' or n.id is null then null else n.due_at end,
  anchor_at = case when m.move = 'stop' then e.anchor_at else m.at end,
  next_sender = case when m.move = 'stop' then e.next_sender else queue_of(n.asks, e.senders ->> n.channel, n.sender_ids) end,
  wait_reason = null, updated_at = now()
from moved m
left join lateral (
  select s.id, now() + s.delay_ms * interval '1 millisecond' as due_at, s.channel, coalesce(s.asks, false) as asks, c.sender_ids from enrollment x
  join campaign c on c.workspace_id = ${of("x.workspace_id")} and c.id = x.campaign_id
  -- No step: the one that the lead was at was removed, and none stands before it.
  left join step at on at.workspace_id = ${of("x.workspace_id")} and at.campaign_id = x.campaign_id and at.id = x.next_step_id
  join step s on s.workspace_id = ${of("x.workspace_id")} and s.campaign_id = x.campaign_id
    and s.position > coalesce(at.position, 0)
  where x.workspace_id = ${of('m."workspaceId"')} and x.campaign_id = m."campaignId" and x.lead_id = m."leadId"
  order by coalesce(s.id = m."to", false) desc, s.position limit 1
) n on true
where e.workspace_id = m."workspaceId" and e.campaign_id = m."campaignId" and e.lead_id = m."leadId"
  -- COALESCE: by the key, not by an index of all that are active.
  and coalesce(e.state, '') = 'active'${within("e")}`,
);

/**
 * Moves leads on. The next step is due its delay after now (the moment at which the step before went out or was skipped);
 * it is found by position behind the step that the lead is at, so that an edited sequence is followed as it is now.
 */
export async function moveOn(db: Queryable, progress: readonly Progress[]): Promise<void> {
  if (progress.length === 0) return;
  await writeByWorkspace(
    db,
    progress,
    (p) => p.workspaceId,
    async (tx, part, workspaceId) => (await tx.query(inForm(moveForms, [JSON.stringify(part)], workspaceId))).rows,
  );
}

export const countAsNewForms = inForms(
  "enrollment.new",
  3,
  (within) => `
update enrollment e set first_at = null, updated_at = now()
from unnest($1::text[], $2::text[], $3::text[]) as n (workspace_id, campaign_id, lead_id)
where e.workspace_id = n.workspace_id and e.campaign_id = n.campaign_id and e.lead_id = n.lead_id and e.first_at is not null
  and not exists (select 1 from message m where m.campaign_id = e.campaign_id and m.lead_id = e.lead_id
    and m.workspace_id = e.workspace_id and m.status in ('sending', 'uncertain', 'sent')${within("m")})${within("e")}`,
);

/**
 * Their message will not go out: leads to whom nothing else of the campaign went out, or may have, count as new ones on the
 * day on which something does.
 */
export async function countAsNew(db: Queryable, leads: readonly Omit<Progress, "move" | "reason">[]): Promise<void> {
  if (leads.length === 0) return;
  await writeByWorkspace(
    db,
    leads,
    (l) => l.workspaceId,
    async (tx, part, workspaceId) => {
      const ids = [part.map((l) => l.workspaceId), part.map((l) => l.campaignId), part.map((l) => l.leadId)];
      const { text, values } = inForm(countAsNewForms, ids, workspaceId);
      return (await tx.query({ text, values })).rows;
    },
  );
}

// A profile's follow-ups are never through: any message may begin them. OFFSET 0: campaign by campaign; as joins these could
// be a walk over all that is active for each of them.
const isDone = (within: Within, of: Of) => `c.status = 'active' and c.profile_id is null${within("c")}
  and exists (select 1 from enrollment e where e.workspace_id = ${of("c.workspace_id")} and e.campaign_id = c.id offset 0)
  and not exists (
    select 1 from enrollment e where e.workspace_id = ${of("c.workspace_id")} and e.campaign_id = c.id and e.state = 'active' offset 0)`;

export const doneForms = inForms(
  "campaign.candidates",
  0,
  (within, _, of) => `
select c.workspace_id, c.id from campaign c where ${isDone(within, of)} order by 1, 2 limit 100 for no key update skip locked`,
);

export const finishForms = inForms(
  "campaign.finish",
  2,
  (within, _, of) => `
update campaign c set status = 'finished', finished_at = now(), updated_at = now()
where (c.workspace_id, c.id) in (select * from unnest($1::text[], $2::text[])) and ${isDone(within, of)}
returning c.workspace_id as "workspaceId", c.id as "campaignId", c.name,
  (select count(*) from enrollment e where e.workspace_id = ${of("c.workspace_id")} and e.campaign_id = c.id) as "totalLeads"`,
);

/** Workspaces with active campaigns: a statement over all of them. */
export const withActiveCampaigns = {
  name: "campaign.workspaces",
  text: "select distinct workspace_id from campaign where status = 'active' order by 1",
  values: [],
};

/**
 * Closes campaigns whose last lead has left the sequence; answers what their event needs. In a transaction: the first
 * statement takes the campaigns (passing over those into which leads are being enrolled at this moment), the second one
 * looks again with eyes that see what was committed until then.
 */
export async function finishCampaigns(
  tx: Queryable,
): Promise<{ workspaceId: string; campaignId: string; name: string; totalLeads: number }[]> {
  return await readInEachWorkspace(tx, withActiveCampaigns, async (on, workspaceId) => {
    const taken = await on.query<{ workspace_id: string; id: string }>(inForm(doneForms, [], workspaceId));
    if (taken.rows.length === 0) return [];
    const ids = [taken.rows.map((row) => row.workspace_id), taken.rows.map((row) => row.id)];
    const { rows } = await on.query<{ workspaceId: string; campaignId: string; name: string; totalLeads: number }>(
      inForm(finishForms, ids, workspaceId),
    );
    return rows;
  });
}

/** Whether a sequence of the lead's ended for one of these reasons: most have none, and this is asked for many at a time. */
export async function hasBlockedSteps(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  codes: readonly string[],
): Promise<boolean> {
  return await inSet(db, blocked, workspaceId, { leadId, codes });
}

const blocked: SetStatement<{ leadId: string; codes: readonly string[] }, boolean> = {
  name: "enrollment.has_blocked",
  async run(db, workspaceId, asked) {
    const { rows } = await db.query<{ id: string; code: string }>({
      name: "enrollment.has_blocked",
      text: `select k.id, e.code from unnest($2::text[]) as k (id)
        cross join lateral (
          select split_part(e.state_reason, ':', 1) as code from enrollment e
          where e.workspace_id = $1 and e.lead_id = k.id and e.state = 'stopped'
          -- By lead, also where little is known of the table: with it, this isn't joined in another way.
          offset 0
        ) e`,
      values: [workspaceId, textArray([...new Set(asked.map(({ leadId }) => leadId))], (id) => id)],
    });
    const byId = Map.groupBy(rows, ({ id }) => id);
    return asked.map(({ leadId, codes }) => (byId.get(leadId) ?? []).some(({ code }) => codes.includes(code)));
  },
};

/** `candidates`: senders of the campaign for the step's channel, in a fixed order. */
export type BlockedStep = DueStep & { candidates: string[] };

const candidates = `,
  array(select x.id from campaign c join sender x on x.workspace_id = $1 and x.id = any(c.sender_ids) and x.channel = s.channel
    where c.workspace_id = $1 and c.id = d.campaign_id order by x.id) as candidates`;

/** The steps at which this lead stopped for one of these codes. */
export async function blockedSteps(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  codes: readonly string[],
): Promise<BlockedStep[]> {
  const { rows } = await db.query<BlockedStep>(
    `with due as materialized (
       select e.workspace_id, e.campaign_id, e.lead_id, e.next_step_id, e.senders from enrollment e
       where e.workspace_id = $1 and e.lead_id = $2 and e.state = 'stopped'
         and split_part(e.state_reason, ':', 1) = any($3)
         -- Another campaign may have it by now that doesn't share it.
         and ((select c.allow_parallel from campaign c where c.workspace_id = $1 and c.id = e.campaign_id) or not exists (
           select 1 from enrollment x join campaign o on o.workspace_id = x.workspace_id and o.id = x.campaign_id
           where x.lead_id = $2 and x.workspace_id = $1 and x.campaign_id <> e.campaign_id and x.state in ('active', 'held') and not o.allow_parallel))
     ) ${stepOfDue(candidates)}`,
    [workspaceId, leadId, codes],
  );
  return rows;
}

/** Lets a lead try the step again at which it stopped. */
export async function retryStep(db: Queryable, workspaceId: string, campaignId: string, leadId: string): Promise<void> {
  await db.query(
    `update enrollment e set state = 'active', state_reason = null, next_at = now(), next_sender = queue_of(s.asks, e.senders ->> s.channel, c.sender_ids),
       updated_at = now()
     from step s join campaign c on c.workspace_id = s.workspace_id and c.id = s.campaign_id
     where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3 and e.state = 'stopped'
       and s.workspace_id = $1 and s.campaign_id = $2 and s.id = e.next_step_id`,
    [workspaceId, campaignId, leadId],
  );
}
