-- Only events of leads with one of these statuses; null: of all.
alter table destination add column statuses text[];

-- When a chat's webhook takes its next post: destinations with the same URL share it.
create table chat_pace (
  workspace_id text collate "C" not null,
  -- No secret: a hash of the URL.
  webhook text collate "C" not null,
  -- Unix milliseconds of the clock of the process, as those of notifier: when it was asked for last, and when it takes a post again.
  asked_ms double precision not null,
  next_ms double precision not null,
  taken boolean not null default true,
  primary key (workspace_id, webhook)
);
create index chat_pace_old on chat_pace (asked_ms);

-- Attempts of days that are over, summed: by quarters of an hour (UTC) and by how long answers took.
create table delivery_sum (
  workspace_id text collate "C" not null,
  destination_id text collate "C" not null,
  begins_at timestamptz not null,
  -- How long answers took, by db/delivery-sum.ts; -1: none came.
  bucket int not null,
  attempts int not null,
  succeeded int not null,
  retried int not null,
  failed int not null,
  primary key (workspace_id, destination_id, begins_at, bucket)
);

-- Which days those are: of a workspace all from `since` to `until`, unix milliseconds.
create table delivery_sum_head (
  workspace_id text collate "C" not null primary key,
  since_ms double precision not null,
  until_ms double precision not null
);
