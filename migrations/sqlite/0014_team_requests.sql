-- Somebody asks for a team; an admin makes it or says no. The team is made together with the answer.
create table team_requests (
    id blob primary key,
    requester_id blob not null references users (id),
    name text not null,
    name_key text not null,
    reason text not null,
    state text not null check (state in ('PENDING', 'APPROVED', 'REJECTED')),
    decided_by blob references users (id),
    decided_at integer,
    -- What the admin said with a no.
    note text,
    team_id blob references teams (id),
    created_at integer not null,
    constraint team_requests_decided check ((state = 'PENDING') = (decided_at is null)),
    constraint team_requests_made check ((state = 'APPROVED') = (team_id is not null))
) strict;
-- The same wish twice is one wish.
create unique index team_requests_pending on team_requests (requester_id, name_key) where state = 'PENDING';
create index team_requests_requester on team_requests (requester_id, id);
create index team_requests_state on team_requests (state, id);
-- A reference without an index is looked for row by row.
create index team_requests_team on team_requests (team_id);

-- Archived teams by name: names may come again, so the id decides between equals.
create index teams_archived on teams (name_key, id) where archived_at is not null;
-- Who runs a team is asked with each look at it. Few do, so what Okta pushes pays nothing for this.
create index team_members_admins on team_members (team_id, user_id) where role = 'TEAM_ADMIN';
