//! `/api/teams/{id}/members`: who is in a team, as what, and who holds them in it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::pages;
use super::teams::render_warnings;
use crate::directory::platform_members::{self, Left, NO_SUCH_MEMBER};
use crate::directory::platform_teams::{self, NO_SUCH_TEAM};
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::model::words::Word;
use crate::model::{Id, TeamRole};
use crate::store::platform_members::{self as rows, ShownMember};

/// A member: no way of reaching them is told.
fn render(member: &ShownMember) -> Value {
    json!({
        "userId": member.user_id.to_string(),
        "name": member.name,
        "isActive": member.is_active,
        "role": member.role.as_str(),
        "source": { "okta": member.by_okta, "platform": member.by_platform },
        "optedOut": member.opted_out,
        "joinedAt": member.joined_at.rfc3339(),
    })
}

/// `GET /api/teams/{id}/members`: a page of them, in the order of their ids.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let (team, mut query) = (call.id(NO_SUCH_TEAM)?, call.query()?);
    let (limit, cursor) = (pages::limit(&mut query), query.id("cursor"));
    query.end()?;
    let mut view = call.view().await?;
    platform_teams::read(&mut view, team).await?;
    let found = rows::list(&mut view, team, cursor, limit + 1).await?;
    let (members, next) = pages::cut(found, limit, |last| last.user_id.to_string());
    Ok(Json(json!({ "members": members.iter().map(render).collect::<Vec<_>>(), "nextCursor": next })).into_response())
}

/// A member as they are after a change.
async fn after(call: &Call, team: Id, user: Id) -> Result<Value> {
    let found = rows::show(&mut call.view().await?, team, user).await?;
    found.as_ref().map(render).ok_or_else(|| Error::not_found(NO_SUCH_MEMBER))
}

/// `POST /api/teams/{id}/members`.
pub(in crate::http) async fn add(call: Call) -> Answer {
    let (team, mut body) = (call.id(NO_SUCH_TEAM)?, call.body()?);
    let (user, role) = (body.demand_id("userId"), body.word::<TeamRole>("role"));
    let (user, role) = body.done(user.zip(role))?;
    let work = (call.caller()?, team, user, role);
    let done = call
        .unit(&work, |tx, (caller, team, user, role)| Box::pin(platform_members::add(tx, caller, *team, *user, *role)));
    done.await?;
    Ok((StatusCode::OK, Json(after(&call, team, user).await?)).into_response())
}

/// `PATCH /api/teams/{id}/members/{user}`.
pub(in crate::http) async fn set_role(call: Call) -> Answer {
    let (team, user) = (call.id(NO_SUCH_TEAM)?, call.id_of("user", NO_SUCH_MEMBER)?);
    let mut body = call.body()?;
    let role = body.word::<TeamRole>("role");
    let work = (call.caller()?, team, user, body.done(role)?);
    let done = call.unit(&work, |tx, (caller, team, user, role)| {
        Box::pin(platform_members::set_role(tx, caller, *team, *user, *role))
    });
    done.await?;
    Ok(Json(after(&call, team, user).await?).into_response())
}

/// What became of who left, and what the team lacks without them.
async fn gone(call: &Call, team: Id, left: Left) -> Answer {
    let outcome = match left {
        Left::Unchanged => "unchanged",
        Left::Removed => "removed",
        Left::OptedOut => "opted_out",
    };
    let warnings = platform_teams::health(&mut call.view().await?, team).await?;
    Ok(Json(json!({ "outcome": outcome, "warnings": render_warnings(&warnings) })).into_response())
}

/// `DELETE /api/teams/{id}/members/{user}`.
pub(in crate::http) async fn remove(call: Call) -> Answer {
    let (team, user) = (call.id(NO_SUCH_TEAM)?, call.id_of("user", NO_SUCH_MEMBER)?);
    let work = (call.caller()?, team, user);
    let left =
        call.unit(&work, |tx, (caller, team, user)| Box::pin(platform_members::remove(tx, caller, *team, *user)));
    gone(&call, team, left.await?).await
}

/// `POST /api/teams/{id}/leave`.
pub(in crate::http) async fn leave(call: Call) -> Answer {
    let team = call.id(NO_SUCH_TEAM)?;
    call.body()?.end()?;
    let work = (call.caller()?, team);
    let left = call.unit(&work, |tx, (caller, team)| Box::pin(platform_members::leave(tx, caller, *team)));
    gone(&call, team, left.await?).await
}
