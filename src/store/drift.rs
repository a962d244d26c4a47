//! What is held against Okta: people, linked teams and their members, in pages by key.

use super::db::Link;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::model::user::OktaStatus;

/// A person as drift sees them.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Person {
    /// The row's id.
    pub id: Id,
    /// What SCIM shows.
    pub scim_id: Option<Id>,
    /// The bound identity.
    pub okta_id: String,
    /// The sign-in name.
    pub user_name: Option<String>,
    /// SCIM's own switch.
    pub scim_active: bool,
    /// Okta's switch.
    pub okta_status: OktaStatus,
    /// Since when it stands so.
    pub okta_since: Time,
    /// When the row was made.
    pub created_at: Time,
}

/// A page of the people who are bound to an identity at Okta, in the order of their ids, after `after`.
///
/// # Errors
/// What the engine reports.
pub async fn people(link: &mut impl Link, after: Id, limit: i64) -> Result<Vec<Person>> {
    const SQL: &str = "select id, scim_id, okta_id, user_name, scim_active, okta_status, okta_since, created_at from users \
         where id > $1 and okta_id is not null and deleted_at is null and not is_break_glass_account order by id limit $2";
    query!(link, SQL, after, limit => fetch_all Person)
}

/// The person on the roll who is bound to an identity at Okta.
///
/// # Errors
/// What the engine reports.
pub async fn person(link: &mut impl Link, okta_id: &str) -> Result<Option<Person>> {
    const SQL: &str = "select id, scim_id, okta_id, user_name, scim_active, okta_status, okta_since, created_at from users \
         where okta_id = $1 and deleted_at is null and not is_break_glass_account";
    query!(link, SQL, okta_id => fetch_optional Person)
}

/// A living team with a confirmed link.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LinkedTeam {
    /// The team.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The group at Okta.
    pub okta_group_id: String,
}

/// A page of the linked teams, in the order of their ids, after `after`.
///
/// # Errors
/// What the engine reports.
pub async fn linked_teams(link: &mut impl Link, after: Id, limit: i64) -> Result<Vec<LinkedTeam>> {
    const SQL: &str = "select id, name, okta_group_id from teams where id > $1 and okta_group_id is not null \
         and archived_at is null and scim_visible order by id limit $2";
    query!(link, SQL, after, limit => fetch_all LinkedTeam)
}

/// A membership that Okta holds, of a person who is bound.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BoundMember {
    /// The person's own id.
    pub user_id: Id,
    /// The bound identity.
    pub okta_id: String,
}

/// A page of a team's bound members, in the order of their ids, after `after`.
///
/// # Errors
/// What the engine reports.
pub async fn members(link: &mut impl Link, team: Id, after: Id, limit: i64) -> Result<Vec<BoundMember>> {
    const SQL: &str = "select m.user_id, u.okta_id from team_members m join users u on u.id = m.user_id \
         where m.team_id = $1 and m.user_id > $2 and m.by_okta and u.okta_id is not null and u.scim_id is not null \
         order by m.user_id limit $3";
    query!(link, SQL, team, after, limit => fetch_all BoundMember)
}
