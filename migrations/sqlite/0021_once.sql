-- The one-time value of the form that made a row, hashed: a form that is sent twice finds what it made. None where no form
-- made it.
alter table scim_tokens add column once_hash blob;
create unique index scim_tokens_once on scim_tokens (once_hash) where once_hash is not null;
alter table replay_jobs add column once_hash blob;
create unique index replay_jobs_once on replay_jobs (once_hash) where once_hash is not null;
