-- When messages may go out, and how many.

-- SMS go to people only between these hours by the clock at their place: {"from": "08:00", "to": "21:00"}.
alter table workspace add column sms_hours jsonb not null default '{"from": "08:00", "to": "21:00"}';
-- Messages of the whole workspace a day (in its time zone); null: no cap.
alter table workspace add column messages_per_day int check (messages_per_day > 0);
-- Seconds between two messages of campaigns to the same lead, over all campaigns.
alter table workspace add column min_touch_gap_seconds int not null default 0 check (min_touch_gap_seconds >= 0);

-- What changes what a person may expect of Herald's care is on record: who loosened what, when, and why.
create table setting_change (
  workspace_id text collate "C" not null,
  id bigint generated always as identity,
  at timestamptz not null default now(),
  setting text not null,
  before jsonb,
  after jsonb,
  -- The API key, or who else did it.
  changed_by text not null,
  reason text,
  primary key (workspace_id, id)
);

-- {"message": {perDay, perWeek, minGapSeconds, jitter, ramp}, "connect": {...}}: what is given stands in place of the
-- provider's safe defaults; null lifts a limit.
alter table sender add column limits jsonb not null default '{}';

alter table campaign
  -- {"windows": {"monday": [{"from", "to"}]}, "holidays": []}; null: always open.
  add column schedule jsonb,
  -- {"messagesPerDay", "newLeadsPerDay"}
  add column limits jsonb not null default '{}',
  -- What is later than this because nobody could plan (Herald was down, the campaign paused) is held. Null: never.
  add column max_lateness_seconds int check (max_lateness_seconds > 0),
  -- How the first sender of a lead is chosen.
  add column rotation text not null default 'fixed' check (rotation in ('fixed', 'longest_idle', 'weighted')),
  add column sender_weights jsonb not null default '{}',
  -- What leads do whose sender is paused or broken, as long as nothing was sent to them.
  add column on_sender_paused text not null default 'wait' check (on_sender_paused in ('wait', 'move')),
  -- Whether leads may be active in another campaign at the same time.
  add column allow_parallel boolean not null default false,
  add column paused_by text,
  add column pause_reason text,
  -- When the planner last had an eye on it: a gap in this is an outage.
  add column planned_at timestamptz;

-- {"amount", "unit"}; delay_ms is what of it surely passes on any calendar: the time of the first look.
alter table step add column delay jsonb;
update step set delay = jsonb_build_object('amount', ceil(delay_ms / 1000.0)::int, 'unit', 'seconds');
alter table step alter column delay set not null;

alter table enrollment
  -- When the step before went out, or the lead came in: delays count from here.
  add column anchor_at timestamptz,
  -- When its first message was planned.
  add column first_at timestamptz,
  -- Who sends the next step; '' where that is open.
  add column next_sender text collate "C" not null default '',
  -- Why it waits longer than its delay, for people.
  add column wait_reason text;
update enrollment set anchor_at = updated_at;
alter table enrollment alter column anchor_at set not null, alter column anchor_at set default now();
alter table enrollment drop constraint enrollment_state_check;
alter table enrollment add constraint enrollment_state_check check (state in ('active', 'finished', 'stopped', 'held'));
update enrollment e set first_at = e.updated_at where e.senders <> '{}';
update enrollment e set next_sender = coalesce(e.senders ->> s.channel, '')
from step s where s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.id = e.next_step_id and e.senders <> '{}';

-- What waits for the same thing stands together: a campaign's leads at one step with one sender, in the order of their turns.
drop index enrollment_due;
create index enrollment_due on enrollment (workspace_id, campaign_id, next_step_id, next_sender, next_at, lead_id)
  where state = 'active' and next_at is not null;
create index enrollment_first on enrollment (campaign_id, first_at, workspace_id) where first_at is not null;

-- When a message counts against its sender's pace: the time of its attempt, unless it surely did not go out. Kept for
-- senders that have limits (null for others, so that their messages touch no index while they are sent).
alter table message add column counted_at timestamptz;
create index message_counted on message (sender_id, action, counted_at, workspace_id) where counted_at is not null;
create index message_of_campaign on message (campaign_id, created_at, workspace_id) where campaign_id is not null;

-- The end of the window in which it was planned: what is still waiting then goes back to the planner.
alter table message add column send_before timestamptz;

-- LinkedIn accounts have a pace from now on; what went out lately counts.
update message m set counted_at = m.attempted_at from sender s
where s.provider = 'unipile' and m.workspace_id = s.workspace_id and m.sender_id = s.id and m.status in ('sending', 'sent', 'uncertain')
  and m.attempted_at > now() - interval '8 days';
