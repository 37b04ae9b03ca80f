-- What acts say that are about no lead: in these a person is looked for who asks for an export or an erasure. What is about a lead is found
-- by that lead, and is most of it. Few acts are about nobody, so that the others don't pay for it.
create index audit_content_of_nobody on audit_content (workspace_id, id) where lead_id is null;
