-- The inbox: conversations that people work through, and what is asked of providers beside their webhooks.

alter table conversation
  -- closed: nobody has to do anything here. A message of the lead opens it again.
  add column status text not null default 'open' check (status in ('open', 'closed')),
  -- Who looks after it: a text of the workspace's own.
  add column assignee text,
  add column note text,
  -- Of the latest campaign that wrote in it.
  add column campaign_id text collate "C";

update conversation v set campaign_id = m.campaign_id
from (
  select distinct on (workspace_id, conversation_id) workspace_id, conversation_id, campaign_id from message
  where direction = 'outbound' and campaign_id is not null and status in ('sent', 'uncertain', 'sending')
  order by workspace_id, conversation_id, created_at desc
) m
where v.workspace_id = m.workspace_id and v.id = m.conversation_id;

-- Lists, the latest first. They begin with the workspace, unlike others: their condition keeps every statement that doesn't
-- list from taking them for a primary key. A list that asks for less merges the scans of all statuses and channels.
create index conversation_list on conversation (workspace_id, status, channel, last_message_at, id)
  where last_message_at is not null and last_message_text is not null;
create index conversation_unread on conversation (workspace_id, last_message_at, id)
  where last_message_at is not null and last_message_text is not null and unread > 0;
create index conversation_of_sender on conversation (sender_id, last_message_at, id, workspace_id)
  where last_message_at is not null and last_message_text is not null;
create index conversation_of_campaign on conversation (campaign_id, last_message_at, id, workspace_id)
  where last_message_at is not null and last_message_text is not null and campaign_id is not null;
-- Behind the channel it led over other workspaces' conversations.
drop index conversation_recent;

-- Names, by how they begin; the last one behind a first name, too.
create index lead_first_name on lead (lower(first_name) text_pattern_ops, workspace_id) where first_name is not null;
create index lead_last_name on lead (lower(last_name) text_pattern_ops, lower(first_name) text_pattern_ops, workspace_id) where last_name is not null;

-- What is unread, kept and not counted. The sum over the slots counts: sessions that take in messages at the same time write
-- to different ones, so that none waits for another's commit.
create table inbox_count (
  workspace_id text collate "C" not null,
  channel text not null check (channel in ('linkedin', 'sms', 'email')),
  slot int not null,
  conversations bigint not null,
  messages bigint not null,
  primary key (workspace_id, channel, slot)
);
insert into inbox_count (workspace_id, channel, slot, conversations, messages)
select workspace_id, channel, -1, count(*), sum(unread) from conversation where unread > 0 group by 1, 2;

-- When the lead read it, where the provider says so.
alter table message add column read_at timestamptz;

-- What a provider is asked, beside its webhooks: how far that is, and which process is at it.
create table poll (
  workspace_id text collate "C" not null,
  sender_id text collate "C" not null,
  next_at timestamptz not null default now(),
  -- Who asks: a number that nobody else has, while the time is not over.
  lease uuid,
  lease_until timestamptz,
  -- All messages up to here are taken in. Null: those since the sender was made are wanted.
  messages_until timestamptz(3),
  -- A reading that goes over several pages: the provider's next page, and the latest message of the first one.
  page text,
  page_latest timestamptz(3),
  relations_until timestamptz(3),
  polled_at timestamptz,
  -- Since the last one that worked, and what was wrong, for people.
  failures int not null default 0,
  error text,
  primary key (workspace_id, sender_id)
);
create index poll_due on poll (next_at);
