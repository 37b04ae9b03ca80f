-- Destinations that are not webhooks: CRMs and chats, each told in its own words. Their format is herald's: the event as it is.
alter table destination drop constraint destination_kind_check;
alter table destination add constraint destination_kind_check
  check (kind in ('webhook', 'hubspot', 'salesforce', 'close', 'slack', 'teams', 'discord', 'email'));
-- What its adapter needs to know, without secrets; null for webhooks, which have columns of their own.
alter table destination add column config jsonb;
-- Sealed as sender.credentials.
alter table destination add column credentials bytea;
-- When its credentials were last seen to work.
alter table destination add column verified_at timestamptz;
alter table destination add constraint destination_config_check check (kind = 'webhook' or config is not null);
