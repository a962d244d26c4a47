-- A code is sent to a person's devices as well: that proves that they are reached there. SQLite changes no check, so the
-- table is made anew; nothing refers to it.
create table contact_verifications_next (
    id blob primary key,
    user_id blob not null references users (id),
    method text not null check (method in ('EMAIL', 'SMS', 'PUSH', 'VOICE')),
    value text not null,
    code_hash blob not null,
    tries integer not null,
    created_at integer not null,
    expires_at integer not null,
    verified_at integer,
    ended_at integer
) strict;
insert into contact_verifications_next (id, user_id, method, value, code_hash, tries, created_at, expires_at, verified_at, ended_at)
    select id, user_id, method, value, code_hash, tries, created_at, expires_at, verified_at, ended_at
    from contact_verifications;
drop table contact_verifications;
alter table contact_verifications_next rename to contact_verifications;
create index contact_verifications_open on contact_verifications (user_id) where ended_at is null;
-- What is past its retention is found by its age.
create index contact_verifications_created on contact_verifications (created_at);

-- Messages to send. A row is made in the transaction that wants the message and says what it is about, never what it
-- says: a code is made when it is sent, and of it only a keyed hash is kept.
create table outbox (
    id blob primary key,
    -- By which road. Each is worked on by itself: one that is down holds up no other.
    lane text not null check (lane in ('EMAIL', 'SMS', 'PUSH')),
    user_id blob not null references users (id),
    -- The verification that it carries the code of. No reference: both are removed by their age, on their own.
    verification_id blob not null,
    state text not null check (state in ('queued', 'failed', 'sent', 'void', 'dead')),
    -- Why it is in that state, in words; never an address.
    reason text,
    tries integer not null,
    created_at integer not null,
    -- When it may be tried. Whoever tries it moves it on first, so that a try cut off half-way comes due again.
    due_at integer not null,
    settled_at integer
) strict;
create index outbox_due on outbox (lane, due_at, id) where settled_at is null;
create index outbox_created on outbox (created_at);
