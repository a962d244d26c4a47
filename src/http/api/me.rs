//! `/auth/me`, `/auth/status`, `/auth/logout`: who is signed in, how one can be, and no longer being so.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::okta::{NOT_SET_UP, sign_out_url};
use super::{call::Call, cookie, sessions as shown};
use crate::access::{mobile, sessions};
use crate::error::Result;
use crate::http::App;
use crate::http::problem::Answer;
use crate::model::user::PlatformRole;
use crate::model::words::Word;

/// `GET /auth/status`: which ways in there are. Tells nothing of anybody.
pub(in crate::http) async fn status(State(app): State<App>) -> Response {
    let okta = match app.okta_sign_in {
        Some(_) => json!({ "available": true, "login": "/auth/login" }),
        None => json!({ "available": false, "detail": NOT_SET_UP }),
    };
    Json(json!({
        "okta": okta,
        "breakGlass": { "available": true },
    }))
    .into_response()
}

/// `GET /auth/me`: who calls, by what, and what goes with their writes.
pub(in crate::http) async fn me(call: Call) -> Answer {
    let (proven, now) = (call.proven()?, call.ctx.now);
    let caller = &proven.caller;
    let mut told = json!({
        "user": { "id": caller.user.to_string(), "name": caller.name, "role": caller.role.as_str() },
        "session": proven.session.as_ref().map(|session| shown::render(session, Some(session.id))),
        "csrfToken": call.csrf(),
    });
    if caller.role == PlatformRole::Admin {
        told["breakGlassInUse"] = sessions::is_glass_broken(&mut call.view().await?, now).await?.into();
    }
    Ok(Json(told).into_response())
}

/// `POST /auth/logout`: ends the session or the mobile sign-in that the request came with, and tells where one signs out
/// of Okta as well.
pub(in crate::http) async fn logout(call: Call) -> Answer {
    let okta = end_presented(&call).await?;
    let response = match okta {
        Some(url) => Json(json!({ "location": url })).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    Ok(signed_out(&call, response))
}

/// Ends what a request came with; tells where one signs out of Okta as well.
///
/// # Errors
/// What the engine reports.
pub(in crate::http) async fn end_presented(call: &Call) -> Result<Option<String>> {
    let proven = call.proven()?;
    let okta = match &proven.session {
        Some(session) => sign_out_url(call, session).await,
        None => None,
    };
    if let Some(session) = &proven.session {
        let work = (&proven.caller, session.id);
        call.unit(&work, |tx, (caller, id)| Box::pin(sessions::end(tx, caller, *id))).await?;
    }
    if let Some(family) = proven.family {
        let work = (&proven.caller, family);
        call.unit(&work, |tx, (caller, id)| Box::pin(mobile::end(tx, caller, *id))).await?;
    }
    Ok(okta)
}

/// An answer that takes the session's cookie away.
pub(in crate::http) fn signed_out(call: &Call, mut response: Response) -> Response {
    if let Some(gone) = cookie::take_away(&call.app.public_url) {
        response.headers_mut().append(SET_COOKIE, gone);
    }
    response
}
