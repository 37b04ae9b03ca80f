-- What comes in may concern two: a lead answers in another one's thread, or has the phone number of one and the address of another.
alter table received add column also_lead_id text collate "C";
create index received_also_lead on received (also_lead_id, workspace_id) where status = 'waiting' and also_lead_id is not null;
