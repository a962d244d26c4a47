//! `POST /auth/emergency`: sign-in with a break-glass account.

use axum::Json;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::json;

use super::call::Call;
use super::cookie::{self, Held};
use super::door::comes_from_us;
use super::fields::Fields;
use super::sessions::render;
use crate::access::break_glass::{self, Attempt};
use crate::access::callers::Refusal;
use crate::access::passwords;
use crate::access::refusals::Kind;
use crate::access::sessions::Opened;
use crate::audit::Action;
use crate::error::{Error, Result};
use crate::http::problem::{Answer, Problem};
use crate::http::{App, refusal};

/// A name longer than this is nobody's.
const LONGEST_NAME: usize = 256;

/// `POST /auth/emergency`.
pub(in crate::http) async fn emergency(call: Call) -> Answer {
    let opened = open(&call, call.body()?).await?;
    let session = &opened.session;
    let response = Json(json!({ "session": render(session, Some(session.id)) })).into_response();
    Ok(with_cookie(&call, response, &opened)?)
}

/// Opens a session with the account and the password in these fields.
///
/// # Errors
/// Why not.
pub(in crate::http) async fn open(call: &Call, fields: Fields) -> Result<Opened, Problem> {
    if !is_from_here(&call.headers, &call.app) {
        return Err(Problem::new(StatusCode::FORBIDDEN, Refusal::Forged.advice()));
    }
    let attempt = attempt(call, fields)?;
    let app = &call.app;
    let opened = break_glass::sign_in(&app.db, &app.key, &app.passwords, &call.ctx, &attempt).await;
    if matches!(opened, Err(Error::Limited { .. })) {
        let kind = Kind { action: Action::AuthRefused, reason: "limited", ip: call.ctx.ip, token: None };
        refusal::tell(app, &call.ctx, kind).await;
    }
    Ok(opened?)
}

/// An answer that gives a browser its new session.
///
/// # Errors
/// A secret that is no header: a defect.
pub(in crate::http) fn with_cookie(call: &Call, mut response: Response, opened: &Opened) -> Result<Response> {
    let (secret, until) = (opened.secret.expose_secret(), opened.session.expires_at);
    let cookie = cookie::give(&call.app.public_url, secret, call.ctx.now, until);
    let cookie = cookie.ok_or_else(|| Error::internal("a session's secret is no header"))?;
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(response)
}

// Nobody is signed in by a foreign page, not even as themselves.
fn is_from_here(headers: &HeaderMap, app: &App) -> bool {
    comes_from_us(headers, &app.public_url)
}

fn attempt(call: &Call, mut body: Fields) -> Result<Attempt> {
    let account = body.text("account", 1..=LONGEST_NAME);
    let password = body.secret("password", passwords::LONGEST);
    let presented = match cookie::read(&call.headers, &call.app.public_url) {
        Held::Secret(secret) => Some(secret),
        Held::Nothing | Held::Unreadable => None,
    };
    let read = account.zip(password);
    body.done(read.map(|(account, password)| Attempt { account, password: password.into(), presented }))
}
