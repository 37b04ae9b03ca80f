-- Leads by when they changed or were made, page by page: a client that synchronises asks often, and for little.
create index lead_changed on lead (workspace_id, updated_at, id);
create index lead_made on lead (workspace_id, created_at, id);
create index consent_change_at on consent_change (workspace_id, at);
create index assistant_lead_changed on assistant_lead (workspace_id, updated_at);
