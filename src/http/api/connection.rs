//! `GET /api/connection`: how the connection to Okta does, part by part, in words.

use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use crate::clock::Time;
use crate::directory::connection::{self, Asked, Facts, Part, Setup};
use crate::error::{Error, Result};
use crate::http::Shared;
use crate::http::problem::Answer;
use crate::model::words::Word;
use crate::okta_client::Client;

/// What is asked of the connection at this moment.
///
/// # Errors
/// What the disk reports of the spool.
pub(in crate::http) fn asked(app: &Shared, now: Time) -> Result<Asked<'_>> {
    let spool = app.hooks.spool.as_ref().map(|spool| spool.size().map_err(Error::internal)).transpose()?;
    let okta = app.okta.as_ref();
    let ahead = okta.and_then(Client::ahead);
    Ok(Asked { now, rule: app.breaker, org: okta.map(|okta| &okta.org), spool, ahead })
}

/// What of the setup this process knows from its settings.
pub(in crate::http) fn setup(app: &Shared) -> Setup {
    Setup { signs_in: app.okta_sign_in.is_some(), catches_up: app.okta.is_some() }
}

fn render(part: &Part) -> Value {
    json!({
        "topic": part.topic.as_str(),
        "state": part.level.as_str(),
        "reason": part.why,
        "at": part.at.map(Time::rfc3339),
        "scimRequest": part.request.map(|id| id.to_string()),
    })
}

/// `GET /api/connection`: every part, and the worst of them.
pub(in crate::http) async fn show(call: Call) -> Answer {
    call.query()?.end()?;
    let asked = asked(&call.app, call.ctx.now)?;
    let facts: Facts = connection::read(&mut call.view().await?, &asked).await?;
    let parts = connection::judge(&facts, &asked);
    let shown: Vec<Value> = parts.iter().map(render).collect();
    let state = connection::overall(&parts).as_str();
    Ok(Json(json!({ "state": state, "checkedAt": asked.now.rfc3339(), "parts": shown })).into_response())
}
