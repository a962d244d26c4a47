-- How often something was tried of late, by whatever replica: a window begins with its first try.
create table rate_counters (
    -- A keyed hash: what was typed as a name may have been a password.
    counter_key text collate "C" not null primary key,
    began_at timestamptz not null,
    used bigint not null
);
create index rate_counters_began on rate_counters (began_at);

-- Who must not all be gone at once.
create index users_admins on users (id) where platform_role = 'PLATFORM_ADMIN';
