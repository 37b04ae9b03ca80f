-- Only events of leads with one of these statuses; null: of all.
alter table destination add column statuses text[];
