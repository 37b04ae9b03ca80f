-- A request at a source's address whose body is larger than a body may be is counted with the other refused ones.
alter table source_count drop constraint source_count_outcome_check;
alter table source_count add constraint source_count_outcome_check
  check (outcome in ('accepted', 'replayed', 'unsigned', 'wrong_signature', 'stale', 'too_large', 'disabled'));
