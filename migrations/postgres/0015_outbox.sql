-- A code is sent to a person's devices as well: that proves that they are reached there.
alter table contact_verifications drop constraint contact_verifications_method_check;
alter table contact_verifications add constraint contact_verifications_method_check
    check (method in ('EMAIL', 'SMS', 'PUSH', 'VOICE'));
-- What is past its retention is found by its age.
create index contact_verifications_created on contact_verifications (created_at);

-- Messages to send. A row is made in the transaction that wants the message and says what it is about, never what it
-- says: a code is made when it is sent, and of it only a keyed hash is kept.
create table outbox (
    id uuid primary key,
    -- By which road. Each is worked on by itself: one that is down holds up no other.
    lane text collate "C" not null check (lane in ('EMAIL', 'SMS', 'PUSH')),
    user_id uuid not null references users (id),
    -- The verification that it carries the code of. No reference: both are removed by their age, on their own.
    verification_id uuid not null,
    state text collate "C" not null check (state in ('queued', 'failed', 'sent', 'void', 'dead')),
    -- Why it is in that state, in words; never an address.
    reason text collate "C",
    tries bigint not null,
    created_at timestamptz not null,
    -- When it may be tried. Whoever tries it moves it on first, so that a try cut off half-way comes due again.
    due_at timestamptz not null,
    settled_at timestamptz
);
create index outbox_due on outbox (lane, due_at, id) where settled_at is null;
create index outbox_created on outbox (created_at);
