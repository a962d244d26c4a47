-- What Okta's events told, by Okta's own ids: kept apart from the roll, because an event may come before the person does.
create table okta_people (
    okta_id text not null primary key,
    -- The newest word on the account, whoever said it: Okta, a later activation over SCIM, or an admin.
    status text not null check (status in ('ok', 'suspended', 'deactivated')),
    status_at integer not null,
    status_set_by text not null,
    -- The newest moment of each kind, by Okta's clock: an older event of that kind has nothing to add.
    access_ended_at integer,
    session_ended_at integer,
    signed_out_at integer,
    left_app_at integer,
    profile_changed_at integer,
    -- The profile changed at Okta and has not been read again since. Events carry no new values.
    reread_wanted integer not null check (reread_wanted in (0, 1))
) strict, without rowid;
create index okta_people_reread on okta_people (okta_id) where reread_wanted;

-- Groups as events named them. A living team of the same folded name is a proposal to link, never more: names are no
-- identities. The confirmed link is teams.okta_group_id.
create table okta_groups (
    okta_group_id text not null primary key,
    name text not null,
    name_key text not null,
    named_at integer not null,
    gone_at integer
) strict, without rowid;
create index okta_groups_name on okta_groups (name_key) where gone_at is null;

-- The newest word on a membership of a linked group, so that an add that comes after its own removal adds nobody.
create table okta_group_members (
    okta_group_id text not null,
    okta_id text not null,
    is_out integer not null check (is_out in (0, 1)),
    told_at integer not null,
    -- What the membership's row carried when an event wrote it: another time there means that somebody else wrote later.
    written_at integer,
    primary key (okta_group_id, okta_id)
) strict, without rowid;
