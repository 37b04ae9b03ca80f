-- Who wants to be left alone, why, and how it is known; and what comes back of emails.

-- keyword: STOP by SMS, which START takes back. unsubscribe: the link or the button in an email. complaint: a feedback
-- report. bounce, invalid: the address doesn't work. provider: the provider, or another system, says so. manual: by the
-- API. do_not_contact: the whole person, on every channel. An address can have several: each is lifted for itself.
alter table suppression
  add column kind text not null default 'manual' check (kind in ('keyword', 'unsubscribe', 'complaint', 'bounce', 'invalid',
    'provider', 'manual', 'do_not_contact')),
  add column note text,
  -- The API key, or who else.
  add column added_by text,
  -- By what it can be shown: {"messageId", "text"}.
  add column evidence jsonb;
update suppression set kind = case
  when source = 'lead' and reason like 'keyword:%' then 'keyword'
  when source = 'provider' and reason like 'bounced:%' then 'bounce'
  when source = 'provider' and reason like 'invalid:%' then 'invalid'
  when source = 'provider' then 'provider' else 'manual' end;
alter table suppression drop constraint suppression_pkey, add primary key (workspace_id, address_hash, channel, kind);

-- Every change of consent, for ever: what the event log says about it goes with its day.
create table consent_change (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  at timestamptz(3) not null default now(),
  change text not null check (change in ('opted_out', 'opted_in')),
  channel text not null check (channel in ('linkedin', 'sms', 'email', 'all')),
  address_hash bytea not null,
  -- Null once the person was erased.
  address text,
  lead_id text collate "C",
  kind text not null,
  reason text not null,
  source text not null,
  changed_by text,
  note text,
  evidence jsonb,
  primary key (workspace_id, id)
);
create index consent_change_address on consent_change (address_hash, workspace_id, id);

alter table workspace
  -- Words that count as STOP beside the standard ones, in capitals.
  add column opt_out_words text[] not null default '{}',
  -- {"sms": ["email"]}: who opts out of SMS gets no email either.
  add column linked_channels jsonb not null default '{}';

alter table lead
  -- Nobody writes to it any more, at whatever address.
  add column do_not_contact_at timestamptz,
  -- Counts what must stop messages to it. A statement that began before such a change sees another number than the row has.
  add column stop_no int not null default 0,
  -- Until then no attempt to write to it begins: a change waits for one that is under way.
  add column hold_until timestamptz;

-- Whether emails of the campaign tell that they were opened, and which links were followed.
alter table campaign
  add column track_opens boolean not null default false,
  add column track_clicks boolean not null default false;
alter table message
  add column opens int not null default 0,
  add column clicks int not null default 0,
  -- The latest ones that are on record: others of the same minute are not.
  add column open_seen_at timestamptz,
  add column automated_seen_at timestamptz,
  add column click_seen_at timestamptz,
  add column click_seen_link int;
