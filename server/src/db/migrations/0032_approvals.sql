-- What agents ask for: a call of the API that is performed as it stands here once a person has approved it.
create table approval (
  workspace_id text collate "C" not null,
  id text collate "C" not null,
  action text not null check (action in ('send_message', 'reply', 'start_campaign', 'resume_campaign', 'enroll_leads')),
  -- A draft: asked for by somebody who need not be allowed to send.
  draft boolean not null,
  -- The request's body, and what it is about.
  request jsonb not null,
  lead_id text collate "C",
  campaign_id text collate "C",
  conversation_id text collate "C",
  note text,
  -- The key (key_...) or user that asked, and the name that it gave the request.
  asked_by text not null,
  request_id text,
  status text not null default 'waiting' check (status in ('waiting', 'approved', 'done', 'failed', 'rejected')),
  created_at timestamptz not null default now(),
  -- What waits longer than this is expired: nobody can approve it any more.
  expires_at timestamptz not null,
  decided_at timestamptz,
  -- Null where the workspace lets agents act without a person.
  decided_by text,
  decision_note text,
  -- What was performed where a person changed it; the request stays as it was asked for.
  changed_request jsonb,
  -- The answer to the call. Null while it is under way, and where its process ended before it was written.
  outcome_status int,
  outcome jsonb,
  primary key (workspace_id, id),
  check ((status in ('waiting')) = (decided_at is null)),
  check ((status in ('done', 'failed')) = (outcome_status is not null))
);
create unique index approval_request on approval (asked_by, request_id, workspace_id) where request_id is not null;
create index approval_waiting on approval (id, workspace_id) where status = 'waiting';
create index approval_lead on approval (lead_id) where lead_id is not null;

-- Whether what agents ask for waits for a person.
alter table workspace add column agents_need_approval boolean not null default true;

-- When somebody's consent changed last; opt-outs are few.
create index consent_change_lead on consent_change (lead_id, workspace_id) where lead_id is not null;
