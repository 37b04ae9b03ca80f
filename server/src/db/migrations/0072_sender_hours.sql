-- When a sender's account is at work. Null: at any time. The zone: by whose clock; null: the workspace's.
alter table sender add column schedule jsonb, add column time_zone text;
