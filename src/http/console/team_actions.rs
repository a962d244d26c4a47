//! What is done to a team from its page: each form goes through the verb that the API uses, and comes back to the page.

use super::done;
use super::teams::TEAMS;
use super::{member, team};
use crate::directory::incoming::Field;
use crate::directory::platform_members::{self, Left, NO_SUCH_MEMBER};
use crate::directory::platform_teams::{self, NO_SUCH_TEAM};
use crate::directory::{links, person};
use crate::error::{Error, Result};
use crate::http::api::call::Call;
use crate::http::api::teams::LONGEST_REASON;
use crate::http::problem::Answer;
use crate::model::{Id, TeamRole};
use crate::okta::api::is_id;

/// The longest sign-in name or address that somebody is told by, in characters.
const LONGEST_WHO: usize = 200;

/// Back to the page: to say what was done, or why nothing was.
async fn settled(call: &Call, id: Id, outcome: Result<&'static str>) -> Answer {
    match outcome {
        Ok(told) => Ok(done::led_to(call, &format!("{TEAMS}/{id}"), told)?),
        Err(error @ (Error::Conflict(_) | Error::Clash(_) | Error::Invalid(_))) => {
            team::shown(call, id, None, (None, Some(error.into()))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The team that the path names, for a form without fields.
fn named(call: &Call) -> Result<Id> {
    call.form.fields(&[])?.end()?;
    call.id(NO_SUCH_TEAM)
}

/// `POST /teams/{id}/members`.
pub(in crate::http) async fn add(call: Call) -> Answer {
    let (id, mut form) = (call.id(NO_SUCH_TEAM)?, call.form.fields(&[])?);
    let who = form.text("who", 1..=LONGEST_WHO).map(|who| who.trim().to_owned());
    let role = form.word::<TeamRole>("role");
    let (who, role) = match form.done(who.zip(role)) {
        Ok(read) => read,
        Err(error) => return settled(&call, id, Err(error)).await,
    };
    let work = (call.caller()?, id, who, role);
    let done =
        call.unit(&work, |tx, (caller, id, who, role)| Box::pin(person::join_named(tx, caller, *id, who, *role)));
    let done = done.await.map(|()| "joined");
    settled(&call, id, done).await
}

/// Who is meant by the path of a member's page.
fn member_of(call: &Call) -> Result<(Id, Id)> {
    Ok((call.id(NO_SUCH_TEAM)?, call.id_of("user", NO_SUCH_MEMBER)?))
}

/// `POST /teams/{id}/members/{user}/role`.
pub(in crate::http) async fn set_role(call: Call) -> Answer {
    let ((id, user), mut form) = (member_of(&call)?, call.form.fields(&[])?);
    let role = form.word::<TeamRole>("role");
    let work = (call.caller()?, id, user, form.done(role)?);
    let done = call.unit(&work, |tx, (caller, id, user, role)| {
        Box::pin(platform_members::set_role(tx, caller, *id, *user, *role))
    });
    match done.await {
        Err(error @ Error::Conflict(_)) => member::shown(&call, (id, user), Some(error.into())).await,
        other => settled(&call, id, other.map(|()| "member-role")).await,
    }
}

const fn left(left: Left) -> &'static str {
    match left {
        Left::Unchanged => "not-in-it",
        Left::Removed => "removed",
        Left::OptedOut => "opted-out",
    }
}

/// `POST /teams/{id}/members/{user}/remove`.
pub(in crate::http) async fn remove(call: Call) -> Answer {
    call.form.fields(&[])?.end()?;
    let (id, user) = member_of(&call)?;
    let work = (call.caller()?, id, user);
    let done = call.unit(&work, |tx, (caller, id, user)| Box::pin(platform_members::remove(tx, caller, *id, *user)));
    let done = done.await.map(left);
    settled(&call, id, done).await
}

/// `POST /teams/{id}/leave`.
pub(in crate::http) async fn leave(call: Call) -> Answer {
    let id = named(&call)?;
    let work = (call.caller()?, id);
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(platform_members::leave(tx, caller, *id))).await;
    settled(&call, id, done.map(left)).await
}

/// A text that may be left empty.
pub(super) fn given(field: Field<String>) -> Option<String> {
    let Field::Given(text) = field else { return None };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// `POST /teams/{id}/maintenance`.
pub(in crate::http) async fn maintain(call: Call) -> Answer {
    let (id, mut form) = (call.id(NO_SUCH_TEAM)?, call.form.fields(&[])?);
    let reason = given(form.text_or_null("reason", 0..=LONGEST_REASON));
    if !form.has("on") {
        form.refuse("on", "is required");
    }
    let on = form.flag_or_none("on");
    let on = form.done(on)?;
    let work = (call.caller()?, id, on, reason);
    let done = call.unit(&work, |tx, (caller, id, on, reason)| {
        Box::pin(platform_teams::set_maintenance(tx, caller, *id, *on, reason.as_deref()))
    });
    let done = done.await.map(|()| if on { "maintenance-on" } else { "maintenance-off" });
    settled(&call, id, done).await
}

/// `POST /teams/{id}/archive`.
pub(in crate::http) async fn archive(call: Call) -> Answer {
    let id = named(&call)?;
    let work = (call.caller()?, id);
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(platform_teams::archive(tx, caller, *id))).await;
    settled(&call, id, done.map(|()| "archived")).await
}

/// `POST /teams/{id}/restore`.
pub(in crate::http) async fn restore(call: Call) -> Answer {
    let id = named(&call)?;
    let work = (call.caller()?, id);
    let done = call.unit(&work, |tx, (caller, id)| Box::pin(platform_teams::restore(tx, caller, *id))).await;
    settled(&call, id, done.map(|()| "restored")).await
}

/// The group at Okta that a form names.
fn group(call: &Call) -> Result<String> {
    let mut form = call.form.fields(&[])?;
    let group = form.text("group", 1..=crate::okta::api::LONGEST_ID);
    if group.as_deref().is_some_and(|group| !is_id(group)) {
        form.refuse("group", "must be the id of a group at Okta");
    }
    form.done(group)
}

/// `POST /teams/{id}/link`.
pub(in crate::http) async fn confirm_link(call: Call) -> Answer {
    let (id, group) = (call.id(NO_SUCH_TEAM)?, group(&call)?);
    let work = (call.caller()?, group, id);
    let done =
        call.unit(&work, |tx, (caller, group, id)| Box::pin(links::confirm_for(tx, caller, group, Some(*id)))).await;
    settled(&call, id, done.map(|()| "linked")).await
}

/// `POST /teams/{id}/unlink`.
pub(in crate::http) async fn remove_link(call: Call) -> Answer {
    let (id, group) = (call.id(NO_SUCH_TEAM)?, group(&call)?);
    let work = (call.caller()?, group);
    let done = call.unit(&work, |tx, (caller, group)| Box::pin(links::remove_for(tx, caller, group))).await;
    settled(&call, id, done.map(|()| "unlinked")).await
}
