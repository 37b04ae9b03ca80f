-- The outbox: durable work in lanes. A lane is a sender (messages) or a destination (deliveries).

-- A process that performs work. Its number is the upper part of the leases that it takes.
create table worker (
  no bigint generated always as identity primary key,
  -- Host and process namespace: within one, `pid` says whether the process still lives.
  host text not null,
  pid int not null,
  -- From /proc, where there is one: a process ID can be used again.
  pid_started text,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

create table lane (
  workspace_id text collate "C" not null,
  -- The sender's or destination's ID.
  id text collate "C" not null,
  kind text not null check (kind in ('message', 'delivery')),
  -- When a claim should visit this lane next; null: nothing waits.
  ready_at timestamptz,
  -- Rows of the outbox that are leased now; changed only in the transaction that changes those rows.
  leased int not null default 0,
  max_leased int not null check (max_leased > 0),
  -- Not before this, with the reason for people. 'infinity': until somebody acts.
  parked_until timestamptz,
  parked_reason text,
  -- Failures since the last success, for health and backoff.
  failures int not null default 0,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  -- Counts up with each change of the sender or destination: processes keep their opened copy by it.
  version int not null default 1,
  primary key (workspace_id, id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index lane_ready on lane (kind, ready_at) where ready_at is not null;

-- Work that is not finished. Finished work leaves this table: its record is the message, or the delivery's attempts.
create table outbox (
  workspace_id text collate "C" not null,
  id bigint generated always as identity,
  lane_id text collate "C" not null,
  -- The message's ID, or the event's (which holds the event's time, and so leads to its partition).
  ref text collate "C" not null,
  due_at timestamptz not null,
  -- Attempts made so far.
  attempts int not null default 0,
  lease bigint,
  lease_until timestamptz,
  check ((lease is null) = (lease_until is null))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000, autovacuum_vacuum_cost_delay = 0);
-- Every row is in exactly one of the two: a claim never walks over what is leased, and a settle finds its rows by their
-- lease. There is no primary key, because each index is paid for on every insert and every claim.
create index outbox_waiting on outbox (workspace_id, lane_id, due_at) where lease is null;
create index outbox_leased on outbox (lease, id) where lease is not null;

-- The event log: the spine. Partitioned by day (UTC); the key leads to the partition because an event's ID holds its time.
create table event (
  workspace_id text collate "C" not null,
  at timestamptz(3) not null,
  id text collate "C" not null,
  type text not null,
  lead_id text collate "C",
  campaign_id text collate "C",
  channel text,
  -- Bit set of the formats that can express it.
  formats smallint not null,
  -- The herald format's `data`, as text: deliveries splice it in unparsed.
  data text not null,
  primary key (workspace_id, at, id)
) partition by range (at);

-- Every attempt to perform work, append-only. A delivery is (event, destination); a message's attempts carry its ID.
create table attempt (
  workspace_id text collate "C" not null,
  lane_id text collate "C" not null,
  ref text collate "C" not null,
  kind text not null check (kind in ('message', 'delivery')),
  -- From 1.
  n int not null,
  started_at timestamptz(3) not null,
  duration_ms int not null,
  -- interrupted: the process ended before it could write the outcome.
  outcome text not null check (outcome in ('succeeded', 'retry', 'failed', 'uncertain', 'interrupted')),
  -- The last attempt of its work.
  final boolean not null,
  status_code int,
  code text,
  detail text,
  -- Lines of `name: value`.
  request_headers text,
  response_headers text,
  response_body text,
  next_at timestamptz
) partition by range (started_at);
create index attempt_lane on attempt (workspace_id, lane_id, started_at);
-- References are unique over all workspaces: the shorter key makes a cheaper index.
create index attempt_ref on attempt (ref);
