//! Teams as SCIM's groups: create, replace, patch, archive.

use serde_json::{Value, json};

use super::incoming::{Field, Group, demand_seen};
use super::memberships::{self, Skipped};
use super::team_names::demand_free_group;
use crate::audit::{Action, Entry};
use crate::error::{Error, Result};
use crate::model::{Id, Team};
use crate::scim::Document;
use crate::scim::etag::IfMatch;
use crate::scim::patch::{self, MemberChange, Operation};
use crate::scim::schema::GROUP;
use crate::scim::text::fold;
use crate::store::error::{TEAM_EXTERNAL_ID_TAKEN, TEAM_NAME_TAKEN};
use crate::store::{Link, Tx, memberships as rows, scim_search, teams};

/// Said of every id that SCIM does not see, whatever the reason.
pub const NO_SUCH_GROUP: &str = "There is no group with this id.";
/// Where Okta puts a group's description, when it sends one (okta.md: SCIM 1.1 only, tolerated in 2.0).
const OKTA_GROUP_URN: &str = "urn:okta:custom:group:1.0";

/// Makes a team out of a pushed group.
///
/// # Errors
/// [`Error::Conflict`] when the name or the externalId belongs to another team, whoever may see it; [`Error::Scim`] for a
/// reserved or blank name.
pub async fn create(tx: &mut Tx, group: &Group) -> Result<Team> {
    demand_seen("displayName", None, &group.name)?;
    demand_free_group(None, &group.name)?;
    let team = Team {
        id: Id::fresh(),
        name: group.name.clone(),
        description: description(&group.document),
        synced_from_okta: true,
        scim_visible: true,
        external_id: group.external_id.over(None),
        document: group.document.clone(),
        archived_at: None,
        created_at: tx.now(),
    };
    if !teams::insert(tx, &team).await? {
        let by_name = teams::name_is_held(tx, &team.name).await?;
        return Err(Error::conflict(if by_name { TEAM_NAME_TAKEN } else { TEAM_EXTERNAL_ID_TAKEN }));
    }
    let (_, after) = Document::diff(&Document::default(), &Group::document_of(&team));
    tx.say(Entry::team(Action::TeamCreated, team.id).changed(Value::Null, after).with("name", team.name.as_str()));
    if let Field::Given(members) = &group.members {
        let mut skipped = Skipped::default();
        memberships::add(tx, &team, members, &mut skipped).await?;
        skipped.say(tx, &team);
    }
    Ok(team)
}

/// Replaces a group with what a PUT says; members that it does not mention stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Precondition`] or [`Error::Conflict`]; [`Error::Scim`] for a reserved or blank name.
pub async fn replace(tx: &mut Tx, id: Id, group: &Group, if_match: &IfMatch) -> Result<Team> {
    let before = load(tx, id, if_match).await?;
    let edited = edit(tx, &before, group).await?;
    let team = edited.clone().unwrap_or(before);
    let mut skipped = Skipped::default();
    let moved = match &group.members {
        Field::Kept | Field::Cleared => false,
        Field::Given(members) => memberships::replace(tx, &team, members, &mut skipped).await?,
    };
    skipped.say(tx, &team);
    if moved && edited.is_none() {
        teams::bump(tx, id, 0).await?;
    }
    Ok(team)
}

/// What a PATCH says of a group, once its members are set apart.
#[derive(Clone, Debug)]
pub struct Change {
    /// What concerns the group itself.
    pub operations: Vec<Operation>,
    /// What concerns its members, in order.
    pub members: Vec<MemberChange>,
}

impl Change {
    /// Whether it only adds, or only removes, named members, so that others may do the same meanwhile. One that does
    /// both could cross another that does the opposite.
    fn commutes(&self, if_match: &IfMatch) -> bool {
        let plain = |change: &MemberChange| matches!(change, MemberChange::Add(_) | MemberChange::Remove(_));
        self.operations.is_empty()
            && self.members.len() <= 1
            && self.members.iter().all(plain)
            && !if_match.is_demanding()
    }
}

/// Applies a PATCH to a group, all of it or none. Members it does not name are never looked at.
///
/// # Errors
/// As [`replace`], and whatever the PATCH itself gets wrong.
pub async fn patch(tx: &mut Tx, id: Id, change: &Change, if_match: &IfMatch) -> Result<Team> {
    if change.commutes(if_match) {
        return patch_members(tx, id, &change.members).await;
    }
    let before = load(tx, id, if_match).await?;
    let mut document = Group::document_of(&before);
    patch::apply(&GROUP, &mut document, &change.operations)?;
    let mut group = Group::of(document)?;
    if group.external_id == Field::Kept {
        group.external_id = Field::Cleared;
    }
    let edited = edit(tx, &before, &group).await?;
    let team = edited.clone().unwrap_or(before);
    let moved = change_members(tx, &team, &change.members).await?;
    if moved && edited.is_none() {
        teams::bump(tx, id, 0).await?;
    }
    Ok(team)
}

async fn patch_members(tx: &mut Tx, id: Id, members: &[MemberChange]) -> Result<Team> {
    let slot = slot_of(tx);
    let team = teams::hold_scim(tx, id, slot).await?.ok_or_else(|| Error::not_found(NO_SUCH_GROUP))?;
    if change_members(tx, &team, members).await? {
        teams::bump(tx, id, slot).await?;
    }
    Ok(team)
}

/// Which slot of the version this unit takes: any will do, different ones do not wait for each other.
fn slot_of(tx: &Tx) -> i64 {
    let byte = tx.ctx().cause.uuid().as_bytes()[15];
    i64::from(byte) % teams::SLOTS
}

/// Applies member changes in their order; tells whether anybody came or went.
async fn change_members(tx: &mut Tx, team: &Team, changes: &[MemberChange]) -> Result<bool> {
    let mut skipped = Skipped::default();
    let mut moved = false;
    for change in changes {
        moved |= change_member(tx, team, change, &mut skipped).await?;
    }
    skipped.say(tx, team);
    Ok(moved)
}

async fn change_member(tx: &mut Tx, team: &Team, change: &MemberChange, skipped: &mut Skipped) -> Result<bool> {
    match change {
        MemberChange::Add(ids) => memberships::add(tx, team, ids, skipped).await,
        MemberChange::Remove(ids) => memberships::remove(tx, team, ids).await,
        MemberChange::Replace(ids) => memberships::replace(tx, team, ids, skipped).await,
        MemberChange::RemoveWhere(filter) => {
            let (condition, binds) = scim_search::member_condition(filter, tx.engine())?;
            let users = rows::matching(tx, team.id, &condition, &binds).await?;
            memberships::remove_people(tx, team, &users).await
        }
    }
}

async fn load(tx: &mut Tx, id: Id, if_match: &IfMatch) -> Result<Team> {
    let found = teams::lock_scim(tx, id).await?;
    let (team, revision) = found.ok_or_else(|| Error::not_found(NO_SUCH_GROUP))?;
    if_match.check(revision.number).map_err(Error::Precondition)?;
    Ok(team)
}

/// Writes what changed of the team itself; none when nothing did.
async fn edit(tx: &mut Tx, before: &Team, group: &Group) -> Result<Option<Team>> {
    let mut after = before.clone();
    after.name.clone_from(&group.name);
    after.external_id = group.external_id.over(before.external_id.as_ref());
    after.document = group.document.clone();
    if description(&before.document) != description(&group.document) {
        // What Okta does not send is the platform's to say.
        after.description = description(&group.document);
    }
    let (was, is) = Document::diff(&Group::document_of(before), &Group::document_of(&after));
    if was == is {
        return Ok(None);
    }
    demand_seen("displayName", Some(&before.name), &after.name)?;
    demand_free_group(Some(&before.name), &after.name)?;
    demand_free(tx, before, &after.name).await?;
    teams::update(tx, &after).await?;
    tx.say(Entry::team(Action::TeamUpdated, after.id).changed(was, is).with("name", after.name.as_str()));
    Ok(Some(after))
}

/// Refuses a new name that another living team has. Of two taken values the engines would name one or the other; a POST
/// names this one.
async fn demand_free(tx: &mut Tx, before: &Team, name: &str) -> Result<()> {
    let is_kept = fold(&before.name) == fold(name) || before.archived_at.is_some();
    if is_kept || !teams::name_is_held(tx, name).await? {
        return Ok(());
    }
    Err(Error::conflict(TEAM_NAME_TAKEN))
}

/// What Okta says the group is for.
pub(super) fn description(document: &Document) -> Option<String> {
    let custom = document.get(OKTA_GROUP_URN)?;
    custom.get("description").and_then(Value::as_str).map(str::to_owned)
}

/// Archives a group deleted over SCIM: out of SCIM's sight, its name free again, its members let go by nobody.
///
/// # Errors
/// [`Error::NotFound`] or [`Error::Precondition`].
pub async fn archive(tx: &mut Tx, id: Id, if_match: &IfMatch) -> Result<()> {
    let mut team = load(tx, id, if_match).await?;
    let was_archived = team.archived_at.is_some();
    team.archived_at.get_or_insert(tx.now());
    team.scim_visible = false;
    teams::update(tx, &team).await?;
    let before = json!({ "archived": was_archived, "visibleToScim": true });
    let after = json!({ "archived": true, "visibleToScim": false });
    tx.say(Entry::team(Action::TeamArchived, id).changed(before, after).with("name", team.name.as_str()));
    Ok(())
}
