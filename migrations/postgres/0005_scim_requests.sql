-- Every request under /scim, refused ones too, with secrets masked. Kept 14 days.
create table scim_requests (
    id uuid primary key,
    at timestamptz not null,
    request_id text collate "C" not null,
    cause_id uuid not null,
    token_id uuid,
    token_name text collate "C",
    method text collate "C" not null,
    path text collate "C" not null,
    query text collate "C",
    status bigint not null,
    scim_type text collate "C",
    detail text collate "C",
    micros bigint not null,
    request_bytes bigint not null,
    response_bytes bigint not null,
    body text collate "C",
    ip text collate "C",
    user_agent text collate "C"
);
create index scim_requests_at on scim_requests (at, id);
create index scim_requests_cause on scim_requests (cause_id);
create index scim_requests_failed on scim_requests (at, id) where status >= 400;
