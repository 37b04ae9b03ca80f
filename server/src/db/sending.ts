import type { ChannelName, LeadStatus, MessageSource } from "../domain/event.ts";
import { textArray } from "./array.ts";
import { few } from "./few.ts";
import { waitingFrom } from "./from-lead.ts";
import { restReason, restUntil } from "./lead-rest.ts";
import type { ClaimedItem } from "./outbox.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readByWorkspace, writeByWorkspace } from "./sharding.ts";
import { forbidding } from "./suppression.ts";
import type { SetStatement } from "./together.ts";

/**
 * The two statements around a call of a provider: `beginMessages` checks every rule and commits the attempt before the
 * call; `settleMessages` writes what came of it. Between them the database knows that a message may be going out.
 */

/** What `beginMessages` found for one claimed message. */
export interface BegunMessage {
  /** Index into the claimed items. */
  n: number;
  /**
   * go: the attempt is on record, call the provider. reconcile: an earlier attempt has no outcome. held: its campaign is
   * paused. blocked: a rule forbids it. gone: cancelled, sent already, or somebody else's by now. parked: its sender was
   * parked or changed since the claim; nothing was done. wait: its lead is just opting out, or replying; nothing
   * was done. Code `wrote`: what it wrote waits to be processed.
   */
  verdict: "go" | "reconcile" | "held" | "blocked" | "gone" | "parked" | "wait";
  /** For blocked: why. */
  code: string | null;
  detail: string | null;
  workspaceId: string;
  messageId: string;
  leadId: string;
  conversationId: string;
  channel: ChannelName;
  action: "message" | "connect";
  source: MessageSource;
  campaignId: string | null;
  sequenceStep: number | null;
  stepId: string | null;
  variant: string | null;
  senderId: string;
  toAddress: string;
  subject: string | null;
  text: string;
  html: string | null;
  /** Calls of the provider, this one included. */
  attempts: number;
  /** ISO 8601; of the latest attempt. */
  attemptedAt: string;
  externalLeadId: string | null;
  profile: string | null;
  /** The lead's. */
  tags: readonly string[];
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  providerThreadId: string | null;
  providerLeadId: string | null;
  threadSubject: string | null;
  messageIds: string[];
  /** Its campaign wants to know about opens and clicks. */
  trackOpens: boolean;
  trackClicks: boolean;
}

/** Lead statuses in which a campaign writes no more. */
export const stoppingStatuses: readonly LeadStatus[] = ["REPLY_RECEIVED", "MEETING_BOOKED", "NOT_INTERESTED", "DONE"];

export const beginForms = inForms(
  "message.begin",
  11,
  (within) => `
with item as materialized (
  select * from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $7::text[], $8::int[], $10::bool[], $11::bool[])
    as i (n, workspace_id, ref, id, lease, lane_id, lane_version, counted, closed)
),
ordered as materialized (
  -- The order of the locks.
  select i.* from item i order by i.workspace_id, i.ref, i.n
),
found as materialized (
  select i.n, i.lane_id, i.lane_version, i.counted, i.closed, m.* from ordered i
  -- One look-up an item: as a join it would walk over all that is leased.
  cross join lateral (
    select 1 from outbox o where o.lease = i.lease and o.id = i.id and o.lease is not null and o.workspace_id = i.workspace_id${within("o")} limit 1
  ) o
  cross join lateral (select m.* from message m where m.workspace_id = i.workspace_id and m.id = i.ref${within("m")} for no key update) m
),
-- Of those that have their place still: where a claim was forgotten by a crash of the database, the process that made it has
-- the message in hand twice, and the one without a place must not count before the other.
locked as materialized (
  select f.*, row_number() over (partition by f.workspace_id, f.id order by f.n) as place from found f
),
-- After the locks of the messages, and without waiting: whoever holds a lead is about to stop its messages (still.ts).
still as materialized (
  select p.workspace_id, p.lead_id, l.stop_no from (select distinct workspace_id, lead_id from locked order by 1, 2) p
  cross join lateral (
    select l.stop_no from lead l
    where l.workspace_id = p.workspace_id and l.id = p.lead_id and (l.hold_until is null or l.hold_until <= now())${within("l")}
    for key share skip locked
  ) l
),
judged as materialized (
  select m.n, m.workspace_id, m.id, m.counted, a.address, case
    -- Two places in the outbox for one message: one of them counts.
    when m.place > 1 then 'gone'
    when n.parked_until > now() or n.version <> m.lane_version then 'parked'
    when m.status in ('sending', 'uncertain') then 'reconcile'
    when m.status <> 'queued' then 'gone'
    -- The lead is held, or was changed since this statement began: what stopped it is not to be seen from here.
    when sl.stop_no is distinct from l.stop_no or w.waits = 1 then 'wait'
    -- Its lead stands at no step that it could be put back to.
    when m.campaign_id is not null and st.id is null then 'blocked'
    when c.status = 'paused' or m.send_before <= now() or m.closed or m.campaign_id is not null and (${restUntil("l")} > now()
      -- Planned in the future: the clock was set back, and what was due then is not due now.
      or m.created_at > now()) then 'held'
    when m.campaign_id is not null and st.id is null or a.address is null or x.channel is not null or e.state <> 'active' or l.status = any($6::text[]) and m.campaign_id is not null
      -- Follow-ups belong to a conversation: they wait for its next silence.
      and (c.profile_id is null or l.status <> 'REPLY_RECEIVED')
      or t.tag is not null then 'blocked'
    else 'go' end as verdict,
    case when w.waits = 1 then 'wrote' when m.campaign_id is not null and st.id is null then 'step_removed' when a.address is null then 'no_address' when x.channel is not null then 'suppressed' when e.state <> 'active' then 'left_campaign'
      when l.status = any($6::text[]) then 'lead_status' else 'stop_tag' end as code,
    case when m.campaign_id is not null and st.id is null then 'The step was taken out of the campaign.'
      when a.address is null then 'The lead has no address for this channel any more.'
      when x.channel is not null then format('The address is suppressed (%s).', x.reason)
      when e.state <> 'active' then format('The lead is no longer in the campaign (%s).', coalesce(e.state_reason, e.state))
      when l.status = any($6::text[]) then format('The lead''s status is %s.', l.status)
      else format('The lead has the tag %s, at which the campaign stops.', t.tag) end as detail,
    h.held, now() as at,
    case h.held when 'campaign_paused' then 'The campaign is paused.'
      when 'window_closed' then 'The time for which it was planned is over; it is planned again.'
      else format('The lead is away (%s); it is planned again.', coalesce(${restReason("l")}, 'paused')) end as held_detail,
    coalesce(c.track_opens, false) as track_opens, coalesce(c.track_clicks, false) as track_clicks
  from locked m
  join lead l on l.workspace_id = m.workspace_id and l.id = m.lead_id${within("l")}
  left join still sl on sl.workspace_id = m.workspace_id and sl.lead_id = m.lead_id
  left join lane n on n.workspace_id = m.workspace_id and n.id = m.lane_id${within("n")}
  left join campaign c on c.workspace_id = m.workspace_id and c.id = m.campaign_id${within("c")}
  left join step st on st.workspace_id = m.workspace_id and st.campaign_id = m.campaign_id and st.id = m.step_id${within("st")}
  left join enrollment e on e.workspace_id = m.workspace_id and e.campaign_id = m.campaign_id and e.lead_id = m.lead_id${within("e")}
  cross join lateral (
    select case when c.status = 'paused' then 'campaign_paused' when ${restUntil("l")} > now() then 'lead_paused' else 'window_closed' end as held
  ) h
  -- The address as it is now: it may have been changed since the message was accepted.
  cross join lateral (select case m.channel when 'sms' then l.phone when 'email' then l.email else l.linkedin_url end as address) a
  left join lateral (${forbidding("l", "m.channel", "m.workspace_id", within)}
  ) x on true
  left join lateral (${waitingFrom("m.workspace_id", "m.lead_id", within)}
  ) w on true
  left join lateral (
    select t as tag from unnest(c.stop_tags) t where lower(t) = any(select lower(y) from unnest(l.tags) y) limit 1
  ) t on c.stop_tags <> '{}'
),
started as (
  update message m set
    status = case j.verdict when 'go' then 'sending' when 'reconcile' then 'uncertain' else 'held' end,
    status_code = case j.verdict when 'go' then null when 'reconcile' then coalesce(m.status_code, 'interrupted')
      else j.held end,
    status_detail = case j.verdict when 'go' then null
      when 'reconcile' then coalesce(m.status_detail, 'The process ended while it was sending this message; it may have gone out.')
      else j.held_detail end,
    to_address = case j.verdict when 'go' then j.address else m.to_address end,
    attempts = m.attempts + case j.verdict when 'go' then 1 else 0 end,
    begun_by = case j.verdict when 'go' then $9::bigint else m.begun_by end,
    attempted_at = case j.verdict when 'go' then j.at else m.attempted_at end,
    doubted_at = case j.verdict when 'reconcile' then m.attempted_at else m.doubted_at end,
    counted_at = case when j.verdict = 'go' and j.counted then j.at else m.counted_at end,
    updated_at = now()
  from judged j
  -- A blocked message is written when it is settled, together with its event.
  where m.workspace_id = j.workspace_id and m.id = j.id and j.verdict in ('go', 'reconcile', 'held')${within("m")}
  returning m.workspace_id, m.id, m.attempts, m.attempted_at, m.to_address
),
-- What is held goes back to the planner: its step is due, and is written anew once its campaign goes on.
put_back as (
  update enrollment e set next_at = now(), updated_at = now(),
    -- A lead that got nothing yet is still a new one, whenever it is written to.
    first_at = case when exists (
      select 1 from message o where o.campaign_id = m.campaign_id and o.lead_id = m.lead_id and o.workspace_id = m.workspace_id
        and o.status in ('sending', 'uncertain', 'sent')${within("o")}) then e.first_at end
  from judged j join locked m on m.n = j.n
  where j.verdict = 'held' and e.workspace_id = m.workspace_id and e.campaign_id = m.campaign_id and e.lead_id = m.lead_id
    -- COALESCE: by the lead, not by the index of all of the campaign's that wait for a message.
    and coalesce(e.state, '') = 'active' and e.next_step_id = m.step_id and e.next_at is null${within("e")}
)
select j.n, j.verdict, j.code, j.detail, m.workspace_id as "workspaceId", m.id as "messageId", m.lead_id as "leadId",
  m.conversation_id as "conversationId", m.channel, m.action, m.source, m.campaign_id as "campaignId", m.sequence_step as "sequenceStep",
  m.step_id as "stepId", m.variant, m.sender_id as "senderId", coalesce(s.to_address, m.to_address) as "toAddress", m.subject, m.text, m.html,
  coalesce(s.attempts, m.attempts) as attempts, to_json(coalesce(s.attempted_at, m.attempted_at, now())) #>> '{}' as "attemptedAt",
  l.external_lead_id as "externalLeadId", l.profile, l.tags, l.linkedin_url as "linkedinUrl", l.phone, l.email,
  v.provider_thread_id as "providerThreadId", v.provider_lead_id as "providerLeadId", v.subject as "threadSubject",
  coalesce(v.message_ids, '{}') as "messageIds", j.track_opens as "trackOpens", j.track_clicks as "trackClicks"
from judged j
join locked m on m.n = j.n
join lead l on l.workspace_id = m.workspace_id and l.id = m.lead_id${within("l")}
left join conversation v on v.workspace_id = m.workspace_id and v.id = m.conversation_id${within("v")}
left join started s on s.workspace_id = m.workspace_id and s.id = m.id`,
);

const noMessages: ReadonlySet<string> = new Set();

/**
 * Checks claimed messages against every rule and puts the attempts on record, in one transaction. An item without an
 * answer is nobody's business any more (its message is gone, or the lease was lost).
 */
export async function beginMessages(
  db: Queryable,
  items: readonly ClaimedItem[],
  workerNo: number,
  /** Lanes whose messages count against a pace. */
  counted: ReadonlySet<string>,
  /** Messages of campaigns (by their IDs) whose sender is outside of its hours: they are planned again. */
  closed: ReadonlySet<string> = noMessages,
): Promise<BegunMessage[]> {
  if (items.length === 0) return [];
  return await writeByWorkspace(
    db,
    items.map((item, n) => ({ item, n })),
    ({ item }) => item.workspaceId,
    async (tx, part, workspaceId) => {
      const values = [
        part.map(({ n }) => n),
        part.map(({ item }) => item.workspaceId),
        part.map(({ item }) => item.ref),
        part.map(({ item }) => item.id),
        part.map(({ item }) => item.lease),
        stoppingStatuses,
        part.map(({ item }) => item.laneId),
        part.map(({ item }) => item.laneVersion),
        workerNo,
        part.map(({ item }) => counted.has(item.laneId)),
        part.map(({ item }) => closed.has(item.ref)),
      ];
      return (await tx.query<BegunMessage>(inForm(beginForms, values, workspaceId))).rows;
    },
  );
}

/** The outcome of one message, as it is to be written. */
export interface MessageOutcome {
  workspaceId: string;
  messageId: string;
  /** Guard: the number of calls of the provider when this outcome came about. */
  attempts: number;
  status: "queued" | "sent" | "uncertain" | "failed" | "blocked";
  code: string | null;
  detail: string | null;
  providerMessageId: string | null;
  providerThreadId: string | null;
  providerLeadId: string | null;
  /** The subject that really went out. */
  subject: string | null;
  /** ISO 8601, for sent. */
  sentAt: string | null;
  /** Of a mail: its conversation, whose Message-IDs and subject say how the next one goes on. */
  mailThread: string | null;
}

const outcomeColumns = `"workspaceId" text, "messageId" text, attempts int, status text, code text, detail text, "providerMessageId" text,
  "providerThreadId" text, "providerLeadId" text, subject text, "sentAt" timestamptz`;

const withoutReply = (subject: string) => `regexp_replace(${subject}, '^\\s*(re\\s*:\\s*)+', '', 'i')`;
/** SQL: a mail's subject is another one than its conversation's, be it that of an answer. */
const newThread = `(w.channel = 'email' and c.subject is not null and w.subject is not null and w.subject <> c.subject
      and ${withoutReply("w.subject")} <> ${withoutReply("c.subject")})`;

export const outcomeForms = inForms(
  "message.outcome",
  1,
  (within) => `
with outcome as materialized (select * from json_to_recordset($1::json) as o (${outcomeColumns})),
written as (
  update message m set status = o.status, status_code = o.code, status_detail = o.detail, sent_at = o."sentAt",
    -- What surely did not go out does not count.
    counted_at = case when o.status in ('sent', 'uncertain') then m.counted_at end,
    doubted_at = case o.status when 'uncertain' then m.attempted_at else m.doubted_at end,
    provider_message_id = o."providerMessageId", subject = coalesce(o.subject, m.subject), updated_at = now()
  from (select * from outcome where ${few('"messageId"')}) o
  where m.workspace_id = o."workspaceId" and m.id = o."messageId" and m.attempts = o.attempts
    and (m.status in ('sending', 'uncertain') or m.status = 'queued' and o.status = 'blocked')${within("m")}
  returning m.workspace_id, m.id, m.conversation_id, m.campaign_id, m.text, m.action, o.status, o.code, o.subject, o."sentAt", o."providerMessageId",
    o."providerThreadId", o."providerLeadId", m.channel
),
latest as (
  select distinct on (workspace_id, conversation_id) * from written where status = 'sent'
  order by workspace_id, conversation_id, "sentAt" desc
),
threads as (
  update conversation c set
    -- What is found out late doesn't stand before what the lead has answered.
    last_message_at = greatest(c.last_message_at, w."sentAt"),
    last_message_text = case when c.last_message_at > w."sentAt" then c.last_message_text else left(w.text, 500) end,
    provider_thread_id = coalesce(w."providerThreadId", c.provider_thread_id),
    provider_lead_id = coalesce(w."providerLeadId", c.provider_lead_id),
    -- A subject of its own, other than the thread's, has begun a new thread, with which what follows goes on.
    subject = case when ${newThread} then w.subject else coalesce(c.subject, w.subject) end,
    campaign_id = coalesce(w.campaign_id, c.campaign_id),
    -- LinkedIn takes messages only between people who are connected.
    connected_at = coalesce(c.connected_at, case when w.channel = 'linkedin' and (w.action = 'message' or w.code = 'already_connected') then w."sentAt" end),
    -- The first (which names the thread) and the latest nineteen.
    message_ids = case when w.channel <> 'email' or w."providerMessageId" is null then c.message_ids
      when ${newThread} then array[w."providerMessageId"]
      when cardinality(c.message_ids) < 20 then c.message_ids || w."providerMessageId"
      else c.message_ids[1:1] || c.message_ids[3:20] || w."providerMessageId" end
  from latest w
  where c.workspace_id = w.workspace_id and c.id = w.conversation_id${within("c")}
)
select id from written`,
);

/** Writes outcomes to the messages; returns the IDs of those that were still undecided after that very attempt. */
export async function writeOutcomes(db: Queryable, outcomes: readonly MessageOutcome[]): Promise<Set<string>> {
  const written = new Set<string>();
  for (const turn of turnsOfThreads(outcomes)) {
    const rows = await writeByWorkspace(
      db,
      turn,
      (outcome) => outcome.workspaceId,
      async (tx, part, workspaceId) =>
        (await tx.query<{ id: string }>(inForm(outcomeForms, [JSON.stringify(part)], workspaceId))).rows,
    );
    for (const { id } of rows) written.add(id);
  }
  return written;
}

/** Whether outcomes could not be written since a provider gave a message an ID that another message of its sender has. */
export function isTakenProviderId(error: unknown): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string };
  // On a sharded database the shard's number stands behind the name.
  return code === "23505" && (constraint?.startsWith("message_provider") ?? false);
}

/** A message, and what its provider calls it. */
export interface NamedMessage {
  workspaceId: string;
  messageId: string;
  senderId: string;
  providerMessageId: string;
}

/**
 * Of messages that were just sent, those whose ID another message of the same sender has, or one before them in the list: by
 * their own ID the other one's. The others are marked, also those of the list once they are written: reports under the ID say nothing about one of them.
 */
export async function sharedProviderIds(
  db: Queryable,
  messages: readonly NamedMessage[],
): Promise<Map<string, string>> {
  const others = new Map<string, string>();
  const first = new Map<string, string>();
  for (const { workspaceId, messageId, senderId, providerMessageId } of messages) {
    const key = JSON.stringify([workspaceId, senderId, providerMessageId]);
    const { rows } = await db.query<{ id: string }>(
      `update message set provider_id_shared = true
       where workspace_id = $1 and sender_id = $2 and provider_message_id = $3 and id <> $4 returning id`,
      [workspaceId, senderId, providerMessageId, messageId],
    );
    const other = rows[0]?.id ?? first.get(key);
    if (other !== undefined) others.set(messageId, other);
    else first.set(key, messageId);
  }
  return others;
}

/** Marks messages whose ID another one was given, too. */
export async function markProviderIdShared(
  db: Queryable,
  messages: readonly Pick<NamedMessage, "workspaceId" | "messageId">[],
): Promise<void> {
  for (const { workspaceId, messageId } of messages)
    await db.query("update message set provider_id_shared = true where workspace_id = $1 and id = $2", [
      workspaceId,
      messageId,
    ]);
}

/** A statement sees each conversation once: of several mails that went out in one, each goes on where the one before it led. */
function turnsOfThreads(outcomes: readonly MessageOutcome[]): MessageOutcome[][] {
  const turns: MessageOutcome[][] = [];
  const sent = new Map<string, number>();
  for (const outcome of outcomes) {
    const { mailThread, status } = outcome;
    const turn = mailThread !== null && status === "sent" ? (sent.get(mailThread) ?? 0) : 0;
    if (mailThread !== null && status === "sent") sent.set(mailThread, turn + 1);
    const together = turns[turn];
    if (together) together.push(outcome);
    else turns.push([outcome]);
  }
  return turns;
}

export const connectedForms = inForms(
  "conversation.connected",
  3,
  (within) => `
select t.message_id as id
from unnest($1::text[], $2::text[], $3::text[]) as t (workspace_id, conversation_id, message_id)
cross join lateral (
  select v.lead_id, v.sender_id from conversation v
  where v.workspace_id = t.workspace_id and v.id = t.conversation_id and v.connected_at is null${within("v")}
  for no key update
) v
cross join lateral (
  select 1 from message m where m.lead_id = v.lead_id and m.workspace_id = t.workspace_id and m.sender_id = v.sender_id
    and m.action = 'connect' and m.status in ('sent', 'uncertain')${within("m")} limit 1) c
order by t.conversation_id`,
);

/**
 * Of these messages, which LinkedIn has taken, the IDs of those that say that an invitation was accepted: their sender had
 * invited the lead, and nobody knew of the answer. Before the outcomes are written; who else learns of it waits.
 */
export async function newlyConnected(
  db: Queryable,
  messages: readonly Pick<BegunMessage, "workspaceId" | "conversationId" | "messageId">[],
): Promise<Set<string>> {
  // One a conversation.
  const each = [...new Map(messages.map((message) => [message.conversationId, message])).values()];
  if (each.length === 0) return new Set();
  each.sort((a, b) => (a.conversationId < b.conversationId ? -1 : 1));
  const rows = await writeByWorkspace(
    db,
    each,
    (message) => message.workspaceId,
    async (tx, part, workspaceId) => {
      const values = [part.map((m) => m.workspaceId), part.map((m) => m.conversationId), part.map((m) => m.messageId)];
      return (await tx.query<{ id: string }>(inForm(connectedForms, values, workspaceId))).rows;
    },
  );
  return new Set(rows.map(({ id }) => id));
}

/** A lead that was written to: its status follows, unless it is further along already. */
export interface AdvancedLead {
  workspaceId: string;
  leadId: string;
  previous: LeadStatus;
  next: LeadStatus;
  externalLeadId: string | null;
  linkedinUrl: string | null;
}

export const advanceForms = inForms(
  "lead.advance",
  4,
  (within) => `
with told as (
  select distinct on (workspace_id, lead_id) *, now() as at
  from unnest($1::text[], $2::text[], $3::text[], $4::bool[]) as t (workspace_id, lead_id, next, late)
  -- MESSAGE_SENT before CONNECTION_SENT, where a batch holds both.
  order by workspace_id, lead_id, next desc
),
before as materialized (
  -- One look-up a lead, in the order of told, which is that of the locks.
  select l.*, t.next, t.late, t.at from told t
  cross join lateral (
    select l.workspace_id, l.id, l.status, l.ctid as tid from lead l
    where l.workspace_id = t.workspace_id and l.id = t.lead_id
      and (l.status = 'PENDING' or t.next = 'MESSAGE_SENT' and l.status in ('CONNECTION_SENT', 'CONNECTION_ACCEPTED'))${within("l")}
    for no key update
  ) l
),
standing as (
  update lead_standing s set status = b.next from before b
  where s.workspace_id = b.workspace_id and s.status = b.status and s.lead_id = b.id${within("s")}
)
-- Most without updated_at, which is in an index: see 0063.
update lead l set status = b.next, status_at = b.at, updated_at = case when b.late then b.at else l.updated_at end from before b
where l.workspace_id = b.workspace_id and l.id = b.id${within("l")}
returning l.workspace_id as "workspaceId", l.id as "leadId", b.status as previous, b.next, l.external_lead_id as "externalLeadId",
  l.linkedin_url as "linkedinUrl"`,
);

export async function advanceLeads(
  db: Queryable,
  leads: readonly {
    workspaceId: string;
    leadId: string;
    next: "MESSAGE_SENT" | "CONNECTION_SENT";
    /**
     * It is told after it went out: its conversation's time is its own, which may have passed long ago, so that for those who
     * ask for leads that changed the lead's own time moves.
     */
    late?: boolean;
  }[],
): Promise<AdvancedLead[]> {
  if (leads.length === 0) return [];
  if (db.gather) return await db.gather(advanceTogether, "", leads);
  return await writeByWorkspace(
    db,
    leads,
    (lead) => lead.workspaceId,
    async (tx, part, workspaceId) => {
      const values = [
        textArray(part, (l) => l.workspaceId),
        textArray(part, (l) => l.leadId),
        textArray(part, (l) => l.next),
        part.map((l) => l.late === true),
      ];
      return (await tx.query<AdvancedLead>(inForm(advanceForms, values, workspaceId))).rows;
    },
  );
}

const advanceTogether: SetStatement<Parameters<typeof advanceLeads>[1], AdvancedLead[]> = {
  name: "lead.advance",
  async run(db, _, lists) {
    const advanced = await advanceLeads(db, lists.flat());
    const byId = new Map(advanced.map((lead) => [lead.leadId, lead]));
    return lists.map((leads) => leads.flatMap(({ leadId }) => byId.get(leadId) ?? []));
  },
};

/** Which of these provider IDs are known already as (other) messages of this sender. */
export async function knownProviderIds(
  db: Queryable,
  workspaceId: string,
  senderId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select provider_message_id as id from message where workspace_id = $1 and sender_id = $2 and provider_message_id = any($3)`,
    [workspaceId, senderId, ids],
  );
  return new Set(rows.map((row) => row.id));
}

/** A sender as it is stored, for opening it. */
export interface StoredSender {
  id: string;
  name: string;
  channel: ChannelName;
  provider: string;
  config: unknown;
  credentials: Buffer | null;
}

export async function loadSender(db: Queryable, workspaceId: string, id: string): Promise<StoredSender | null> {
  const { rows } = await db.query<StoredSender>(
    "select id, name, channel, provider, config, credentials from sender where workspace_id = $1 and id = $2",
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** Marks a sender as broken and parks its lane until a person has acted. */
export async function breakSender(db: Queryable, workspaceId: string, id: string, reason: string): Promise<void> {
  await db.query(
    `with parked as (update lane set parked_until = 'infinity', parked_reason = $3 where workspace_id = $1 and id = $2)
     update sender set status = 'broken', status_reason = $3, updated_at = now() where workspace_id = $1 and id = $2 and status = 'active'`,
    [workspaceId, id, reason],
  );
}

/** A sender that is about to be parked. */
export interface Parking {
  workspaceId: string;
  senderId: string;
  channel: ChannelName;
  /** Unix milliseconds; Infinity: until somebody acts. */
  until: number;
  reason: string;
}

export const unparkedForms = inForms(
  "lane.unparked",
  2,
  (within) => `
select l.id from unnest($1::text[], $2::text[]) as p (workspace_id, id)
join lane l on l.workspace_id = p.workspace_id and l.id = p.id
where (l.parked_until is null or l.parked_until <= now())${within("l")}`,
);

/** Of these the senders that are not parked yet, each once: the others' pause is known. Before the parking is written. */
export async function newlyParked(db: Queryable, parkings: readonly Parking[]): Promise<Parking[]> {
  if (parkings.length === 0) return [];
  const bySender = new Map<string, Parking>();
  for (const parking of parkings) {
    const other = bySender.get(parking.senderId);
    if (!other || other.until < parking.until) bySender.set(parking.senderId, parking);
  }
  const rows = await readByWorkspace(
    db,
    [...bySender.values()],
    (parking) => parking.workspaceId,
    async (on, part, workspaceId) => {
      const { text, values } = inForm(
        unparkedForms,
        [part.map((p) => p.workspaceId), part.map((p) => p.senderId)],
        workspaceId,
      );
      return (await on.query<{ id: string }>({ text, values })).rows;
    },
  );
  return rows.map(({ id }) => bySender.get(id)!);
}
