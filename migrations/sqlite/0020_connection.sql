-- What was seen of the connection to Okta, a row for each kind of thing: when first, and when last. It outlives the request
-- log, so that the setup guide knows next year what was done today.
create table connection_marks (
    name text not null primary key,
    first_at integer not null,
    last_at integer not null
) strict, without rowid;

-- Which token ends next.
create index scim_tokens_end on scim_tokens (expires_at, id) where ended_at is null and expires_at is not null;
