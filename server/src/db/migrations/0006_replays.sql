-- Replays: events of the log that are delivered again, or for the first time, under the IDs that they have.

create table replay (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  -- Why there is one: somebody asked for it, a new destination is filled, a destination gets what it missed.
  origin text not null check (origin in ('request', 'history', 'recovery')),
  -- Which events. Null: no condition.
  event_id text collate "C",
  from_at timestamptz(3),
  to_at timestamptz(3) not null,
  event_types text[],
  lead_id text collate "C",
  campaign_id text collate "C",
  selection text not null check (selection in ('all', 'failed', 'never_attempted', 'undelivered')),
  -- Events a second to each destination; null: as fast as the destination takes them.
  rate float8 check (rate > 0),
  created_at timestamptz not null default now(),
  cancelled_at timestamptz,
  primary key (workspace_id, id)
);

-- A replay at one destination. Each has its own place in the log: a slow destination doesn't hold up the others.
create table replay_target (
  workspace_id text collate "C" not null,
  replay_id text collate "C" not null,
  destination_id text collate "C" not null,
  -- By this number the outbox says whose its rows are.
  no bigint generated always as identity,
  -- feeding: not everything is in the outbox yet. delivering: everything is, and some of it is not finished.
  status text not null default 'feeding' check (status in ('feeding', 'delivering', 'finished', 'stopped', 'cancelled')),
  reason text,
  -- Up to here events are counted, and up to there they are queued: never further than they are counted.
  counted_at timestamptz(3) not null,
  counted_id text collate "C" not null default '',
  counted_all boolean not null default false,
  counted bigint not null default 0,
  fed_at timestamptz(3) not null,
  fed_id text collate "C" not null default '',
  queued bigint not null default 0,
  -- Rows that may be due or under way in the lane: some tenths of a second of what the destination takes.
  room int not null default 32,
  fed_last_at timestamptz,
  -- When it is looked at next.
  next_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (workspace_id, replay_id, destination_id)
) with (fillfactor = 70);
create index replay_target_due on replay_target (next_at) where status in ('feeding', 'delivering');
create index replay_target_open on replay_target (destination_id, workspace_id) where status in ('feeding', 'delivering');

-- What became of what a replay queued. Apart from its target, because whoever settles must not wait for whoever feeds.
create table replay_tally (
  workspace_id text collate "C" not null,
  no bigint not null,
  delivered bigint not null default 0,
  failed bigint not null default 0,
  -- Left the outbox without an answer: withdrawn when the replay was cancelled, or past the log's retention.
  dropped bigint not null default 0,
  primary key (workspace_id, no)
) with (fillfactor = 50);

-- Null for live deliveries.
alter table outbox add column replay_no bigint;

alter table destination
  -- Seconds between the attempts of a delivery; null: the default schedule.
  add column retry_schedule int[],
  add column disabled_at timestamptz,
  add column enabled_at timestamptz,
  -- From when to when events were not kept for it, until they are recovered. No end: it is still disabled.
  add column missed_since timestamptz,
  add column missed_until timestamptz;
update destination set disabled_at = updated_at, missed_since = updated_at where status = 'disabled';
