-- Messages that were never sent are few, and looked for among all. Derived by the database, so that none is forgotten, and null for
-- every other message: a message's way from queued to sent changes no indexed column, and its row is updated in place (HOT).
-- The table is written anew: on two cores about half a minute for a million messages.
alter table message add column unsent_status text
  generated always as (case when status in ('failed', 'blocked', 'cancelled') then status end) stored;
create index message_unsent on message (workspace_id, unsent_status, id) where unsent_status is not null;

-- The tasks of a lead.
create index task_lead on task (lead_id, id, workspace_id);
