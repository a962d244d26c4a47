//! `teams` as the platform's own face reads and writes them: every team, and the columns that SCIM does not know.

use super::db::{Link, Quiet, Tx};
use super::okta_groups;
use super::teams;
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::Result;
use crate::model::Id;
use crate::scim::text;

/// The slot of a team's version that the platform moves: after those of SCIM and of Okta's events, which are held
/// against each other.
const SLOT: i64 = okta_groups::SLOT + 1;

/// A team as people are shown it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ShownTeam {
    /// The row's id.
    pub id: Id,
    /// The name, letter case kept.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether SCIM made it.
    pub synced_from_okta: bool,
    /// Whether SCIM sees it.
    pub scim_visible: bool,
    /// Its channel in Slack.
    pub slack_channel: Option<String>,
    /// How its people are reached, as JSON.
    pub notification_defaults: String,
    /// When somebody else is asked, as JSON.
    pub escalation_defaults: String,
    /// Whether it is being worked on what it runs.
    pub maintenance_mode: bool,
    /// What SCIM carried, as it is stored.
    pub scim_attributes: String,
    /// When it was archived.
    pub archived_at: Option<Time>,
    /// When the row was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
}

macro_rules! columns {
    () => {
        "select id, name, description, synced_from_okta, scim_visible, slack_channel, notification_defaults, \
         escalation_defaults, maintenance_mode, scim_attributes, archived_at, created_at, updated_at from teams "
    };
}

/// The team of this id, archived ones too.
///
/// # Errors
/// What the engine reports.
pub async fn find(link: &mut impl Link, id: Id) -> Result<Option<ShownTeam>> {
    const SQL: &str = concat!(columns!(), "where id = $1");
    query!(link, SQL, id => fetch_optional ShownTeam)
}

/// The same, with every slot of its version locked: nobody changes it or its members until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock(tx: &mut Tx, id: Id) -> Result<Option<ShownTeam>> {
    match teams::lock_slots(tx, id).await? {
        Some(_) => find(tx, id).await,
        None => Ok(None),
    }
}

/// Where a page of teams begins: after this folded name and id, and not before the folded beginning of a name.
#[derive(Clone, Debug)]
pub struct Start<'q> {
    /// How the names begin, folded.
    pub prefix: &'q str,
    /// The last team of the page before.
    pub after: Option<(&'q str, Id)>,
}

/// The next so many living or archived teams by folded name. Those at the end may begin otherwise.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, archived: bool, start: &Start<'_>, count: u32) -> Result<Vec<ShownTeam>> {
    const LIVING: &str = concat!(
        columns!(),
        "where archived_at is null and name_key >= $1 and name_key > $2 order by name_key limit $3"
    );
    const ARCHIVED: &str = concat!(
        columns!(),
        "where archived_at is not null and name_key >= $1 and (name_key, id) > ($2, $3) order by name_key, id limit $4"
    );
    let (key, id) = start.after.unwrap_or(("", Id::from(uuid::Uuid::nil())));
    let count = i64::from(count);
    if archived {
        return query!(link, ARCHIVED, start.prefix, key, id, count => fetch_all ShownTeam);
    }
    query!(link, LIVING, start.prefix, key, count => fetch_all ShownTeam)
}

/// Writes a locked team back and moves its version.
///
/// # Errors
/// [`crate::error::Error::Conflict`] when its name or external id is held by another living team.
pub async fn update(tx: &mut Tx, team: &ShownTeam) -> Result<()> {
    const SQL: &str = "update teams set name = $2, name_key = $3, description = $4, slack_channel = $5, \
         notification_defaults = $6, escalation_defaults = $7, maintenance_mode = $8, is_active = $9, archived_at = $10, \
         updated_at = $11 where id = $1";
    let now = tx.now();
    query!(tx, SQL, team.id, team.name.as_str(), text::fold(&team.name), team.description.as_deref(),
        team.slack_channel.as_deref(), team.notification_defaults.as_str(), team.escalation_defaults.as_str(),
        team.maintenance_mode, team.archived_at.is_none(), team.archived_at, now => execute)?;
    tx.touch(Resource::Team, team.id);
    bump(tx, team.id).await
}

/// Moves the platform's slot of a locked team's version.
///
/// # Errors
/// What the engine reports.
pub async fn bump(tx: &mut Tx, id: Id) -> Result<()> {
    const SQL: &str = "insert into team_revisions (team_id, slot, revision, changed_at) values ($1, $2, 1, $3) \
         on conflict (team_id, slot) do update set revision = team_revisions.revision + 1, \
         changed_at = excluded.changed_at";
    let now = tx.now();
    tx.quiet(Quiet::Counter);
    query!(tx, SQL, id, SLOT, now => execute).map(|_| ())
}
