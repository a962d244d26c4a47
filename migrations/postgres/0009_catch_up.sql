-- Jobs that one replica at a time does. Whoever holds one renews it; what is not renewed in time is anybody's.
create table job_leases (
    name text collate "C" not null primary key,
    holder uuid not null,
    ends_at timestamptz not null
);

-- The newest moment that was read: where to look again when Okta has forgotten the position. An empty position says so.
alter table catch_up_cursor add column reached_at timestamptz;

-- Whether many people lost access at once, by whatever road. One row for each thing that is watched.
create table breaker (
    name text collate "C" not null primary key,
    trips bigint not null,
    tripped_at timestamptz not null,
    -- How many people it counted then.
    deactivated bigint not null,
    -- Whether catching up and repairs wait for somebody to say yes.
    is_held boolean not null,
    released_at timestamptz
);
