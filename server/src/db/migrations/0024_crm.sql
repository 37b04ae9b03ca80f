-- What of Herald is which record in a team's CRM: events that were logged there, and people. A row is written before the CRM
-- is asked to create anything, so that a retry, a replay or a crash finds that it may have been created already.
create table crm_record (
  workspace_id text collate "C" not null,
  destination_id text collate "C" not null,
  kind text not null check (kind in ('event', 'person')),
  -- event: its ID. person: the lead's ID, or the address of somebody who is no lead.
  ref text collate "C" not null,
  -- Whose try is under way: random, of one delivery.
  claim text not null,
  -- Tries so far. From the second on the CRM is asked first.
  tries integer not null default 1,
  begun_at timestamptz not null default now(),
  -- Before that nobody else tries: the one before may still be under way there.
  ask_at timestamptz not null,
  -- The CRM's ID. Null: begun, and how it ended isn't known.
  crm_id text,
  primary key (workspace_id, destination_id, kind, ref)
);
create index crm_record_begun on crm_record (begun_at);
