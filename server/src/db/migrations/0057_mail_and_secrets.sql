-- Mails of nobody known, which are kept whole for a few days.
create index received_strangers on received (received_at) where status = 'unmatched' and content_type like 'message/rfc822;%';

-- As destinations have them, see 0053.
alter table source add column older_secrets jsonb;
