//! `/api/scim/tokens`: what SCIM clients present. The command line has the same verbs (`rollcall token`).

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::call::Call;
use super::pages;
use crate::access::scim_tokens::{self, Minted, Wish};
use crate::clock::Time;
use crate::error::Result;
use crate::http::problem::Answer;
use crate::model::token::{ScimToken, TokenMode};
use crate::model::words::Word;
use crate::store::scim_tokens as rows;

/// Said of every id that no token has.
pub(in crate::http) const NO_SUCH_TOKEN: &str = "There is no SCIM token with this id.";
/// How many characters a name has at most.
pub(in crate::http) const LONGEST_NAME: usize = 100;
/// How many days a token works at most, where its life has an end.
pub(in crate::http) const LONGEST_DAYS: u32 = 3_650;
/// How many hours the old token goes on working after a rotation, unless it is asked otherwise.
pub(in crate::http) const OVERLAP_HOURS: u32 = 24;
/// The same at most.
pub(in crate::http) const LONGEST_OVERLAP_HOURS: u32 = 720;

fn render(token: &ScimToken, now: Time) -> Value {
    json!({
        "id": token.id.to_string(),
        "name": token.name,
        "prefix": token.prefix(),
        "state": token.state(now),
        "scopes": token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "mode": token.mode.as_str(),
        "origin": token.origin.as_str(),
        "createdBy": token.created_by,
        "createdAt": token.created_at.rfc3339(),
        "expiresAt": token.expires_at.map(Time::rfc3339),
        "lastUsedAt": token.last_used_at.map(Time::rfc3339),
        "revokedAt": token.ended_at.map(Time::rfc3339),
    })
}

/// A token that was just made: the one answer that holds the token itself.
fn shown_once(minted: &Minted, now: Time) -> Response {
    let mut shown = render(&minted.row, now);
    shown["token"] = minted.token.expose_secret().into();
    (StatusCode::CREATED, Json(shown)).into_response()
}

/// `GET /api/scim/tokens`: all there ever were, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let mut query = call.query()?;
    let (limit, cursor) = (pages::limit(&mut query), query.id("cursor"));
    query.end()?;
    let found = rows::page(&mut call.view().await?, cursor, limit + 1).await?;
    let (found, next) = pages::cut(found, limit, |last| last.id.to_string());
    let shown: Vec<Value> = found.iter().map(|token| render(token, call.ctx.now)).collect();
    Ok(Json(json!({ "tokens": shown, "nextCursor": next })).into_response())
}

fn wish(call: &Call) -> Result<Wish> {
    let mut body = call.body()?;
    let (name, scopes) = (body.text("name", 1..=LONGEST_NAME), body.words("scopes"));
    let mode = body.word_or("mode", TokenMode::Bearer);
    let days = body.number("expiresInDays", 1..=LONGEST_DAYS);
    let lifetime = days.map(|days| Duration::from_hours(24 * u64::from(days)));
    let read = name.zip(scopes).zip(mode).map(|((name, scopes), mode)| Wish { name, scopes, mode, lifetime });
    body.done(read)
}

/// `POST /api/scim/tokens`: makes one; the answer is the only place it ever stands.
pub(in crate::http) async fn mint(call: Call) -> Answer {
    let work = (&call.app.key, call.caller()?, wish(&call)?);
    let made = call.unit(&work, |tx, (key, caller, wish)| Box::pin(scim_tokens::create_for(tx, key, caller, wish)));
    Ok(shown_once(&made.await?, call.ctx.now))
}

/// `POST /api/scim/tokens/{id}/rotate`: a new one of the same kind; the old one goes on working for a while.
pub(in crate::http) async fn rotate(call: Call) -> Answer {
    let (id, mut body) = (call.id(NO_SUCH_TOKEN)?, call.body()?);
    let hours = body.number("overlapHours", 0..=LONGEST_OVERLAP_HOURS).unwrap_or(OVERLAP_HOURS);
    body.end()?;
    let work = (&call.app.key, call.caller()?, id, Duration::from_hours(hours.into()));
    let made = call.unit(&work, |tx, (key, caller, id, overlap)| {
        Box::pin(scim_tokens::rotate_for(tx, key, caller, *id, *overlap))
    });
    Ok(shown_once(&made.await?, call.ctx.now))
}

/// `DELETE /api/scim/tokens/{id}`: revokes one; again is no fault.
pub(in crate::http) async fn revoke(call: Call) -> Answer {
    let work = (call.caller()?, call.id(NO_SUCH_TOKEN)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(scim_tokens::revoke_for(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
