-- A receiver that fetches events (long poll, stream) and whose place in the log is kept here: behind which event, or
-- behind which time where `position_id` is null. It moves by what the receiver acknowledges.
create table consumer (
  workspace_id text collate "C" not null,
  name text collate "C" not null,
  position_at timestamptz(3) not null,
  position_id text collate "C",
  created_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  primary key (workspace_id, name)
);

-- Destinations whose events are signed with Ed25519: `secret` is then the sealed private key, and this is what receivers
-- verify with. Null: HMAC. The previous key is that of the previous secret.
alter table destination add column public_key text, add column previous_public_key text;
