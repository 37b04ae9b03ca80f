import type { ChannelName, MessageSource } from "../domain/event.ts";
import type { TurnNotes } from "./assistant-turn.ts";
import { type Lead, leadColumns } from "./lead.ts";
import type { Queryable } from "./pool.ts";
import { forbidding } from "./suppression.ts";

/** What Apten's API says of leads and messages, which is not what any table has. */

export interface AptenLead extends Lead {
  /** To the millisecond: the latest of the lead's own change, its messages and its consent. */
  changedAt: Date;
  /** To the millisecond, as `changedAt`. */
  madeAt: Date;
  /** The latest message, in either direction. */
  lastActivityAt: Date | null;
  hasReplied: boolean;
  /** By SMS; by email where it has no phone number. */
  isUnsubscribed: boolean;
  /** Whether the assistant answers it, by itself or by drafts. */
  isAiOn: boolean;
  /** The conversation so far, in the model's words. */
  summary: string | null;
}

const milliseconds = (sql: string) => `date_trunc('milliseconds', ${sql})`;
const changedAt = milliseconds("greatest(l.updated_at, talk.at, consent.at, a.updated_at)");
const madeAt = milliseconds("l.created_at");

/** Of `lead l` of the workspace $1. */
const columns = `${leadColumns}, ${changedAt} as "changedAt", ${madeAt} as "madeAt", talk.at as "lastActivityAt",
  l.replied_at is not null as "hasReplied",
  exists (${forbidding("l", "case when l.phone is null then 'email' else 'sms' end", "$1")}) as "isUnsubscribed",
  coalesce(p.mode <> 'off' and a.handed_over_at is null and coalesce(a.mode, p.mode) <> 'off', false) as "isAiOn", a.summary`;
const joins = `lead l
  left join profile p on p.workspace_id = $1 and p.name = l.profile
  left join assistant_lead a on a.workspace_id = $1 and a.lead_id = l.id
  left join lateral (select max(c.last_message_at) as at from conversation c where c.workspace_id = $1 and c.lead_id = l.id) talk on true
  left join lateral (select max(x.at) as at from consent_change x where x.workspace_id = $1 and x.lead_id = l.id) consent on true`;

/** The leads that exist among `ids`, in no particular order. */
export async function getAptenLeads(db: Queryable, workspaceId: string, ids: readonly string[]): Promise<AptenLead[]> {
  const { rows } = await db.query<AptenLead>(
    `select ${columns} from ${joins} where l.workspace_id = $1 and l.id = any($2::text[])`,
    [workspaceId, ids],
  );
  return rows;
}

/** Where a page ended. */
export interface AptenPlace {
  at: Date;
  id: string;
}

/**
 * Leads that changed since a moment, or were made since one, or both; by when they changed, or else were made, the longest ago
 * first. `after` is the last one of the page before.
 */
export async function listAptenLeads(
  db: Queryable,
  workspaceId: string,
  filter: {
    updatedSince?: Date | undefined;
    createdSince?: Date | undefined;
    after?: AptenPlace | undefined;
    limit: number;
  },
): Promise<AptenLead[]> {
  const { updatedSince, createdSince, after, limit } = filter;
  const order = updatedSince === undefined ? madeAt : changedAt;
  // What changed is found in three places; a page looks no further back than to where the one before ended.
  const since = after !== undefined && updatedSince !== undefined && after.at > updatedSince ? after.at : updatedSince;
  const { rows } = await db.query<AptenLead>(
    `select ${columns} from ${joins}
     where l.workspace_id = $1
       and ($2::timestamptz is null or l.id in (
         select o.id from lead o where o.workspace_id = $1 and o.updated_at >= $2
         union all
         select c.lead_id from conversation c where c.workspace_id = $1 and c.last_message_at >= $2
         union all
         select x.lead_id from consent_change x where x.workspace_id = $1 and x.at >= $2
         union all
         select y.lead_id from assistant_lead y where y.workspace_id = $1 and y.updated_at >= $2))
       and ($3::timestamptz is null or ${madeAt} >= $3)
       and ($4::timestamptz is null or (${order}, l.id) > ($4, $5))
     order by ${order}, l.id limit $6`,
    [workspaceId, since ?? null, createdSince ?? null, after?.at ?? null, after?.id ?? null, limit],
  );
  return rows;
}

/** A lead that was erased: nothing of it is left but that it was. */
export interface DeletedLead {
  id: string;
  deletedAt: Date;
}

/** Leads that were erased since a moment, the longest ago first; `after` is the last one of the page before. */
export async function listDeletedLeads(
  db: Queryable,
  workspaceId: string,
  filter: { since: Date; after?: AptenPlace | undefined; limit: number },
): Promise<DeletedLead[]> {
  const { rows } = await db.query<DeletedLead>(
    `select e.lead_id as id, e.requested_at as "deletedAt" from erasure e
     where e.workspace_id = $1 and e.lead_id is not null and e.requested_at >= $2
       and ($3::timestamptz is null or (e.requested_at, e.lead_id) > ($3, $4))
     order by e.requested_at, e.lead_id limit $5`,
    [workspaceId, filter.since, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
  );
  return rows;
}

/** A message that went out or came in. */
export interface AptenMessage {
  id: string;
  channel: ChannelName;
  direction: "inbound" | "outbound";
  source: MessageSource;
  subject: string | null;
  text: string;
  /** When it went out or came in. */
  at: Date;
  /** To the millisecond. */
  updatedAt: Date;
  status: string;
  statusCode: string | null;
  statusDetail: string | null;
}

const messageColumns = `m.id, m.channel, m.direction, m.source, m.subject, coalesce(m.visible_text, m.text) as text,
  coalesce(m.sent_at, m.created_at) as at, ${milliseconds("m.updated_at")} as "updatedAt", m.status, m.status_code as "statusCode",
  m.status_detail as "statusDetail"`;

/** All that were said to a lead and by it, the first ones first; the latest ones where there are more than `most`. */
export async function messagesOfLead(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  most: number,
): Promise<AptenMessage[]> {
  const { rows } = await db.query<AptenMessage>(
    `select ${messageColumns} from message m
     where m.workspace_id = $1 and m.lead_id = $2 and m.status in ('sent', 'received') and m.action = 'message'
     order by coalesce(m.sent_at, m.created_at) desc, m.id desc limit $3`,
    [workspaceId, leadId, most],
  );
  return rows.reverse();
}

/** What is among a lead's events: a message, what the assistant was told, or a turn in which it did something. */
export interface AptenEvent {
  kind: "message" | "context" | "turn";
  /** Of `context`: its time. */
  id: string;
  updatedAt: Date;
}

/**
 * A lead's events by when they changed; `after` is the last one of the page before. Messages are those that went out or came in,
 * and those that a rule forbade.
 */
export async function eventsOfLead(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  filter: { since: Date; after?: AptenPlace | undefined; limit: number },
): Promise<AptenEvent[]> {
  const { rows } = await db.query<AptenEvent>(
    `select e.kind, e.id, e.at as "updatedAt" from (
       select 'message' as kind, m.id, ${milliseconds("m.updated_at")} as at from message m
       where m.workspace_id = $1 and m.lead_id = $2 and m.status in ('sent', 'received', 'blocked') and m.action = 'message'
       union all
       select 'turn', t.id, ${milliseconds("t.updated_at")} from assistant_turn t
       where t.workspace_id = $1 and t.lead_id = $2 and t.notes is not null
       union all
       select 'context', c.value ->> 'at', (c.value ->> 'at')::timestamptz
       from assistant_lead a cross join lateral jsonb_array_elements(a.context) c
       where a.workspace_id = $1 and a.lead_id = $2
     ) e
     where e.at >= $3 and ($4::timestamptz is null or (e.at, e.id) > ($4, $5))
     order by e.at, e.id limit $6`,
    [workspaceId, leadId, filter.since, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
  );
  return rows;
}

/** Of these messages, in no particular order. */
export async function aptenMessages(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<AptenMessage[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<AptenMessage>(
    `select ${messageColumns} from message m where m.workspace_id = $1 and m.id = any($2::text[])`,
    [workspaceId, ids],
  );
  return rows;
}

/** What the assistant did in these turns beside writing. */
export async function aptenTurns(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ id: string; createdAt: Date; notes: TurnNotes }[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<{ id: string; createdAt: Date; notes: TurnNotes }>(
    `select t.id, t.created_at as "createdAt", t.notes from assistant_turn t
     where t.workspace_id = $1 and t.id = any($2::text[]) and t.notes is not null`,
    [workspaceId, ids],
  );
  return rows;
}
