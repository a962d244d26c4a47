//! `/api/hooks/replays`: many of Okta's events applied again, as a job.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::hook_events::{Change, preview};
use super::scim_requests::NO_MOMENT;
use crate::audit::search;
use crate::clock::Time;
use crate::ctx::Ctx;
use crate::directory::replays::{self, Chosen, MOST_NAMED, NO_SUCH_REPLAY};
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::words::Word;
use crate::store::replay_jobs::{self, Item, ReplayJob};

/// How many events of a selection are tried to say what a replay would change.
pub(in crate::http) const MOST_PREVIEWED: usize = 20;
/// How many events of a job are shown with it.
pub(in crate::http) const MOST_SHOWN: i64 = 100;
const WHICH: &str = "name the events, or say true for dead; not both";

fn render(job: &ReplayJob) -> Value {
    json!({
        "id": job.id.to_string(),
        "state": job.state.as_str(),
        "by": { "kind": job.actor_kind.as_str(), "id": job.actor_id, "name": job.actor_name },
        "total": job.total,
        "done": job.done,
        "changed": job.changed,
        "unchanged": job.unchanged(),
        "failed": job.failed,
        "hasFailures": job.failed > 0,
        "cause": job.cause_id.to_string(),
        "createdAt": job.created_at.rfc3339(),
        "updatedAt": job.updated_at.rfc3339(),
        "finishedAt": job.finished_at.map(Time::rfc3339),
    })
}

fn item(item: &Item) -> Value {
    json!({ "event": item.event_id.to_string(), "outcome": item.outcome, "reason": item.reason })
}

fn chosen(call: &Call) -> Result<Chosen> {
    let mut body = call.body()?;
    let events = body.ids("events", 1..=MOST_NAMED);
    let (dead, since) = (body.flag_or_none("dead").unwrap_or(false), body.maybe_text("since", 1..=40));
    let since = since.and_then(|text| {
        let read = search::moment(&text, call.ctx.now);
        if read.is_none() {
            body.refuse("since", NO_MOMENT);
        }
        read
    });
    if events.is_some() == dead {
        body.refuse("events", WHICH);
    }
    if events.is_some() && since.is_some() {
        body.refuse("since", "goes with dead");
    }
    body.end()?;
    Ok(events.map_or(Chosen::Dead(since), Chosen::These))
}

/// `POST /api/hooks/replays`: begins a job; with `dry_run=true` says what the first events would change.
pub(in crate::http) async fn begin(call: Call) -> Answer {
    let mut query = call.query()?;
    let dry_run = query.query_flag("dry_run").unwrap_or(false);
    query.end()?;
    let chosen = chosen(&call)?;
    if dry_run {
        return Ok(Json(would(&call, &chosen).await?).into_response());
    }
    let work = (call.caller()?, chosen);
    let job = call.unit(&work, |tx, (caller, chosen)| Box::pin(replays::begin(tx, caller, chosen, None))).await?;
    Ok((StatusCode::ACCEPTED, Json(render(&job))).into_response())
}

/// What the first events of a selection would change, each by itself.
async fn would(call: &Call, chosen: &Chosen) -> Result<Value> {
    let events = replays::events(&mut call.view().await?, chosen).await?;
    let mut told = Vec::new();
    for id in events.iter().take(MOST_PREVIEWED) {
        told.push(match preview(call, &Ctx { cause: *id, ..call.ctx.clone() }, *id).await {
            Ok((applied, said)) => {
                let (state, reason) = applied.state();
                let changes: Vec<Change> = said.iter().map(Change::from).collect();
                json!({ "event": id.to_string(), "outcome": state.as_str(), "reason": reason, "changes": changes })
            }
            Err(error) => refused(*id, error)?,
        });
    }
    Ok(json!({ "total": events.len(), "events": told }))
}

/// An event that cannot be replayed is one line of the answer; a database that is away is the answer.
fn refused(id: Id, error: Error) -> Result<Value> {
    let reason = refusal(error)?;
    Ok(json!({ "event": id.to_string(), "outcome": replays::FAILED, "reason": reason, "changes": [] }))
}

/// Why an event cannot be replayed.
///
/// # Errors
/// What is not the event's.
pub(in crate::http) fn refusal(error: Error) -> Result<String> {
    match error {
        Error::Busy { .. } => Err(error),
        Error::Internal(source) => {
            tracing::warn!(error = %source, "an event of Okta's could not be applied again");
            Ok("An internal error: the server's log says more.".to_owned())
        }
        other => Ok(other.to_string()),
    }
}

/// `GET /api/hooks/replays/{id}`: a job, how far it is, and its first events, those that failed before all others.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let id = call.id(NO_SUCH_REPLAY)?;
    call.query()?.end()?;
    let mut view = call.view().await?;
    let job = replay_jobs::find(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_REPLAY))?;
    let items = replay_jobs::items(&mut view, id, MOST_SHOWN).await?;
    let mut shown = render(&job);
    shown["events"] = items.iter().map(item).collect();
    Ok(Json(shown).into_response())
}

/// `DELETE /api/hooks/replays/{id}`: cancels a job; what was applied stays. Again is no fault.
pub(in crate::http) async fn cancel(call: Call) -> Answer {
    let id = call.id(NO_SUCH_REPLAY)?;
    call.body()?.end()?;
    let work = (call.caller()?, id);
    call.unit(&work, |tx, (caller, id)| Box::pin(replays::cancel(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
