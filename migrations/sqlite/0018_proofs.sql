-- When the holder of a session last proved who they are, as far as that is known: what is graver than the rest asks for
-- a recent proof. Of sessions that were there before nobody knows it, so their holders sign in again first.
alter table sessions add column proven_at integer;
-- Since when a sign-in under way asks for a new proof; none where it asks for none.
alter table login_attempts add column proof_since integer;

-- When it was proven that push messages to a device reach its owner. Who had proven it before had proven it of the
-- devices they had then; which of them came later nobody knows, so each counts, since it registered.
alter table user_devices add column proven_at integer;
update user_devices set proven_at = created_at
    where ended_at is null and user_id in (select id from users where push_enabled);

-- A person's, in the order of their lists.
drop index sessions_open;
create index sessions_open on sessions (user_id, id) where ended_at is null;
drop index api_keys_open;
create index api_keys_open on api_keys (user_id, id) where ended_at is null;
