-- Every request under /scim, refused ones too, with secrets masked. Kept 14 days.
create table scim_requests (
    id blob primary key,
    at integer not null,
    request_id text not null,
    cause_id blob not null,
    token_id blob,
    token_name text,
    method text not null,
    path text not null,
    query text,
    status integer not null,
    scim_type text,
    detail text,
    micros integer not null,
    request_bytes integer not null,
    response_bytes integer not null,
    body text,
    ip text,
    user_agent text
) strict;
create index scim_requests_at on scim_requests (at, id);
create index scim_requests_cause on scim_requests (cause_id);
create index scim_requests_failed on scim_requests (at, id) where status >= 400;
