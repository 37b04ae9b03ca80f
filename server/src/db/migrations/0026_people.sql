-- People: who signs in, in which workspaces they are, and with which role. A person can be in several workspaces, so that none
-- of these tables belongs to one: on a sharded database they are reference tables, as those of keys are.
create table user_account (
  id text collate "C" primary key,
  -- Normalised: how a person signs in, and by what an invitation finds them.
  email text collate "C" not null,
  name text not null,
  -- argon2id with its parameters, in the PHC format. null: signs in by OIDC only, or not yet.
  password_hash text,
  -- Whom the identity provider means; set by the first sign-in through it.
  oidc_issuer text collate "C",
  oidc_subject text collate "C",
  created_at timestamptz not null default now(),
  check ((oidc_issuer is null) = (oidc_subject is null))
);
create unique index user_account_email on user_account (email);
create unique index user_account_oidc on user_account (oidc_issuer, oidc_subject) where oidc_subject is not null;

create table member (
  workspace_id text collate "C" not null references workspace,
  user_id text collate "C" not null references user_account,
  role text not null check (role in ('viewer', 'member', 'admin', 'owner')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index member_user on member (user_id);

create table user_session (
  id text collate "C" primary key,
  user_id text collate "C" not null references user_account,
  -- SHA-256 of the cookie's token.
  token_hash bytea not null,
  -- Where its calls go that name no workspace; null, or no longer the person's: to the first one that they are in.
  workspace_id text collate "C",
  created_at timestamptz not null default now(),
  -- To the minute. A session that wasn't used for a week is over.
  seen_at timestamptz not null default now(),
  -- Over in any case.
  expires_at timestamptz not null,
  ip text,
  user_agent text
);
create unique index user_session_token on user_session (token_hash);
create index user_session_user on user_session (user_id);
create index user_session_expires on user_session (expires_at);

-- Open ones: who accepts an invitation uses it up.
create table invitation (
  workspace_id text collate "C" not null references workspace,
  id text collate "C" not null,
  email text collate "C" not null,
  role text not null check (role in ('viewer', 'member', 'admin', 'owner')),
  -- SHA-256 of the link's token.
  token_hash bytea not null,
  -- user_..., key_... or the user of the machine.
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index invitation_token on invitation (token_hash);
-- A new one takes the place of the one before.
create unique index invitation_email on invitation (email, workspace_id);

-- How often somebody tried to sign in, by account and by address: over all processes.
create table sign_in_try (
  -- SHA-256 of what is counted: names that strangers type aren't kept.
  key bytea primary key,
  tries integer not null,
  -- When the count began, and when it ends.
  since timestamptz not null,
  until timestamptz not null
);
create index sign_in_try_until on sign_in_try (until);

-- `write`: what prepares and sends nothing.
alter table api_key drop constraint api_key_scopes_check;
alter table api_key add constraint api_key_scopes_check
  check (scopes <@ array['read', 'write', 'send', 'admin'] and cardinality(scopes) > 0);
