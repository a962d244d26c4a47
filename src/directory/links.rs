//! Links between teams and groups at Okta. A name proposes one; an admin or Okta's own mapping confirms it, and from then
//! on the group's events act on the team. What an admin set aside, no job makes again.

use serde_json::json;

use super::teams::NO_SUCH_GROUP;
use crate::access::permission;
use crate::audit::{Action, Entry};
use crate::error::{Error, Result};
use crate::model::Id;
use crate::model::policy::{Caller, Deed};
use crate::store::okta_groups::{self, SLOT};
use crate::store::okta_links::{self, GroupLink};
use crate::store::{Link, Tx, teams};

/// Said when a link to a deleted group is to be confirmed.
const GROUP_IS_GONE: &str = "Okta has deleted this group.";
/// Said when there is nothing to confirm.
const NOT_PROPOSED: &str =
    "No team is proposed for this group: no living, unlinked team bears its name. Name the team.";
/// Said when there is no link to end.
const NO_LINK: &str = "There is no link of this group, and none is proposed.";

/// A link as it is shown: whether it stands, or is only proposed.
pub type Shown = (GroupLink, bool);

/// The next links, standing and proposed, in the order of the groups' ids, after the group `after`.
///
/// # Errors
/// What the engine reports.
pub async fn list(link: &mut impl Link, after: &str, limit: i64) -> Result<Vec<Shown>> {
    let standing = okta_links::confirmed(link, after, limit).await?.into_iter().map(|one| (one, true));
    let proposed = okta_links::proposed(link, after, limit).await?.into_iter().map(|one| (one, false));
    let mut all: Vec<Shown> = standing.chain(proposed).collect();
    all.sort_by(|(one, _), (other, _)| one.okta_group_id.cmp(&other.okta_group_id));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// Confirms the link of a group: to this team, or else to the one that its name proposes. Doing it again changes nothing.
/// A team that follows another group follows this one from then on.
///
/// # Errors
/// [`Error::NotFound`] when there is no such team or none is proposed, [`Error::Conflict`] when the group is gone or
/// linked to another team.
pub async fn confirm(tx: &mut Tx, group: &str, team: Option<Id>) -> Result<()> {
    let team = match team {
        Some(team) => team,
        None => concerned(tx, group).await?.ok_or_else(|| Error::not_found(NOT_PROPOSED))?,
    };
    make(tx, team, group).await?;
    okta_links::allow(tx, group).await
}

/// Confirms a link in the name of somebody who is signed in, as [`confirm`] does. It acts by Okta's events and not by its
/// maker's right, so what they may is asked by what they were when they came in, as of every change of a team.
///
/// # Errors
/// [`Error::Forbidden`]; otherwise those of [`confirm`].
pub async fn confirm_for(tx: &mut Tx, caller: &Caller, group: &str, team: Option<Id>) -> Result<()> {
    permission::demand_at_all(caller, Deed::SetLinks)?;
    confirm(tx, group, team).await
}

/// The team that is linked to a group, or that its name proposes.
async fn concerned(tx: &mut Tx, group: &str) -> Result<Option<Id>> {
    match okta_links::team_of(tx, group).await? {
        Some(team) => Ok(Some(team)),
        None => Ok(okta_links::proposal(tx, group).await?.map(|proposal| proposal.team_id)),
    }
}

/// Confirms the link that a group's name proposes, because Okta itself says that it pushes the group to our app; tells
/// whether it did. What an admin set aside stays so, also when they do it at this moment: both hold the team.
///
/// # Errors
/// What the engine reports.
pub async fn confirm_mapped(tx: &mut Tx, group: &str) -> Result<bool> {
    let Some(seen) = okta_links::proposal(tx, group).await? else { return Ok(false) };
    if teams::lock_scim(tx, seen.team_id).await?.is_none() {
        return Ok(false);
    }
    match okta_links::proposal(tx, group).await? {
        Some(now) if now.team_id == seen.team_id && now.declined_at.is_none() => {
            make(tx, now.team_id, group).await.map(|()| true)
        }
        _ => Ok(false),
    }
}

/// Links a team of SCIM's to a group at Okta, whose events act on it from then on. Doing it again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no such team, or [`Error::Conflict`] when the group is gone or linked to another
/// team.
pub async fn make(tx: &mut Tx, team: Id, group: &str) -> Result<()> {
    let found = teams::lock_scim(tx, team).await?.filter(|(team, _)| team.archived_at.is_none());
    let (team, _) = found.ok_or_else(|| Error::not_found(NO_SUCH_GROUP))?;
    if okta_groups::is_gone(tx, group).await? {
        return Err(Error::conflict(GROUP_IS_GONE));
    }
    let before = teams::linked_group(tx, team.id).await?;
    if teams::link(tx, team.id, group, SLOT).await? {
        let said = Entry::team(Action::TeamLinked, team.id).with("name", team.name.as_str());
        tx.say(said.changed(json!({ "oktaGroupId": before }), json!({ "oktaGroupId": group })));
    }
    Ok(())
}

/// Sets a link aside in the name of somebody who is signed in, as [`remove`] does.
///
/// # Errors
/// [`Error::Forbidden`]; otherwise what the engine reports.
pub async fn remove_for(tx: &mut Tx, caller: &Caller, group: &str) -> Result<()> {
    permission::demand_at_all(caller, Deed::SetLinks)?;
    remove(tx, group).await
}

/// Sets a link aside at the command line, as [`remove`] does, and says where there is none: a name may be mistyped there.
///
/// # Errors
/// [`Error::NotFound`] when no team follows the group, none is proposed, and none was set aside.
pub async fn remove_known(tx: &mut Tx, group: &str) -> Result<()> {
    if concerned(tx, group).await?.is_none() && !okta_links::is_declined(tx, group).await? {
        return Err(Error::not_found(NO_LINK));
    }
    remove(tx, group).await
}

/// Sets the link of a group aside, whether it stands or is only proposed: the group's events act on no team any more, and
/// no job links it again. Doing it again changes nothing.
///
/// # Errors
/// What the engine reports.
pub async fn remove(tx: &mut Tx, group: &str) -> Result<()> {
    let Some(team) = concerned(tx, group).await? else { return Ok(()) };
    let Some((team, _)) = teams::lock_scim(tx, team).await? else { return Ok(()) };
    // Read after the lock: a job may have confirmed it meanwhile.
    if okta_links::team_of(tx, group).await? == Some(team.id) {
        okta_links::unlink(tx, team.id).await?;
        okta_links::decline(tx, group).await?;
        let (link, none) = (json!({ "oktaGroupId": group }), json!({ "oktaGroupId": null }));
        tx.say(Entry::team(Action::TeamUnlinked, team.id).with("name", team.name.as_str()).changed(link, none));
    } else if okta_links::proposal(tx, group).await?.is_some() && okta_links::decline(tx, group).await? {
        let said = Entry { team_id: Some(team.id), ..Entry::service(Action::TeamUnlinked) };
        let (link, none) = (json!({ "proposedGroupId": group }), json!({ "proposedGroupId": null }));
        tx.say(said.with("name", team.name.as_str()).changed(link, none));
    }
    Ok(())
}
