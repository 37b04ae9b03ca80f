-- What a source has that is not done, which is little beside what is: it was looked for among all that it ever got.
create index received_unfinished on received (source_id, status, id, workspace_id) where status in ('unknown', 'unmatched', 'failed');

-- The list of suppressions, the newest first; many are made at one moment, by an import.
create index suppression_list on suppression (workspace_id, created_at, address_hash, channel, kind);
