-- Campaigns that are put away, and who is to do a task.
alter table campaign add column archived_at timestamptz;
-- Whatever goes on is not in the archive. Not checked for the rows there are: none is archived yet.
alter table campaign add constraint campaign_archived_check check (archived_at is null or status <> 'active') not valid;
alter table task add column assignee text;
