-- The lead's externalLeadId when a person was found: another one means that they are to be found again. Null: the lead had none.
alter table crm_record add column external_id text collate "C";
