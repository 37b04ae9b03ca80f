import type { EventType } from "../domain/event.ts";
import { namedOnlyBit } from "../domain/format.ts";
import type { Queryable } from "./pool.ts";
import type { Within } from "./sharding.ts";

/**
 * What of a destination's filters PostgreSQL decides: format, event types, channels, campaigns, tags and statuses. One condition, used
 * where events are stored and where replays select them.
 *
 * `d`, `e`: aliases of a row of `destination`, and of an event with workspace_id, type, formats, channel, campaign_id,
 * lead_id and data (of `lead.updated`; of others it may be null). A pattern `lead.*` takes `lead.tag.updated` as well. Tags are looked up as a scalar: as `exists`, the planner may
 * read all leads once for a hash. `within`: the condition of a statement for one workspace, see `sharding.ts`.
 */
export const takesEvent = (d: string, e: string, within: Within = () => "") => `(
  (${d}.format_bit & ${e}.formats) <> 0
  and ((${d}.event_types is null and ${e}.formats < ${namedOnlyBit}) or ${e}.type = any(${d}.event_types) or ${d}.event_types && ${patternsOf(e)})
  and (${d}.channels is null or coalesce(${e}.channel = any(${d}.channels), false))
  and (${d}.campaigns is null or coalesce(${e}.campaign_id = any(${d}.campaigns), false))
  and (${d}.tags is null or coalesce((
    select l.tags && ${d}.tags from lead l where l.workspace_id = ${e}.workspace_id and l.id = ${e}.lead_id${within("l")}), false))
  and (${d}.statuses is null or coalesce((
    select ${statusOf(e)} = any(${d}.statuses) from lead l where l.workspace_id = ${e}.workspace_id and l.id = ${e}.lead_id${within("l")}), false))
)`;

/**
 * The lead's status after the event: messages are recorded before they move it. In the same ranks as `movedAlong` of
 * `domain/told.ts`.
 */
const statusOf = (e: string) => `case
      when ${e}.type = 'lead.updated' then ${e}.data::json ->> 'newStatus'
      when ${e}.type in ('reply.received', 'message.received')
        and l.status in ('PENDING', 'CONNECTION_SENT', 'CONNECTION_ACCEPTED', 'MESSAGE_SENT') then 'REPLY_RECEIVED'
      when ${e}.type = 'message.sent' and l.status in ('PENDING', 'CONNECTION_SENT', 'CONNECTION_ACCEPTED') then 'MESSAGE_SENT'
      when ${e}.type = 'connection_request.accepted' and l.status in ('PENDING', 'CONNECTION_SENT') then 'CONNECTION_ACCEPTED'
      when ${e}.type = 'connection_request.sent' and l.status = 'PENDING' then 'CONNECTION_SENT'
      else l.status end`;

/** The patterns that stand for an event's type, which has two or three parts. */
const patternsOf = (e: string) =>
  `array['*', split_part(${e}.type, '.', 1) || '.*', regexp_replace(${e}.type, '[^.]*$', '*')]`;

/** What of a destination's filters is judged by the database, each by itself; for explanations. */
export interface FilterVerdict {
  eventTypes: boolean;
  channels: boolean;
  campaigns: boolean;
  tags: boolean;
  statuses: boolean;
}

/** Filters that are judged without a destination of their own: those of a preview. */
export interface FilterSet {
  eventTypes: readonly string[] | null;
  channels: readonly string[] | null;
  campaigns: readonly string[] | null;
  tags: readonly string[] | null;
  statuses: readonly string[] | null;
}

/** An event as filters see it. */
export interface FilteredEvent {
  type: string;
  channel: string | null;
  campaignId: string | null;
  leadId: string | null;
  /** As stored. Left out: any format can say it, and whoever takes all takes it. */
  formats?: number;
  /** JSON; of `lead.updated`, which says the lead's status. */
  data?: string;
}

/** How each filter judges an event now. */
export async function judgeFilters(
  db: Queryable,
  workspaceId: string,
  event: FilteredEvent,
  filters: FilterSet,
): Promise<FilterVerdict> {
  const columns = {
    event_types: "eventTypes",
    channels: "channels",
    campaigns: "campaigns",
    tags: "tags",
    statuses: "statuses",
  } as const;
  const parts = Object.entries(columns).map(([column, key]) => {
    const others = Object.keys(columns).filter((other) => other !== column);
    const alone = others.map((other) => `null::text[] as ${other}`).join(", ");
    return `(select ${takesEvent("d", "e")} from (select 1 as format_bit, d.${column}, ${alone}) d) as "${key}"`;
  });
  const { rows } = await db.query<FilterVerdict>(
    `select ${parts.join(", ")}
     from (select $1::text as workspace_id, $2::text as type, $10::int | 1 as formats, $3::text as channel, $4::text as campaign_id,
       $5::text as lead_id, $12::text as data) e,
     (select $6::text[] as event_types, $7::text[] as channels, $8::text[] as campaigns, $9::text[] as tags, $11::text[] as statuses) d`,
    [
      ...[workspaceId, event.type, event.channel, event.campaignId, event.leadId],
      ...[filters.eventTypes, filters.channels, filters.campaigns, filters.tags, event.formats ?? 0, filters.statuses],
      event.data ?? null,
    ],
  );
  return rows[0]!;
}

/** An event's columns that filters look at. Null: there is no such event. */
export async function getFilteredEvent(
  db: Queryable,
  workspaceId: string,
  { id, at }: { id: string; at: number },
): Promise<(FilteredEvent & { data: string; formats: number }) | null> {
  const { rows } = await db.query<FilteredEvent & { data: string; formats: number }>(
    `select type, channel, campaign_id as "campaignId", lead_id as "leadId", data, formats from event
     where workspace_id = $1 and at = to_timestamp($2::float8 / 1000) and id = $3`,
    [workspaceId, at, id],
  );
  return rows[0] ?? null;
}

/** Whether an active destination, this one or (null) any, takes an event of the log. That one is disabled is told to the others only. */
export async function isEventTaken(
  db: Queryable,
  workspaceId: string,
  { id, at }: { id: string; at: number },
  destinationId: string | null,
): Promise<boolean> {
  const { rows } = await db.query<{ taken: boolean }>(
    `select exists (
      select 1 from event e, destination d
      where e.workspace_id = $1 and e.at = to_timestamp($2::float8 / 1000) and e.id = $3
        and d.workspace_id = $1 and d.status = 'active' and ($4::text is null or d.id = $4)
        and ${takesEvent("d", "e", (alias) => ` and ${alias}.workspace_id = $1`)}
        and not (e.type = 'destination.disabled' and strpos(e.data, d.id) > 0)
    ) as taken`,
    [workspaceId, at, id, destinationId],
  );
  return rows[0]!.taken;
}

/**
 * Whether a destination of the workspace names this type, or a pattern for it; disabled ones count, since they may ask for what
 * they missed.
 */
export async function isEventNamed(db: Queryable, workspaceId: string, type: EventType): Promise<boolean> {
  const { rows } = await db.query<{ named: boolean }>({
    name: "destination.names_event",
    text: `select exists (
      select 1 from destination d where d.workspace_id = $1 and (d.event_types @> array[$2::text] or d.event_types && ${patternsOf("t")})
    ) as named from (select $2::text as type) t`,
    values: [workspaceId, type],
  });
  return rows[0]!.named;
}

/** Those of the IDs that no campaign of the workspace has. */
export async function unknownCampaigns(db: Queryable, workspaceId: string, ids: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select i.id from unnest($2::text[]) as i (id)
     where not exists (select 1 from campaign c where c.workspace_id = $1 and c.id = i.id)`,
    [workspaceId, ids],
  );
  return rows.map((row) => row.id);
}
