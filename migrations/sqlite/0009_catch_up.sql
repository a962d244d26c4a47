-- Jobs that one replica at a time does. Whoever holds one renews it; what is not renewed in time is anybody's.
create table job_leases (
    name text not null primary key,
    holder blob not null,
    ends_at integer not null
) strict, without rowid;

-- The newest moment that was read: where to look again when Okta has forgotten the position. An empty position says so.
alter table catch_up_cursor add column reached_at integer;

-- Whether many people lost access at once, by whatever road. One row for each thing that is watched.
create table breaker (
    name text not null primary key,
    trips integer not null,
    tripped_at integer not null,
    -- How many people it counted then.
    deactivated integer not null,
    -- Whether catching up and repairs wait for somebody to say yes.
    is_held integer not null check (is_held in (0, 1)),
    released_at integer
) strict, without rowid;
