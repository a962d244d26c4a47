//! Who is in a team, as far as people decide it here. What Okta holds is never let go here: who leaves such a team is
//! marked opted out, kept for Okta, and has no rights and no duty in it.

use serde_json::{Value, json};

use super::platform_teams::hold_living;
use crate::access::permission;
use crate::audit::action::Severity;
use crate::audit::{Action, Entry, Resource};
use crate::error::{Error, Result};
use crate::model::policy::{Caller, Deed};
use crate::model::words::Word;
use crate::model::{Id, Membership, TeamRole};
use crate::store::platform_members::{self as rows, Candidate};
use crate::store::platform_teams::{self, ShownTeam};
use crate::store::{Tx, users};

/// Said of a person who is not in the team.
pub const NO_SUCH_MEMBER: &str = "This person is not in this team.";
const NOBODY: &str = "names nobody on the roll";
const INACTIVE: &str = "has no access: give it back first";
const OTHER_ROLE: &str = "is another one than this member has: change it with PATCH";

/// Takes a person into a team, or back into one they left. As they are in it already is no change.
///
/// # Errors
/// [`Error::Invalid`] for who cannot join, [`Error::Clash`] for who is in it in another role; [`Error::Conflict`] when
/// the team is archived.
pub async fn add(tx: &mut Tx, caller: &Caller, team: Id, user: Id, role: TeamRole) -> Result<()> {
    let team = hold_living(tx, caller, Deed::SetMembers, team).await?;
    let person = joinable(tx, user).await?;
    let Some(before) = rows::find(tx, team.id, user).await? else { return join(tx, &team, &person, role).await };
    if before.opted_out {
        return take_back(tx, &team, &person, &before, role).await;
    }
    if before.role != role {
        return Err(Error::clash("role", OTHER_ROLE));
    }
    if before.by_platform {
        return Ok(());
    }
    let after = Membership { by_platform: true, ..before.clone() };
    change(tx, &team, &person, Action::TeamMemberAdded, &before, &after).await
}

/// A person who can join a team, held on the roll. Who runs a team asks for people by their ids, and learns of no
/// break-glass account so.
pub(super) async fn joinable(tx: &mut Tx, user: Id) -> Result<Candidate> {
    let found = rows::hold_person(tx, user).await?.filter(|person| !person.is_break_glass_account);
    let person = found.ok_or_else(|| Error::invalid("userId", NOBODY))?;
    if person.is_active { Ok(person) } else { Err(Error::invalid("userId", INACTIVE)) }
}

/// Adds a person who has no place in a locked team.
pub(super) async fn join(tx: &mut Tx, team: &ShownTeam, person: &Candidate, role: TeamRole) -> Result<()> {
    let member = Membership {
        id: Id::fresh(),
        user_id: person.id,
        team_id: team.id,
        role,
        by_okta: false,
        by_platform: true,
        opted_out: false,
    };
    rows::insert(tx, &member).await?;
    platform_teams::bump(tx, team.id).await?;
    let said = entry(Action::TeamMemberAdded, team, person, &member).changed(Value::Null, state(&member));
    tx.say(grave(said, role == TeamRole::Admin));
    Ok(())
}

async fn take_back(
    tx: &mut Tx,
    team: &ShownTeam,
    person: &Candidate,
    before: &Membership,
    role: TeamRole,
) -> Result<()> {
    let after = Membership { role, by_platform: true, opted_out: false, ..before.clone() };
    change(tx, team, person, Action::TeamMemberTakenBack, before, &after).await
}

async fn change(
    tx: &mut Tx,
    team: &ShownTeam,
    person: &Candidate,
    action: Action,
    before: &Membership,
    after: &Membership,
) -> Result<()> {
    rows::update(tx, after).await?;
    platform_teams::bump(tx, team.id).await?;
    let said = entry(action, team, person, after).changed(state(before), state(after));
    let is_admin_now = after.role == TeamRole::Admin && action == Action::TeamMemberTakenBack;
    tx.say(grave(said, is_admin_now));
    Ok(())
}

/// Gives a member another role; the one they have is no change.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the team or left it; [`Error::Conflict`] when the team is archived.
pub async fn set_role(tx: &mut Tx, caller: &Caller, team: Id, user: Id, role: TeamRole) -> Result<()> {
    let team = hold_living(tx, caller, Deed::SetMembers, team).await?;
    let found = rows::find(tx, team.id, user).await?.filter(|member| !member.opted_out);
    let before = found.ok_or_else(|| Error::not_found(NO_SUCH_MEMBER))?;
    if before.role == role {
        return Ok(());
    }
    let after = Membership { role, ..before.clone() };
    let person = named(tx, user).await?;
    change(tx, &team, &person, Action::TeamRoleChanged, &before, &after).await
}

/// What became of somebody who is to leave a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// They were not in it, or had left it.
    Unchanged,
    /// Their membership ended.
    Removed,
    /// Okta still holds it; here they are out.
    OptedOut,
}

/// Sends a person away from a team. Who is not in it is no fault; the last admin may go, and the team's health tells.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Error::Conflict`] when the team is archived.
pub async fn remove(tx: &mut Tx, caller: &Caller, team: Id, user: Id) -> Result<Left> {
    let team = hold_living(tx, caller, Deed::SetMembers, team).await?;
    end(tx, &team, user).await
}

/// Leaves a team oneself; whoever is not in it has left it.
///
/// # Errors
/// As [`remove`].
pub async fn leave(tx: &mut Tx, caller: &Caller, team: Id) -> Result<Left> {
    permission::demand(tx, caller, Deed::LeaveTeams, caller.user).await?;
    let found = platform_teams::lock(tx, team).await?;
    let team = found.ok_or_else(|| Error::not_found(super::platform_teams::NO_SUCH_TEAM))?;
    if team.archived_at.is_some() {
        return Err(Error::conflict(super::platform_teams::ARCHIVED));
    }
    end(tx, &team, caller.user).await
}

async fn end(tx: &mut Tx, team: &ShownTeam, user: Id) -> Result<Left> {
    let Some(before) = rows::find(tx, team.id, user).await?.filter(|member| !member.opted_out) else {
        return Ok(Left::Unchanged);
    };
    let person = named(tx, user).await?;
    let had_admin = rows::staff(tx, team.id).await?.admins > 0;
    let (left, said) = if before.by_okta {
        let after = Membership { by_platform: false, opted_out: true, ..before.clone() };
        rows::update(tx, &after).await?;
        let said = entry(Action::TeamMemberOptedOut, team, &person, &before).changed(state(&before), state(&after));
        (Left::OptedOut, said)
    } else {
        rows::delete(tx, before.id).await?;
        let said = entry(Action::TeamMemberRemoved, team, &person, &before).changed(state(&before), Value::Null);
        (Left::Removed, said)
    };
    platform_teams::bump(tx, team.id).await?;
    let was_last = had_admin && rows::staff(tx, team.id).await?.admins == 0;
    tx.say(grave(if was_last { said.with("lastAdmin", true) } else { said }, was_last));
    Ok(left)
}

/// A member for the audit, whoever they are by now.
async fn named(tx: &mut Tx, user: Id) -> Result<Candidate> {
    let name = users::names(tx, &[user]).await?.pop().and_then(|(_, name)| name);
    Ok(Candidate { id: user, name, is_active: true, is_break_glass_account: false })
}

/// Who comes to run a team, and a team that nobody runs any more, are worth a look.
fn grave(entry: Entry, is_so: bool) -> Entry {
    if is_so { Entry { severity: Severity::Warn, ..entry } } else { entry }
}

fn entry(action: Action, team: &ShownTeam, person: &Candidate, member: &Membership) -> Entry {
    let entry = Entry::about(action, Resource::Membership, member.id);
    let entry = Entry { user_id: Some(person.id), team_id: Some(team.id), ..entry };
    entry.with("user", person.name.clone()).with("team", team.name.as_str())
}

fn state(member: &Membership) -> Value {
    json!({
        "role": member.role.as_str(),
        "byOkta": member.by_okta,
        "byPlatform": member.by_platform,
        "optedOut": member.opted_out,
    })
}
