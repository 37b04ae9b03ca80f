import type { Database } from "../../../server/src/db/pool.ts";

/**
 * A log of 90 days as a busy team would have it: 50 campaigns of 4 steps with 2 variants, 40 senders, 3 channels, 5 profiles, tags.
 * Of ten messages three are delivered by report, two opened and one answered, and each lead gets three.
 */

export const days = 90;
const dayMs = 86_400_000;
/** Events that follow from ten messages, themselves included. */
const eventsOfTen = 16;

export const beginOf = (day: number): number => Math.floor(Date.now() / dayMs - days + day) * dayMs;

/** Stores a day's events, spread over the twelve hours from seven o'clock. Answers how many. */
export async function storeDay(db: Database, workspaceId: string, day: number, count: number): Promise<number> {
  const begin = beginOf(day);
  const name = `event_${new Date(begin).toISOString().slice(0, 10).replaceAll("-", "")}`;
  await db.query(
    `create table if not exists ${name} partition of event for values from ('${new Date(begin).toISOString()}') to ('${new Date(begin + dayMs).toISOString()}')`,
  );
  const messages = Math.round((count * 10) / eventsOfTen);
  let stored = 0;
  for (let from = 0; from < messages; from += 10_000) {
    const { rowCount } = await db.query(storeMessages, [
      ...[workspaceId, day * messages + from, day * messages + Math.min(from + 10_000, messages) - 1],
      ...[begin + 7 * 3_600_000, day * messages, (12 * 3_600_000) / messages],
    ]);
    stored += rowCount ?? 0;
  }
  return stored;
}

export const dropDay = async (db: Database, day: number): Promise<void> => {
  const name = `event_${new Date(beginOf(day)).toISOString().slice(0, 10).replaceAll("-", "")}`;
  await db.query(`drop table ${name}`);
};

// Its shape is that of the events' schemas; IDs are numbers here. Each lead is written to every 20,000 messages, three times.
const storeMessages = `
with message as materialized (
  select n, $4::bigint + floor((n - $5::bigint) * $6::float8)::bigint as ms, (n / 60000) * 20000 + n % 20000 as lead, n % 50 as campaign,
    n % 40 as sender, 1 + (n / 20000) % 4 as step, (array['linkedin', 'sms', 'email'])[1 + n % 3] as channel
  from generate_series($2::bigint, $3::bigint) n
),
told as (
  select m.*, k.kind, m.ms + k.later as at from message m
  cross join lateral (values ('message.sent', 0, true), ('message.delivered', 900, n % 10 < 3), ('message.opened', 60000, n % 10 in (3, 4)),
    ('message.received', 1800000, n % 10 = 7)) k (kind, later, happened)
  where k.happened
)
insert into event (workspace_id, at, id, type, lead_id, campaign_id, channel, formats, data)
select $1, to_timestamp(t.at / 1000.0), 'evt_' || t.at || '_' || lpad(to_hex(n), 8, '0') || left(md5(kind), 1), kind,
  'lead_01k9d3v0x5e0rb1v6m2z' || lpad(lead::text, 8, '0'), 'camp_01k9d3v0x5e0rb1v6m2z8q4w' || campaign, channel, 7,
  jsonb_build_object('messageId', case when kind = 'message.received' then 'msg_in_' else 'msg_01k9d3v0x5e0rb1v' end || lpad(n::text, 10, '0'),
    'leadId', 'lead_01k9d3v0x5e0rb1v6m2z' || lpad(lead::text, 8, '0'), 'channel', channel, 'source', 'campaign',
    'campaignId', 'camp_01k9d3v0x5e0rb1v6m2z8q4w' || campaign, 'sequenceStep', step, 'stepId', 'step_' || campaign || '_' || step,
    'variant', case when n % 2 = 0 then 'a' else 'b' end, 'senderId', 'sender_01k9d3v0x5e0rb1v6m2z8q' || sender,
    'profile', 'profile-' || campaign % 5, 'tags', case when lead % 4 = 0 then '["vip"]'::jsonb else '[]'::jsonb end, 'automated', false,
    'content', '{"subject": null, "text": "Hi Jane, good to be connected. Would a short call on Tuesday suit you?"}'::jsonb)::text
from told t`;
