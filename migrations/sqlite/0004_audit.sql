-- What happened, written in the transaction of the change itself.
create table audit_events (
    id blob primary key,
    at integer not null,
    action text not null,
    severity text not null check (severity in ('INFO', 'WARN', 'HIGH')),
    actor_kind text not null,
    actor_id text,
    actor_name text not null,
    source text not null check (source in ('scim', 'hook', 'api', 'ui', 'cli', 'job')),
    user_id blob,
    team_id blob,
    resource_type text not null,
    resource_id text,
    outcome text not null check (outcome in ('success', 'failure')),
    before_json text,
    after_json text,
    -- What else is worth knowing: counts, names at the time, what ended with it. Never a secret.
    detail_json text,
    cause_id blob not null,
    request_id text not null,
    ip text,
    user_agent text
) strict;
create index audit_events_at on audit_events (at, id);
create index audit_events_action on audit_events (action, at, id);
create index audit_events_user on audit_events (user_id, at, id) where user_id is not null;
create index audit_events_team on audit_events (team_id, at, id) where team_id is not null;
create index audit_events_resource on audit_events (resource_type, resource_id, at, id);
create index audit_events_cause on audit_events (cause_id, at, id);
create index audit_events_actor on audit_events (actor_kind, actor_id, at, id);
create index audit_events_grave on audit_events (severity, at, id) where severity <> 'INFO';
