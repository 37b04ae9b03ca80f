-- How a destination is let into a CRM: the tokens that all processes share, and an authorization that somebody has begun.
create table crm_token (
  workspace_id text collate "C" not null,
  destination_id text collate "C" not null,
  -- Sealed: access token, refresh token, and what was said with them. Null: none yet.
  sealed bytea,
  -- Moves with each new token: who found one unusable asks for a later one.
  version bigint not null default 0,
  -- Whose renewal is under way (random, of one call), since when, and until when nobody else begins one.
  claim text not null default '',
  claimed_at timestamptz not null default now(),
  claimed_until timestamptz not null default '-infinity',
  -- Why the last renewal was refused, in words; until `claimed_until` nobody asks again.
  code text,
  problem text,
  -- An authorization that was begun: the SHA-256 of its state, its PKCE verifier, sealed, and until when it holds.
  state_hash bytea,
  verifier bytea,
  state_until timestamptz,
  primary key (workspace_id, destination_id)
);

-- The pace of calls to an account of a CRM, over all processes. An account may be that of several destinations.
create table crm_pace (
  workspace_id text collate "C" not null,
  -- No secret: a hash of what the account is known by.
  account text collate "C" not null,
  -- Unix milliseconds, as the next ones: an upsert on a shard may not calculate with times.
  asked_ms double precision not null,
  -- GCRA's theoretical arrival time: the bucket is empty that long.
  next_ms double precision not null,
  taken boolean not null default true,
  -- The CRM wants no calls before that, and why.
  rest_ms double precision not null default 0,
  reason text,
  primary key (workspace_id, account)
);
create index crm_pace_old on crm_pace (asked_ms);

-- Lists of people in a CRM that are imported as leads, once or again and again.
create table crm_import (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  destination_id text collate "C" not null,
  -- Which list, as the CRM's adapter reads it, and which of its fields become which of a lead's.
  list jsonb not null,
  fields jsonb not null,
  campaign_id text collate "C",
  tags text[] not null default '{}',
  default_country text,
  -- Minutes from the end of a run to the next one; null: only when asked.
  every_minutes integer check (every_minutes between 15 and 43200),
  status text not null check (status in ('waiting', 'running', 'done', 'failed')),
  -- Runs so far. People who are seen in one have its number.
  run integer not null default 1,
  -- Where the run goes on, as the adapter reads it; null: at the beginning.
  place text,
  -- Of this run.
  counts jsonb not null,
  findings jsonb not null default '[]',
  code text,
  problem text,
  tries integer not null default 0,
  started_at timestamptz,
  ended_at timestamptz,
  -- When a process is to take it up; null: when somebody asks.
  due_at timestamptz,
  claim text not null default '',
  claimed_until timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index crm_import_due on crm_import (due_at) where due_at is not null;

-- Who came by an import, and with which values: what a lead still has as it came follows the CRM, and the rest is the lead's own.
create table crm_import_person (
  workspace_id text collate "C" not null,
  import_id text collate "C" not null,
  crm_id text collate "C" not null,
  lead_id text collate "C" not null,
  -- By the lead's fields; empty once the lead was deleted here.
  came jsonb not null,
  seen_in_run integer not null,
  primary key (workspace_id, import_id, crm_id)
);
create index crm_import_person_lead on crm_import_person (lead_id);
