-- A page of one state is read in its order: moments alone leave the events of one batch to be sorted.
drop index hook_events_state;
create index hook_events_state on hook_events (state, received_at, id);

-- Few teams are linked to a group; drift reads them in pages by id.
create index teams_linked on teams (id) where archived_at is null and okta_group_id is not null and scim_visible;

-- Break-glass accounts are a handful among everybody.
create index users_break_glass on users (id) where is_break_glass_account;
-- Whether an account was used from an address before.
create index sessions_address on sessions (user_id, ip, created_at);
