-- What lets a person in. Ended rows stay for a while, so that "why was I signed out?" has an answer.
create table sessions (
    id uuid primary key,
    secret_hash bytea not null,
    user_id uuid not null references users (id),
    born text collate "C" not null check (born in ('okta', 'break_glass')),
    ip text collate "C",
    user_agent text collate "C",
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create unique index sessions_secret on sessions (secret_hash);
create index sessions_open on sessions (user_id) where ended_at is null;

create table refresh_tokens (
    id uuid primary key,
    secret_hash bytea not null,
    user_id uuid not null references users (id),
    family_id uuid not null,
    device text collate "C",
    created_at timestamptz not null,
    last_used_at timestamptz,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create unique index refresh_tokens_secret on refresh_tokens (secret_hash);
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_open on refresh_tokens (user_id) where ended_at is null;

create table api_keys (
    id uuid primary key,
    key_id text collate "C" not null,
    secret_hash bytea not null,
    user_id uuid not null references users (id),
    name text collate "C" not null,
    scopes text collate "C" not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    expires_at timestamptz,
    ended_at timestamptz
);
create unique index api_keys_key on api_keys (key_id);
create index api_keys_open on api_keys (user_id) where ended_at is null;

-- A sign-in under way (state, nonce, PKCE) or a one-time code not yet exchanged. The person is known only late.
create table login_attempts (
    id uuid primary key,
    secret_hash bytea not null,
    user_id uuid references users (id),
    kind text collate "C" not null check (kind in ('browser', 'mobile')),
    data text collate "C" not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create unique index login_attempts_secret on login_attempts (secret_hash);
create index login_attempts_open on login_attempts (user_id) where ended_at is null and user_id is not null;

-- Keys this deployment made for itself and every replica shares, such as the one that token hashes are keyed with.
create table service_keys (
    name text collate "C" primary key,
    secret bytea not null,
    created_at timestamptz not null
);

create table scim_tokens (
    id uuid primary key,
    -- Part of the token and no secret: one indexed probe finds the row.
    key_id text collate "C" not null,
    secret_hash bytea not null,
    name text collate "C" not null,
    scopes text collate "C" not null,
    -- `header` tokens are taken bare, without a scheme (Okta's Header mode); `bearer` ones are not.
    mode text collate "C" not null check (mode in ('bearer', 'header')),
    origin text collate "C" not null check (origin in ('minted', 'environment')),
    created_by text collate "C" not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    ended_at timestamptz
);
create unique index scim_tokens_key on scim_tokens (key_id);
