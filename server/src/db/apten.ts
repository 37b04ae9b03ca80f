import type { ChannelName, MessageSource } from "../domain/event.ts";
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
}

const milliseconds = (sql: string) => `date_trunc('milliseconds', ${sql})`;
const changedAt = milliseconds("greatest(l.updated_at, talk.at, consent.at)");
const madeAt = milliseconds("l.created_at");

/** Of `lead l` of the workspace $1. */
const columns = `${leadColumns}, ${changedAt} as "changedAt", ${madeAt} as "madeAt", talk.at as "lastActivityAt",
  l.replied_at is not null as "hasReplied",
  exists (${forbidding("l", "case when l.phone is null then 'email' else 'sms' end", "$1")}) as "isUnsubscribed"`;
const joins = `lead l
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
         select x.lead_id from consent_change x where x.workspace_id = $1 and x.at >= $2))
       and ($3::timestamptz is null or ${madeAt} >= $3)
       and ($4::timestamptz is null or (${order}, l.id) > ($4, $5))
     order by ${order}, l.id limit $6`,
    [workspaceId, since ?? null, createdSince ?? null, after?.at ?? null, after?.id ?? null, limit],
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

/** The same, and those of which a rule forbade that they go out, by when they changed; `after` is the last one of the page before. */
export async function changedMessagesOfLead(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  filter: { since: Date; after?: AptenPlace | undefined; limit: number },
): Promise<AptenMessage[]> {
  const at = milliseconds("m.updated_at");
  const { rows } = await db.query<AptenMessage>(
    `select ${messageColumns} from message m
     where m.workspace_id = $1 and m.lead_id = $2 and m.status in ('sent', 'received', 'blocked') and m.action = 'message'
       and ${at} >= $3 and ($4::timestamptz is null or (${at}, m.id) > ($4, $5))
     order by ${at}, m.id limit $6`,
    [workspaceId, leadId, filter.since, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
  );
  return rows;
}
