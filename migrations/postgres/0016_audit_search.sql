-- What a text is looked for in: folded by the application, so that letter case does not matter and both engines agree.
-- The actor's name is its first line. Rows from before are folded as well as the engine can.
alter table audit_events add column search_key text collate "C";
-- The address as 32 hex digits, so that a network is a range. Rows from before have none.
alter table audit_events add column ip_key text collate "C";
update audit_events set search_key = lower(actor_name || chr(10) || action || chr(10) || coalesce(detail_json, '')
    || chr(10) || coalesce(before_json, '') || chr(10) || coalesce(after_json, '') || chr(10) || coalesce(user_agent, ''));
create index audit_events_request on audit_events (request_id, at, id);
create index audit_events_ip on audit_events (ip_key, at, id) where ip_key is not null;
-- The history of a team that is gone is found by its name.
create index teams_archived_name on teams (name_key) where archived_at is not null;
