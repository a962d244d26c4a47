-- A mobile sign-in is one row, its family: every refresh replaces the hash of its token and counts one further, so that
-- what a phone asks for in ninety days stays one row, and a token of an earlier generation is known as used. Nothing
-- has made a row of the table before, so it is made anew.
drop table refresh_tokens;
create table refresh_tokens (
    id uuid primary key,
    -- Of the newest token; the ones before it follow to it and are kept nowhere.
    secret_hash bytea not null,
    user_id uuid not null references users (id),
    device text collate "C",
    generation bigint not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    expires_at timestamptz not null,
    ended_at timestamptz
);
-- A person's, in the order of their lists.
create index refresh_tokens_open on refresh_tokens (user_id, id) where ended_at is null;

drop index user_devices_open;
create index user_devices_open on user_devices (user_id, id) where ended_at is null;

-- What has gone by is swept in the order of its end.
create index refresh_tokens_past on refresh_tokens (expires_at);
create index login_attempts_past on login_attempts (expires_at);
create index user_devices_past on user_devices (ended_at) where ended_at is not null;
