-- What a destination takes beside its event types, and how it looks there. Null: no condition, no change.
alter table destination
  add column channels text[],
  add column campaigns text[],
  -- Any of them, as the lead has them when the event is queued.
  add column tags text[],
  -- JSONata expressions: over the event, and over the body.
  add column filter text,
  add column transform text,
  add column thin boolean not null default false,
  -- Custom headers: their values as sealed JSON (people put tokens in them), and their names to be shown.
  add column headers bytea,
  add column header_names text[];

-- filtered: the destination's filter or transform held the event back; nothing was sent. The new rule holds for what is
-- written from now on, and all that was written before keeps it, so that no row has to be looked at.
alter table attempt drop constraint attempt_outcome_check;
alter table attempt add constraint attempt_outcome_check
  check (outcome in ('succeeded', 'retry', 'failed', 'uncertain', 'interrupted', 'filtered')) not valid;
