import type { ChannelName } from "../domain/event.ts";
import { eventIdTime } from "../domain/id.ts";
import { textArray } from "./array.ts";
import { clockSlackMs } from "./attempt.ts";
import { eventsOfLead, type LoggedEvent } from "./event-log.ts";
import type { Queryable } from "./pool.ts";

/** A lead's timeline is read of several tables, each newest first down from one place: a time (unix ms), and an ID within it. */
export interface TimelinePlace {
  at: number;
  id: string;
}

export interface TimelineLead {
  workspaceId: string;
  leadId: string;
}

/** A fact about the lead that a CRM was told, or at last could not be. */
export interface CrmWrite {
  destinationId: string;
  at: string;
  outcome: "succeeded" | "failed";
  detail: string | null;
  /** The CRM's ID of what was logged. */
  recordId: string | null;
}

/** The lead's events, each with what became of it at CRMs (`crms`: their IDs). */
export async function timelineEvents(
  db: Queryable,
  { workspaceId, leadId }: TimelineLead,
  { crms, before, limit }: { crms: readonly string[]; before: TimelinePlace | null; limit: number },
): Promise<(LoggedEvent & { at: number; crm: CrmWrite[] })[]> {
  const events = await eventsOfLead(db, workspaceId, { leadId, before, limit });
  const writes = crms.length > 0 && events.length > 0 ? await crmWrites(db, workspaceId, crms, events) : new Map();
  return events.map((event) => ({ ...event, at: eventIdTime(event.id) ?? 0, crm: writes.get(event.id) ?? [] }));
}

async function crmWrites(
  db: Queryable,
  workspaceId: string,
  crms: readonly string[],
  events: readonly { id: string; at: Date }[],
): Promise<Map<string, CrmWrite[]>> {
  const { rows } = await db.query<{ id: string; crm: CrmWrite[] }>(
    `select e.id, json_agg(json_build_object('destinationId', w.lane_id, 'at', w.started_at, 'outcome', w.outcome,
       'detail', coalesce(w.detail, w.code), 'recordId', r.crm_id) order by w.lane_id) as crm
     from unnest($2::text[], $3::text[]::timestamptz[]) as e (id, at)
     cross join lateral (
       select distinct on (a.lane_id) a.lane_id, a.started_at, a.outcome, a.detail, a.code from attempt a
       where a.workspace_id = $1 and a.ref = e.id and a.lane_id = any($4::text[]) and a.kind = 'delivery' and a.final
         and a.started_at >= e.at - interval '${clockSlackMs} milliseconds'
       order by a.lane_id, a.started_at desc
     ) w
     left join crm_record r on r.workspace_id = $1 and r.destination_id = w.lane_id and r.kind = 'event' and r.ref = e.id
     where w.outcome in ('succeeded', 'failed')
     group by e.id`,
    [workspaceId, textArray(events, ({ id }) => id), textArray(events, ({ at }) => at.toISOString()), crms],
  );
  return new Map(rows.map(({ id, crm }) => [id, crm]));
}

export interface TimelineNote {
  id: string;
  channel: ChannelName;
  text: string;
  at: number;
}

/** The notes of the lead's conversations. One from before its time was kept stands at the conversation's last message. */
export async function timelineNotes(
  db: Queryable,
  { workspaceId, leadId }: TimelineLead,
  { before, limit }: { before: TimelinePlace | null; limit: number },
): Promise<TimelineNote[]> {
  const { rows } = await db.query<TimelineNote>(
    `select id, channel, note as text, at from (
       select id, channel, note,
         floor(extract(epoch from coalesce(note_at, last_message_at, created_at)) * 1000)::float8 as at
       from conversation where workspace_id = $1 and lead_id = $2 and note is not null
     ) noted
     where $3::float8 is null or (at, id) < ($3, $4)
     order by at desc, id desc limit $5`,
    [workspaceId, leadId, before?.at ?? null, before?.id ?? null, limit],
  );
  return rows;
}

/** The workspace's CRMs, and as whom each of them knows the lead (null: it wasn't found there yet). */
export async function crmsOfLead(
  db: Queryable,
  { workspaceId, leadId }: TimelineLead,
): Promise<{ destinationId: string; kind: string; name: string; url: string; personId: string | null }[]> {
  const { rows } = await db.query<{
    destinationId: string;
    kind: string;
    name: string;
    url: string;
    personId: string | null;
  }>(
    `select d.id as "destinationId", d.kind, d.name, d.url, r.crm_id as "personId"
     from destination d
     left join crm_record r on r.workspace_id = $1 and r.destination_id = d.id and r.kind = 'person' and r.ref = $2
     where d.workspace_id = $1 and d.kind in ('hubspot', 'salesforce', 'close')
     order by d.id`,
    [workspaceId, leadId],
  );
  return rows;
}
