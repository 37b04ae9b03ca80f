-- The share of a full look's events that a look at this replay reads: less where a look took longer than its time, until looks
-- are quick again. So a replay whose events are slow to judge moves on in small steps, in whichever process.
alter table replay_target add column look_share float8 not null default 1 check (look_share > 0 and look_share <= 1);
