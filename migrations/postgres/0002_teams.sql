-- Teams are SCIM's groups, one to one. Archived, never deleted.
create table teams (
    id uuid primary key,
    name text collate "C" not null,
    name_key text collate "C" not null,
    description text collate "C",
    is_active boolean not null,
    synced_from_okta boolean not null,
    -- Whether SCIM sees the row: made over SCIM and not deleted over SCIM. An admin's archive does not hide it.
    scim_visible boolean not null,
    external_id text collate "C",
    -- The confirmed link to Okta's own group id, which SCIM never carries.
    okta_group_id text collate "C",
    slack_channel text collate "C",
    notification_defaults text collate "C" not null,
    escalation_defaults text collate "C" not null,
    maintenance_mode boolean not null,
    scim_attributes text collate "C" not null,
    archived_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint teams_active_is_derived check (is_active = (archived_at is null)),
    constraint teams_visible_are_synced check (not scim_visible or synced_from_okta)
);
create unique index teams_name on teams (name_key) where archived_at is null;
create unique index teams_external_id on teams (external_id) where archived_at is null and external_id is not null;
create unique index teams_okta_group on teams (okta_group_id) where archived_at is null and okta_group_id is not null;
create index teams_scim on teams (id) where scim_visible;
create index teams_scim_name on teams (name_key, id) where scim_visible;
create index teams_scim_external on teams (external_id, id) where scim_visible;
create index teams_scim_created on teams (created_at, id) where scim_visible;

-- A team's version is the sum of its slots, so that parallel member changes do not queue for one row.
create table team_revisions (
    team_id uuid not null references teams (id),
    slot bigint not null,
    revision bigint not null,
    changed_at timestamptz not null,
    primary key (team_id, slot)
);

create table team_tags (
    id uuid primary key,
    team_id uuid not null references teams (id),
    kind text collate "C" not null check (kind in ('ORGANIZATIONAL', 'TECHNICAL')),
    value text collate "C" not null,
    value_key text collate "C" not null,
    created_at timestamptz not null
);
create unique index team_tags_value on team_tags (team_id, kind, value_key);

-- A membership lives while Okta or the platform holds it. SCIM sets, clears and sees by_okta only.
create table team_members (
    id uuid primary key,
    user_id uuid not null references users (id),
    team_id uuid not null references teams (id),
    role text collate "C" not null check (role in ('TEAM_ADMIN', 'RESPONDER', 'OBSERVER')),
    by_okta boolean not null,
    by_platform boolean not null,
    -- Removed here while Okta still holds it: kept for Okta, without rights or duty.
    opted_out boolean not null,
    joined_at timestamptz not null,
    updated_at timestamptz not null,
    constraint team_members_held check (by_okta or by_platform)
);
create unique index team_members_pair on team_members (team_id, user_id);
create index team_members_user on team_members (user_id, team_id);
