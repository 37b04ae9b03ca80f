-- Days that a lead's sequences rest after an absence note that names no day of return; 0: absence notes pause nobody.
alter table workspace add column absence_pause_days int not null default 7 check (absence_pause_days between 0 and 90);

-- Access tokens of senders that log in by OAuth 2.0, for all processes: one of them asks, the others wait for it. Providers
-- that give a new refresh token each time would take two that ask at once for thieves.
create table access_token (
  workspace_id text collate "C" not null,
  sender_id text collate "C" not null,
  -- By which settings they are asked for: others have others.
  basis text collate "C" not null,
  -- Both sealed. The refresh token: the latest, where the provider gave one in place of that of the credentials.
  token bytea,
  refresh_token bytea,
  -- Counts the tokens, so that one that was refused is told from the next one.
  token_no bigint not null default 0,
  good_until timestamptz,
  -- A process is asking for one, and nobody else does until then.
  asked_until timestamptz,
  primary key (workspace_id, sender_id, basis)
);

-- Sign-ins that were begun: a person is at the provider's page, and comes back with the ID.
create table sign_in (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  sender_id text collate "C" not null,
  -- Sealed: the client, and what proves that the code was given to us.
  request bytea not null,
  expires_at timestamptz not null,
  primary key (workspace_id, id)
);

-- Since when what comes back can't be read, and when that was told; null: it can, or nobody was told yet.
alter table mailbox add column failing_since timestamptz, add column told_at timestamptz;
alter table poll add column failing_since timestamptz, add column told_at timestamptz;

-- Why an SMS by API may go out at any hour; null: it keeps the workspace's hours for SMS.
alter table message add column hours_override text;

-- A person's own conversations, the latest first. Only those that have somebody pay for it.
create index conversation_of_assignee on conversation (assignee, last_message_at, id, workspace_id)
  where last_message_at is not null and last_message_text is not null and assignee is not null;
