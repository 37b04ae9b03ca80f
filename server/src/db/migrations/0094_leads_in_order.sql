-- Leads in the orders of lists, for those who ask for a list and say the condition (`inOrder` of few.ts). Without it, the planner takes the one
-- that was made last on an empty table for a lead's ID, too, as good as the primary key to it, and walks over all leads of the workspace for each.
drop index lead_by_name;
drop index lead_by_company;
drop index lead_changed;
drop index lead_made;
create index lead_by_name on lead (workspace_id, lower(coalesce(last_name, first_name, '')), id) where id > '';
create index lead_by_company on lead (workspace_id, lower(coalesce(company, '')), id) where id > '';
create index lead_changed on lead (workspace_id, updated_at, id) where id > '';
create index lead_made on lead (workspace_id, created_at, id) where id > '';
