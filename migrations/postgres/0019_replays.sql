-- Events of Okta's that are applied again in one go: in whose name, and how far it is. The oldest that runs is worked on.
create table replay_jobs (
    id uuid primary key,
    state text collate "C" not null check (state in ('running', 'done', 'cancelled')),
    -- Who asked: each event is applied in their name.
    actor_kind text collate "C" not null,
    actor_id text collate "C",
    actor_name text collate "C" not null,
    source text collate "C" not null,
    request_id text collate "C" not null,
    cause_id uuid not null,
    total bigint not null,
    -- Of these: how many were tried, and how that ended.
    done bigint not null,
    changed bigint not null,
    failed bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    finished_at timestamptz
);
create index replay_jobs_running on replay_jobs (created_at, id) where state = 'running';
create index replay_jobs_created on replay_jobs (created_at, id);

-- The events of such a job, in the order in which they are tried.
create table replay_items (
    job_id uuid not null references replay_jobs (id),
    place bigint not null,
    event_id uuid not null,
    -- What became of it; none while it waits.
    outcome text collate "C",
    reason text collate "C",
    primary key (job_id, place)
);
create index replay_items_waiting on replay_items (job_id, place) where outcome is null;
create index replay_items_failed on replay_items (job_id, place) where outcome = 'failed';
