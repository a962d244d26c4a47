//! `/auth/sessions`: what somebody is signed in with.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::me::signed_out;
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

/// Whose sessions are asked for: `?user=`, else the caller's own.
fn asked(call: &Call) -> crate::error::Result<Id> {
    let mut query = call.query()?;
    let user = query.id("user");
    query.end()?;
    Ok(user.unwrap_or(call.caller()?.user))
}

/// `GET /auth/sessions`: the live ones, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let (user, proven) = (asked(&call)?, call.proven()?);
    let found = sessions::list(&mut call.view().await?, &proven.caller, user, call.ctx.now).await?;
    let current = proven.session.as_ref().map(|session| session.id);
    let shown: Vec<Value> = found.iter().map(|session| render(session, current)).collect();
    Ok(Json(json!({ "sessions": shown })).into_response())
}

/// `DELETE /auth/sessions/{id}`.
pub(in crate::http) async fn end(call: Call) -> Answer {
    let work = (call.caller()?, call.id(NO_SUCH_SESSION)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(sessions::end(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /auth/sessions`: all of them, the one it came with included.
pub(in crate::http) async fn end_all(call: Call) -> Answer {
    let (user, caller) = (asked(&call)?, call.caller()?);
    let ended = call.unit(&(caller, user), |tx, (caller, user)| Box::pin(sessions::end_all(tx, caller, *user))).await?;
    let response = Json(json!({ "ended": ended })).into_response();
    Ok(if user == caller.user { signed_out(&call, response) } else { response })
}
