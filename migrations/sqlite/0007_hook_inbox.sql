-- Okta's events as they came. An acknowledged event is a row here before it is anything else.
create table hook_events (
    id blob primary key,
    -- What makes it the same event, however often and by whatever road it comes. Remembered for longer than the System
    -- Log is, so that catching up brings nothing twice.
    event_key text not null,
    -- Whose history it belongs to. Events of one lane are applied one after the other.
    lane text not null,
    road text not null check (road in ('hook', 'spool', 'log')),
    event_type text,
    -- What Okta says of when it happened; the moment of arrival where it says nothing. Orders a lane.
    published_at integer not null,
    received_at integer not null,
    state text not null check (state in ('received', 'applied', 'no_change', 'ignored', 'stale', 'failed', 'dead')),
    -- Why it is in that state, in words.
    reason text,
    tries integer not null,
    -- When it may be tried; a failed one waits.
    due_at integer not null,
    -- When it came to its end; none while it is received or failed.
    settled_at integer,
    -- What is odd about it, where something is.
    odd text,
    -- Dropped some time after it was settled; the key stays.
    body text,
    request_id text not null
) strict;
create unique index hook_events_key on hook_events (event_key);
create index hook_events_due on hook_events (due_at, id) where settled_at is null;
create index hook_events_lane on hook_events (lane, published_at, id) where settled_at is null;
create index hook_events_received on hook_events (received_at, id);
create index hook_events_state on hook_events (state, received_at);
create index hook_events_full on hook_events (settled_at) where body is not null and settled_at is not null;

-- Signed messages that must not count again while their timestamp would still be taken; shared by replicas.
create table hook_messages (
    message_key text not null primary key,
    seen_at integer not null
) strict;
create index hook_messages_seen on hook_messages (seen_at);

-- How far the System Log has been read: where to go on, once everything before it is in the inbox.
create table catch_up_cursor (
    source text not null primary key,
    position text not null,
    moved_at integer not null
) strict;
