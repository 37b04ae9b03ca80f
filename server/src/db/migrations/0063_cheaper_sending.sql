-- A row of which no indexed column changes is updated in place (HOT); else each of its indexes gets an entry. What every message
-- changes, its status and that of its lead, stood in indexes' columns and conditions.

-- The latest attempt whose outcome was uncertain for a while; few messages ever have one.
alter table message add column doubted_at timestamptz;
update message set doubted_at = coalesce(attempted_at, updated_at) where status = 'uncertain';
drop index message_undecided;
create index message_undecided on message (sender_id, workspace_id) where doubted_at is not null;

-- A lead's status once more, for lists by status.
create table lead_standing (
  workspace_id text collate "C" not null,
  status text not null,
  lead_id text collate "C" not null,
  primary key (workspace_id, status, lead_id)
);
insert into lead_standing (workspace_id, status, lead_id) select workspace_id, status, id from lead;
drop index lead_by_status;

-- When sending moved the status; the row's own updated_at is in an index (lead_changed), and its conversation changes then, too.
alter table lead add column status_at timestamptz;
