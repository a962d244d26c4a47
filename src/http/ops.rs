//! What operators and the rest of the world see: health, and everything that is no route.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::App;
use super::problem::Problem;
use super::scim::fault::Fault;

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

/// `GET /readyz`: whether new requests should come here; red while the server drains.
pub async fn readyz(State(app): State<App>) -> Response {
    if app.draining.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "draining" }))).into_response();
    }
    health(State(app)).await
}

/// Everything that is no route.
pub async fn not_found(request: Request) -> Response {
    if is_scim(request.uri().path()) {
        return Fault::new(StatusCode::NOT_FOUND, "There is no such endpoint. The SCIM base URL ends in /scim/v2.")
            .into_response();
    }
    Problem::new(StatusCode::NOT_FOUND, "There is no such endpoint.").into_response()
}

/// A route that does not take this method; the router adds `Allow`.
pub async fn method_not_allowed(request: Request) -> Response {
    if is_scim(request.uri().path()) {
        return Fault::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "This endpoint does not take this method; see the Allow header.",
        )
        .into_response();
    }
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This endpoint does not take this method; see the Allow header.")
        .into_response()
}

/// Whether a path belongs to the SCIM face.
#[must_use]
pub fn is_scim(path: &str) -> bool {
    path == "/scim" || path.starts_with("/scim/")
}
