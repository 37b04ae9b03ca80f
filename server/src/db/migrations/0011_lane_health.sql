-- How a destination's lane adapts to its receiver. Senders' lanes use nothing of this. Lanes that are there stay as they are:
-- what they have proved counts.
alter table lane
  -- max_leased moves between 1 and this, as the receiver takes it. Null: it doesn't move.
  add column concurrency_limit int check (concurrency_limit between 1 and 1024),
  -- What has been earned toward the next place, in [0, 1).
  add column place_credit real not null default 0,
  -- Up to here each success earns a place (slow start), beyond it a whole round does. Null: nothing was cut yet.
  add column slow_start_until int,
  -- The end of the attempts for which max_leased was last halved: what had begun before doesn't halve it again.
  add column cut_at timestamptz,
  -- A token bucket of rate_requests tokens that fills in rate_seconds. Null: no limit. tokens counts at tokens_at.
  add column rate_requests int check (rate_requests > 0),
  add column rate_seconds int check (rate_seconds > 0),
  add column tokens float8,
  add column tokens_at timestamptz,
  -- Failures in a row that say that the receiver is ill; and what was answered in the window that began at window_at.
  add column bad_streak int not null default 0,
  add column window_at timestamptz,
  add column window_good int not null default 0,
  add column window_bad int not null default 0,
  -- Since when its breaker is not closed. Open until parked_until, half-open after that.
  add column broken_at timestamptz,
  add column broken_reason text,
  -- Pauses of the breaker since it last closed; the next one is twice as long.
  add column breaker_pauses int not null default 0,
  add check ((rate_requests is null) = (rate_seconds is null)),
  add check ((broken_at is null) = (broken_reason is null));
update lane set concurrency_limit = 1024 where kind = 'delivery';
create index lane_broken on lane (id) where broken_at is not null;
