//! `/api/mobile`: the tokens of mobile sign-ins.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::call::Call;
use super::pages::{self, Listing};
use crate::access::callers::{self, Refusal};
use crate::access::mobile::{self, Exchange, Granted};
use crate::access::refusals::Kind;
use crate::access::{jwt, limits};
use crate::audit::Action;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::http::problem::{Answer, Problem};
use crate::http::refusal;
use crate::model::Id;
use crate::model::mobile::Family;
use crate::model::words::Word;

const NO_SUCH_SIGN_IN: &str = "There is no mobile sign-in with this id.";
/// A code or token longer than this is none of ours.
const LONGEST_TOKEN: usize = jwt::LONGEST;
const LONGEST_DEVICE: usize = 100;
/// How long a verifier is (RFC 7636 §4.1).
const VERIFIER_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

fn render(family: &Family, current: Option<Id>) -> Value {
    json!({
        "id": family.id.to_string(),
        "userId": family.user_id.to_string(),
        "device": family.device,
        "createdAt": family.created_at.rfc3339(),
        "lastUsedAt": family.last_used_at.map(Time::rfc3339),
        "expiresAt": family.expires_at.rfc3339(),
        "current": current == Some(family.id),
    })
}

fn exchange(call: &Call) -> Result<Exchange> {
    let mut body = call.body()?;
    let (code, verifier) = (body.secret("code", LONGEST_TOKEN), body.text("codeVerifier", VERIFIER_LENGTH));
    let device = body.text("device", 1..=LONGEST_DEVICE);
    let read = code.zip(verifier).zip(device);
    body.done(read.map(|((code, verifier), device)| Exchange { code, verifier, device }))
}

/// `POST /api/mobile/token`: a one-time code becomes a mobile sign-in.
pub(in crate::http) async fn token(call: Call) -> Answer {
    let work = (call.app.mobile_keys(), exchange(&call)?);
    let granted = call.unit(&work, |tx, (keys, wish)| Box::pin(mobile::exchange(tx, *keys, wish))).await?;
    answer(&call, granted).await
}

/// `POST /api/mobile/refresh`: the next pair of tokens.
pub(in crate::http) async fn refresh(call: Call) -> Answer {
    let mut body = call.body()?;
    let presented = body.secret("refreshToken", LONGEST_TOKEN);
    let work = (call.app.mobile_keys(), body.done(presented)?);
    let granted = call.unit(&work, |tx, (keys, token)| Box::pin(mobile::refresh(tx, *keys, token))).await?;
    answer(&call, granted).await
}

async fn answer(call: &Call, granted: Result<Granted, Refusal>) -> Answer {
    let granted = match granted {
        Ok(granted) => granted,
        Err(refusal) => return Err(refuse(call, refusal).await?),
    };
    let shown = json!({
        "tokenType": "Bearer",
        "accessToken": granted.access(),
        "expiresIn": jwt::LIFETIME.as_secs(),
        "refreshToken": granted.refresh(),
        "signIn": render(&granted.family, Some(granted.family.id)),
    });
    Ok(Json(shown).into_response())
}

/// A refusal, counted against where it came from: 401, and 429 once there are too many.
async fn refuse(call: &Call, why: Refusal) -> Result<Problem> {
    let app = &call.app;
    let over = limits::count_refused(&app.db, &app.key, &call.ctx, mobile::REFUSALS).await?;
    let reason = if over.is_some() { "limited" } else { why.as_str() };
    refusal::tell(app, &call.ctx, Kind { action: Action::AuthRefused, reason, ip: call.ctx.ip, token: None }).await;
    Ok(match over {
        Some(seconds) => Error::Limited { why: "Too many tries.".into(), seconds }.into(),
        None => Problem::new(StatusCode::UNAUTHORIZED, "This does not work, or works no more. Sign in again."),
    })
}

/// `DELETE /api/mobile/token`: ends the sign-in whose token is presented.
pub(in crate::http) async fn end_presented(call: Call) -> Answer {
    let ended = match presented(&call) {
        Ok(token) => {
            let work = (call.app.mobile_keys(), token);
            call.unit(&work, |tx, (keys, token)| Box::pin(mobile::end_presented(tx, *keys, token))).await?
        }
        Err(refusal) => Err(refusal),
    };
    match ended {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(refusal) => Err(refuse(&call, refusal).await?),
    }
}

fn presented(call: &Call) -> Result<&str, Refusal> {
    let mut given = call.headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (given.next(), given.next()) else { return Err(Refusal::Unreadable) };
    header.to_str().ok().and_then(callers::bearer).ok_or(Refusal::Unreadable)
}

/// `GET /api/mobile/tokens`: the sign-ins that work, newest first.
pub(in crate::http) async fn list(call: Call) -> Answer {
    let proven = call.proven()?;
    let asked = Listing::read(call.query()?, proven.caller.user)?;
    let mut view = call.view().await?;
    let found = mobile::list(&mut view, &proven.caller, asked.user, call.ctx.now, asked.page()).await?;
    let (found, next) = pages::cut(found, asked.limit, |last| last.id.to_string());
    let shown: Vec<Value> = found.iter().map(|family| render(family, proven.family)).collect();
    Ok(Json(json!({ "tokens": shown, "nextCursor": next })).into_response())
}

/// `DELETE /api/mobile/tokens/{id}`.
pub(in crate::http) async fn end(call: Call) -> Answer {
    let work = (call.caller()?, call.id(NO_SUCH_SIGN_IN)?);
    call.unit(&work, |tx, (caller, id)| Box::pin(mobile::end(tx, caller, *id))).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
