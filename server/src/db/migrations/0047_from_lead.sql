-- The lead from whom an item seems to be, as it is kept, where it may be a reply or an opt-out. Nothing is sent to that lead while the item
-- waits to be processed.
alter table received add column from_lead_id text collate "C";
create index received_from_lead on received (from_lead_id, workspace_id) where status = 'waiting' and from_lead_id is not null;
