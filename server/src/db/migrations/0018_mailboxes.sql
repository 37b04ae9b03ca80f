-- What comes back by email: mailboxes of senders that are read by IMAP.

create table mailbox (
  workspace_id text collate "C" not null,
  sender_id text collate "C" not null,
  -- Where its mails are kept and processed.
  source_id text collate "C" not null,
  -- Which process reads it; it is free where that process is gone, or lease_until has passed.
  worker_no bigint,
  lease_until timestamptz,
  -- Moves when the settings change: whoever reads it begins anew.
  version int not null default 0,
  -- How far each folder was read: {"INBOX": {"validity": "1700000000", "uid": 4711}}.
  folders jsonb not null default '{}',
  state text not null default 'waiting' check (state in ('waiting', 'connected', 'failing')),
  -- Since the last reading that worked.
  failures int not null default 0,
  error_code text,
  error text,
  retry_at timestamptz not null default now(),
  -- All that was in its folders by then is kept here.
  read_at timestamptz(3),
  created_at timestamptz not null default now(),
  primary key (workspace_id, sender_id)
);
create index mailbox_worker on mailbox (worker_no);

alter table source drop constraint source_kind_check,
  add constraint source_kind_check check (kind in ('twilio', 'unipile', 'sendpilot', 'apten', 'generic', 'imap'));

alter table message
  -- Of an email: what was written anew, without what it quotes and without the signature. Null: all of text.
  add column visible_text text,
  -- A program wrote it, and no person. Null: a person did, as far as can be told.
  add column automatic text check (automatic in ('out_of_office', 'auto_reply'));
