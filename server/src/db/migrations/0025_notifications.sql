-- What chats are told: deliveries put events here, and a flusher posts what waits, one at a time or gathered into a digest.
create table notification (
  workspace_id text collate "C" not null,
  destination_id text collate "C" not null,
  event_id text collate "C" not null,
  event_type text not null,
  queued_at timestamptz not null,
  -- Posted, or given up. The row stays for eight days: by it a retry or replay is known, and not posted again.
  done_at timestamptz,
  primary key (workspace_id, destination_id, event_id)
);
create index notification_waiting on notification (workspace_id, destination_id, event_id) where done_at is null;
create index notification_old on notification (queued_at);

-- A row for each destination that something was ever queued for.
create table notifier (
  workspace_id text collate "C" not null,
  destination_id text collate "C" not null,
  -- When what waits is to be posted; null: nothing waits. Never before not_before.
  due_at timestamptz,
  -- The next post must not be earlier: the pace of the chat, its Retry-After, or the wait after a failure.
  not_before timestamptz not null default '-infinity',
  -- A process is posting, at most until then. Its turn's number: one that comes too late ends nobody else's.
  claimed_until timestamptz not null default '-infinity',
  turn bigint not null default 0,
  -- Posts that failed in a row, since when, and why the last one did.
  attempts int not null default 0,
  failing_since timestamptz,
  reason text,
  last_posted_at timestamptz,
  primary key (workspace_id, destination_id)
);
create index notifier_due on notifier (due_at) where due_at is not null;
