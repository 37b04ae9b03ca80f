-- A message that a provider and another system tell of one account: by which ID the other system knows it. Null: one alone has told it.
alter table message add column told_as text;
