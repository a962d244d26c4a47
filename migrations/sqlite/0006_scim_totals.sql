-- How many resources SCIM sees: kept by the rows themselves, so that the total of a page costs no count. A total is the
-- sum of its slots; SQLite has one writer and needs one slot.
create table scim_totals (
    kind text not null check (kind in ('users', 'teams')),
    slot integer not null,
    total integer not null,
    primary key (kind, slot)
) strict, without rowid;

insert into scim_totals (kind, slot, total)
select 'users', 0, count(*) from users where scim_id is not null
union all
select 'teams', 0, count(*) from teams where scim_visible;

create trigger users_scim_total_insert after insert on users when new.scim_id is not null begin
    update scim_totals set total = total + 1 where kind = 'users' and slot = 0;
end;
create trigger users_scim_total_update after update of scim_id on users
when (old.scim_id is null) <> (new.scim_id is null) begin
    update scim_totals set total = total + (old.scim_id is null) - (new.scim_id is null)
    where kind = 'users' and slot = 0;
end;
create trigger users_scim_total_delete after delete on users when old.scim_id is not null begin
    update scim_totals set total = total - 1 where kind = 'users' and slot = 0;
end;

create trigger teams_scim_total_insert after insert on teams when new.scim_visible begin
    update scim_totals set total = total + 1 where kind = 'teams' and slot = 0;
end;
create trigger teams_scim_total_update after update of scim_visible on teams
when old.scim_visible <> new.scim_visible begin
    update scim_totals set total = total + new.scim_visible - old.scim_visible where kind = 'teams' and slot = 0;
end;
create trigger teams_scim_total_delete after delete on teams when old.scim_visible begin
    update scim_totals set total = total - 1 where kind = 'teams' and slot = 0;
end;
