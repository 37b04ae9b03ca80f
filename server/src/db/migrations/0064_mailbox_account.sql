-- Which account a mailbox's places are of: another one has mails of its own, whose numbers say nothing of these.
-- Null: not known yet.
alter table mailbox add column account bytea;
