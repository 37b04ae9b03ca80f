-- What was asked for by people who want to be forgotten: how far it is, and that it was done.
create table erasure (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  -- Null: of an address that no lead had.
  lead_id text collate "C",
  -- SHA-256, as suppressions have them.
  address_hashes bytea[] not null,
  -- By which the rest is found. Null once nothing is left.
  addresses text[],
  requested_at timestamptz(3) not null default now(),
  requested_by text,
  reason text,
  -- When it was first seen by who erases: transactions that began later can't see the person any more.
  seen_at timestamptz(3),
  -- Where it goes on: each step is gone through in parts, each part a transaction that moves this.
  step int not null default 0,
  place_at timestamptz(3) not null default 'epoch',
  place_id text collate "C" not null default '',
  due_at timestamptz not null default now(),
  -- How many of what were erased: {"messages": 12}.
  counts jsonb not null default '{}',
  finished_at timestamptz(3),
  primary key (workspace_id, id)
);
create index erasure_due on erasure (due_at) where finished_at is null;

-- When the person was erased who had this address: what was said before that is not taken in again.
alter table suppression add column erased_at timestamptz(3);
