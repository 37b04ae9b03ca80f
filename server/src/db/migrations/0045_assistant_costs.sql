-- The lead wrote while the assistant doesn't answer it: only what is asked of its messages is asked.
alter table assistant_turn drop constraint assistant_turn_kind_check;
alter table assistant_turn add constraint assistant_turn_kind_check
  check (kind in ('reply', 'opening', 'follow_up', 'command', 'listen'));

-- The process that thinks about it (worker.no): when that is gone, another one takes it up at once.
alter table assistant_turn add column worker int;

-- What calls of a model that are under way may cost at most, of the day's budget. It is not kept at the turn: a lead that
-- writes again takes the turn away from a call that goes on.
create table assistant_reservation (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  tokens bigint not null,
  micros bigint not null,
  -- By then the call is over, whatever became of its process.
  expires_at timestamptz not null,
  primary key (workspace_id, id)
);

-- What each profile cost; assistant_usage has all of them together, and what the dashboard's chat and evaluations cost.
create table assistant_profile_usage (
  workspace_id text collate "C" not null,
  profile_id text collate "C" not null,
  day date not null,
  calls int not null default 0,
  failures int not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  latency_ms bigint not null default 0,
  primary key (workspace_id, profile_id, day)
);
create index assistant_profile_usage_day on assistant_profile_usage (workspace_id, day);
