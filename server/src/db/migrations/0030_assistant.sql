-- The assistant: profiles that converse with leads, follow up, and hand over to people.

-- What the assistant is told about a kind of lead. A lead's `profile` is its name, which therefore never changes.
create table profile (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  -- draft: a person approves what it writes. autopilot: it sends by itself. off: it does nothing.
  mode text not null default 'draft' check (mode in ('draft', 'autopilot', 'off')),
  -- The latest of its versions, which counts.
  version int not null default 1,
  -- The campaign of its follow-ups; null: it has none yet.
  campaign_id text collate "C",
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index profile_name on profile (workspace_id, name);

-- All that a profile says, as it was: domain/profile.ts. Never changed.
create table profile_version (
  workspace_id text collate "C" not null,
  profile_id text collate "C" not null,
  version int not null,
  content jsonb not null,
  created_at timestamptz not null default now(),
  -- The API key, or who else.
  created_by text not null,
  primary key (workspace_id, profile_id, version)
);

-- Texts that a profile may draw on; a file's text, too.
create table knowledge (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  profile_id text collate "C" not null,
  title text not null,
  content text not null,
  -- PostgreSQL's text search configuration: 'english'.
  language text not null default 'simple',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index knowledge_profile on knowledge (profile_id, workspace_id);

-- The same in passages of some hundred words, as they are searched and given to the model.
create table knowledge_passage (
  workspace_id text collate "C" not null,
  knowledge_id text collate "C" not null,
  no int not null,
  profile_id text collate "C" not null,
  text text not null,
  words tsvector not null,
  primary key (workspace_id, knowledge_id, no)
);
create index knowledge_passage_profile on knowledge_passage (profile_id, workspace_id);

-- What the assistant keeps of a lead. No row: nothing but its profile.
create table assistant_lead (
  workspace_id text collate "C" not null,
  lead_id text collate "C" not null,
  -- In place of the profile's mode; null: the profile's.
  mode text check (mode in ('draft', 'autopilot', 'off')),
  -- A person has taken over: the assistant is silent until somebody says otherwise.
  handed_over_at timestamptz,
  handed_over_reason text,
  -- What was said before is not told to the model any more.
  memory_since timestamptz,
  -- Its turns since then that ended in a message.
  turns int not null default 0,
  -- What others let the assistant know of the lead, the latest last.
  context jsonb not null default '[]',
  -- Follow-ups of its own, in place of the profile's, and their campaign.
  follow_ups jsonb,
  follow_up_campaign_id text collate "C",
  -- The conversation so far in a sentence or two, in the model's words.
  summary text,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, lead_id)
);

-- One turn of the assistant: from what makes it speak to what became of it.
create table assistant_turn (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  lead_id text collate "C" not null,
  -- reply: the lead wrote. opening: the first message under a profile. follow_up: a step of its follow-ups. command: somebody
  -- told the assistant to write.
  kind text not null check (kind in ('reply', 'opening', 'follow_up', 'command')),
  -- gathering: until due_at more may come in. thinking: a process is at it, until due_at at most. draft, task: a person's turn.
  -- sent: it became a message. rejected: a person said no. superseded: something newer took its place. stopped: nothing was
  -- to be said (any more).
  state text not null default 'gathering' check (state in ('gathering', 'thinking', 'draft', 'task', 'sent', 'rejected',
    'superseded', 'stopped')),
  profile_id text collate "C" not null,
  -- The version that the answer was written with.
  profile_version int,
  -- Where the answer goes; null: chosen when it is written.
  channel text check (channel in ('linkedin', 'sms', 'email')),
  sender_id text collate "C",
  conversation_id text collate "C",
  -- Of a follow-up.
  campaign_id text collate "C",
  step_id text collate "C",
  sequence_step int,
  -- What somebody told the assistant to do; the template of a follow-up.
  instruction text,
  -- Messages of the lead that it answers, and the latest of them. An answer that was written for fewer is not sent.
  inbound int not null default 0,
  inbound_message_id text collate "C",
  first_inbound_at timestamptz,
  -- When it is to be taken up; of one that is being thought about: when its process counts as gone.
  due_at timestamptz not null,
  -- Counts who took it up: what somebody brings who had it before is not taken.
  lease bigint not null default 0,
  -- Of the budget, while a model thinks.
  reserved_tokens bigint not null default 0,
  reserved_micros bigint not null default 0,
  -- What the assistant wrote, and what a person made of it.
  subject text,
  text text,
  final_subject text,
  final_text text,
  -- Why it needs a person, or ended: a code, words for people, and what the checks found: [{"code", "detail"}].
  reason_code text,
  reason text,
  problems jsonb not null default '[]',
  -- What the model said beside the answer: tags with their reasons, whether to hand over.
  notes jsonb,
  -- Null: no model was asked.
  model text,
  input_tokens int,
  output_tokens int,
  -- Millionths of the currency in which the model's prices are given.
  cost_micros bigint,
  latency_ms int,
  message_id text collate "C",
  decided_by text,
  decided_at timestamptz,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
-- A lead has one at most that is under way: a burst gets one answer.
create unique index assistant_turn_open on assistant_turn (lead_id, workspace_id) where state in ('gathering', 'thinking');
create index assistant_turn_due on assistant_turn (due_at, workspace_id) where state in ('gathering', 'thinking');
create index assistant_turn_lead on assistant_turn (lead_id, created_at, workspace_id);
create index assistant_turn_ended on assistant_turn (created_at, workspace_id) where state not in ('gathering', 'thinking', 'draft', 'task');
create index assistant_turn_waiting on assistant_turn (workspace_id, id) where state in ('draft', 'task');

-- The model that a workspace's assistant writes with.
create table assistant_model (
  workspace_id text collate "C" primary key,
  provider text not null check (provider in ('openai_compatible', 'anthropic')),
  base_url text not null,
  model text not null,
  -- Sealed as sender.credentials; null: it needs none.
  api_key bytea,
  deadline_ms int not null default 30000 check (deadline_ms between 1000 and 120000),
  max_output_tokens int not null default 1000 check (max_output_tokens between 50 and 16000),
  -- For a million tokens, in the currency of the budget.
  input_price numeric not null default 0 check (input_price >= 0),
  output_price numeric not null default 0 check (output_price >= 0),
  -- A day, by the workspace's clock; null: no limit.
  tokens_per_day bigint check (tokens_per_day > 0),
  micros_per_day bigint check (micros_per_day > 0),
  version int not null default 1,
  updated_at timestamptz not null default now()
);

-- What the model cost, by the day of the workspace's clock.
create table assistant_usage (
  workspace_id text collate "C" not null,
  day date not null,
  calls int not null default 0,
  failures int not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  latency_ms bigint not null default 0,
  primary key (workspace_id, day)
);

-- What is asked of each message of a lead, in plain English: a tag that it gets, or a notification.
create table assistant_condition (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  kind text not null check (kind in ('tag', 'notification')),
  name text not null,
  condition text not null,
  -- Only of leads with this profile; null: of all that have one.
  profile_id text collate "C",
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index assistant_condition_name on assistant_condition (workspace_id, kind, name);

-- Why a lead has a tag that the assistant gave it.
create table tag_reason (
  workspace_id text collate "C" not null,
  lead_id text collate "C" not null,
  tag text not null,
  reason text not null,
  -- Which message said it.
  message_id text collate "C",
  turn_id text collate "C",
  at timestamptz not null default now(),
  primary key (workspace_id, lead_id, tag)
);

-- A system of the customer's that is asked before each send on some channels.
create table compliance_check (
  workspace_id text collate "C" primary key,
  url text not null,
  -- Sealed as sender.credentials.
  secret bytea not null,
  channels text[] not null check (channels <@ array['linkedin', 'sms', 'email'] and cardinality(channels) > 0),
  -- What happens to a message where it gives no answer in time.
  on_failure text not null check (on_failure in ('block', 'send')),
  deadline_ms int not null default 3000 check (deadline_ms between 100 and 10000),
  updated_at timestamptz not null default now()
);

alter table message
  -- The assistant's turn that it came from, and the version of the profile; null: it is none of the assistant's.
  add column turn_id text collate "C",
  add column profile_version int;

-- The sequence of a profile's follow-ups; null: a campaign of its own.
alter table campaign add column profile_id text collate "C";

-- What the assistant could not do is a person's, too: such a task has a turn in place of a campaign's step.
alter table task alter column campaign_id drop not null, alter column step_id drop not null,
  add column turn_id text collate "C";
create unique index task_of_turn on task (turn_id, workspace_id) where turn_id is not null;

create index lead_profile on lead (profile, workspace_id) where profile is not null;
