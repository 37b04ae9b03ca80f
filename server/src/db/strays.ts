import { withActiveCampaigns } from "./enrollment.ts";
import { few } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, readInEachWorkspace } from "./sharding.ts";

/** Leads brought back in one go. */
const most = 5_000;

interface Place {
  workspaceId: string;
  campaignId: string;
  stepId: string;
  sender: string;
}

/** Where leads of active campaigns stand that should not: at a step that is gone, or with a sender that is. */
export const placeForms = inForms(
  "strays.places",
  0,
  (within, _, of) => `
select c.workspace_id as "workspaceId", c.id as "campaignId", p.next_step_id as "stepId", p.next_sender as sender
from campaign c
cross join lateral (
  -- Each place once, by jumps over the index: as many as there are places, however many leads stand at them.
  with recursive place as (
    (select e.next_step_id, e.next_sender from enrollment e
      where e.workspace_id = ${of("c.workspace_id")} and e.campaign_id = c.id and e.state = 'active' and e.next_at is not null
      order by e.next_step_id, e.next_sender limit 1)
    union all
    select n.next_step_id, n.next_sender from place
    cross join lateral (
      select e.next_step_id, e.next_sender from enrollment e
      where e.workspace_id = ${of("c.workspace_id")} and e.campaign_id = c.id and e.state = 'active' and e.next_at is not null
        and (e.next_step_id, e.next_sender) > (place.next_step_id, place.next_sender)
      order by e.next_step_id, e.next_sender limit 1
    ) n
  )
  select * from place
) p
where c.status = 'active'${within("c")} and (
  not exists (select 1 from step s where s.workspace_id = ${of("c.workspace_id")} and s.campaign_id = c.id and s.id = p.next_step_id
    and (s.asks or p.next_sender <> '?'))
  or p.next_sender not in ('', '?') and p.next_sender <> all(c.sender_ids))`,
);

/**
 * Leads that no queue has: at a step that was removed, or with a sender that has left the campaign, in the very moment in
 * which they came there. Whoever moves a lead on and whoever edits its campaign don't see each other's work before both
 * have committed, and neither may wait for the other: an edit of a large campaign takes seconds. So a look now and then
 * brings such leads back: to the first step behind what they have had, with their sender to be chosen anew. Answers how
 * many it were.
 */
export async function bringBackStrays(db: Queryable): Promise<number> {
  const rows = await readInEachWorkspace(
    db,
    withActiveCampaigns,
    async (on, workspaceId) => (await on.query<Place>(inForm(placeForms, [], workspaceId))).rows,
  );
  let brought = 0;
  for (const { workspaceId, campaignId, stepId, sender } of rows) {
    const { rowCount } = await db.query({
      name: "strays.back",
      text: `
update enrollment e set next_sender = queue_of(t.asks, '', '{}'), wait_reason = null, updated_at = now(),
  next_step_id = case when t.kept then e.next_step_id else t.next end,
  next_at = case when t.kept then e.next_at when t.next is not null then t.at end,
  state = case when t.kept or t.next is not null then 'active' else 'finished' end
from (
  select x.lead_id, x.at, k.id is not null as kept, n.id as next, coalesce(k.asks, n.asks, false) as asks
  from (
    select lead_id, now() as at from enrollment
    where workspace_id = $1 and campaign_id = $2 and next_step_id = $3 and next_sender = $4 and state = 'active' and next_at is not null
    limit ${most} for no key update skip locked
  ) x
  left join step k on k.workspace_id = $1 and k.campaign_id = $2 and k.id = $3
  left join lateral (
    select s.id, s.asks from step s
    where s.workspace_id = $1 and s.campaign_id = $2 and s.position > greatest(0, (
      select max(h.position) from message m
      join step h on h.workspace_id = $1 and h.campaign_id = $2 and h.id = m.step_id
      where m.campaign_id = $2 and m.lead_id = x.lead_id and m.workspace_id = $1 and m.status <> 'held'), (
      select max(h.position) from passage p
      join step h on h.workspace_id = $1 and h.campaign_id = $2 and h.id = p.step_id
      where p.campaign_id = $2 and p.lead_id = x.lead_id and p.workspace_id = $1))
    order by s.position limit 1
  ) n on true
) t
where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = t.lead_id`,
      values: [workspaceId, campaignId, stepId, sender],
    });
    brought += rowCount ?? 0;
  }
  return brought;
}

export const recallForms = inForms(
  "strays.recall",
  0,
  (within, _, of) => `
with waiting as materialized (
  select m.workspace_id, m.id, m.sender_id, m.campaign_id, m.lead_id, m.step_id
  from campaign c
  cross join lateral unnest(c.sender_ids) as u (sender_id)
  -- Each look-up is a LATERAL with a LIMIT: a loop over an index, whatever the planner (not) knows about the tables.
  cross join lateral (
    select l.id from lane l
    where l.workspace_id = ${of("c.workspace_id")} and l.id = u.sender_id and l.parked_until = 'infinity' limit 1
  ) l
  cross join lateral (
    select m.* from enrollment e
    -- Whose step was removed they are not put back to: it is blocked when its turn comes, and its lead goes on.
    cross join lateral (
      select m.* from message m
      where m.campaign_id = c.id and m.lead_id = e.lead_id and m.step_id = e.next_step_id and m.workspace_id = ${of("c.workspace_id")}
        and m.status = 'queued' and m.sender_id = l.id
      limit 1
    ) m
    left join lateral (
      select true as had from message o where o.campaign_id = c.id and o.lead_id = e.lead_id and o.workspace_id = ${of("c.workspace_id")}
        and o.status in ('sending', 'uncertain', 'sent')
      limit 1
    ) o on true
    where e.campaign_id = c.id and e.workspace_id = ${of("c.workspace_id")} and e.state = 'active' and e.next_at is null and o.had is null
    limit ${most}
  ) m
  where c.status = 'active' and c.on_sender_paused = 'move'${within("c")}
),
lanes as (select distinct workspace_id, sender_id from waiting),
-- What waits in a lane is read once, and not for each message: much of it may be no campaign's.
places as materialized (
  select o.* from lanes l
  cross join lateral (
    select o.ctid as place, o.workspace_id, o.lane_id, o.ref from outbox o
    where o.workspace_id = ${of("l.workspace_id")} and o.lane_id = l.sender_id and o.lease is null offset 0
  ) o
),
recalled as (
  delete from outbox o
  using places p join waiting w on w.workspace_id = p.workspace_id and w.sender_id = p.lane_id and w.id = p.ref
  where o.ctid = p.place and o.lease is null${within("o")}
  returning w.workspace_id, w.id, w.campaign_id, w.lead_id, w.step_id
),
held as (
  update message m set status = 'held', status_code = 'sender_paused', status_detail = 'Its sender was paused; another one sends it.',
    updated_at = now()
  from recalled r where m.workspace_id = r.workspace_id and m.id = r.id and m.status = 'queued'${within("m")}
  returning m.workspace_id, m.campaign_id, m.lead_id, m.step_id
)
update enrollment e set next_at = now(), next_sender = '', first_at = null, updated_at = now()
from (select * from held where ${few("lead_id")}) h
where e.workspace_id = h.workspace_id and e.campaign_id = h.campaign_id and e.lead_id = h.lead_id
  -- CASE: else the index of those that wait seems to be as good as the key, and is read whole.
  and case when e.state = 'active' and e.next_at is null then e.next_step_id = h.step_id end${within("e")}`,
);

/**
 * Where a campaign lets its leads move: first messages that wait at a sender which can't send before somebody acts go back,
 * and their leads choose a sender anew. What an attempt of may be under way is leased, and stays. Answers how many it were.
 */
export async function recallFromStuck(db: Queryable): Promise<number> {
  const counts = await readInEachWorkspace(db, withActiveCampaigns, async (on, workspaceId) => [
    (await on.query(inForm(recallForms, [], workspaceId))).rowCount ?? 0,
  ]);
  return counts.reduce((sum, n) => sum + n, 0);
}
