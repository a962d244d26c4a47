-- People. A row is never hard-deleted: its history must stay explainable.
create table users (
    id blob primary key,
    -- What SCIM shows. Null means that SCIM cannot see the row: break-glass, deleted, or replaced by a new person.
    scim_id blob,
    -- The identity this person is bound to. Set once; SCIM neither changes nor clears it.
    okta_id text,
    external_id text,
    user_name text,
    -- Folded by the application (NFKC, lower case): the engines fold differently.
    user_name_key text,
    email text,
    email_key text,
    first_name text,
    last_name text,
    display_name text,
    -- What others see of the person, folded: the display name, else the user name.
    display_key text,
    phone text,
    -- A person is active when every switch says so; each switch knows since when, at its source, and who set it.
    is_active integer not null check (is_active in (0, 1)),
    scim_active integer not null check (scim_active in (0, 1)),
    scim_since integer not null,
    scim_set_by text not null,
    okta_status text not null check (okta_status in ('ok', 'suspended', 'deactivated')),
    okta_since integer not null,
    okta_set_by text not null,
    admin_active integer not null check (admin_active in (0, 1)),
    admin_since integer not null,
    admin_set_by text not null,
    is_break_glass_account integer not null check (is_break_glass_account in (0, 1)),
    password_hash text,
    platform_role text not null check (platform_role in ('PLATFORM_ADMIN', 'USER')),
    email_verified integer not null check (email_verified in (0, 1)),
    phone_verified integer not null check (phone_verified in (0, 1)),
    push_enabled integer not null check (push_enabled in (0, 1)),
    synced_from_okta integer not null check (synced_from_okta in (0, 1)),
    -- Everything SCIM carried that has no column of its own meaning, as one JSON document, unknown attributes included.
    scim_attributes text not null,
    -- The formatted name that a change of name made stale: Okta sends it back, and it must not come back.
    stale_formatted text,
    -- Access tokens that carry an older epoch are refused.
    auth_epoch integer not null,
    version integer not null,
    deactivated_at integer,
    deleted_at integer,
    created_at integer not null,
    updated_at integer not null,
    constraint users_active_is_derived check (
        is_active = (scim_active and okta_status = 'ok' and admin_active and deleted_at is null)
    ),
    constraint users_hidden_from_scim check (
        scim_id is null or (not is_break_glass_account and deleted_at is null and user_name is not null)
    ),
    constraint users_name_has_key check ((user_name is null) = (user_name_key is null)),
    constraint users_password_is_break_glass check (password_hash is null or is_break_glass_account)
) strict;
create unique index users_scim_id on users (scim_id) where scim_id is not null;
create unique index users_user_name on users (user_name_key) where deleted_at is null and user_name_key is not null;
create unique index users_external_id on users (external_id) where deleted_at is null and external_id is not null;
create unique index users_okta_id on users (okta_id) where deleted_at is null and okta_id is not null;
-- Who left under this name: a later person of that name is audited with their predecessor.
create index users_departed on users (user_name_key, deleted_at) where deleted_at is not null;
create index users_email on users (email_key) where deleted_at is null and email_key is not null;
create index users_created on users (created_at, scim_id) where scim_id is not null;
create index users_updated on users (updated_at, scim_id) where scim_id is not null;
create index users_scim_inactive on users (scim_id) where scim_id is not null and scim_active = false;

-- The filterable leaves of a person's SCIM document, one row a value, so that every filter is an indexed set of ids.
create table user_values (
    user_id blob not null references users (id),
    attribute text not null,
    element integer not null,
    value_key text not null,
    primary key (user_id, attribute, element)
) strict, without rowid;
create index user_values_key on user_values (attribute, value_key, user_id, element);

create table notification_preferences (
    id blob primary key,
    user_id blob not null references users (id),
    channel text not null check (channel in ('EMAIL', 'SMS', 'PUSH', 'SLACK', 'VOICE')),
    enabled integer not null check (enabled in (0, 1)),
    priority integer not null,
    updated_at integer not null
) strict;
create unique index notification_preferences_channel on notification_preferences (user_id, channel);

create table contact_verifications (
    id blob primary key,
    user_id blob not null references users (id),
    method text not null check (method in ('EMAIL', 'SMS', 'VOICE')),
    value text not null,
    code_hash blob not null,
    tries integer not null,
    created_at integer not null,
    expires_at integer not null,
    verified_at integer,
    ended_at integer
) strict;
create index contact_verifications_open on contact_verifications (user_id) where ended_at is null;

create table user_devices (
    id blob primary key,
    user_id blob not null references users (id),
    platform text not null check (platform in ('ios', 'android', 'web')),
    token text not null,
    name text,
    last_seen_at integer,
    created_at integer not null,
    -- Set when the person was deactivated: nothing is delivered to this device any more.
    ended_at integer
) strict;
create unique index user_devices_token on user_devices (token) where ended_at is null;
create index user_devices_open on user_devices (user_id) where ended_at is null;
