-- How many resources SCIM sees: kept by the rows themselves, so that the total of a page costs no count. A total is the
-- sum of its slots; a connection writes to one of them, so that parallel writers seldom wait for each other.
create table scim_totals (
    kind text collate "C" not null check (kind in ('users', 'teams')),
    slot bigint not null,
    total bigint not null,
    primary key (kind, slot)
);

insert into scim_totals (kind, slot, total)
select kind, slot, 0 from (values ('users'), ('teams')) kinds (kind), generate_series(0, 15) slots (slot);
update scim_totals set total = (select count(*) from users where scim_id is not null) where kind = 'users' and slot = 0;
update scim_totals set total = (select count(*) from teams where scim_visible) where kind = 'teams' and slot = 0;

create function scim_total_moved() returns trigger language plpgsql as $$
begin
    update scim_totals set total = total + tg_argv[1]::bigint
    where kind = tg_argv[0] and slot = pg_backend_pid() % 16;
    return null;
end
$$;

-- Deferred to the commit: the slot is the last lock a transaction takes, and it holds it for no longer than it must.
create constraint trigger users_scim_total_insert after insert on users deferrable initially deferred
for each row when (new.scim_id is not null) execute function scim_total_moved('users', '1');
create constraint trigger users_scim_total_shown after update of scim_id on users deferrable initially deferred
for each row when (old.scim_id is null and new.scim_id is not null) execute function scim_total_moved('users', '1');
create constraint trigger users_scim_total_hidden after update of scim_id on users deferrable initially deferred
for each row when (old.scim_id is not null and new.scim_id is null) execute function scim_total_moved('users', '-1');
create constraint trigger users_scim_total_delete after delete on users deferrable initially deferred
for each row when (old.scim_id is not null) execute function scim_total_moved('users', '-1');

create constraint trigger teams_scim_total_insert after insert on teams deferrable initially deferred
for each row when (new.scim_visible) execute function scim_total_moved('teams', '1');
create constraint trigger teams_scim_total_shown after update of scim_visible on teams deferrable initially deferred
for each row when (not old.scim_visible and new.scim_visible) execute function scim_total_moved('teams', '1');
create constraint trigger teams_scim_total_hidden after update of scim_visible on teams deferrable initially deferred
for each row when (old.scim_visible and not new.scim_visible) execute function scim_total_moved('teams', '-1');
create constraint trigger teams_scim_total_delete after delete on teams deferrable initially deferred
for each row when (old.scim_visible) execute function scim_total_moved('teams', '-1');
