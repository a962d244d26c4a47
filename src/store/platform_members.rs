//! `team_members` as the platform's own face reads and writes them: whoever holds them, and who left.
//!
//! The time a row carries is Okta's: nothing here writes it again ([`NEVER`]).

use super::db::{Link, Tx};
use super::dialect::locking;
use super::memberships::NEVER;
use super::rows::{self, Bind};
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::{Id, Membership, TeamRole};

/// The role that a person has in a living team; none for who left it, even while Okta holds them in it.
///
/// # Errors
/// What the engine reports.
pub async fn role_in(link: &mut impl Link, team: Id, user: Id) -> Result<Option<TeamRole>> {
    const SQL: &str = "select m.role from team_members m join teams t on t.id = m.team_id \
         where m.team_id = $1 and m.user_id = $2 and not m.opted_out and t.archived_at is null";
    Ok(query!(link, SQL, team, user => fetch_optional (TeamRole,))?.map(|(role,)| role))
}

/// Somebody who may join a team.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Candidate {
    /// The row's id.
    pub id: Id,
    /// What to call them.
    pub name: Option<String>,
    /// Whether they have access.
    pub is_active: bool,
    /// Whether it is a break-glass account.
    pub is_break_glass_account: bool,
}

/// The person of this id who is on the roll, held so that they do not leave it before the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn hold_person(tx: &mut Tx, id: Id) -> Result<Option<Candidate>> {
    let sql = locking!(
        "select id, coalesce(display_name, user_name) as name, is_active, is_break_glass_account from users \
         where id = $1 and deleted_at is null";
        "for key share"
    );
    query!(tx, sql, id => fetch_optional Candidate)
}

#[derive(sqlx::FromRow)]
struct PlaceRow {
    id: Id,
    role: TeamRole,
    by_okta: bool,
    by_platform: bool,
    opted_out: bool,
}

/// A person's place in a team, whoever holds it.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, team: Id, user: Id) -> Result<Option<Membership>> {
    const SQL: &str =
        "select id, role, by_okta, by_platform, opted_out from team_members where team_id = $1 and user_id = $2";
    let row = query!(link, SQL, team, user => fetch_optional PlaceRow)?;
    Ok(row.map(|row| Membership {
        id: row.id,
        user_id: user,
        team_id: team,
        role: row.role,
        by_okta: row.by_okta,
        by_platform: row.by_platform,
        opted_out: row.opted_out,
    }))
}

/// Adds a place in a locked team that Okta does not hold.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, member: &Membership) -> Result<()> {
    const SQL: &str = "insert into team_members (id, user_id, team_id, role, by_okta, by_platform, opted_out, joined_at, \
         updated_at) values ($1, $2, $3, $4, false, true, false, $5, $6)";
    let now = tx.now();
    query!(tx, SQL, member.id, member.user_id, member.team_id, member.role, now, NEVER => execute)?;
    tx.touch(Resource::Membership, member.id);
    Ok(())
}

/// Writes the platform's share of a place in a locked team.
///
/// # Errors
/// What the engine reports.
pub async fn update(tx: &mut Tx, member: &Membership) -> Result<()> {
    const SQL: &str = "update team_members set role = $2, by_platform = $3, opted_out = $4 where id = $1";
    query!(tx, SQL, member.id, member.role, member.by_platform, member.opted_out => execute)?;
    tx.touch(Resource::Membership, member.id);
    Ok(())
}

/// Ends a place in a locked team.
///
/// # Errors
/// What the engine reports.
pub async fn delete(tx: &mut Tx, id: Id) -> Result<()> {
    const SQL: &str = "delete from team_members where id = $1";
    query!(tx, SQL, id => execute)?;
    tx.touch(Resource::Membership, id);
    Ok(())
}

/// A member as people are shown them.
#[derive(Clone, Debug, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "one field a column")]
pub struct ShownMember {
    /// Who.
    pub user_id: Id,
    /// What to call them.
    pub name: Option<String>,
    /// Whether they have access.
    pub is_active: bool,
    /// As what.
    pub role: TeamRole,
    /// Whether Okta holds it.
    pub by_okta: bool,
    /// Whether the platform holds it.
    pub by_platform: bool,
    /// Left here while Okta still holds it.
    pub opted_out: bool,
    /// Since when.
    pub joined_at: Time,
}

macro_rules! shown_columns {
    () => {
        "select m.user_id, coalesce(u.display_name, u.user_name) as name, u.is_active, m.role, m.by_okta, m.by_platform, \
         m.opted_out, m.joined_at from team_members m join users u on u.id = m.user_id "
    };
}

/// The next so many members after this one, in the order of their ids.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, team: Id, after: Option<Id>, count: u32) -> Result<Vec<ShownMember>> {
    const SQL: &str = concat!(shown_columns!(), "where m.team_id = $1 and m.user_id > $2 order by m.user_id limit $3");
    let after = after.unwrap_or(Id::from(uuid::Uuid::nil()));
    query!(link, SQL, team, after, i64::from(count) => fetch_all ShownMember)
}

/// One member, as they are shown.
///
/// # Errors
/// What the engine reports.
pub async fn show(link: &mut impl Link, team: Id, user: Id) -> Result<Option<ShownMember>> {
    const SQL: &str = concat!(shown_columns!(), "where m.team_id = $1 and m.user_id = $2");
    query!(link, SQL, team, user => fetch_optional ShownMember)
}

/// So many of a team have this role, or left.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Count {
    /// As what.
    pub role: TeamRole,
    /// Whether they left.
    pub opted_out: bool,
    /// So many.
    pub members: i64,
}

/// How many people of each kind a team has, without access ones too. It costs what the team has of them.
///
/// # Errors
/// What the engine reports.
pub async fn counts(link: &mut impl Link, team: Id) -> Result<Vec<Count>> {
    const SQL: &str =
        "select role, opted_out, count(*) as members from team_members where team_id = $1 group by role, opted_out";
    query!(link, SQL, team => fetch_all Count)
}

/// How many people these teams have, each counted up to so many: one query. Who left is not counted.
///
/// # Errors
/// What the engine reports.
pub async fn sizes(link: &mut impl Link, teams: &[Id], most: i64) -> Result<Vec<(Id, i64)>> {
    let mut found = Vec::with_capacity(teams.len());
    for ids in rows::id_pieces(link.engine(), teams) {
        let sql = format!(
            "select t.id, (select count(*) from (select m.id from team_members m where m.team_id = t.id \
             and not m.opted_out limit $1) c) as members from teams t where t.id in ({})",
            rows::list(2, &ids)
        );
        let binds: Vec<Bind> = [Bind::Int(most)].into_iter().chain(ids).collect();
        found.extend(rows::fetch::<(Id, i64)>(link, sql, &binds).await?);
    }
    Ok(found)
}

/// Who of a team is there when something happens.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Staff {
    /// Admins with access: none, or at least one.
    pub admins: i64,
    /// Responders with access, counted up to three.
    pub responders: i64,
}

/// Whether a team has an admin and three responders with access; it looks at no more of them.
///
/// # Errors
/// What the engine reports.
pub async fn staff(link: &mut impl Link, team: Id) -> Result<Staff> {
    const SQL: &str = "select (select count(*) from (select m.id from team_members m join users u on u.id = m.user_id \
         where m.team_id = $1 and m.role = 'TEAM_ADMIN' and not m.opted_out and u.is_active limit 1) a) as admins, \
         (select count(*) from (select m.id from team_members m join users u on u.id = m.user_id \
         where m.team_id = $1 and m.role = 'RESPONDER' and not m.opted_out and u.is_active limit 3) r) as responders";
    query!(link, SQL, team => fetch_one Staff)
}
