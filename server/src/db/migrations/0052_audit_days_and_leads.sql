-- Days that leave the log by retention are on record in the trail from now on; of those that left before, this is.
do $$
declare
  moment timestamptz;
  said text;
begin
  -- The clock is read once the transaction has its ID: behind the log's horizon nothing is added.
  perform pg_current_xact_id();
  moment := date_trunc('milliseconds', clock_timestamp());
  select json_build_object('before', min(right(c.relname, 8)))::text into said
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'event'::regclass and c.relname ~ '^event_[0-9]{8}$';
  insert into audit_entry (workspace_id, at, id, kind, actor_kind, action, content_hash, detail)
  select h.workspace_id, moment, 'audit_days_before', 'act', 'system', 'retention.dropped', sha256(convert_to(said, 'UTF8')), said
  from audit_head h;
end $$;

-- Leads of which an act says something beside the one that its entry names: so that acts on many are found by each.
alter table audit_content add column about text[];
create index audit_content_about on audit_content using gin (about) where about is not null;
