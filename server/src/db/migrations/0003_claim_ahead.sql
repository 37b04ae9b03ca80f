-- The worker that has rows of this lane leased, or had them last: a lane whose rows are leased ahead of their calls is worked
-- on by one process at a time. Counts only while `leased` > 0.
alter table lane add column owner bigint;

-- A message's status changes twice on its way out. As long as no index has it in its predicate, such an update touches no
-- index at all. Which leads have a message on its way is known from their enrollments.
drop index message_open;
drop index message_held;
alter table message set (fillfactor = 70);
create index enrollment_waiting on enrollment (workspace_id, campaign_id) where state = 'active' and next_at is null;

-- Messages that are held wait at their step again: the planner writes them anew once their campaign goes on.
update enrollment e set next_at = now() from message m
where m.status = 'held' and e.workspace_id = m.workspace_id and e.campaign_id = m.campaign_id and e.lead_id = m.lead_id
  and e.state = 'active' and e.next_step_id = m.step_id and e.next_at is null;

-- The worker that committed the latest attempt.
alter table message add column begun_by bigint;

-- What a killed process left on record about attempts without an outcome.
create table flight (
  workspace_id text collate "C" not null,
  message_id text collate "C" not null,
  -- The attempt that it is about.
  attempts int not null,
  handed_over boolean not null,
  -- The provider's answer, as the adapter read it.
  result jsonb,
  created_at timestamptz not null default now(),
  primary key (workspace_id, message_id)
);

-- A lead's status moves with its first message; with room on the page, no index is touched by that.
alter table lead set (fillfactor = 85);

-- What is begun at once with a sender is twice the connections, or more, that its adapter keeps.
update lane l set max_leased = case s.provider when 'smtp' then 8 * coalesce((s.config ->> 'maxConnections')::int, 5) else 128 end
from sender s where s.workspace_id = l.workspace_id and s.id = l.id and s.provider in ('smtp', 'twilio');
