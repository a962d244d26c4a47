-- People. A row is never hard-deleted: its history must stay explainable.
create table users (
    id uuid primary key,
    -- What SCIM shows. Null means that SCIM cannot see the row: break-glass, deleted, or replaced by a new person.
    scim_id uuid,
    -- The identity this person is bound to. Set once; SCIM neither changes nor clears it.
    okta_id text collate "C",
    external_id text collate "C",
    user_name text collate "C",
    -- Folded by the application (NFKC, lower case): the engines fold differently.
    user_name_key text collate "C",
    email text collate "C",
    email_key text collate "C",
    first_name text collate "C",
    last_name text collate "C",
    display_name text collate "C",
    -- What others see of the person, folded: the display name, else the user name.
    display_key text collate "C",
    phone text collate "C",
    -- A person is active when every switch says so; each switch knows since when, at its source, and who set it.
    is_active boolean not null,
    scim_active boolean not null,
    scim_since timestamptz not null,
    scim_set_by text collate "C" not null,
    okta_status text collate "C" not null check (okta_status in ('ok', 'suspended', 'deactivated')),
    okta_since timestamptz not null,
    okta_set_by text collate "C" not null,
    admin_active boolean not null,
    admin_since timestamptz not null,
    admin_set_by text collate "C" not null,
    is_break_glass_account boolean not null,
    password_hash text collate "C",
    platform_role text collate "C" not null check (platform_role in ('PLATFORM_ADMIN', 'USER')),
    email_verified boolean not null,
    phone_verified boolean not null,
    push_enabled boolean not null,
    synced_from_okta boolean not null,
    -- Everything SCIM carried that has no column of its own meaning, as one JSON document, unknown attributes included.
    scim_attributes text collate "C" not null,
    -- The formatted name that a change of name made stale: Okta sends it back, and it must not come back.
    stale_formatted text collate "C",
    -- Access tokens that carry an older epoch are refused.
    auth_epoch bigint not null,
    version bigint not null,
    deactivated_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint users_active_is_derived check (
        is_active = (scim_active and okta_status = 'ok' and admin_active and deleted_at is null)
    ),
    constraint users_hidden_from_scim check (
        scim_id is null or (not is_break_glass_account and deleted_at is null and user_name is not null)
    ),
    constraint users_name_has_key check ((user_name is null) = (user_name_key is null)),
    constraint users_password_is_break_glass check (password_hash is null or is_break_glass_account)
);
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
    user_id uuid not null references users (id),
    attribute text collate "C" not null,
    element bigint not null,
    value_key text collate "C" not null,
    primary key (user_id, attribute, element)
);
create index user_values_key on user_values (attribute, value_key, user_id, element);

create table notification_preferences (
    id uuid primary key,
    user_id uuid not null references users (id),
    channel text collate "C" not null check (channel in ('EMAIL', 'SMS', 'PUSH', 'SLACK', 'VOICE')),
    enabled boolean not null,
    priority bigint not null,
    updated_at timestamptz not null
);
create unique index notification_preferences_channel on notification_preferences (user_id, channel);

create table contact_verifications (
    id uuid primary key,
    user_id uuid not null references users (id),
    method text collate "C" not null check (method in ('EMAIL', 'SMS', 'VOICE')),
    value text collate "C" not null,
    code_hash bytea not null,
    tries bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    verified_at timestamptz,
    ended_at timestamptz
);
create index contact_verifications_open on contact_verifications (user_id) where ended_at is null;

create table user_devices (
    id uuid primary key,
    user_id uuid not null references users (id),
    platform text collate "C" not null check (platform in ('ios', 'android', 'web')),
    token text collate "C" not null,
    name text collate "C",
    last_seen_at timestamptz,
    created_at timestamptz not null,
    -- Set when the person was deactivated: nothing is delivered to this device any more.
    ended_at timestamptz
);
create unique index user_devices_token on user_devices (token) where ended_at is null;
create index user_devices_open on user_devices (user_id) where ended_at is null;
