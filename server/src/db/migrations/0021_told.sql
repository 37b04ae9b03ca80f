-- When others said it: what they tell counts by the time at which it happened, whatever the order in which it arrives.

alter table lead
  -- The latest status that somebody set, and when; what follows from messages comes on top of it. Null: nobody has.
  add column status_told text,
  add column status_told_at timestamptz(3),
  -- Unix milliseconds at which others, or a person here, last said something of a tag or a field, or first of who it is:
  -- {"tags": {"isHot": 1708456789123}, "fields": {...}, "person": {...}}. A tag with a time that the lead has not was removed.
  add column told jsonb;

-- When it was last said: an opt-in lifts only what was said before it.
alter table suppression add column said_at timestamptz(3) not null default now();
