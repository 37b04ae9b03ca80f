-- Events that name no lead: a person's export looks for their addresses in these alone, and finds the lead's own by the audit trail.
create index event_nobodys on event (workspace_id, at, id) where lead_id is null;
