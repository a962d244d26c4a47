-- When an admin set the link of a group aside, removed or only proposed: from then on no job makes it, and no name
-- proposes it. An admin who confirms it takes that back.
alter table okta_groups add column declined_at timestamptz;
