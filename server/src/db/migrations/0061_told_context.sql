-- All that others let the assistant know of a lead. `assistant_lead.context` is what it is told of that: the latest, and nothing from before its
-- memory was cleared.
create table lead_context (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  lead_id text collate "C" not null,
  text text not null,
  at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index lead_context_lead on lead_context (lead_id, workspace_id, at);

insert into lead_context (workspace_id, id, lead_id, text, at)
select a.workspace_id, a.lead_id || '.' || c.n, a.lead_id, c.value ->> 'text', (c.value ->> 'at')::timestamptz
from assistant_lead a cross join lateral jsonb_array_elements(a.context) with ordinality as c (value, n);
