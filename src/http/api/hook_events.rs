//! `/api/hooks/events`: the inbox of Okta's events, and an event applied again.

use axum::Json;
use axum::response::IntoResponse;
use serde::Serialize;
use serde_json::{Value, json};

use super::call::Call;
use super::hook_search::{Wish, cursor};
use super::pages;
use crate::audit::Entry;
use crate::audit::render::Row;
use crate::ctx::Ctx;
use crate::directory::hooks::{self, Applied, NO_SUCH_EVENT};
use crate::error::{Error, Result};
use crate::http::problem::Answer;
use crate::model::Id;
use crate::model::words::Word;
use crate::store::audit_list::{self, Wanted};
use crate::store::hook_inbox::{self, Kept};
use crate::store::hook_search::Page;

/// The most rows of the audit that are shown with an event; one causes a handful.
const MOST_ROWS: usize = 200;

/// An event in the inbox as it is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownEvent {
    /// The row's id, the cause of all it leads to.
    pub id: String,
    /// What makes it the same as another.
    pub key: String,
    /// Whose history it belongs to.
    pub lane: String,
    /// By which road it came.
    pub road: &'static str,
    /// Its type, where it has one.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// When it happened.
    pub published_at: String,
    /// When it came.
    pub received_at: String,
    /// What became of it.
    pub state: &'static str,
    /// Why, where that is worth a word.
    pub reason: Option<String>,
    /// How often it has failed.
    pub tries: i64,
    /// When it may be tried, while it has not come to its end.
    pub due_at: Option<String>,
    /// When it came to its end.
    pub settled_at: Option<String>,
    /// What is odd about it, where something is.
    pub odd: Option<String>,
    /// The request it came with.
    pub request_id: String,
}

impl From<&Kept> for ShownEvent {
    fn from(kept: &Kept) -> Self {
        Self {
            id: kept.id.to_string(),
            key: kept.event_key.clone(),
            lane: kept.lane.clone(),
            road: kept.road.as_str(),
            kind: kept.event_type.clone(),
            published_at: kept.published_at.rfc3339(),
            received_at: kept.received_at.rfc3339(),
            state: kept.state.as_str(),
            reason: kept.reason.clone(),
            tries: kept.tries,
            due_at: kept.settled_at.is_none().then(|| kept.due_at.rfc3339()),
            settled_at: kept.settled_at.map(crate::clock::Time::rfc3339),
            odd: kept.odd.clone(),
            request_id: kept.request_id.clone(),
        }
    }
}

/// One event, whole.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    event: ShownEvent,
    /// The event as it came: JSON, or the text it is; null once it was dropped.
    body: Value,
    /// What it led to.
    audit: Vec<Row>,
}

/// A change that a replay made or would make.
#[derive(Serialize)]
pub(in crate::http) struct Change {
    action: &'static str,
    severity: &'static str,
    resource: ChangedRow,
    before: Option<Value>,
    after: Option<Value>,
    detail: Value,
    /// How many other rows end with it.
    ends: usize,
}

#[derive(Serialize)]
struct ChangedRow {
    #[serde(rename = "type")]
    kind: &'static str,
    id: Option<String>,
}

impl From<&Entry> for Change {
    fn from(entry: &Entry) -> Self {
        Self {
            action: entry.action.code(),
            severity: entry.severity.as_str(),
            resource: ChangedRow { kind: entry.resource.as_str(), id: entry.resource_id.map(|id| id.to_string()) },
            before: entry.before.clone(),
            after: entry.after.clone(),
            detail: Value::Object(entry.detail.clone()),
            ends: entry.effects.len(),
        }
    }
}

/// `GET /api/hooks/events`: the events that came last, the newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let limit = pages::limit(&mut query);
    let wish = Wish::read(&mut query, call.ctx.now);
    query.end()?;
    let Page { events, next } = wish.page(&mut call.view().await?, call.ctx.now, limit).await?;
    let shown: Vec<ShownEvent> = events.iter().map(ShownEvent::from).collect();
    Ok(Json(json!({ "events": shown, "nextCursor": next.map(cursor) })).into_response())
}

/// `GET /api/hooks/events/{id}`: one event whole, with what it led to.
pub(in crate::http) async fn get(call: Call) -> Answer {
    let id = call.id(NO_SUCH_EVENT)?;
    call.query()?.end()?;
    let mut view = call.view().await?;
    let kept = hook_inbox::find(&mut view, id).await?.ok_or_else(|| Error::not_found(NO_SUCH_EVENT))?;
    let caused = audit_list::list(&mut view, &Wanted::of_cause(id), MOST_ROWS).await?.events;
    let event = ShownEvent::from(&kept);
    let body = kept.body.map_or(Value::Null, |body| serde_json::from_str(&body).unwrap_or(Value::String(body)));
    Ok(Json(Whole { event, body, audit: caused.iter().map(Row::from).collect() }).into_response())
}

/// `POST /api/hooks/events/{id}/replay`: applies it again, or with `dry_run=true` says what that would change.
pub(in crate::http) async fn replay(call: Call) -> Answer {
    let (id, mut query) = (call.id(NO_SUCH_EVENT)?, call.query()?);
    let dry_run = query.query_flag("dry_run").unwrap_or(false);
    query.end()?;
    call.body()?.end()?;
    // The event is the cause of what it leads to, whoever applies it.
    let ctx = Ctx { cause: id, ..call.ctx.clone() };
    let (applied, said) = if dry_run { preview(&call, &ctx, id).await? } else { carry_out(&call, &ctx, id).await? };
    let (state, reason) = applied.state();
    let changes: Vec<Change> = said.iter().map(Change::from).collect();
    let shown = json!({ "dryRun": dry_run, "state": state.as_str(), "reason": reason, "changes": changes });
    Ok(Json(shown).into_response())
}

/// What a replay would do.
///
/// # Errors
/// Those of [`hooks::preview`].
pub(in crate::http) async fn preview(call: &Call, ctx: &Ctx, id: Id) -> Result<(Applied, Vec<Entry>)> {
    // Nothing is done on the connection that was lent, and two are not held at once.
    drop(call.view().await?);
    hooks::preview(call.app.db.begin(ctx).await?, &call.app.hooks.apply, id).await
}

/// A replay, in this context.
///
/// # Errors
/// Those of [`hooks::replay`].
pub(in crate::http) async fn carry_out(call: &Call, ctx: &Ctx, id: Id) -> Result<(Applied, Vec<Entry>)> {
    let work = (&call.app.hooks.apply, id);
    let unit = call.unit_as(ctx, &work, |tx, (apply, id)| {
        Box::pin(async move {
            let applied = hooks::replay(tx, apply, *id).await?;
            Ok((applied, hooks::changes(tx)))
        })
    });
    unit.await
}
