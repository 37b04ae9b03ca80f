import type { ChannelName, MessageSource } from "../domain/event.ts";
import { idFloor } from "../domain/id.ts";
import type { TurnNotes } from "./assistant-turn.ts";
import { inOrder } from "./few.ts";
import { type Lead, leadColumns } from "./lead.ts";
import type { Queryable } from "./pool.ts";
import { forbidding } from "./suppression.ts";

/** What Apten's API says of leads and messages, which is not what any table has. */

export interface AptenLead extends Lead {
  /** To the millisecond: the latest of the lead's own change, its messages and its consent. */
  changedAt: Date;
  /** To the millisecond, as `changedAt`. */
  madeAt: Date;
  /** As exact as they are stored, in microseconds since 1970. */
  changedMicros: number;
  madeMicros: number;
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
const changed = "greatest(l.updated_at, talk.at, consent.at, a.updated_at)";
const changedAt = milliseconds(changed);
const madeAt = milliseconds("l.created_at");

/** Of `lead l` of the workspace $1. */
const columns = `${leadColumns}, ${changedAt} as "changedAt", ${madeAt} as "madeAt",
  (extract(epoch from ${changed}) * 1000000)::float8 as "changedMicros", (extract(epoch from l.created_at) * 1000000)::float8 as "madeMicros", talk.at as "lastActivityAt",
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

/** Where a page ended: of a list of leads. Microseconds since 1970, as exact as the database is. */
export interface LeadPlace {
  micros: number;
  id: string;
}

/** Where a page of events ended. */
export interface AptenPlace {
  at: Date;
  id: string;
}

const moment = (parameter: string) => `('epoch'::timestamptz + ${parameter}::float8 * interval '1 microsecond')`;
const isAfter = (one: LeadPlace, other: LeadPlace) =>
  one.micros > other.micros || (one.micros === other.micros && one.id > other.id);

/**
 * Leads that changed since a moment, or were made since one, or both; by when they changed, or else were made, the longest ago
 * first. `after` is the last one of the page before.
 *
 * What changed stands in four tables, each of which is read from where the page begins, in order, and no further than the page
 * needs. Rows of leads that changed once more since are passed over (a million, where an import came before their messages), and a
 * page that has passed over many ends early: then `resume` is where the next one goes on, else null.
 */
export async function listAptenLeads(
  db: Queryable,
  workspaceId: string,
  filter: {
    updatedSince?: Date | undefined;
    createdSince?: Date | undefined;
    after?: LeadPlace | undefined;
    limit: number;
  },
): Promise<{ leads: AptenLead[]; resume: LeadPlace | null }> {
  const { updatedSince, createdSince, limit } = filter;
  // Who was made since then has changed since then.
  const since = Math.max(updatedSince?.getTime() ?? 0, createdSince?.getTime() ?? 0) * 1_000;
  const begin: LeadPlace = { micros: since, id: "" };
  let after = filter.after && isAfter(filter.after, begin) ? filter.after : begin;
  if (updatedSince === undefined) return { leads: await madeAfter(db, workspaceId, after, limit), resume: null };
  const found: AptenLead[] = [];
  for (let lap = 1; ; lap++) {
    const { ids, until } = await changesAfter(db, workspaceId, after, lap === 1 ? limit : Math.max(limit, lapRows));
    const place = ({ changedMicros: micros, id }: AptenLead): LeadPlace => ({ micros, id });
    const leads = (await getAptenLeads(db, workspaceId, ids)).filter(
      (lead) =>
        isAfter(place(lead), after) &&
        // One that changed once more since comes in its place.
        (until === null || !isAfter(place(lead), until)) &&
        (createdSince === undefined || lead.madeAt >= createdSince),
    );
    leads.sort((one, other) => (isAfter(place(one), place(other)) ? 1 : -1));
    found.push(...leads.slice(0, limit - found.length));
    if (found.length === limit || until === null) return { leads: found, resume: null };
    if (lap === mostLaps) return { leads: found, resume: until };
    after = until;
  }
}

/** Rows of each table that a lap looks at, and laps of a page: what is to be passed over takes a second at most. */
const lapRows = 1_000;
const mostLaps = 20;

async function madeAfter(db: Queryable, workspaceId: string, after: LeadPlace, limit: number): Promise<AptenLead[]> {
  const { rows } = await db.query<{ id: string }>({
    name: "apten.made",
    text: `select l.id from lead l where l.workspace_id = $1 and ${inOrder("l")} and (l.created_at, l.id) > (${moment("$2")}, $3)
      order by l.created_at, l.id limit $4`,
    values: [workspaceId, after.micros, after.id, limit],
  });
  const ids = rows.map(({ id }) => id);
  const leads = new Map((await getAptenLeads(db, workspaceId, ids)).map((lead) => [lead.id, lead]));
  return ids.flatMap((id) => leads.get(id) ?? []);
}

/** Leads something about which changed behind a place; all of them up to `until` (null: to the end), and some behind that. */
async function changesAfter(
  db: Queryable,
  workspaceId: string,
  after: LeadPlace,
  limit: number,
): Promise<{ ids: string[]; until: LeadPlace | null }> {
  // In the words of the indexes by which they are found.
  const conditions: Record<string, string> = { lead: ` and ${inOrder("x")}`, assistant_lead: " and x.lead_id > ''" };
  const part = (table: string, id: string, at: string) =>
    `(select '${table}' as part, x.${id} as id, (extract(epoch from x.${at}) * 1000000)::float8 as micros from ${table} x
      where x.workspace_id = $1 and x.${id} is not null${conditions[table] ?? ""} and x.${at} >= ${moment("$2")} and (x.${at}, x.${id}) > (${moment("$2")}, $3)
      order by x.${at}, x.${id} limit $4)`;
  // By the index of the inbox, which begins with what a conversation is.
  const talks = `(select 'conversation' as part, c.id, c.micros
      from (values ('open'), ('closed')) as s (status) cross join (values ('linkedin'), ('sms'), ('email')) as h (channel)
      cross join lateral (
        select x.lead_id as id, (extract(epoch from x.last_message_at) * 1000000)::float8 as micros from conversation x
        where x.workspace_id = $1 and x.status = s.status and x.channel = h.channel and x.lead_id is not null and x.last_message_text is not null
          and x.last_message_at >= ${moment("$2")} and (x.last_message_at, x.lead_id) > (${moment("$2")}, $3)
        order by x.last_message_at, x.lead_id limit $4
      ) c order by c.micros, c.id limit $4)`;
  const { rows } = await db.query<{ part: string; id: string; micros: number }>({
    name: "apten.changes",
    text: [
      part("lead", "id", "updated_at"),
      talks,
      part("consent_change", "lead_id", "at"),
      part("assistant_lead", "lead_id", "updated_at"),
    ].join("\nunion all\n"),
    values: [workspaceId, after.micros, after.id, limit],
  });
  let until: LeadPlace | null = null;
  for (const own of Map.groupBy(rows, (row) => row.part).values()) {
    // A part that was read to its end says nothing about where the others are to end.
    if (own.length < limit) continue;
    const last = own.reduce((latest, row) => (isAfter(row, latest) ? row : latest));
    if (until === null || isAfter(until, last)) until = { micros: last.micros, id: last.id };
  }
  const within = rows.filter((row) => until === null || !isAfter(row, until));
  return { ids: [...new Set(within.map(({ id }) => id))], until };
}

/** A lead that was erased: nothing of it is left but that it was. */
export interface DeletedLead {
  id: string;
  deletedAt: Date;
  deletedMicros: number;
}

/**
 * Leads that were erased since a moment, or made since one and erased, or both: by when they were erased, or else made, the
 * longest ago first. When they were made is left in their IDs. `after` is the last one of the page before.
 */
export async function listDeletedLeads(
  db: Queryable,
  workspaceId: string,
  {
    updatedSince = null,
    createdSince = null,
    after,
    limit,
  }: {
    updatedSince?: Date | null | undefined;
    createdSince?: Date | null | undefined;
    after?: LeadPlace | undefined;
    limit: number;
  },
): Promise<DeletedLead[]> {
  const from = createdSince === null ? "" : idFloor("lead", createdSince.getTime());
  const columns = `e.lead_id as id, e.requested_at as "deletedAt", (extract(epoch from e.requested_at) * 1000000)::float8 as "deletedMicros"`;
  if (updatedSince === null) {
    const ms = after ? Math.floor(after.micros / 1_000) : 0;
    const next = after && after.micros % 1_000 === 0 ? idFloor("lead", ms) : idFloor("lead", ms + 1);
    const beyond = !after ? "" : next > after.id ? next : after.id;
    const { rows } = await db.query<DeletedLead>({
      name: "apten.made_and_deleted",
      text: `select ${columns} from erasure e
        where e.workspace_id = $1 and e.lead_id is not null and e.lead_id >= $2 and e.lead_id > $3 order by e.lead_id limit $4`,
      values: [workspaceId, from, beyond, limit],
    });
    return rows;
  }
  const { rows } = await db.query<DeletedLead>({
    name: "apten.deleted",
    text: `select ${columns} from erasure e
      where e.workspace_id = $1 and e.lead_id is not null and e.requested_at >= $2 and e.lead_id >= $6
        and ($3::float8 is null or (e.requested_at, e.lead_id) > (${moment("$3")}, $4))
      order by e.requested_at, e.lead_id limit $5`,
    values: [workspaceId, updatedSince, after?.micros ?? null, after?.id ?? null, limit, from],
  });
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
       select 'context', c.id, ${milliseconds("c.at")} from lead_context c where c.workspace_id = $1 and c.lead_id = $2
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

/** What others said of a lead, of these IDs. */
export async function aptenContext(
  db: Queryable,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ id: string; text: string; at: Date }[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<{ id: string; text: string; at: Date }>(
    "select c.id, c.text, c.at from lead_context c where c.workspace_id = $1 and c.id = any($2::text[])",
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
