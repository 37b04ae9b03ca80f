-- A source that was deleted: nothing comes in at it and nobody sees it any more. It goes once what had come in is processed.
alter table source add column deleted_at timestamptz;
create index source_deleted on source (deleted_at) where deleted_at is not null;
