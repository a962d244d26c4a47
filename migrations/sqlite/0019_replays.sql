-- Events of Okta's that are applied again in one go: in whose name, and how far it is. The oldest that runs is worked on.
create table replay_jobs (
    id blob primary key,
    state text not null check (state in ('running', 'done', 'cancelled')),
    -- Who asked: each event is applied in their name.
    actor_kind text not null,
    actor_id text,
    actor_name text not null,
    source text not null,
    request_id text not null,
    cause_id blob not null,
    total integer not null,
    -- Of these: how many were tried, and how that ended.
    done integer not null,
    changed integer not null,
    failed integer not null,
    created_at integer not null,
    updated_at integer not null,
    finished_at integer
) strict;
create index replay_jobs_running on replay_jobs (created_at, id) where state = 'running';
create index replay_jobs_created on replay_jobs (created_at, id);

-- The events of such a job, in the order in which they are tried.
create table replay_items (
    job_id blob not null references replay_jobs (id),
    place integer not null,
    event_id blob not null,
    -- What became of it; none while it waits.
    outcome text,
    reason text,
    primary key (job_id, place)
) strict;
create index replay_items_waiting on replay_items (job_id, place) where outcome is null;
create index replay_items_failed on replay_items (job_id, place) where outcome = 'failed';
