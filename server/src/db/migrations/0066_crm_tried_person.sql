-- Of an event's record without an ID: with whom in the CRM the last try that may have succeeded was made. There it is asked for first,
-- since the lead can be somebody else by then.
alter table crm_record add column person_id text collate "C";
