//! `/auth/sessions`: what somebody is signed in with.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::me::signed_out;
use super::pages::{self, Listing};
use crate::access::sessions;
use crate::clock::Time;
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::session::Session;
use crate::model::words::Word;

const NO_SUCH_SESSION: &str = "There is no session with this id.";

/// A session as it is shown: nothing of it lets anybody in.
pub(super) fn render(session: &Session, current: Option<Id>) -> Value {
    json!({
        "id": session.id.to_string(),
        "userId": session.user_id.to_string(),
        "born": session.born.as_str(),
        "ip": session.ip,
        "userAgent": session.user_agent,
        "createdAt": session.created_at.rfc3339(),
        "provenAt": session.proven_at.map(Time::rfc3339),
        "lastSeenAt": session.last_seen_at.rfc3339(),
        "expiresAt": session.expires_at.rfc3339(),
        "endedAt": session.ended_at.map(Time::rfc3339),
        "current": current == Some(session.id),
    })
}

/// `GET /auth/sessions`: a page of the live ones, newest first; `?user=`, else the caller's own.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let proven = call.proven()?;
    let asked = Listing::read(call.query()?, proven.caller.user)?;
    let mut view = call.view().await?;
    let found = sessions::list(&mut view, &proven.caller, asked.user, call.ctx.now, asked.page()).await?;
    let (found, next) = pages::cut(found, asked.limit, |last| last.id.to_string());
    let current = proven.session.as_ref().map(|session| session.id);
    let shown: Vec<Value> = found.iter().map(|session| render(session, current)).collect();
    Ok(Json(json!({ "sessions": shown, "nextCursor": next })).into_response())
}

/// `DELETE /auth/sessions/{id}`.
pub(in crate::http) async fn end(call: Call) -> Answer {
    let work = (call.caller()?, call.id(NO_SUCH_SESSION)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(sessions::end(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /auth/sessions`: all of them, the one it came with included; `?user=`, else the caller's own.
pub(in crate::http) async fn end_all(call: Call) -> Answer {
    let (caller, mut query) = (call.caller()?, call.query()?);
    let user = query.id("user").unwrap_or(caller.user);
    query.end()?;
    let ended = call.unit(&(caller, user), |tx, (caller, user)| Box::pin(sessions::end_all(tx, caller, *user))).await?;
    let response = Json(json!({ "ended": ended })).into_response();
    Ok(if user == caller.user { signed_out(&call, response) } else { response })
}
