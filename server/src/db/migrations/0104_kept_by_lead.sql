-- What the assistant keeps of leads by when it changed, for the list that says the condition. Without it, the planner takes this index
-- on an empty table to look one lead up, too, and reads all of the workspace's for each.
drop index assistant_lead_changed;
create index assistant_lead_changed on assistant_lead (workspace_id, updated_at) where lead_id > '';
