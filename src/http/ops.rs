//! What operators and the rest of the world see: health, and everything that is no route.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::console::{door, refusal};
use super::hooks::spool::{MAX_BYTES, Spool};
use super::problem::Problem;
use super::scim::fault::Fault;
use super::{App, page};

/// `GET /health`: whether the service can do its work.
pub async fn health(State(app): State<App>) -> Response {
    match app.db.ping().await {
        Ok(()) => Json(json!({ "status": "ok" })).into_response(),
        Err(error) => {
            tracing::warn!(%error, "the health check failed");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable" }))).into_response()
        }
    }
}

/// `GET /livez`: whether the process runs at all; asks nothing of anybody else.
pub async fn livez() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// `GET /readyz`: whether new requests should come here; red while the server drains. `?verbose` says why, by part.
pub async fn readyz(State(app): State<App>, request: Request) -> Response {
    let is_verbose =
        request.uri().query().is_some_and(|query| query.split('&').any(|part| part.starts_with("verbose")));
    if is_verbose {
        return parts(&app).await;
    }
    if app.draining.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "draining" }))).into_response();
    }
    health(State(app)).await
}

/// How each part stands, in a word; nothing here is anybody's secret.
async fn parts(app: &App) -> Response {
    let is_there = app.db.ping().await.is_ok();
    let is_draining = app.draining.load(Ordering::SeqCst);
    let spool = match app.hooks.spool.as_ref().map(Spool::size) {
        None => "off",
        Some(Ok(bytes)) if bytes < MAX_BYTES => "ok",
        Some(Ok(_)) => "full",
        Some(Err(_)) => "unreadable",
    };
    let word = |good: bool, otherwise: &'static str| if good { "ok" } else { otherwise };
    let status = if is_draining { "draining" } else { word(is_there, "unavailable") };
    let body = json!({ "status": status, "parts": {
        "database": word(is_there, "unavailable"), "spool": spool, "server": word(!is_draining, "draining"),
        "oktaApi": if app.okta.is_some() { "on" } else { "off" },
    } });
    let code = if status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(body)).into_response()
}

/// Said of the base URL, which is right as it is: RFC 7644 §3.4.2.1 lets a server leave a query of the root to `.search`.
const BASE_ALONE: &str = "There is no such endpoint: this is the SCIM base URL itself. Ask for /Users or /Groups below it, or search \
     all with POST /.search.";

/// Everything that is no route.
pub async fn not_found(State(app): State<App>, request: Request) -> Response {
    if is_scim(request.uri().path()) {
        let is_base = request.uri().path().trim_end_matches('/') == "/scim/v2";
        let detail =
            if is_base { BASE_ALONE } else { "There is no such endpoint. The SCIM base URL ends in /scim/v2." };
        return Fault::new(StatusCode::NOT_FOUND, detail).into_response();
    }
    if page::wants_page(request.headers()) {
        let nowhere =
            Problem::new(StatusCode::NOT_FOUND, "There is no such page. It may have moved, or the address was cut.");
        return refusal::shown(&app, nowhere.into_response(), &door::asked(&request)).await;
    }
    Problem::new(StatusCode::NOT_FOUND, "There is no such endpoint.").into_response()
}

/// A route that does not take this method; the router adds `Allow`.
pub async fn method_not_allowed(State(app): State<App>, request: Request) -> Response {
    if is_scim(request.uri().path()) {
        return Fault::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "This endpoint does not take this method; see the Allow header.",
        )
        .into_response();
    }
    if page::wants_page(request.headers()) {
        let wrong = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "There is nothing to see at this address by itself.");
        return refusal::shown(&app, wrong.into_response(), &door::asked(&request)).await;
    }
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This endpoint does not take this method; see the Allow header.")
        .into_response()
}

/// Whether a path belongs to the SCIM face.
#[must_use]
pub fn is_scim(path: &str) -> bool {
    path == "/scim" || path.starts_with("/scim/")
}
