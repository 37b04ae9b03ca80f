import type { Attachment, AutomaticKind, ChannelName, MessageSource } from "../domain/event.ts";
import { type ActEntry, recordedWith } from "./audit.ts";
import type { TouchedLane } from "./event.ts";
import { byTime, few } from "./few.ts";
import { looksAtOnce, lookThrough } from "./look-through.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readByWorkspace, writeByWorkspace } from "./sharding.ts";
import { forbidding } from "./suppression.ts";

export const messageStatuses = [
  "queued",
  "held",
  "sending",
  "sent",
  "uncertain",
  "failed",
  "blocked",
  "cancelled",
  "received",
] as const;
export type MessageStatus = (typeof messageStatuses)[number];

export interface Message {
  id: string;
  leadId: string;
  conversationId: string;
  channel: ChannelName;
  action: "message" | "connect";
  direction: "outbound" | "inbound";
  source: MessageSource;
  campaignId: string | null;
  stepId: string | null;
  sequenceStep: number | null;
  /** Key of the step's variant that it is; null: the step has none. */
  variant: string | null;
  senderId: string;
  toAddress: string;
  subject: string | null;
  text: string;
  html: string | null;
  status: MessageStatus;
  statusCode: string | null;
  statusDetail: string | null;
  scheduledAt: Date | null;
  attempts: number;
  attemptedAt: Date | null;
  sentAt: Date | null;
  providerMessageId: string | null;
  /** When the provider says that it arrived; null: it doesn't, or it did not. */
  deliveredAt: Date | null;
  /** When the lead read it, as far as the provider says. */
  readAt: Date | null;
  /** Files that came with it; null: none. */
  attachments: Attachment[] | null;
  /** Of an email: what was written anew, without quotes and signature; null: all of `text`. */
  visibleText: string | null;
  /** Of what came in: what wrote it, if no person did. */
  automatic: AutomaticKind | null;
  /** Of an SMS by API: why it may go out at any hour; null: it keeps the workspace's hours. */
  smsHoursOverride: string | null;
  /** What another system said about its own message; null: it is Herald's, or of a lead. */
  external: Record<string, unknown> | null;
  /** The assistant's turn that it came from, and the version of the profile; null: it is none of the assistant's. */
  turnId: string | null;
  profileVersion: number | null;
  /** What its turn cost; null: no model wrote it. */
  writtenBy: WrittenBy | null;
  createdAt: Date;
}

export interface WrittenBy {
  model: string;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
  latencyMs: number;
}

/** `$1` is the workspace. */
const columns = `m.id, m.lead_id as "leadId", m.conversation_id as "conversationId", m.channel, m.action, m.direction, m.source,
  m.campaign_id as "campaignId", m.step_id as "stepId", m.sequence_step as "sequenceStep", m.variant, m.sender_id as "senderId",
  m.to_address as "toAddress", m.subject, m.text, m.html, m.status, m.status_code as "statusCode",
  m.status_detail as "statusDetail", m.scheduled_at as "scheduledAt", m.attempts, m.attempted_at as "attemptedAt",
  m.sent_at as "sentAt", m.provider_message_id as "providerMessageId", m.delivered_at as "deliveredAt", m.read_at as "readAt",
  m.attachments, m.visible_text as "visibleText", m.automatic, m.hours_override as "smsHoursOverride", m.external, m.turn_id as "turnId", m.profile_version as "profileVersion",
  (select json_build_object('model', t.model, 'inputTokens', t.input_tokens, 'outputTokens', t.output_tokens, 'costMicros', t.cost_micros, 'latencyMs', t.latency_ms)
    from assistant_turn t where t.workspace_id = $1 and t.id = m.turn_id and t.model is not null) as "writtenBy",
  m.created_at as "createdAt"`;

export async function getMessage(db: Queryable, workspaceId: string, id: string): Promise<Message | null> {
  const { rows } = await db.query<Message>(`select ${columns} from message m where m.workspace_id = $1 and m.id = $2`, [
    workspaceId,
    id,
  ]);
  return rows[0] ?? null;
}

export interface MessageFilter {
  leadId?: string | undefined;
  campaignId?: string | undefined;
  senderId?: string | undefined;
  conversationId?: string | undefined;
  status?: MessageStatus | undefined;
  channel?: ChannelName | undefined;
  /** The ID of the last message of the previous page. */
  before?: string | undefined;
  limit: number;
}

/** Few messages have one of these, and an index finds them: the status itself is in none, since every message changes it. */
const unsentStatuses: readonly MessageStatus[] = ["failed", "blocked", "cancelled"];

/** Messages of a campaign that are read as a whole, and sorted, for a page of them. With more, walking the log finds them soon enough. */
const fewOfCampaign = 2_000;

/** Whether a campaign has so few messages. Its index has them by time, and not in the order of their IDs, which is the list's. */
async function hasFew(db: Queryable, workspaceId: string, campaignId: string): Promise<boolean> {
  const { rows } = await db.query<{ n: number }>({
    name: "message.few_of_campaign",
    text: `select count(*)::int as n from (
      select 1 from message m where m.workspace_id = $1 and m.campaign_id = $2 and ${byTime("m")} order by m.created_at desc limit ${fewOfCampaign + 1}) f`,
    values: [workspaceId, campaignId],
  });
  return rows[0]!.n <= fewOfCampaign;
}

/**
 * Newest first. `next`: where the page behind it begins, as `before`; null: there are no more. Where no index has what is asked for (a
 * sender's, a channel's, a large campaign's), a page may be short, or empty, and say how far it came.
 */
export async function listMessages(
  db: Queryable,
  workspaceId: string,
  filter: MessageFilter,
): Promise<{ rows: Message[]; next: string | null }> {
  const values: unknown[] = [workspaceId];
  const place = (value: unknown) => `$${values.push(value)}`;
  const { status } = filter;
  const conditions: string[] = [];
  const narrow: string[] = [];
  if (filter.leadId !== undefined) narrow.push(`m.lead_id = ${place(filter.leadId)}`);
  if (filter.conversationId !== undefined) {
    const of = place(filter.conversationId);
    // Messages are indexed by their lead.
    narrow.push(`m.lead_id = (select c.lead_id from conversation c where c.workspace_id = $1 and c.id = ${of})`);
    conditions.push(`m.conversation_id = ${of}`);
  }
  if (status !== undefined && unsentStatuses.includes(status)) narrow.push(`m.unsent_status = ${place(status)}`);
  else if (status !== undefined) conditions.push(`m.status = ${place(status)}`);
  // Indexed, as hardly any ever was.
  if (status === "uncertain") narrow.push("m.doubted_at is not null");
  const ofCampaign = filter.campaignId === undefined ? "" : place(filter.campaignId);
  if (filter.campaignId !== undefined) conditions.push(`m.campaign_id = ${ofCampaign}`);
  if (filter.senderId !== undefined) conditions.push(`m.sender_id = ${place(filter.senderId)}`);
  if (filter.channel !== undefined) conditions.push(`m.channel = ${place(filter.channel)}`);
  const few =
    narrow.length === 0 && filter.campaignId !== undefined && (await hasFew(db, workspaceId, filter.campaignId));
  const walks = narrow.length === 0 && conditions.length > 0 && !few;
  const all = (terms: readonly string[]) => terms.map((term) => ` and ${term}`).join("");
  return await lookThrough(
    filter.before ?? null,
    filter.limit,
    ({ id }) => id,
    async (before, wanted) => {
      const placed = [...values, ...(before === null ? [] : [before])];
      const range = `m.workspace_id = $1${before === null ? "" : ` and m.id < $${placed.length}`}`;
      // Ordered and limited within, so that the index of that order is what is read.
      const own = `(select * from message m where m.workspace_id = $1 and m.campaign_id = ${ofCampaign} and ${byTime("m")} order by m.created_at desc limit ${fewOfCampaign})`;
      const from = walks
        ? `(select * from message m where ${range} order by m.id desc limit ${looksAtOnce}) m where true${all(conditions)}`
        : few
          ? `${own} m where ${range}${all(conditions)}`
          : `message m where ${range}${all([...narrow, ...conditions])}`;
      const { rows } = await db.query<Message>(
        `select ${columns} from ${from} order by m.id desc limit $${placed.length + 1}`,
        [...placed, wanted],
      );
      if (!walks || rows.length === wanted) return { rows, lookedTo: null };
      const { rows: last } = await db.query<{ id: string }>(
        `select m.id from message m where m.workspace_id = $1${before === null ? "" : " and m.id < $2"}
         order by m.id desc offset ${looksAtOnce - 1} limit 1`,
        [workspaceId, ...(before === null ? [] : [before])],
      );
      return { rows, lookedTo: last[0]?.id ?? null };
    },
  );
}

/** A place in a conversation: its messages stand by when they went out or came in, else by when they were accepted. */
export interface MessagePlace {
  at: Date;
  id: string;
}

const placeAt = "date_trunc('milliseconds', coalesce(m.sent_at, m.created_at))";

/** The messages of a conversation beyond a place; `latestFirst` or the other way round. */
export async function listConversationMessages(
  db: Queryable,
  workspaceId: string,
  // The lead's messages are indexed: it narrows the search.
  { id, leadId }: { id: string; leadId: string },
  filter: { latestFirst: boolean; beyond?: MessagePlace | undefined; limit: number },
): Promise<(Message & { at: Date })[]> {
  const [order, further] = filter.latestFirst ? ["desc", "<"] : ["asc", ">"];
  const { rows } = await db.query<Message & { at: Date }>(
    `select ${columns}, ${placeAt} as at from message m
     where m.lead_id = $2 and m.workspace_id = $1 and m.conversation_id = $3
       and ($4::timestamptz is null or (${placeAt}, m.id) ${further} ($4, $5))
     order by ${placeAt} ${order}, m.id ${order} limit $6`,
    [workspaceId, leadId, id, filter.beyond?.at ?? null, filter.beyond?.id ?? null, filter.limit],
  );
  return rows;
}

/** A lead's messages over all conversations, the latest first. */
export async function listLeadMessages(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  { before, limit }: { before: { at: number; id: string } | null; limit: number },
): Promise<(Message & { at: Date })[]> {
  const { rows } = await db.query<Message & { at: Date }>(
    `select ${columns}, ${placeAt} as at from message m
     where m.lead_id = $2 and m.workspace_id = $1
       and ($3::float8 is null or (${placeAt}, m.id) < (to_timestamp($3::float8 / 1000), $4::text))
     order by ${placeAt} desc, m.id desc limit $5`,
    [workspaceId, leadId, before?.at ?? null, before?.id ?? null, limit],
  );
  return rows;
}

/** A message that the API wants to be sent; `conversationId` is used if the lead has no conversation with that sender yet. */
export interface MessageToAccept {
  n: number;
  workspaceId: string;
  messageId: string;
  conversationId: string;
  leadId: string;
  channel: ChannelName;
  action: "message" | "connect";
  senderId: string | null;
  subject: string | null;
  text: string;
  html: string | null;
  /** ISO 8601; null: now. */
  scheduledAt: string | null;
  source: MessageSource;
  /** SMS: why it may go out at any hour; null: it keeps the workspace's hours. */
  hoursOverride: string | null;
  idempotencyKey: string | null;
  /** Hex. */
  requestHash: string | null;
  /** The call that wants it sent, for the audit trail; null: nobody's call. */
  act: ActEntry | null;
}

export interface AcceptVerdict {
  n: number;
  verdict: "ok" | "key_exists" | "lead_not_found" | "no_address" | "sender_not_found" | "no_sender" | "suppressed";
  senderId: string | null;
  conversationId: string | null;
  /** The lead has a profile: the assistant may be about to answer it. */
  hasProfile: boolean;
  createdAt: Date;
}

export const acceptForms = inForms(
  "message.accept",
  1,
  (within, _, of) => `
with req as materialized (
  select * from json_to_recordset($1::json) as r (
    n int, "workspaceId" text, "messageId" text, "conversationId" text, "leadId" text, channel text, action text, "senderId" text,
    subject text, text text, html text, "scheduledAt" timestamptz, source text, "hoursOverride" text, "idempotencyKey" text, "requestHash" text, act json)
),
resolved as materialized (
  select r.*, l.id as lead, l.profile is not null as profiled, a.address, s.id as sender, c.id as conversation, x.channel as forbidden
  from req r
  -- Each look-up is a LATERAL with a LIMIT: a loop over an index, whatever the planner (not) knows about the tables.
  left join lateral (select * from lead l where l.workspace_id = ${of('r."workspaceId"')} and l.id = r."leadId" limit 1) l on true
  left join lateral (
    select case r.channel when 'sms' then l.phone when 'email' then l.email else l.linkedin_url end as address
  ) a on true
  left join lateral (
    select v.sender_id from conversation v
    cross join lateral (
      select 1 from sender o where o.workspace_id = ${of("v.workspace_id")} and o.id = v.sender_id and o.status = 'active' limit 1
    ) o
    where r."senderId" is null and v.workspace_id = ${of('r."workspaceId"')} and v.lead_id = l.id and v.channel = r.channel
    order by v.last_message_at desc nulls last, v.created_at desc limit 1
  ) before on true
  -- The sender asked for; else the one that wrote to this lead last; else one fixed by the lead's ID, for which all are compared.
  left join lateral (
    select s.id from sender s
    where s.workspace_id = ${of('r."workspaceId"')} and s.id = coalesce(r."senderId", before.sender_id) and s.channel = r.channel limit 1
  ) named on true
  left join lateral (
    select s.id from sender s
    where r."senderId" is null and before.sender_id is null
      and s.workspace_id = ${of('r."workspaceId"')} and s.channel = r.channel and s.status = 'active'
    order by md5(s.id || l.id)
    limit 1
  ) fixed on true
  cross join lateral (select coalesce(named.id, fixed.id) as id) s
  left join lateral (
    select c.id from conversation c
    where c.workspace_id = ${of('r."workspaceId"')} and c.lead_id = l.id and c.channel = r.channel and c.sender_id = s.id limit 1
  ) c on true
  left join lateral (${forbidding("l", "r.channel", of('r."workspaceId"'))}
  ) x on true
),
judged as materialized (
  select r.*, case
    when r.lead is null then 'lead_not_found'
    when r.address is null then 'no_address'
    when r.sender is null and r."senderId" is not null then 'sender_not_found'
    when r.sender is null then 'no_sender'
    when r.forbidden is not null then 'suppressed'
    else 'ok' end as verdict
  from resolved r
),
keyed as (
  insert into idempotency_key (workspace_id, key, request_hash, status, response)
  select "workspaceId", "idempotencyKey", decode("requestHash", 'hex'), 202, convert_to("messageId", 'UTF8')
  from judged where verdict = 'ok' and "idempotencyKey" is not null
  on conflict do nothing
  returning workspace_id, key
),
go as materialized (
  select j.* from judged j
  -- CASE, which the planner takes for half of them: of a comparison it expects one row, and would join what follows by a nested loop.
  where case when j.verdict <> 'ok' then false when j."idempotencyKey" is null then true
    else exists (select 1 from keyed k where k.workspace_id = j."workspaceId" and k.key = j."idempotencyKey") end
),
opened as (
  insert into conversation (workspace_id, id, lead_id, channel, sender_id)
  select distinct on ("workspaceId", lead, channel, sender) "workspaceId", "conversationId", lead, channel, sender
  from go where conversation is null
  -- Made by another session meanwhile: its ID is wanted, not an error.
  on conflict (workspace_id, lead_id, channel, sender_id) do update set last_message_at = conversation.last_message_at
  returning workspace_id, id, lead_id, channel, sender_id
),
placed as materialized (
  select g.*, coalesce(g.conversation, o.id) as thread
  from go g
  left join opened o on o.workspace_id = g."workspaceId" and o.lead_id = g.lead and o.channel = g.channel and o.sender_id = g.sender
),
stored as (
  insert into message (workspace_id, id, lead_id, conversation_id, channel, action, source, sender_id, to_address, subject, text, html,
    status, scheduled_at, hours_override)
  select "workspaceId", "messageId", lead, thread, channel, action, source, sender, address, subject, text, html, 'queued', "scheduledAt", "hoursOverride"
  from placed
),
queued as (
  insert into outbox (workspace_id, lane_id, ref, due_at)
  select "workspaceId", sender, "messageId", coalesce("scheduledAt", now()) from placed
  returning workspace_id, lane_id, due_at
),
${recordedWith("placed", '"messageId"', "lead")},
touched as materialized (select workspace_id, lane_id, min(due_at) as due_at from queued group by 1, 2),
locked as materialized (
  select l.workspace_id, l.id, t.due_at from lane l join (select * from touched where ${few("lane_id")}) t on t.workspace_id = l.workspace_id and t.lane_id = l.id
  where (l.ready_at is null or l.ready_at > t.due_at)${within("l")}
  order by l.workspace_id, l.id
  for no key update of l
),
woken as (
  update lane l set ready_at = k.due_at from locked k where l.workspace_id = k.workspace_id and l.id = k.id${within("l")}
)
select j.n, case when j.verdict = 'ok' and p.n is null then 'key_exists' else j.verdict end as verdict,
  p.sender as "senderId", p.thread as "conversationId", j.profiled as "hasProfile", now() as "createdAt"
from judged j left join placed p on p.n = j.n`,
);

/**
 * Accepts messages in one statement: finds lead, address and sender, refuses what may not be sent, and stores the message,
 * its place in the outbox, its idempotency key and who wanted it (the audit trail) together. Each request is judged alone: a bad one harms no other.
 * Idempotency keys must be distinct within one call.
 */
export async function acceptMessages(db: Queryable, messages: readonly MessageToAccept[]): Promise<AcceptVerdict[]> {
  return await writeByWorkspace(
    db,
    messages,
    (m) => m.workspaceId,
    async (tx, part, workspaceId) => {
      return (await tx.query<AcceptVerdict>(inForm(acceptForms, [JSON.stringify(part)], workspaceId))).rows;
    },
  );
}

/** What was stored under idempotency keys, with the message that it led to (null: the key belongs to another call). */
export interface StoredKey {
  workspaceId: string;
  key: string;
  requestHash: Buffer;
  message: { messageId: string; conversationId: string; senderId: string; createdAt: Date } | null;
}

export const keyForms = inForms(
  "message.keys",
  2,
  (_, __, of) => `
select k.workspace_id as "workspaceId", k.key, k.request_hash as "requestHash", m.id as "messageId",
  m.conversation_id as "conversationId", m.sender_id as "senderId", m.created_at as "createdAt"
from unnest($1::text[], $2::text[]) as q (workspace_id, key)
-- A LATERAL with a LIMIT: see above.
cross join lateral (select * from idempotency_key k where k.workspace_id = ${of("q.workspace_id")} and k.key = q.key limit 1) k
left join lateral (
  select * from message m where m.workspace_id = ${of("k.workspace_id")}
    -- Other calls store sealed answers, which are no text.
    and m.id = case when substring(k.response from 1 for 4) = convert_to('msg_', 'UTF8') then convert_from(k.response, 'UTF8') end
  limit 1
) m on true`,
);

export async function findKeys(
  db: Queryable,
  keys: readonly { workspaceId: string; key: string }[],
): Promise<StoredKey[]> {
  interface Found {
    workspaceId: string;
    key: string;
    requestHash: Buffer;
    messageId: string | null;
    conversationId: string;
    senderId: string;
    createdAt: Date;
  }
  const rows = await readByWorkspace(
    db,
    keys,
    (entry) => entry.workspaceId,
    async (on, part, workspaceId) => {
      const values = [part.map((entry) => entry.workspaceId), part.map((entry) => entry.key)];
      return (await on.query<Found>(inForm(keyForms, values, workspaceId))).rows;
    },
  );
  return rows.map(({ workspaceId, key, requestHash, messageId, conversationId, senderId, createdAt }) => ({
    workspaceId,
    key,
    requestHash,
    message: messageId === null ? null : { messageId, conversationId, senderId, createdAt },
  }));
}

/**
 * Marks a message that is not under way as cancelled; null if there is none. Its row in the outbox, if any, is dropped
 * when its turn comes.
 */
export async function markCancelled(
  db: Queryable,
  workspaceId: string,
  id: string,
): Promise<{ leadId: string; campaignId: string | null } | null> {
  const { rows } = await db.query<{ leadId: string; campaignId: string | null }>(
    `update message set status = 'cancelled', status_code = 'cancelled', status_detail = 'Cancelled by request.', updated_at = now()
     where workspace_id = $1 and id = $2 and status in ('queued', 'held')
     returning lead_id as "leadId", campaign_id as "campaignId"`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

export const queueForms = inForms(
  "message.queue",
  3,
  (within) => `
with queued as (
  insert into outbox (workspace_id, lane_id, ref, due_at)
  select w, s, m, now() from unnest($1::text[], $2::text[], $3::text[]) as q (w, s, m)
  returning workspace_id, lane_id
),
touched as materialized (select distinct workspace_id, lane_id from queued),
locked as materialized (
  select l.workspace_id, l.id from lane l join touched t on t.workspace_id = l.workspace_id and t.lane_id = l.id
  where (l.ready_at is null or l.ready_at > now())${within("l")}
  order by l.workspace_id, l.id
  for no key update of l
),
woken as (
  update lane l set ready_at = now() from locked k where l.workspace_id = k.workspace_id and l.id = k.id${within("l")}
)
select workspace_id as "workspaceId", lane_id as "laneId" from touched`,
);

/** Puts messages into the outbox (again) and wakes their lanes. */
export async function queueMessages(
  db: Queryable,
  messages: readonly { workspaceId: string; messageId: string; senderId: string }[],
): Promise<TouchedLane[]> {
  if (messages.length === 0) return [];
  return await writeByWorkspace(
    db,
    messages,
    (m) => m.workspaceId,
    async (tx, part, workspaceId) => {
      const ids = [part.map((m) => m.workspaceId), part.map((m) => m.senderId), part.map((m) => m.messageId)];
      const { text, values } = inForm(queueForms, ids, workspaceId);
      return (await tx.query<TouchedLane>({ text, values })).rows;
    },
  );
}

export const forsakenForms = inForms(
  "message.forsaken",
  2,
  (within) => `
select m.id from unnest($1::text[], $2::text[]) as f (workspace_id, id)
join message m on m.workspace_id = f.workspace_id and m.id = f.id
where m.status = 'queued'${within("m")}
  and not exists (
    select 1 from outbox o where o.workspace_id = m.workspace_id and o.lane_id = m.sender_id and o.ref = m.id${within("o")})`,
);

/** Of these messages, queues those that wait to be sent and have no place in the outbox. Answers with their lanes. */
export async function queueForsaken(
  tx: Queryable,
  messages: readonly { workspaceId: string; messageId: string; senderId: string }[],
): Promise<TouchedLane[]> {
  if (messages.length === 0) return [];
  const rows = await readByWorkspace(
    tx,
    messages,
    (m) => m.workspaceId,
    async (on, part, workspaceId) => {
      const ids = [part.map((m) => m.workspaceId), part.map((m) => m.messageId)];
      const { text, values } = inForm(forsakenForms, ids, workspaceId);
      return (await on.query<{ id: string }>({ text, values })).rows;
    },
  );
  const ids = new Set(rows.map((row) => row.id));
  return await queueMessages(
    tx,
    messages.filter((m) => ids.has(m.messageId)),
  );
}
