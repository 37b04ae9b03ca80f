-- Analytics: what the event log says, counted. Facts outlive the events that they come from: they hold neither words nor
-- addresses.

-- How far the log is counted: one row a workspace, which whoever counts locks. A second one (`draft`) while it is counted anew.
create table analytics_head (
  workspace_id text collate "C" not null,
  -- Which of the rows below are meant: counting anew makes the next edition, and then it takes the place of the one before.
  edition int not null,
  draft boolean not null default false,
  -- All events up to this one are counted.
  at timestamptz(3) not null,
  id text collate "C" not null,
  -- Nobody counts here before this but who counts anew: it compares.
  lease_until timestamptz,
  primary key (workspace_id, edition)
);

-- One row an event that counts.
create table analytics_fact (
  workspace_id text collate "C" not null,
  edition int not null,
  -- The lead's ID; of what concerns nobody known, the event's.
  lead_id text collate "C" not null,
  -- The event's ID.
  id text collate "C" not null,
  -- When it happened, as whoever told of it says.
  at timestamptz(3) not null,
  -- domain/analytics/fact.ts: the place in `factKinds`.
  kind smallint not null,
  message_id text collate "C",
  -- What it has in analytics_dimensions, in the grouping `full`.
  dimensions uuid not null,
  primary key (workspace_id, edition, lead_id, id)
);

-- Sets of properties by which figures can be asked. The ID is a hash of all that the row says.
create table analytics_dimensions (
  workspace_id text collate "C" not null,
  id uuid not null,
  -- domain/analytics/dimensions.ts: which of the columns count.
  grouping text not null,
  channel text,
  campaign_id text collate "C",
  step text,
  variant text,
  sender_id text collate "C",
  profile text,
  source text,
  tags text[] not null default '{}',
  primary key (workspace_id, id)
);
create index analytics_dimensions_grouping on analytics_dimensions (grouping, campaign_id, workspace_id);

-- The counters of a set of properties in a quarter of an hour (UTC), see domain/analytics/counters.ts.
create table analytics_count (
  workspace_id text collate "C" not null,
  edition int not null,
  dimensions uuid not null,
  begins_at timestamptz not null,
  sent int not null,
  invited int not null,
  delivered int not null,
  failed int not null,
  uncertain int not null,
  bounced int not null,
  opened int not null,
  clicked int not null,
  replies int not null,
  positive_replies int not null,
  connected int not null,
  opted_out int not null,
  meetings int not null,
  first_contacts int not null,
  first_replies int not null,
  attempts int not null,
  attempts_failed int not null,
  attempts_uncertain int not null,
  reportable int not null,
  reportable_delivered int not null,
  emails int not null,
  emails_bounced int not null,
  emails_opened int not null,
  emails_clicked int not null,
  sent_replied int not null,
  sent_positive int not null,
  sent_opted_out int not null,
  sent_meeting int not null,
  invited_connected int not null,
  contacted_replied int not null,
  primary key (workspace_id, edition, dimensions, begins_at)
) with (fillfactor = 80);

-- The same in a whole day (UTC), for long ranges; of all groupings but `full`.
create table analytics_day (like analytics_count including all) with (fillfactor = 80);

-- How long the first reply to a message took.
create table analytics_answer (
  workspace_id text collate "C" not null,
  edition int not null,
  message_id text collate "C" not null,
  sent_at timestamptz(3) not null,
  seconds int not null,
  -- The message's, in the grouping `full`.
  dimensions uuid not null,
  primary key (workspace_id, edition, message_id)
);
create index analytics_answer_sent on analytics_answer (sent_at, workspace_id);
