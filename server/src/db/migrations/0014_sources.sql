-- What comes in from outside: each source has an address of its own, and what arrives there is kept as it came.

create table source (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  kind text not null check (kind in ('twilio', 'unipile', 'sendpilot', 'apten', 'generic')),
  name text not null,
  -- The part of the address that nobody guesses. It only finds the source: what comes in proves itself by its signature.
  token text collate "C" not null,
  status text not null default 'active' check (status in ('active', 'disabled')),
  -- Whether a reply of somebody whom nobody knows makes a lead.
  create_leads boolean not null default true,
  config jsonb not null default '{}',
  -- generic: a JSONata expression, from the body to what it means.
  mapping text,
  -- Sealed as sender.credentials. The previous secret is good until previous_secret_until.
  secret bytea not null,
  previous_secret bytea,
  previous_secret_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  check ((kind = 'generic') = (mapping is not null))
);
create unique index source_token on source (token);

-- How often what happened at a source's address. A table of its own: requests must not wait for whoever holds the source.
create table source_count (
  workspace_id text collate "C" not null,
  source_id text collate "C" not null,
  outcome text not null check (outcome in ('accepted', 'replayed', 'unsigned', 'wrong_signature', 'stale', 'disabled')),
  n bigint not null,
  last_at timestamptz not null,
  primary key (workspace_id, source_id, outcome)
);

create table received (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  source_id text collate "C" not null,
  -- The sender's ID of this delivery, or made from what it says: the same again is the same thing.
  delivery_id text collate "C" not null,
  received_at timestamptz(3) not null default now(),
  content_type text,
  -- As it came over the wire.
  body bytea not null,
  -- waiting: to be processed. unknown: not understood. unmatched: nobody whom it could concern is known. failed: given up.
  status text not null default 'waiting' check (status in ('waiting', 'processed', 'unknown', 'unmatched', 'failed')),
  -- What it calls itself: message.sent.
  type text,
  -- What came of it, for people.
  detail text,
  attempts int not null default 0,
  due_at timestamptz not null default now(),
  processed_at timestamptz,
  lead_id text collate "C",
  message_id text collate "C",
  primary key (workspace_id, id)
);
create unique index received_delivery on received (source_id, delivery_id, workspace_id);
create index received_waiting on received (source_id, due_at, id, workspace_id) where status = 'waiting';
create index received_of_source on received (source_id, id, workspace_id);
create index received_age on received (received_at) where status <> 'waiting';

-- Files that came with a message: [{"url", "contentType"}]. Null: none.
alter table message add column attachments jsonb;
-- What another system said about a message of its own, as it said it. Null: the message is Herald's.
alter table message add column external jsonb;
-- When the provider says that it arrived. Null: it doesn't say, or it did not.
alter table message add column delivered_at timestamptz;

-- By what the provider calls a thread and a person: replies are matched by it.
create index conversation_provider_thread on conversation (sender_id, provider_thread_id, workspace_id) where provider_thread_id is not null;
create index conversation_provider_lead on conversation (sender_id, provider_lead_id, workspace_id) where provider_lead_id is not null;
