import { rebuildAnalytics } from "../../../server/src/analytics/rebuild.ts";
import type { Database } from "../../../server/src/db/pool.ts";

const dayMs = 86_400_000;
const days = 90;

/** Whose history it is, in the order of the numbers that the statement draws. */
export interface Past {
  workspaceId: string;
  campaignIds: readonly string[];
  /** By channel: linkedin, sms, email. */
  senderIds: readonly string[];
}

/** Ninety days in the log, before the day that is: more on weekdays than at weekends, growing, answered mostly in the morning. */
export async function writeHistory(db: Database, { workspaceId, campaignIds, senderIds }: Past): Promise<void> {
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  for (let day = days; day >= 1; day -= 1) {
    const begin = today - day * dayMs;
    const name = `event_${new Date(begin).toISOString().slice(0, 10).replaceAll("-", "")}`;
    await db.query(
      `create table if not exists ${name} partition of event for values from ('${new Date(begin).toISOString()}') to ('${new Date(begin + dayMs).toISOString()}')`,
    );
    const weekend = [0, 6].includes(new Date(begin).getUTCDay());
    const count = weekend ? 12 : 70 + Math.round((days - day) * 0.9 + 25 * Math.sin(day * 1.7));
    await db.query(storeDay, [workspaceId, day * 1_000, count, begin, campaignIds, senderIds]);
  }
  await rebuildAnalytics(db, workspaceId);
}

/** Spreads what was just made: leads over two months, conversations over half a day, but for one that is going on. */
export async function backdate(db: Database, workspaceId: string, goingOn: string): Promise<void> {
  const ago = "make_interval(mins => 3 + abs(hashtext(lead_id)) % 600)";
  for (const statement of [
    `update message set created_at = created_at - ${ago}, sent_at = sent_at - ${ago} where workspace_id = $1 and lead_id <> $2`,
    `update conversation set last_message_at = last_message_at - ${ago} where workspace_id = $1 and lead_id <> $2`,
    `update lead l set created_at = l.created_at - make_interval(hours => (20 + 7 * r.n)::int)
     from (select id, row_number() over (order by id desc) as n from lead where workspace_id = $1) r
     where l.workspace_id = $1 and l.id = r.id and l.id <> $2`,
    "update campaign set updated_at = updated_at - make_interval(hours => 2 + abs(hashtext(id)) % 300) where workspace_id = $1 and id <> $2",
  ]) {
    await db.query(statement, [workspaceId, goingOn]);
  }
}

const storeDay = `
with message as materialized (
  select $2::bigint + n as n, $4::bigint + 46800000 + (n * 7919 % 28800) * 1000 as ms, (n * 31 + $2::bigint * 7) % 100 as r,
    1 + n % cardinality($5::text[]) as campaign, 1 + (n * 3 + n / 7) % 3 as channel
  from generate_series(1, $3::int) n
),
told as (
  select m.*, k.kind, m.ms + k.later as at from message m
  cross join lateral (values ('message.sent', 0, true), ('message.delivered', 900, channel = 2 and r < 97),
    ('message.opened', 600000 + r * 60000, channel = 3 and r < 44), ('message.received', 1800000 + (r * r % 97) * 300000, r < 11),
    ('lead.updated', 9000000, r < 5), ('message.bounced', 30000, channel = 3 and r = 99), ('lead.opted_out', 2400000, r = 55)) k (kind, later, happened)
  where k.happened
)
insert into event (workspace_id, at, id, type, lead_id, campaign_id, channel, formats, data)
select $1, least(to_timestamp(t.at / 1000.0), to_timestamp($4::bigint / 1000.0) + interval '23 hours'), 'evt_' || t.at || '_' || lpad(to_hex(n), 8, '0') || left(md5(kind), 1), kind,
  'lead_past' || n, ($5::text[])[campaign], (array['linkedin', 'sms', 'email'])[channel], 7,
  replace(jsonb_build_object('messageId', case when kind = 'message.received' then 'msg_in_' else 'msg_' end || n,
    'leadId', 'lead_past' || n, 'channel', (array['linkedin', 'sms', 'email'])[channel], 'source', 'campaign',
    'campaignId', ($5::text[])[campaign], 'sequenceStep', 1 + n % 3, 'stepId', 'step_' || campaign || '_' || n % 3,
    'variant', case when n % 2 = 0 then 'A' else 'B' end, 'senderId', ($6::text[])[channel], 'profile', null, 'tags', '[]'::jsonb,
    'kind', 'opt_out', 'automated', false, 'previousStatus', 'REPLY_RECEIVED', 'newStatus', case when r < 2 then 'MEETING_BOOKED' else 'OPPORTUNITY' end,
    'content', '{"subject": null, "text": "Hi"}'::jsonb)::text, '": ', '":')
from told t`;
