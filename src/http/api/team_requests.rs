//! `/api/team-requests`: asking for a team, and what came of it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::pages;
use super::teams::LONGEST_NAME;
use crate::clock::Time;
use crate::directory::team_requests::{self, NO_SUCH_REQUEST};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::team_request::{RequestState, TeamRequest};
use crate::model::words::Word;

/// The longest reason and the longest answer, in characters.
pub(in crate::http) const LONGEST_REASON: usize = 1_000;

fn render(request: &TeamRequest) -> Value {
    let text = |id: Option<Id>| id.map(|id| id.to_string());
    json!({
        "id": request.id.to_string(),
        "requesterId": request.requester_id.to_string(),
        "name": request.name,
        "reason": request.reason,
        "state": request.state.as_str(),
        "decidedBy": text(request.decided_by),
        "decidedAt": request.decided_at.map(Time::rfc3339),
        "note": request.note,
        "teamId": text(request.team_id),
        "createdAt": request.created_at.rfc3339(),
    })
}

/// `GET /api/team-requests`: a page of one's own, for admins of everybody's; newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let (caller, mut query) = (call.caller()?, call.query()?);
    let (limit, cursor) = (pages::limit(&mut query), query.id("cursor"));
    let state = if query.has("state") { query.word::<RequestState>("state") } else { None };
    query.end()?;
    let mut view = call.view().await?;
    let found = team_requests::list(&mut view, caller, state, cursor, limit + 1).await?;
    let (requests, next) = pages::cut(found, limit, |last| last.id.to_string());
    let shown: Vec<Value> = requests.iter().map(render).collect();
    Ok(Json(json!({ "requests": shown, "nextCursor": next })).into_response())
}

/// `POST /api/team-requests`: 201, or 200 for a wish that waits already.
pub(in crate::http) async fn make(call: Call) -> Answer {
    let mut body = call.body()?;
    let (name, reason) = (body.title("name", 1..=LONGEST_NAME), body.title("reason", 1..=LONGEST_REASON));
    let (name, reason) = body.done(name.zip(reason))?;
    let work = (call.caller()?, name, reason);
    let made = call.unit(&work, |tx, (caller, name, reason)| Box::pin(team_requests::make(tx, caller, name, reason)));
    let (request, is_new) = made.await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(render(&request))).into_response())
}

/// `POST /api/team-requests/{id}/approve`.
pub(in crate::http) async fn approve(call: Call) -> Answer {
    let id = call.id(NO_SUCH_REQUEST)?;
    call.body()?.end()?;
    let work = (call.caller()?, id);
    let decided = call.unit(&work, |tx, (caller, id)| Box::pin(team_requests::approve(tx, caller, *id))).await?;
    Ok(Json(render(&decided)).into_response())
}

/// `POST /api/team-requests/{id}/reject`.
pub(in crate::http) async fn reject(call: Call) -> Answer {
    let (id, mut body) = (call.id(NO_SUCH_REQUEST)?, call.body()?);
    let note = body.text_or_null("note", 1..=LONGEST_REASON).over(None);
    body.end()?;
    let work = (call.caller()?, id, note);
    let decided =
        call.unit(&work, |tx, (caller, id, note)| Box::pin(team_requests::reject(tx, caller, *id, note.as_deref())));
    Ok(Json(render(&decided.await?)).into_response())
}
