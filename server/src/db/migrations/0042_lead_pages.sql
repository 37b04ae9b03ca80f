-- What a team keeps for its lists and answers, imports that can be taken back, and who writes to a lead by hand.

-- A list as somebody filtered and sorted it: the query string of its page.
create table saved_view (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  kind text not null check (kind in ('leads')),
  name text not null,
  query text not null,
  -- Null: the whole workspace has it.
  owner_id text collate "C",
  created_by text not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (workspace_id, id)
);
create unique index saved_view_name on saved_view (workspace_id, kind, owner_id, lower(name)) nulls not distinct;

-- A text that a team answers with, as a template.
create table snippet (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  -- What is typed behind a slash.
  name text collate "C" not null,
  -- Null: on any channel.
  channel text check (channel in ('linkedin', 'sms', 'email')),
  text text not null,
  created_by text not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (workspace_id, id)
);
create unique index snippet_name on snippet (workspace_id, name);

-- An import of a file: what it added is within the range of IDs, with its ID in lead.import_id.
create table lead_import (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  started_by text,
  campaign_id text collate "C",
  tag text,
  rows int not null default 0,
  added int not null default 0,
  first_lead_id text collate "C",
  last_lead_id text collate "C",
  created_at timestamptz(3) not null default now(),
  -- The last batch. One that neither ended nor moved for minutes was cut off.
  moved_at timestamptz(3) not null default now(),
  ended_at timestamptz(3),
  -- Taken back in parts, each a transaction that moves the place.
  undo_state text check (undo_state in ('running', 'done')),
  undo_by text,
  undo_place text collate "C" not null default '',
  undo_due_at timestamptz,
  removed int not null default 0,
  -- Leads that stay, by reason: {"written": 3}.
  kept jsonb not null default '{}',
  undone_at timestamptz(3),
  primary key (workspace_id, id)
);
create index lead_import_undo on lead_import (undo_due_at) where undo_state = 'running';

alter table lead
  add column import_id text collate "C",
  -- Who writes to it by hand, and until when that holds: {"user_... conv_...": unix milliseconds}; the latest of them.
  add column writing jsonb,
  add column writing_until timestamptz;
