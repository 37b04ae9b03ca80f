-- What is begun ahead follows a mailbox's pace within more places than before: see channels/email/smtp/pool.ts.
update lane l set max_leased = 32 * coalesce((s.config ->> 'maxConnections')::int, 5)
from sender s
where s.workspace_id = l.workspace_id and s.id = l.id and l.kind = 'message' and s.provider = 'smtp';
