-- What a sequence asks before a step, where it goes instead, and what it waits for.

alter table step
  -- A name of the user's own, by which a file or a branch refers to the step.
  add column key text collate "C",
  -- {"connected": true}, ...; null: the step is for everybody.
  add column condition jsonb,
  -- "skip", "stop" or {"goTo": step ID}: where a lead goes for whom the condition doesn't hold, or the time limit passed.
  add column otherwise jsonb,
  -- {"amount", "unit"} after the step before: how long an invitation is waited for.
  add column time_limit jsonb,
  -- [{"key", "weight", "subject", "text", "html"}], two to six; null: one text for all.
  add column variants jsonb;
alter table step alter column channel drop not null;
alter table step drop constraint step_action_check;
alter table step add constraint step_action_check check (action in ('message', 'connect', 'wait_for_acceptance', 'task'));
alter table step add constraint step_channel_given check (channel is not null or action = 'task');
-- Such a step is looked at when its time has come, whether a sender is free or not.
alter table step add column asks boolean not null
  generated always as (condition is not null or action in ('wait_for_acceptance', 'task')) stored;
create unique index step_key on step (workspace_id, campaign_id, key) where key is not null;

-- In which queue a lead waits that comes to a step: '?' where the step asks something first, else with the sender that wrote
-- to it before on that channel, as long as the campaign has it; '' where the sender is still to be chosen.
create function queue_of(asks boolean, sender text, sender_ids text[]) returns text
  language sql immutable parallel safe
  return case when asks then '?' when sender = any(sender_ids) then sender else '' end;

-- A step that made no message for a lead, and why: what a condition decided, a task that was done.
create table passage (
  workspace_id text collate "C" not null,
  campaign_id text collate "C" not null,
  lead_id text collate "C" not null,
  step_id text collate "C" not null,
  at timestamptz not null default now(),
  -- skipped, jumped, stopped: the condition didn't hold, or the time limit passed. accepted: the invitation was. done: the task.
  outcome text not null check (outcome in ('skipped', 'jumped', 'stopped', 'accepted', 'done')),
  reason text,
  primary key (workspace_id, campaign_id, lead_id, step_id)
);

-- What a person has to do before a lead goes on.
create table task (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  campaign_id text collate "C" not null,
  lead_id text collate "C" not null,
  step_id text collate "C" not null,
  channel text check (channel in ('linkedin', 'sms', 'email')),
  title text,
  text text not null,
  status text not null default 'open' check (status in ('open', 'done', 'skipped', 'cancelled')),
  -- What the person says about it.
  note text,
  -- The API key, or who else ended it.
  ended_by text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (workspace_id, id)
);
create unique index task_of_step on task (campaign_id, lead_id, step_id, workspace_id);
create index task_open on task (workspace_id, id) where status = 'open';

-- Which of a step's variants it is: kept, so that a message that is written again stays what it was.
alter table message add column variant text collate "C";
-- When its lead first opened it and followed a link, where the channel tells.
alter table message add column opened_at timestamptz, add column clicked_at timestamptz;

-- Since when this sender and the lead are connected on LinkedIn.
alter table conversation add column connected_at timestamptz;
alter table lead
  -- Connected, by what somebody said, with nobody of ours in particular.
  add column connected_at timestamptz,
  -- The latest reply on any channel.
  add column replied_at timestamptz,
  -- No campaign writes to it before this: it is away.
  add column paused_until timestamptz,
  add column pause_reason text;
update lead set replied_at = updated_at where status = 'REPLY_RECEIVED';
update lead set connected_at = updated_at where status = 'CONNECTION_ACCEPTED';
-- Colleagues: found when a campaign stops for all of a company.
create index lead_company on lead (lower(company), workspace_id) where company is not null;

alter table campaign
  -- A name of the user's own, unique in the workspace: by which a file refers to the campaign.
  add column key text collate "C",
  -- A lead with one of these tags gets nothing more.
  add column stop_tags text[] not null default '{}',
  -- What stops a lead stops the others of its company, too.
  add column stop_company boolean not null default false;
create unique index campaign_key on campaign (workspace_id, key) where key is not null;
