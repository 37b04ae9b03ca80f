import type { ChannelName } from "../domain/event.ts";
import type { Schedule } from "../domain/schedule/schedule.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import type { TouchedLane } from "./event.ts";

import { few, ofWorkspace } from "./few.ts";
import { restUntil } from "./lead-rest.ts";
import { openConversation } from "./open-conversation.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, type Of, type Within } from "./sharding.ts";
import { forbidding } from "./suppression.ts";
import { inSet, type SetStatement } from "./together.ts";
import { callOff } from "./turn-task.ts";

/** What the assistant writes, on its way into the outbox; and what is known of a lead at that moment. */

/** What decides whether the assistant may write to a lead on a channel, in the transaction that has the lead. */
export interface Reach {
  profile: string | null;
  timeZone: string | null;
  workspaceZone: string;
  address: string | null;
  /** Why nothing may be sent there; null: it may. */
  forbidden: string | null;
  pausedUntil: Date | null;
  /** Who sends: who wrote to the lead last on the channel, else one fixed by the lead; null: there is no active sender. */
  senderId: string | null;
  /** The sender's own hours, and by whose clock (null: the workspace's); null: at any time. */
  senderSchedule: Schedule | null;
  senderZone: string | null;
  conversationId: string | null;
  /** The first subject of the conversation; null: it has none. */
  threadSubject: string | null;
  /**
   * Whether a person has written to the lead since that last wrote; what is to go out within a day is written. A campaign's steps
   * answer nothing. What was written here is compared with when the lead's message arrived, by which nobody could have answered it
   * before; what was written elsewhere with the time at which that was written, since both may be found out about late.
   */
  answered: boolean;
  smsHours: { from: string; to: string };
}

/** A lead, and by what way it would be written to. */
export interface Reaching {
  leadId: string;
  channel: ChannelName;
  senderId: string | null;
}

/** Null: there is no such lead. */
export async function reachOf(tx: Queryable, workspaceId: string, reaching: Reaching): Promise<Reach | null> {
  return await inSet(tx, reach, workspaceId, reaching);
}

const reach: SetStatement<Reaching, Reach | null> = {
  name: "assistant.reach",
  async run(tx, workspaceId, asked) {
    const { rows } = await tx.query<Reach & { n: number }>({
      name: "assistant.reach",
      text: `
select k.n::int as n, l.profile, l.time_zone as "timeZone", w.time_zone as "workspaceZone", w.sms_hours as "smsHours", a.address, x.reason as forbidden,
  ${restUntil("l")} as "pausedUntil", s.id as "senderId", s.schedule as "senderSchedule", s.time_zone as "senderZone", c.id as "conversationId", c.subject as "threadSubject",
  exists (select 1 from message m where m.workspace_id = $1 and m.lead_id = l.id and m.direction = 'outbound'
    and m.turn_id is null and m.action = 'message' and (m.status in ('sending', 'uncertain', 'sent')
      or m.status = 'queued' and (m.scheduled_at is null or m.scheduled_at < now() + interval '1 day'))
    and case m.source when 'api' then m.created_at > h.arrived_at when 'external' then least(m.sent_at, m.created_at) > h.written_at else false end) as answered
from unnest($2::text[], $3::text[], $4::text[]) with ordinality as k (lead_id, channel, sender_id, n)
cross join lateral (select * from lead l where l.workspace_id = $1 and l.id = k.lead_id limit 1) l
join workspace w on w.id = $1
cross join lateral (select case k.channel when 'sms' then l.phone when 'email' then l.email else l.linkedin_url end as address) a
left join lateral (${forbidding("l", "k.channel", "$1")}
) x on true
cross join lateral (
  select max(m.created_at) as arrived_at, max(coalesce(m.sent_at, m.created_at)) as written_at from message m
  where m.workspace_id = $1 and m.lead_id = l.id and m.direction = 'inbound' and m.automatic is null
) h
left join lateral (
  select v.sender_id from conversation v join sender o on o.workspace_id = $1 and o.id = v.sender_id
  where v.workspace_id = $1 and v.lead_id = l.id and v.channel = k.channel and o.status = 'active'
  order by v.last_message_at desc nulls last, v.created_at desc limit 1
) before on k.sender_id is null
left join lateral (
  select s.id, s.schedule, s.time_zone from sender s
  where s.workspace_id = $1 and s.channel = k.channel
    and case when k.sender_id is not null then s.id = k.sender_id when before.sender_id is not null then s.id = before.sender_id else s.status = 'active' end
  order by md5(s.id || l.id) limit 1
) s on true
left join lateral (
  select c.id, c.subject from conversation c
  where c.workspace_id = $1 and c.lead_id = l.id and c.channel = k.channel and c.sender_id = s.id limit 1
) c on true`,
      values: [
        workspaceId,
        textArray(asked, ({ leadId }) => leadId),
        textArray(asked, ({ channel }) => channel),
        textArray(asked, ({ senderId }) => senderId),
      ],
    });
    const found: (Reach | null)[] = asked.map(() => null);
    for (const { n, ...row } of rows) found[n - 1] = row;
    return found;
  },
};

export interface AssistantMessage {
  messageId: string;
  /** Used if the lead has no conversation with that sender yet. */
  conversationId: string;
  leadId: string;
  channel: ChannelName;
  senderId: string;
  toAddress: string;
  subject: string | null;
  text: string;
  turnId: string;
  profileVersion: number | null;
  /** Of a follow-up. */
  campaignId: string | null;
  stepId: string | null;
  sequenceStep: number | null;
  /** Unix milliseconds: not after this; null: at any time. */
  sendBefore: number | null;
  /** Milliseconds from now, which is then the time for which it is scheduled; default: at once. */
  dueInMs?: number | undefined;
}

/**
 * Stores a message of the assistant with its place in the outbox. Null: this follow-up went out already, or is on its way.
 */
export async function storeAssistantMessage(
  tx: Queryable,
  workspaceId: string,
  message: AssistantMessage,
): Promise<{ messageId: string; conversationId: string; lane: TouchedLane } | null> {
  const { leadId, channel, senderId } = message;
  const conversation = { id: message.conversationId, leadId, channel, senderId };
  const conversationId = await openConversation(tx, workspaceId, {
    ...{ ...conversation, providerThreadId: null, providerLeadId: null },
  });
  const messageId = await inSet(tx, store, workspaceId, { ...message, conversationId });
  if (messageId === null) return null;
  await inSet(tx, queue, workspaceId, { laneId: senderId, ref: messageId, dueInMs: message.dueInMs ?? 0 });
  return { messageId, conversationId, lane: { workspaceId, laneId: senderId } };
}

const store: SetStatement<AssistantMessage, string | null> = {
  name: "assistant.message",
  async run(tx, workspaceId, messages) {
    const { rows } = await tx.query<{ id: string; turnId: string }>({
      name: "assistant.message",
      text: `insert into message (workspace_id, id, lead_id, conversation_id, channel, source, sender_id, to_address, subject, text, status, turn_id,
        profile_version, campaign_id, step_id, sequence_step, send_before, scheduled_at, created_at)
      select $1, c.id, c.lead_id, c.conversation_id, c.channel, 'assistant', c.sender_id, c.to_address, c.subject, c.text, 'queued', c.turn_id,
        c.profile_version, c.campaign_id, c.step_id, c.sequence_step, to_timestamp(c.send_before / 1000),
        case when c.due_in > 0 then now() + c.due_in * interval '1 millisecond' end, now()
      from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::int[],
        $12::text[], $13::text[], $14::int[], $15::float8[], $16::float8[])
        as c (id, lead_id, conversation_id, channel, sender_id, to_address, subject, text, turn_id, profile_version, campaign_id, step_id, sequence_step,
          send_before, due_in)
      -- One that was blocked or held was never sent.
      on conflict (workspace_id, campaign_id, lead_id, step_id) where campaign_id is not null do update set
        text = excluded.text, subject = excluded.subject, to_address = excluded.to_address, sender_id = excluded.sender_id, source = excluded.source,
        conversation_id = excluded.conversation_id, channel = excluded.channel, turn_id = excluded.turn_id, profile_version = excluded.profile_version,
        status = excluded.status, status_code = null, status_detail = null, send_before = excluded.send_before, scheduled_at = excluded.scheduled_at,
        created_at = excluded.created_at, updated_at = excluded.created_at
      where message.status in ('blocked', 'held', 'cancelled')
      returning id, turn_id as "turnId"`,
      values: [
        workspaceId,
        textArray(messages, (m) => m.messageId),
        textArray(messages, (m) => m.leadId),
        textArray(messages, (m) => m.conversationId),
        textArray(messages, (m) => m.channel),
        textArray(messages, (m) => m.senderId),
        textArray(messages, (m) => m.toAddress),
        textArray(messages, (m) => m.subject),
        textArray(messages, (m) => m.text),
        textArray(messages, (m) => m.turnId),
        int4Array(messages, (m) => m.profileVersion),
        textArray(messages, (m) => m.campaignId),
        textArray(messages, (m) => m.stepId),
        int4Array(messages, (m) => m.sequenceStep),
        float8Array(messages, (m) => m.sendBefore),
        float8Array(messages, (m) => m.dueInMs ?? 0),
      ],
    });
    const byTurn = new Map(rows.map(({ id, turnId }) => [turnId, id]));
    return messages.map(({ turnId }) => byTurn.get(turnId) ?? null);
  },
};

const queue: SetStatement<{ laneId: string; ref: string; dueInMs: number }, null> = {
  name: "assistant.queue",
  async run(tx, workspaceId, items) {
    const values = [
      workspaceId,
      textArray(items, ({ laneId }) => laneId),
      float8Array(items, ({ dueInMs }) => dueInMs),
    ];
    await tx.query({
      name: "assistant.queue",
      text: `insert into outbox (workspace_id, lane_id, ref, due_at)
        select $1, c.lane_id, c.ref, now() + c.due_in * interval '1 millisecond'
        from unnest($2::text[], $3::float8[], $4::text[]) as c (lane_id, due_in, ref)`,
      values: [...values, textArray(items, ({ ref }) => ref)],
    });
    await tx.query({
      name: "assistant.wake",
      text: `with due as materialized (
        select c.lane_id, min(now() + c.due_in * interval '1 millisecond') as at from unnest($2::text[], $3::float8[]) as c (lane_id, due_in) group by 1
      ),
      locked as materialized (
        select l.id, d.at from lane l join due d on d.lane_id = l.id
        where l.workspace_id = $1 and (l.ready_at is null or l.ready_at > d.at) order by l.id for no key update of l
      )
      update lane l set ready_at = k.at from locked k where l.workspace_id = $1 and l.id = k.id`,
      values,
    });
    return items.map(() => null);
  },
};

const recallForms = inForms(
  "assistant.recall",
  4,
  // COALESCE: by the lead, and not among all of the workspace's, or all that wait.
  (within) => `
update message m set status = 'cancelled', status_code = 'superseded', status_detail = $3, updated_at = now()
where m.lead_id = $2 and coalesce(m.workspace_id, '') = $1${within("m")} and m.turn_id is not null
  and coalesce(m.status, '') in ('queued', 'held') and (not $4::boolean or m.campaign_id is not null)
returning m.turn_id as id`,
);

/**
 * Takes back what the assistant wrote to the lead and nobody has begun to send: what came in since is to be answered with
 * it. In a transaction that holds the lead still. Answers the IDs of their turns. `followUpsOnly`: nothing else of it.
 */
export async function recallAssistantMessages(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  reason: string,
  { followUpsOnly = false }: { followUpsOnly?: boolean } = {},
): Promise<string[]> {
  const values = [workspaceId, leadId, reason, followUpsOnly];
  const { rows } = await tx.query<{ id: string }>(inForm(recallForms, values, tx.sharded ? workspaceId : null));
  return rows.map(({ id }) => id);
}

const answeredForms = inForms(
  "assistant.answered",
  3,
  (within, _, of) => `
with l as materialized (
  select l.id, ${ofWorkspace} from unnest($2::text[]) as l (id) where ${few("l.id")}
),
ended as (
  update assistant_turn t set state = 'superseded', lease = t.lease + 1, reason_code = 'answered', reason = $3, updated_at = now()
  from l where t.workspace_id = l.workspace_id and t.lead_id = l.id and t.kind = 'reply' and coalesce(t.state, '') in ('draft', 'task')${within("t")}
  returning t.workspace_id, t.id
),
called_off as (${callOff("ended", within)}),
queued as materialized (
  select m.id, m.workspace_id from l
  -- COALESCE: by the lead, and not among all of the workspace's, or all that wait.
  join message m on m.lead_id = l.id and coalesce(m.workspace_id, '') = l.workspace_id and m.turn_id is not null
    and coalesce(m.status, '') in ('queued', 'held')${within("m")}
  cross join lateral (
    select t.kind, t.decided_by from assistant_turn t where t.workspace_id = ${of("$1")} and t.id = m.turn_id limit 1
  ) t
  where t.kind = 'reply' and t.decided_by is null
)
update message m set status = 'cancelled', status_code = 'superseded', status_detail = $3, updated_at = now()
from queued q
where ${few("q.id")} and m.workspace_id = q.workspace_id and m.id = q.id and coalesce(m.status, '') in ('queued', 'held')${within("m")}`,
);

/**
 * Somebody wrote to these leads: what the assistant has drafted as an answer is outdated, and what of it nobody approved or has
 * begun to send is taken back. `at`: when; a lead that has written since still waits for its answer. Takes the leads' locks, so
 * that an answer which is just being written is either seen here or sees what was written.
 */
export async function answeredByHand(
  tx: Queryable,
  workspaceId: string,
  leadIds: readonly string[],
  at: Date | null = null,
): Promise<void> {
  const { rows } = await tx.query<{ id: string }>({
    name: "assistant.answered_leads",
    text: `select id from lead where workspace_id = $1 and id = any($2::text[]) and ($3::timestamptz is null or replied_at is null or replied_at <= $3)
      order by id for no key update`,
    values: [workspaceId, leadIds, at],
  });
  if (rows.length === 0) return;
  const values = [workspaceId, rows.map(({ id }) => id), "Somebody else has answered."];
  await tx.query(inForm(answeredForms, values, tx.sharded ? workspaceId : null));
}

/** A message of the assistant that was taken back, as the mode that counts for its lead doesn't let it go out any more. */
export interface Recalled {
  turnId: string;
  leadId: string;
  campaignId: string | null;
  mode: "off" | "draft";
}

/** `waiting`: messages that are queued, with whose they are ($2). */
const recallUnder = (name: string, waiting: (within: Within, of: Of) => string) =>
  inForms(
    name,
    2,
    (within, _, of) => `
with waiting as materialized (${waiting(within, of)}
),
under as materialized (
  select m.id, x.mode, t.id as turn_id, ${ofWorkspace} from waiting m
  cross join lateral (select * from assistant_turn t where t.workspace_id = ${of("$1")} and t.id = m.turn_id limit 1) t
  join profile p on p.workspace_id = ${of("$1")} and p.id = t.profile_id
  left join lateral (select * from assistant_lead a where a.workspace_id = ${of("$1")} and a.lead_id = m.lead_id limit 1) a on true
  cross join lateral (
    select case when p.mode = 'off' or a.handed_over_at is not null then 'off' else coalesce(a.mode, p.mode) end as mode
  ) x
  where coalesce(m.profile_id, t.profile_id) = t.profile_id and t.state = 'sent' and t.decided_by is null and x.mode <> 'autopilot'
)
update message m set status = 'cancelled', status_code = 'superseded', status_detail = 'The assistant''s mode is ' || u.mode,
  updated_at = now()
from under u where ${few("u.id")} and m.workspace_id = u.workspace_id and m.id = u.id and coalesce(m.status, '') = 'queued'${within("m")}
returning u.turn_id as "turnId", m.lead_id as "leadId", m.campaign_id as "campaignId", u.mode`,
  );

const recallOfLead = recallUnder(
  "assistant.recall_of_lead",
  (within) => `
  select m.id, m.lead_id, m.turn_id, null::text as profile_id from message m
  -- COALESCE: by the lead, and not among all of the workspace's, or all that wait.
  where m.lead_id = $2 and coalesce(m.workspace_id, '') = $1${within("m")} and coalesce(m.status, '') = 'queued' and m.turn_id is not null`,
);

const recallOfProfile = recallUnder(
  "assistant.recall_of_profile",
  (_, of) => `
  -- What waits to be sent is far less than what ever was. Who has it in hand hasn't begun to send it.
  select m.id, m.lead_id, m.turn_id, $2::text as profile_id
  from lane k
  cross join lateral (
    select o.ref from outbox o where o.workspace_id = ${of("$1")} and o.lane_id = k.id and o.lease is null
    union all
    select o.ref from outbox o where o.workspace_id = ${of("$1")} and o.lane_id = k.id and o.lease is not null
  ) o
  cross join lateral (select * from message m where m.workspace_id = ${of("$1")} and m.id = o.ref limit 1) m
  where k.workspace_id = ${of("$1")} and k.kind = 'message' and m.status = 'queued' and m.turn_id is not null`,
);

/** Takes back what nobody approved and nobody has begun to send, of a profile or a lead, where its mode is no autopilot now. */
export async function recallUnderMode(
  tx: Queryable,
  workspaceId: string,
  of: { profileId: string } | { leadId: string },
): Promise<Recalled[]> {
  const [forms, id] = "leadId" in of ? [recallOfLead, of.leadId] : [recallOfProfile, of.profileId];
  return (await tx.query<Recalled>(inForm(forms, [workspaceId, id], tx.sharded ? workspaceId : null))).rows;
}

/** A message as the model is told of it. */
export interface SpokenMessage {
  id: string;
  direction: "inbound" | "outbound";
  channel: ChannelName;
  source: string;
  subject: string | null;
  text: string;
  at: Date;
}

/** What was said between the lead and anybody here since a moment; the latest `limit`, in their order. */
export async function spokenMessages(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  { since, limit }: { since: Date | null; limit: number },
): Promise<SpokenMessage[]> {
  return await inSet(db, spoken, workspaceId, { leadId, since, limit });
}

const spoken: SetStatement<{ leadId: string; since: Date | null; limit: number }, SpokenMessage[]> = {
  name: "assistant.spoken",
  async run(db, workspaceId, asked) {
    const { rows } = await db.query<SpokenMessage & { n: number }>({
      name: "assistant.spoken",
      text: `select k.n::int as n, m.* from unnest($2::text[], $3::float8[]) with ordinality as k (lead_id, since, n)
      cross join lateral (
        select m.id, m.direction, m.channel, m.source, m.subject, coalesce(m.visible_text, m.text) as text,
          coalesce(m.sent_at, m.created_at) as at
        from message m
        where m.lead_id = k.lead_id and m.workspace_id = $1 and m.action = 'message' and m.automatic is null
          and m.status in ('received', 'sent', 'uncertain', 'sending', 'queued')
          and (k.since is null or coalesce(m.sent_at, m.created_at) >= to_timestamp(k.since / 1000))
        order by coalesce(m.sent_at, m.created_at) desc, m.id desc limit $4
      ) m order by k.n, m.at desc, m.id desc`,
      values: [
        workspaceId,
        textArray(asked, ({ leadId }) => leadId),
        float8Array(asked, ({ since }) => since?.getTime() ?? null),
        Math.max(...asked.map(({ limit }) => limit)),
      ],
    });
    const found: SpokenMessage[][] = asked.map(() => []);
    for (const { n, ...message } of rows) {
      if (found[n - 1]!.length < asked[n - 1]!.limit) found[n - 1]!.push(message);
    }
    return found.map((messages) => messages.reverse());
  },
};
