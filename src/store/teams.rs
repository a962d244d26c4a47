//! `teams` and `team_revisions`: teams, and the slots whose sum is a team's version.

use super::db::{Link, Quiet, Tx};
use super::dialect::locking;
use super::rows::{self, Bind, Bulky};
use crate::audit::Resource;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::team::{Revision, Team};
use crate::scim::{Document, text};

/// How many member changes of one team can commit side by side.
pub const SLOTS: i64 = 8;

macro_rules! columns {
    () => {
        "select id, name, description, synced_from_okta, scim_visible, external_id, scim_attributes, archived_at, \
         created_at from teams t "
    };
}
pub(super) const SELECT: &str = columns!();

#[derive(sqlx::FromRow)]
pub(super) struct TeamRow {
    id: Id,
    name: String,
    description: Option<String>,
    synced_from_okta: bool,
    scim_visible: bool,
    external_id: Option<String>,
    scim_attributes: String,
    archived_at: Option<Time>,
    created_at: Time,
}

impl Bulky for TeamRow {
    fn bytes(&self) -> usize {
        self.scim_attributes.len()
    }
}

impl TeamRow {
    pub(super) fn into_team(self) -> Result<Team> {
        Ok(Team {
            id: self.id,
            name: self.name,
            description: self.description,
            synced_from_okta: self.synced_from_okta,
            scim_visible: self.scim_visible,
            external_id: self.external_id,
            document: Document::from_stored(&self.scim_attributes).map_err(Error::internal)?,
            archived_at: self.archived_at,
            created_at: self.created_at,
        })
    }
}

/// Whether there is no team, archived ones included.
///
/// # Errors
/// What the engine reports.
pub async fn is_empty(link: &mut impl Link) -> Result<bool> {
    const SQL: &str = "select id from teams limit 1";
    Ok(query!(link, SQL => fetch_optional (Id,))?.is_none())
}

/// The team SCIM knows by this id.
///
/// # Errors
/// What the engine reports.
pub async fn find_scim(link: &mut impl Link, id: Id) -> Result<Option<Team>> {
    const SQL: &str = concat!(columns!(), "where id = $1 and scim_visible");
    query!(link, SQL, id => fetch_optional TeamRow)?.map(TeamRow::into_team).transpose()
}

#[derive(sqlx::FromRow)]
struct Slot {
    revision: i64,
    changed_at: Time,
}

/// The team, with every slot of its version locked: nobody changes it or its members until the unit ends.
///
/// # Errors
/// What the engine reports.
pub async fn lock_scim(tx: &mut Tx, id: Id) -> Result<Option<(Team, Revision)>> {
    let Some(revision) = lock_slots(tx, id).await? else { return Ok(None) };
    let team = find_scim(tx, id).await?;
    Ok(team.map(|team| (team, revision)))
}

/// Locks every slot of a team's version, whoever may see the team; none when there is no such team.
///
/// # Errors
/// What the engine reports.
pub(super) async fn lock_slots(tx: &mut Tx, id: Id) -> Result<Option<Revision>> {
    let sql = locking!(
        "select revision, changed_at from team_revisions where team_id = $1 order by slot"; "for update"
    );
    let slots = query!(tx, sql, id => fetch_all Slot)?;
    let Some(changed_at) = slots.iter().map(|slot| slot.changed_at).max() else { return Ok(None) };
    tx.not_before(changed_at);
    let number = slots.iter().map(|slot| slot.revision).sum();
    Ok(Some(Revision { number, changed_at }))
}

/// The team, with one slot of its version locked: other members may come and go, the team itself stays as it is.
///
/// The slot is taken before the team is read, so that an archive or an `If-Match` under way is waited for and then seen.
///
/// # Errors
/// What the engine reports.
pub async fn hold_scim(tx: &mut Tx, id: Id, slot: i64) -> Result<Option<Team>> {
    let sql = locking!(
        "select revision, changed_at from team_revisions where team_id = $1 and slot = $2"; "for update"
    );
    match query!(tx, sql, id, slot => fetch_optional Slot)? {
        Some(held) => tx.not_before(held.changed_at),
        None => return Ok(None),
    }
    find_scim(tx, id).await
}

/// Moves a locked slot of a team's version.
///
/// # Errors
/// What the engine reports.
pub async fn bump(tx: &mut Tx, id: Id, slot: i64) -> Result<()> {
    const SQL: &str =
        "update team_revisions set revision = revision + 1, changed_at = $3 where team_id = $1 and slot = $2";
    let now = tx.now();
    tx.quiet(Quiet::Counter);
    query!(tx, SQL, id, slot, now => execute).map(|_| ())
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    team_id: Id,
    number: i64,
    changed_at: Time,
}

/// The versions of these teams, in one query for a page of them.
///
/// # Errors
/// What the engine reports.
pub async fn revisions(link: &mut impl Link, teams: &[Id]) -> Result<Vec<(Id, Revision)>> {
    let mut found = Vec::new();
    for binds in rows::id_pieces(link.engine(), teams) {
        // sum() of bigint is numeric on PostgreSQL; the cast is of a column, not of a bind.
        let sql = format!(
            "select team_id, cast(sum(revision) as bigint) as number, max(changed_at) as changed_at \
             from team_revisions where team_id in ({}) group by team_id",
            rows::list(1, &binds)
        );
        let rows: Vec<RevisionRow> = rows::fetch(link, sql, &binds).await?;
        found.extend(
            rows.into_iter().map(|row| (row.team_id, Revision { number: row.number, changed_at: row.changed_at })),
        );
    }
    Ok(found)
}

/// Adds a team made over SCIM; false, and nothing done, when its name or external id is held.
///
/// # Errors
/// What the engine reports.
pub async fn insert(tx: &mut Tx, team: &Team) -> Result<bool> {
    const SQL: &str = "insert into teams (id, name, name_key, description, is_active, synced_from_okta, scim_visible, \
         external_id, okta_group_id, slack_channel, notification_defaults, escalation_defaults, maintenance_mode, \
         scim_attributes, archived_at, created_at, updated_at) values ($1, $2, $3, $4, true, $5, $6, $7, null, null, \
         '{}', '{}', false, $8, null, $9, $9) on conflict do nothing";
    let added = query!(tx, SQL, team.id, team.name.as_str(), text::fold(&team.name), team.description.as_deref(),
        team.synced_from_okta, team.scim_visible, team.external_id.as_deref(), team.document.to_stored(),
        team.created_at => execute)?;
    if added == 0 {
        return Ok(false);
    }
    tx.touch(Resource::Team, team.id);
    let slot = |number: i64| -> [Bind; 4] {
        [team.id.into(), number.into(), i64::from(number == 0).into(), team.created_at.into()]
    };
    let slots: Vec<_> = (0..SLOTS).map(slot).collect();
    rows::insert(tx, "insert into team_revisions (team_id, slot, revision, changed_at)", &slots, "").await?;
    Ok(true)
}

/// Writes a locked team back and moves its version.
///
/// # Errors
/// [`Error::Conflict`] when its name or external id is held.
pub async fn update(tx: &mut Tx, team: &Team) -> Result<()> {
    const SQL: &str = "update teams set name = $2, name_key = $3, description = $4, is_active = $5, scim_visible = $6, \
         external_id = $7, scim_attributes = $8, archived_at = $9, updated_at = $10 where id = $1";
    let now = tx.now();
    query!(tx, SQL, team.id, team.name.as_str(), text::fold(&team.name), team.description.as_deref(),
        team.archived_at.is_none(), team.scim_visible, team.external_id.as_deref(), team.document.to_stored(),
        team.archived_at, now => execute)?;
    tx.touch(Resource::Team, team.id);
    bump(tx, team.id, 0).await
}

/// Links a locked team to a group at Okta; false, and nothing done, when it is linked to it already. Events get a slot
/// of the team's version for themselves, so that what others wrote keeps its own time.
///
/// # Errors
/// [`Error::Conflict`] when the group is linked to another living team.
pub async fn link(tx: &mut Tx, id: Id, group: &str, slot: i64) -> Result<bool> {
    const SQL: &str = "update teams set okta_group_id = $2, updated_at = $3 \
         where id = $1 and okta_group_id is distinct from $2";
    let now = tx.now();
    if query!(tx, SQL, id, group, now => execute)? == 0 {
        return Ok(false);
    }
    tx.touch(Resource::Team, id);
    let row: [Bind; 4] = [id.into(), slot.into(), 0.into(), Time::from_micros(0).into()];
    rows::insert(
        tx,
        "insert into team_revisions (team_id, slot, revision, changed_at)",
        &[row],
        "on conflict (team_id, slot) do nothing",
    )
    .await?;
    Ok(true)
}

/// The group at Okta that a team is linked to.
///
/// # Errors
/// What the engine reports.
pub async fn linked_group(link: &mut impl Link, id: Id) -> Result<Option<String>> {
    const SQL: &str = "select okta_group_id from teams where id = $1";
    Ok(query!(link, SQL, id => fetch_optional (Option<String>,))?.and_then(|row| row.0))
}

#[derive(sqlx::FromRow)]
struct NameHolder {
    name_key: String,
}

/// Which of the two unique values is held by a living team: true for the name.
///
/// # Errors
/// What the engine reports.
pub async fn name_is_held(link: &mut impl Link, name: &str) -> Result<bool> {
    const SQL: &str = "select name_key from teams where archived_at is null and name_key = $1";
    let key = text::fold(name);
    let held = query!(link, SQL, key.as_str() => fetch_optional NameHolder)?;
    Ok(held.is_some_and(|row| row.name_key == key))
}

/// What these teams are called, archived ones too: one query.
///
/// # Errors
/// What the engine reports.
pub async fn names(link: &mut impl Link, teams: &[Id]) -> Result<Vec<(Id, String)>> {
    #[derive(sqlx::FromRow)]
    struct NameRow {
        id: Id,
        name: String,
    }
    let mut found = Vec::with_capacity(teams.len());
    for binds in rows::id_pieces(link.engine(), teams) {
        let sql = format!("select id, name from teams where id in ({})", rows::list(1, &binds));
        let named: Vec<NameRow> = rows::fetch(link, sql, &binds).await?;
        found.extend(named.into_iter().map(|row| (row.id, row.name)));
    }
    Ok(found)
}
