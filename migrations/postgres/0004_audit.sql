-- What happened, written in the transaction of the change itself.
create table audit_events (
    id uuid primary key,
    at timestamptz not null,
    action text collate "C" not null,
    severity text collate "C" not null check (severity in ('INFO', 'WARN', 'HIGH')),
    actor_kind text collate "C" not null,
    actor_id text collate "C",
    actor_name text collate "C" not null,
    source text collate "C" not null check (source in ('scim', 'hook', 'api', 'ui', 'cli', 'job')),
    user_id uuid,
    team_id uuid,
    resource_type text collate "C" not null,
    resource_id text collate "C",
    outcome text collate "C" not null check (outcome in ('success', 'failure')),
    before_json text collate "C",
    after_json text collate "C",
    -- What else is worth knowing: counts, names at the time, what ended with it. Never a secret.
    detail_json text collate "C",
    cause_id uuid not null,
    request_id text collate "C" not null,
    ip text collate "C",
    user_agent text collate "C"
);
create index audit_events_at on audit_events (at, id);
create index audit_events_action on audit_events (action, at, id);
create index audit_events_user on audit_events (user_id, at, id) where user_id is not null;
create index audit_events_team on audit_events (team_id, at, id) where team_id is not null;
create index audit_events_resource on audit_events (resource_type, resource_id, at, id);
create index audit_events_cause on audit_events (cause_id, at, id);
create index audit_events_actor on audit_events (actor_kind, actor_id, at, id);
create index audit_events_grave on audit_events (severity, at, id) where severity <> 'INFO';
