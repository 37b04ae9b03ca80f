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
