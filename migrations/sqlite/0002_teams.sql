-- Teams are SCIM's groups, one to one. Archived, never deleted.
create table teams (
    id blob primary key,
    name text not null,
    name_key text not null,
    description text,
    is_active integer not null check (is_active in (0, 1)),
    synced_from_okta integer not null check (synced_from_okta in (0, 1)),
    -- Whether SCIM sees the row: made over SCIM and not deleted over SCIM. An admin's archive does not hide it.
    scim_visible integer not null check (scim_visible in (0, 1)),
    external_id text,
    -- The confirmed link to Okta's own group id, which SCIM never carries.
    okta_group_id text,
    slack_channel text,
    notification_defaults text not null,
    escalation_defaults text not null,
    maintenance_mode integer not null check (maintenance_mode in (0, 1)),
    scim_attributes text not null,
    archived_at integer,
    created_at integer not null,
    updated_at integer not null,
    constraint teams_active_is_derived check (is_active = (archived_at is null)),
    constraint teams_visible_are_synced check (not scim_visible or synced_from_okta)
) strict;
create unique index teams_name on teams (name_key) where archived_at is null;
create unique index teams_external_id on teams (external_id) where archived_at is null and external_id is not null;
create unique index teams_okta_group on teams (okta_group_id) where archived_at is null and okta_group_id is not null;
create index teams_scim on teams (id) where scim_visible;
create index teams_scim_name on teams (name_key, id) where scim_visible;
create index teams_scim_external on teams (external_id, id) where scim_visible;
create index teams_scim_created on teams (created_at, id) where scim_visible;

-- A team's version is the sum of its slots, so that parallel member changes do not queue for one row.
create table team_revisions (
    team_id blob not null references teams (id),
    slot integer not null,
    revision integer not null,
    changed_at integer not null,
    primary key (team_id, slot)
) strict, without rowid;

create table team_tags (
    id blob primary key,
    team_id blob not null references teams (id),
    kind text not null check (kind in ('ORGANIZATIONAL', 'TECHNICAL')),
    value text not null,
    value_key text not null,
    created_at integer not null
) strict;
create unique index team_tags_value on team_tags (team_id, kind, value_key);

-- A membership lives while Okta or the platform holds it. SCIM sets, clears and sees by_okta only.
create table team_members (
    id blob primary key,
    user_id blob not null references users (id),
    team_id blob not null references teams (id),
    role text not null check (role in ('TEAM_ADMIN', 'RESPONDER', 'OBSERVER')),
    by_okta integer not null check (by_okta in (0, 1)),
    by_platform integer not null check (by_platform in (0, 1)),
    -- Removed here while Okta still holds it: kept for Okta, without rights or duty.
    opted_out integer not null check (opted_out in (0, 1)),
    joined_at integer not null,
    updated_at integer not null,
    constraint team_members_held check (by_okta or by_platform)
) strict;
create unique index team_members_pair on team_members (team_id, user_id);
create index team_members_user on team_members (user_id, team_id);
