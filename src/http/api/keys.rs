//! `/api/api-keys`: what a person's programs present.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::call::Call;
use super::pages::{self, Listing};
use crate::access::api_keys::{self, Wish};
use crate::clock::Time;
use crate::error::Result;
use crate::http::problem::Answer;
use crate::model::api_key::ApiKey;
use crate::model::words::Word;

const NO_SUCH_KEY: &str = "There is no API key with this id.";
const LONGEST_NAME: usize = 100;
const LONGEST_DAYS: u32 = 3_650;

fn render(key: &ApiKey) -> Value {
    json!({
        "id": key.id.to_string(),
        "userId": key.user_id.to_string(),
        "name": key.name,
        "prefix": key.prefix(),
        "scopes": key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "createdAt": key.created_at.rfc3339(),
        "lastUsedAt": key.last_used_at.map(Time::rfc3339),
        "expiresAt": key.expires_at.map(Time::rfc3339),
    })
}

fn wish(call: &Call) -> Result<Wish> {
    let mut body = call.body()?;
    let (name, scopes) = (body.text("name", 1..=LONGEST_NAME), body.words("scopes"));
    let days = body.number("expiresInDays", 1..=LONGEST_DAYS);
    let lifetime = days.map(|days| Duration::from_hours(24 * u64::from(days)));
    let read = name.zip(scopes).map(|(name, scopes)| Wish { name, scopes, lifetime });
    body.done(read)
}

/// `POST /api/api-keys`: makes a key of the caller's; the answer is the only place it ever stands.
pub(in crate::http) async fn mint(call: Call) -> Answer {
    let work = (&call.app.key, call.caller()?, wish(&call)?);
    let minted = call.unit(&work, |tx, (key, caller, wish)| Box::pin(api_keys::mint(tx, key, caller, wish))).await?;
    let mut shown = render(&minted.row);
    shown["key"] = minted.key.expose_secret().into();
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// `GET /api/api-keys`: the live ones, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let caller = call.caller()?;
    let asked = Listing::read(call.query()?, caller.user)?;
    let found = api_keys::list(&mut call.view().await?, caller, asked.user, call.ctx.now, asked.page()).await?;
    let (found, next) = pages::cut(found, asked.limit, |last| last.id.to_string());
    Ok(Json(json!({ "apiKeys": found.iter().map(render).collect::<Vec<_>>(), "nextCursor": next })).into_response())
}

/// `DELETE /api/api-keys/{id}`.
pub(in crate::http) async fn revoke(call: Call) -> Answer {
    let work = (call.caller()?, call.id(NO_SUCH_KEY)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(api_keys::revoke(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
