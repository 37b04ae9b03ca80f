-- Acts that were put on record before 0052 have no list of the leads that they are about beside their entry's, so that a search by one of
-- these didn't find them. They get it now, from their contents, which are hashed: what verifies the trail compares both. Contents are never
-- updated (a trigger refuses it); so each is taken out and put back.
with told as materialized (
  select c.workspace_id, c.id, array(
    select distinct 'lead_' || left(part, 26) from unnest((string_to_array(c.content, '"lead_'))[2:]) part
    where part ~ '^[0-9a-z]{26}"' and 'lead_' || left(part, 26) is distinct from a.lead_id
  ) as about
  from audit_content c
  join audit_entry a on a.workspace_id = c.workspace_id and a.at = c.at and a.id = c.id
  where c.about is null and strpos(c.content, '"lead_') > 0
),
taken as (
  delete from audit_content c using told t where c.workspace_id = t.workspace_id and c.id = t.id and cardinality(t.about) > 0
  returning c.workspace_id, c.id, c.at, c.lead_id, c.salt, c.content, t.about
)
insert into audit_content (workspace_id, id, at, lead_id, salt, content, about) select * from taken;
