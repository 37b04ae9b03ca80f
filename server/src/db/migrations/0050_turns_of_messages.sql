-- What became a message, or was decided by a person, stays as long as the message: what it cost, and what was changed in it.
drop index assistant_turn_ended;
create index assistant_turn_ended on assistant_turn (created_at, workspace_id)
  where state not in ('gathering', 'thinking', 'draft', 'task') and message_id is null and decided_by is null;
