-- Few at a time: the outcome of a message is uncertain only when the connection to its provider broke. Reports of what nobody knows
-- ask for them.
create index message_undecided on message (sender_id, workspace_id) where status = 'uncertain';
