-- The audit trail: who did what, on what, when, from where; and every event. Entries are only ever added. What an entry says
-- about people stands apart, so that it can be erased: the entry has its hash.
create table audit_entry (
  workspace_id text collate "C" not null,
  at timestamptz(3) not null,
  -- audit_..., or the event's ID.
  id text collate "C" not null,
  -- act: somebody did something; event: copied from the log when it was sealed.
  kind text not null check (kind in ('act', 'event')),
  -- key: an API key; cli: the command line on the machine; system: Herald by its rules, or a provider.
  actor_kind text not null,
  -- The key's ID, or the user of the machine.
  actor text,
  -- POST /v1/senders, or the event's type.
  action text not null,
  -- What it was done to: the ID.
  target text,
  lead_id text collate "C",
  request_id text,
  ip text,
  -- SHA-256 of the content: of an act its salt and text in audit_content, of an event its data.
  content_hash bytea not null,
  primary key (workspace_id, at, id)
);
create index audit_entry_lead on audit_entry (lead_id, at) where lead_id is not null;
create index audit_entry_target on audit_entry (target, at) where kind = 'act' and target is not null;

-- What acts changed: before and after, without secrets. Deleted where a person's data are erased, or by retention.
create table audit_content (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  at timestamptz(3) not null,
  lead_id text collate "C",
  -- So that nobody can guess an erased content by its hash.
  salt bytea not null,
  content text not null,
  primary key (workspace_id, id)
);
create index audit_content_lead on audit_content (lead_id) where lead_id is not null;

-- Seals: the entries of a minute (10,000 at most each), and of a day the seals of its minutes. Each is chained to the one before.
create table audit_seal (
  workspace_id text collate "C" not null,
  level text not null check (level in ('minute', 'day')),
  -- From 1, without gaps.
  no bigint not null,
  -- The minute or day, by the entries' times.
  begins_at timestamptz not null,
  -- The time of the last entry; of a day, that of its last minute's.
  last_at timestamptz(3) not null,
  -- Minute: the entries' IDs in their order, and their hashes, 32 bytes each. Day: the first and last minute's number.
  ids text[],
  leaves bytea,
  first_no bigint,
  last_no bigint,
  count bigint not null,
  -- The Merkle root over the leaves.
  root bytea not null,
  -- The hash of the seal before; 32 zero bytes for the first one.
  previous bytea not null,
  hash bytea not null,
  sealed_at timestamptz not null default now(),
  primary key (workspace_id, level, no)
);

-- Where sealing goes on: one row a workspace, which whoever seals locks.
create table audit_head (
  workspace_id text collate "C" primary key,
  at timestamptz(3) not null,
  id text collate "C" not null,
  -- The last seal's number and hash.
  no bigint not null,
  hash bytea not null,
  day_no bigint not null,
  day_hash bytea not null,
  -- The last minute that the last day's seal holds.
  day_last_no bigint not null
);

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'The audit trail is only added to: % of % is refused.', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_append_only before update or delete on audit_entry for each statement execute function refuse_audit_change();
create trigger audit_entry_no_truncate before truncate on audit_entry for each statement execute function refuse_audit_change();
create trigger audit_seal_append_only before update or delete on audit_seal for each statement execute function refuse_audit_change();
create trigger audit_seal_no_truncate before truncate on audit_seal for each statement execute function refuse_audit_change();
create trigger audit_content_no_update before update on audit_content for each statement execute function refuse_audit_change();
