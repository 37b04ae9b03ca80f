-- Every table is keyed by its workspace first, so that a distributed PostgreSQL can shard by it and no query can
-- reach over a workspace by mistake. IDs are text in the "C" collation: compared as bytes, indexed without ICU.
-- Secondary indexes begin with another column than the workspace: to a planner without statistics an index on (workspace, x)
-- looks as good as the primary key, and costs the whole workspace.

create table workspace (
  id text collate "C" primary key,
  name text not null,
  -- IANA name; used where neither the lead nor the campaign names a zone.
  time_zone text not null default 'UTC',
  created_at timestamptz not null default now()
);

create table api_key (
  workspace_id text collate "C" not null references workspace,
  id text collate "C" not null,
  name text not null,
  -- SHA-256 of the whole key; the key itself is shown once and never stored.
  hash bytea not null,
  -- The first characters of the key, so that a person can tell keys apart.
  prefix text not null,
  scopes text[] not null check (scopes <@ array['read', 'send', 'admin'] and cardinality(scopes) > 0),
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id)
);
create unique index api_key_hash on api_key (hash);

create table lead (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  first_name text,
  last_name text,
  company text,
  title text,
  -- Normalised addresses: canonical profile URL, E.164, lower-cased mailbox. Each is unique in its workspace.
  linkedin_url text collate "C",
  phone text collate "C",
  email text collate "C",
  time_zone text,
  external_lead_id text collate "C",
  profile text,
  status text not null default 'PENDING' check (status in ('PENDING', 'CONNECTION_SENT', 'CONNECTION_ACCEPTED',
    'MESSAGE_SENT', 'REPLY_RECEIVED', 'MEETING_BOOKED', 'OPPORTUNITY', 'NOT_INTERESTED', 'DONE')),
  tags text[] not null default '{}',
  custom jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index lead_linkedin_url on lead (workspace_id, linkedin_url) where linkedin_url is not null;
create unique index lead_phone on lead (workspace_id, phone) where phone is not null;
create unique index lead_email on lead (workspace_id, email) where email is not null;

-- An address that must not be written to. It names the address, not the lead: deleting a lead and importing it again
-- does not lift it. The key is a hash, so that erasing a person can forget the address and keep the refusal.
create table suppression (
  workspace_id text collate "C" not null,
  address_hash bytea not null,
  channel text not null check (channel in ('linkedin', 'sms', 'email', 'all')),
  address text,
  reason text not null,
  -- Who or what asked for it: api, provider, lead, system.
  source text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, address_hash, channel)
);

create table sender (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  channel text not null check (channel in ('linkedin', 'sms', 'email')),
  provider text not null,
  address text not null,
  config jsonb not null,
  -- AES-256-GCM: nonce, tag, ciphertext of the credentials' JSON. Null where the provider needs none.
  credentials bytea,
  status text not null default 'active' check (status in ('active', 'paused', 'broken')),
  status_reason text,
  verified_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

create table destination (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  kind text not null default 'webhook' check (kind in ('webhook')),
  name text not null,
  url text not null,
  format text not null check (format in ('herald', 'sendpilot', 'apten')),
  -- The format's bit, to be matched with event.formats.
  format_bit smallint not null,
  -- Null: every event type that the format can express.
  event_types text[],
  status text not null default 'active' check (status in ('active', 'disabled')),
  status_reason text,
  -- Sealed as sender.credentials. The previous secret also signs until previous_secret_until.
  secret bytea,
  previous_secret bytea,
  previous_secret_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

create table campaign (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  status text not null default 'draft' check (status in ('draft', 'active', 'paused', 'finished')),
  time_zone text,
  sender_ids text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  paused_at timestamptz,
  finished_at timestamptz,
  -- No step is planned before this: the start plus the first step's delay.
  not_before timestamptz,
  primary key (workspace_id, id)
);
create index campaign_active on campaign (workspace_id, id) where status = 'active';

create table step (
  workspace_id text collate "C" not null,
  campaign_id text collate "C" not null,
  id text collate "C" not null,
  -- From 1. What a lead has had is remembered by step ID; the position is only the order.
  position int not null check (position > 0),
  channel text not null check (channel in ('linkedin', 'sms', 'email')),
  action text not null default 'message' check (action in ('message', 'connect')),
  -- After the previous step went out; for the first, after the lead was enrolled or the campaign started.
  delay_ms bigint not null default 0 check (delay_ms >= 0),
  subject text,
  text text not null,
  html text,
  primary key (workspace_id, campaign_id, id),
  unique (workspace_id, campaign_id, position) deferrable initially deferred
);

-- A lead in a campaign.
create table enrollment (
  workspace_id text collate "C" not null,
  campaign_id text collate "C" not null,
  lead_id text collate "C" not null,
  state text not null default 'active' check (state in ('active', 'finished', 'stopped')),
  -- Why it stopped, for people: blocked: no value for {{topic}}.
  state_reason text,
  -- The step that comes next (position at present; the step's ID decides). Null when nothing comes.
  next_step_id text collate "C",
  -- When the next step is due. Null while a message of this lead is on its way.
  next_at timestamptz,
  -- The sender used for each channel: follow-ups come from the one that wrote first.
  senders jsonb not null default '{}',
  enrolled_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, campaign_id, lead_id)
);
create index enrollment_due on enrollment (workspace_id, campaign_id, next_at) where state = 'active' and next_at is not null;
create index enrollment_active on enrollment (workspace_id, campaign_id) where state = 'active';
create index enrollment_lead on enrollment (lead_id, workspace_id);

-- One thread with a lead on one channel through one sender.
create table conversation (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  lead_id text collate "C" not null,
  channel text not null check (channel in ('linkedin', 'sms', 'email')),
  sender_id text collate "C" not null,
  provider_thread_id text,
  provider_lead_id text,
  -- Email: the first subject, and the Message-IDs so far, oldest first (at most 20).
  subject text,
  message_ids text[] not null default '{}',
  -- In milliseconds, as a client writes down its place in a list.
  last_message_at timestamptz(3),
  last_message_text text,
  unread int not null default 0,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index conversation_thread on conversation (lead_id, channel, sender_id, workspace_id);
create index conversation_recent on conversation (last_message_at, workspace_id, id);

create table message (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  lead_id text collate "C" not null,
  conversation_id text collate "C" not null,
  channel text not null check (channel in ('linkedin', 'sms', 'email')),
  action text not null default 'message' check (action in ('message', 'connect')),
  direction text not null default 'outbound' check (direction in ('outbound', 'inbound')),
  source text not null check (source in ('campaign', 'api', 'assistant', 'external')),
  campaign_id text collate "C",
  step_id text collate "C",
  sequence_step int,
  sender_id text collate "C" not null,
  to_address text not null,
  subject text,
  text text not null,
  html text,
  -- queued: waits in the outbox. held: its campaign is paused. sending: the attempt is committed, its outcome is not.
  -- uncertain: it may have gone out; it is looked up, and never sent again blindly. blocked: a rule forbids it.
  status text not null check (status in ('queued', 'held', 'sending', 'sent', 'uncertain', 'failed', 'blocked', 'cancelled', 'received')),
  status_code text,
  status_detail text,
  scheduled_at timestamptz,
  -- Calls of the provider so far; guards every change of outcome.
  attempts int not null default 0,
  attempted_at timestamptz,
  sent_at timestamptz,
  provider_message_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
) with (fillfactor = 80);
-- Never the same step twice to the same lead, whatever the planner does.
create unique index message_step on message (campaign_id, lead_id, step_id, workspace_id) where campaign_id is not null;
create index message_lead on message (lead_id, created_at);
create index message_open on message (campaign_id, workspace_id) where status in ('queued', 'held', 'sending', 'uncertain');
create index message_held on message (campaign_id, workspace_id) where status = 'held';
-- One message at the provider is one message here: two uncertain ones can't both claim it.
create unique index message_provider on message (sender_id, provider_message_id, workspace_id) where provider_message_id is not null;

-- What a sandbox sender delivered: readable, listable, sent to nobody.
create table sandbox_message (
  workspace_id text collate "C" not null,
  -- The message's ID: delivering twice stores once.
  id text collate "C" not null,
  sender_id text collate "C" not null,
  channel text not null,
  to_address text not null,
  subject text,
  text text not null,
  html text,
  delivered_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

create table idempotency_key (
  workspace_id text collate "C" not null,
  key text collate "C" not null,
  -- SHA-256 over method, path and body of the first request.
  request_hash bytea not null,
  status int,
  -- Sealed: an answer can hold a secret that is shown once.
  response bytea,
  created_at timestamptz not null default now(),
  primary key (workspace_id, key)
);
create index idempotency_key_age on idempotency_key (created_at);
