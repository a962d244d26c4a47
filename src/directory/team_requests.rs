//! Asking for a team: anybody may, a platform admin decides, and who asked runs the team that is made.

use serde_json::{Value, json};

use super::incoming::Field;
use super::platform_members::{join, joinable};
use super::platform_teams::{Edit, found};
use super::team_names::demand_free;
use crate::access::permission;
use crate::audit::{Action, Entry, Resource};
use crate::error::{Error, Result};
use crate::model::policy::{self, Caller, Deed, Means, Whose};
use crate::model::team_request::{RequestState, TeamRequest};
use crate::model::words::Word;
use crate::model::{Id, TeamRole};
use crate::scim::text;
use crate::store::{Link, Tx, team_requests, teams, users};

/// How many wishes a person may wait for at once.
pub const MOST_PENDING: usize = 5;
/// How many are read to count them: more than anybody can have.
const READ: i64 = 50;
/// Said of every id that names no wish.
pub const NO_SUCH_REQUEST: &str = "There is no team request with this id.";
const REJECTED: &str = "This request was rejected. Ask anew.";
const APPROVED: &str = "This request was approved; its team is there.";
const NO_ACCESS: &str = "Who asked for this team has no access any more. Reject the request, or give access back.";

/// Asks for a team. The same wish while it waits is the one that is there; tells whether it is new.
///
/// # Errors
/// [`Error::Clash`] when a team bears the name, [`Error::Invalid`] when it is reserved, [`Error::Conflict`] for one wish
/// too many.
pub async fn make(tx: &mut Tx, caller: &Caller, name: &str, reason: &str) -> Result<(TeamRequest, bool)> {
    permission::demand(tx, caller, Deed::RequestTeams, caller.user).await?;
    let person = users::lock(tx, caller.user).await?.filter(|user| user.is_active);
    let person = person.ok_or_else(|| Error::forbidden(permission::NOT_ALLOWED))?;
    let waiting = team_requests::pending_of(tx, person.id, READ).await?;
    if let Some(same) = waiting.iter().find(|one| text::fold(&one.name) == text::fold(name)) {
        return Ok((same.clone(), false));
    }
    if waiting.len() >= MOST_PENDING {
        return Err(Error::conflict(format!("You wait for {MOST_PENDING} teams, which is as many as anybody may.")));
    }
    demand_free(name)?;
    if teams::name_is_held(tx, name).await? {
        return Err(Error::clash("name", "is taken by another team"));
    }
    let request = fresh(tx, person.id, name, reason);
    team_requests::insert(tx, &request).await?;
    let wish = json!({ "name": name, "reason": reason });
    tx.say(told(Action::TeamRequestMade, &request).changed(Value::Null, wish).with("user", person.title()));
    Ok((request, true))
}

fn fresh(tx: &mut Tx, requester_id: Id, name: &str, reason: &str) -> TeamRequest {
    TeamRequest {
        id: Id::fresh(),
        requester_id,
        name: name.to_owned(),
        reason: reason.to_owned(),
        state: RequestState::Pending,
        decided_by: None,
        by_break_glass: false,
        decided_at: None,
        note: None,
        team_id: None,
        created_at: tx.now(),
    }
}

fn told(action: Action, request: &TeamRequest) -> Entry {
    let entry = Entry::about(action, Resource::TeamRequest, request.id);
    Entry { user_id: Some(request.requester_id), ..entry }.with("name", request.name.as_str())
}

/// A page of wishes, newest first: everybody's for who may see them, else one's own.
///
/// # Errors
/// What the engine reports.
pub async fn list(
    link: &mut impl Link,
    caller: &Caller,
    state: Option<RequestState>,
    before: Option<Id>,
    count: u32,
) -> Result<Vec<TeamRequest>> {
    let sees_all = policy::may(caller, Deed::ReadRequests, Whose::Foreign);
    let of = if sees_all { None } else { Some(caller.user) };
    let found = team_requests::list(link, of, state, before, count).await?;
    Ok(if sees_all { found } else { found.into_iter().map(without_break_glass).collect() })
}

/// A wish as who is no admin may read it: break-glass accounts are nobody to them.
fn without_break_glass(request: TeamRequest) -> TeamRequest {
    let decided_by = request.decided_by.filter(|_| !request.by_break_glass);
    TeamRequest { decided_by, ..request }
}

/// Makes the team that was asked for, run by who asked. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Conflict`] when it was rejected or who asked has no access any more; [`Error::Clash`] when the name was
/// taken meanwhile.
pub async fn approve(tx: &mut Tx, caller: &Caller, id: Id) -> Result<TeamRequest> {
    let request = hold(tx, caller, id).await?;
    match request.state {
        RequestState::Approved => return Ok(request),
        RequestState::Rejected => return Err(Error::conflict(REJECTED)),
        RequestState::Pending => {}
    }
    let person = joinable(tx, request.requester_id).await.map_err(|error| match error {
        Error::Invalid(_) => Error::conflict(NO_ACCESS),
        other => other,
    })?;
    let team = found(tx, &request.name, &plain()).await?;
    join(tx, &team, &person, TeamRole::Admin).await?;
    let decided = decide(tx, caller, request, RequestState::Approved, Some(team.id), None).await?;
    say_decided(tx, Action::TeamRequestApproved, &decided);
    Ok(decided)
}

fn plain() -> Edit {
    Edit {
        name: None,
        description: Field::Kept,
        slack_channel: Field::Kept,
        notifications: Field::Kept,
        escalation: Field::Kept,
    }
}

/// Says no. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Conflict`] when it was approved.
pub async fn reject(tx: &mut Tx, caller: &Caller, id: Id, note: Option<&str>) -> Result<TeamRequest> {
    let request = hold(tx, caller, id).await?;
    match request.state {
        RequestState::Rejected => return Ok(request),
        RequestState::Approved => return Err(Error::conflict(APPROVED)),
        RequestState::Pending => {}
    }
    let decided = decide(tx, caller, request, RequestState::Rejected, None, note).await?;
    say_decided(tx, Action::TeamRequestRejected, &decided);
    Ok(decided)
}

async fn hold(tx: &mut Tx, caller: &Caller, id: Id) -> Result<TeamRequest> {
    permission::demand_at_all(caller, Deed::DecideRequests)?;
    team_requests::lock(tx, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_REQUEST))
}

async fn decide(
    tx: &mut Tx,
    caller: &Caller,
    request: TeamRequest,
    state: RequestState,
    team_id: Option<Id>,
    note: Option<&str>,
) -> Result<TeamRequest> {
    let (decided_by, decided_at, note) = (Some(caller.user), Some(tx.now()), note.map(str::to_owned));
    let by_break_glass = caller.means == Means::BreakGlass;
    let decided = TeamRequest { state, decided_by, by_break_glass, decided_at, note, team_id, ..request };
    team_requests::decide(tx, &decided).await?;
    Ok(decided)
}

fn say_decided(tx: &mut Tx, action: Action, request: &TeamRequest) {
    let shown = |state: RequestState| json!({ "state": state.as_str() });
    let said = told(action, request).changed(shown(RequestState::Pending), shown(request.state));
    let said = Entry { team_id: request.team_id, ..said };
    tx.say(said.with("note", request.note.clone()));
}
