-- A list of relations that is longer than a turn goes on from its page: what was not read yet is not passed over.
alter table poll add column relations_page text, add column relations_latest timestamptz;
