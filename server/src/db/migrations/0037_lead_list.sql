-- Orders in which a workspace's leads are listed, a page at a time; the expressions are those of db/lead-list.ts.
create index lead_by_name on lead (workspace_id, lower(coalesce(last_name, first_name, '')), id);
create index lead_by_company on lead (workspace_id, lower(coalesce(company, '')), id);
-- A rare status or tag among a million leads.
create index lead_by_status on lead (workspace_id, status, id);
create index lead_tags on lead using gin (tags);
