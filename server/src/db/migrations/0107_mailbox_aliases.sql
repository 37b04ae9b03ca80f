-- What its owner writes from beside the sender's address, as the folder of sent mails shows.
alter table mailbox add column aliases text[] not null default '{}';
