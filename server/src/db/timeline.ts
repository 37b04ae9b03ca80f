import type { ChannelName } from "../domain/event.ts";
import { eventIdTime } from "../domain/id.ts";
import { clockSlackMs } from "./attempt.ts";
import type { LoggedEvent } from "./event-log.ts";
import type { Queryable } from "./pool.ts";

/** A lead's timeline is read of several tables, each newest first down from one place: a time (unix ms), and an ID within it. */
export interface TimelinePlace {
  at: number;
  id: string;
}

export interface TimelineLead {
  workspaceId: string;
  leadId: string;
  createdAt: Date;
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
  { workspaceId, leadId, createdAt }: TimelineLead,
  { crms, before, limit }: { crms: readonly string[]; before: TimelinePlace | null; limit: number },
): Promise<(LoggedEvent & { at: number; crm: CrmWrite[] })[]> {
  // Of no CRM, the log of attempts is not looked at.
  const writes = `left join lateral (
      select json_agg(json_build_object('destinationId', w.lane_id, 'at', w.started_at, 'outcome', w.outcome,
        'detail', coalesce(w.detail, w.code), 'recordId', r.crm_id) order by w.lane_id) as crm
      from (
        select distinct on (a.lane_id) a.lane_id, a.started_at, a.outcome, a.detail, a.code from attempt a
        where a.workspace_id = $1 and a.ref = e.id and a.lane_id = any($7::text[]) and a.kind = 'delivery' and a.final
          and a.started_at >= e.at - interval '${clockSlackMs} milliseconds'
        order by a.lane_id, a.started_at desc
      ) w
      left join crm_record r on r.workspace_id = $1 and r.destination_id = w.lane_id and r.kind = 'event' and r.ref = e.id
      where w.outcome in ('succeeded', 'failed')
    ) c on true`;
  const { rows } = await db.query<LoggedEvent & { crm: CrmWrite[] | null }>(
    `select e.*${crms.length > 0 ? ", c.crm" : ", null as crm"} from (
       select id, type, lead_id as "leadId", campaign_id as "campaignId", data, at from event
       -- Nothing about a lead is older than the lead: the log of a busy workspace isn't read to its beginning.
       where workspace_id = $1 and lead_id = $2 and at >= to_timestamp($3::float8 / 1000)
         and ($4::float8 is null or (at, id) < (to_timestamp($4::float8 / 1000), $5::text))
         and at <= coalesce(to_timestamp($4::float8 / 1000), 'infinity')
       order by at desc, id desc limit $6
     ) e ${crms.length > 0 ? writes : ""}
     order by e.at desc, e.id desc`,
    [
      ...[workspaceId, leadId, createdAt.getTime() - clockSlackMs, before?.at ?? null, before?.id ?? null, limit],
      ...(crms.length > 0 ? [crms] : []),
    ],
  );
  return rows.map((row) => ({ ...row, at: eventIdTime(row.id) ?? 0, crm: row.crm ?? [] }));
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
