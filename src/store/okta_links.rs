//! Links between teams and groups at Okta: those that stand, those that a name proposes, those that were set aside.

use super::db::{Link, Quiet, Tx};
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;

/// A link that stands, or that a name proposes.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GroupLink {
    /// The group at Okta.
    pub okta_group_id: String,
    /// What Okta calls it, where an event or Okta's API has told.
    pub group_name: Option<String>,
    /// The team.
    pub team_id: Id,
    /// What it is called here.
    pub team_name: String,
}

/// The next links that stand, in the order of the groups' ids, after `after`.
///
/// # Errors
/// What the engine reports.
pub async fn confirmed(link: &mut impl Link, after: &str, limit: i64) -> Result<Vec<GroupLink>> {
    const SQL: &str = "select t.okta_group_id, g.name as group_name, t.id as team_id, t.name as team_name \
         from teams t left join okta_groups g on g.okta_group_id = t.okta_group_id \
         where t.okta_group_id is not null and t.archived_at is null and t.scim_visible and t.okta_group_id > $1 \
         order by t.okta_group_id limit $2";
    query!(link, SQL, after, limit => fetch_all GroupLink)
}

/// The next links that names propose, in the order of the groups' ids, after `after`: a group that lives, is linked to
/// nothing and was not set aside, and a living, unlinked team of SCIM's that bears its name.
///
/// # Errors
/// What the engine reports.
pub async fn proposed(link: &mut impl Link, after: &str, limit: i64) -> Result<Vec<GroupLink>> {
    const SQL: &str = "select g.okta_group_id, g.name as group_name, t.id as team_id, t.name as team_name \
         from okta_groups g join teams t on t.name_key = g.name_key and t.archived_at is null \
         where g.gone_at is null and g.declined_at is null and g.okta_group_id > $1 and t.scim_visible \
         and t.okta_group_id is null and not exists (select 1 from teams l where l.okta_group_id = g.okta_group_id \
         and l.archived_at is null) order by g.okta_group_id limit $2";
    query!(link, SQL, after, limit => fetch_all GroupLink)
}

/// The team that bears a group's name, could be linked to it, and whether the link was set aside; of a group that lives
/// and is linked to nothing.
///
/// # Errors
/// What the engine reports.
pub async fn proposal(link: &mut impl Link, group: &str) -> Result<Option<Proposal>> {
    const SQL: &str = "select t.id as team_id, t.name as team_name, g.declined_at from okta_groups g \
         join teams t on t.name_key = g.name_key and t.archived_at is null where g.okta_group_id = $1 \
         and g.gone_at is null and t.scim_visible and t.okta_group_id is null and not exists \
         (select 1 from teams l where l.okta_group_id = g.okta_group_id and l.archived_at is null)";
    query!(link, SQL, group => fetch_optional Proposal)
}

/// What a group's name proposes.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Proposal {
    /// The team.
    pub team_id: Id,
    /// What it is called here.
    pub team_name: String,
    /// When an admin set it aside.
    pub declined_at: Option<Time>,
}

/// The group that a team is linked to.
///
/// # Errors
/// What the engine reports.
pub async fn of_team(link: &mut impl Link, team: Id) -> Result<Option<GroupLink>> {
    const SQL: &str = "select t.okta_group_id, g.name as group_name, t.id as team_id, t.name as team_name \
         from teams t left join okta_groups g on g.okta_group_id = t.okta_group_id \
         where t.id = $1 and t.okta_group_id is not null";
    query!(link, SQL, team => fetch_optional GroupLink)
}

/// A group that bears the name of a living, unlinked team of SCIM's, lives, is linked to nothing and was not set aside.
///
/// # Errors
/// What the engine reports.
pub async fn proposed_for(link: &mut impl Link, team: Id) -> Result<Option<GroupLink>> {
    const SQL: &str = "select g.okta_group_id, g.name as group_name, t.id as team_id, t.name as team_name \
         from teams t join okta_groups g on g.name_key = t.name_key and g.gone_at is null where t.id = $1 \
         and t.archived_at is null and t.scim_visible and t.okta_group_id is null and g.declined_at is null \
         and not exists (select 1 from teams l where l.okta_group_id = g.okta_group_id and l.archived_at is null) limit 1";
    query!(link, SQL, team => fetch_optional GroupLink)
}

/// The living team that is linked to a group; not locked.
///
/// # Errors
/// What the engine reports.
pub async fn team_of(link: &mut impl Link, group: &str) -> Result<Option<Id>> {
    const SQL: &str = "select id from teams where okta_group_id = $1 and archived_at is null and scim_visible";
    Ok(query!(link, SQL, group => fetch_optional (Id,))?.map(|(id,)| id))
}

/// Takes the link from a locked team.
///
/// # Errors
/// What the engine reports.
pub async fn unlink(tx: &mut Tx, team: Id) -> Result<()> {
    const SQL: &str = "update teams set okta_group_id = null, updated_at = $2 where id = $1";
    let now = tx.now();
    query!(tx, SQL, team, now => execute)?;
    tx.touch(Resource::Team, team);
    Ok(())
}

/// Keeps that a group's link was set aside; false when that was known.
///
/// # Errors
/// What the engine reports.
pub async fn decline(tx: &mut Tx, group: &str) -> Result<bool> {
    // A group that no event named has no name yet; the first that does is newer than 1970.
    const SQL: &str = "insert into okta_groups (okta_group_id, name, name_key, named_at, gone_at, declined_at) \
         values ($1, '', '', $2, null, $3) on conflict (okta_group_id) do update set declined_at = excluded.declined_at \
         where okta_groups.declined_at is null";
    let now = tx.now();
    tx.quiet(Quiet::OktaFact);
    Ok(query!(tx, SQL, group, Time::from_micros(0), now => execute)? > 0)
}

/// Whether the group's link was set aside.
///
/// # Errors
/// What the engine reports.
pub async fn is_declined(link: &mut impl Link, group: &str) -> Result<bool> {
    const SQL: &str = "select okta_group_id from okta_groups where okta_group_id = $1 and declined_at is not null";
    Ok(query!(link, SQL, group => fetch_optional (String,))?.is_some())
}

/// Takes back that a group's link was set aside.
///
/// # Errors
/// What the engine reports.
pub async fn allow(tx: &mut Tx, group: &str) -> Result<()> {
    const SQL: &str = "update okta_groups set declined_at = null where okta_group_id = $1 and declined_at is not null";
    tx.quiet(Quiet::OktaFact);
    query!(tx, SQL, group => execute).map(drop)
}
