-- What lets a person in. Ended rows stay for a while, so that "why was I signed out?" has an answer.
create table sessions (
    id blob primary key,
    secret_hash blob not null,
    user_id blob not null references users (id),
    born text not null check (born in ('okta', 'break_glass')),
    ip text,
    user_agent text,
    created_at integer not null,
    last_seen_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict;
create unique index sessions_secret on sessions (secret_hash);
create index sessions_open on sessions (user_id) where ended_at is null;

create table refresh_tokens (
    id blob primary key,
    secret_hash blob not null,
    user_id blob not null references users (id),
    family_id blob not null,
    device text,
    created_at integer not null,
    last_used_at integer,
    expires_at integer not null,
    ended_at integer
) strict;
create unique index refresh_tokens_secret on refresh_tokens (secret_hash);
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_open on refresh_tokens (user_id) where ended_at is null;

create table api_keys (
    id blob primary key,
    key_id text not null,
    secret_hash blob not null,
    user_id blob not null references users (id),
    name text not null,
    scopes text not null,
    created_at integer not null,
    last_used_at integer,
    expires_at integer,
    ended_at integer
) strict;
create unique index api_keys_key on api_keys (key_id);
create index api_keys_open on api_keys (user_id) where ended_at is null;

-- A sign-in under way (state, nonce, PKCE) or a one-time code not yet exchanged. The person is known only late.
create table login_attempts (
    id blob primary key,
    secret_hash blob not null,
    user_id blob references users (id),
    kind text not null check (kind in ('browser', 'mobile')),
    data text not null,
    created_at integer not null,
    expires_at integer not null,
    ended_at integer
) strict;
create unique index login_attempts_secret on login_attempts (secret_hash);
create index login_attempts_open on login_attempts (user_id) where ended_at is null and user_id is not null;

-- Keys this deployment made for itself and every replica shares, such as the one that token hashes are keyed with.
create table service_keys (
    name text primary key,
    secret blob not null,
    created_at integer not null
) strict, without rowid;

create table scim_tokens (
    id blob primary key,
    -- Part of the token and no secret: one indexed probe finds the row.
    key_id text not null,
    secret_hash blob not null,
    name text not null,
    scopes text not null,
    -- `header` tokens are taken bare, without a scheme (Okta's Header mode); `bearer` ones are not.
    mode text not null check (mode in ('bearer', 'header')),
    origin text not null check (origin in ('minted', 'environment')),
    created_by text not null,
    created_at integer not null,
    expires_at integer,
    last_used_at integer,
    ended_at integer
) strict;
create unique index scim_tokens_key on scim_tokens (key_id);
