//! Okta's event hooks: the proof first, then the inbox, and an answer before Okta's three seconds are over.
//!
//! Nothing is applied here. Once the proof is right nothing is refused but a body over the limit: Okta never sends a
//! refused delivery again.

pub mod spool;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use self::spool::Spool;
use super::body::{self, Unread};
use super::problem::Problem;
use super::{App, refusal};
use crate::access::refusals::Kind;
use crate::audit::Action;
use crate::ctx::{Actor, ActorKind, Ctx};
use crate::directory::hooks::{self, Apply, Delivery};
use crate::error::Result;
use crate::model::connection::Mark;
use crate::okta::signature::{self, Keys, Proof, Refusal};

/// The largest delivery that is taken: more than a thousand events as Okta writes them.
pub const MAX_BODY: usize = 4 * 1024 * 1024;
/// How many bodies are read at once for senders who have shown no secret: strangers must not fill the memory.
pub const MAX_UNPROVEN: usize = 64;
/// How long an answer waits for the database. Okta gives up after three seconds and asks once more.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// In how many seconds to come again while the database is away.
const RETRY_AFTER: u32 = 5;
const CHALLENGE: &str = "x-okta-verification-challenge";

/// What receiving and applying events needs.
pub struct Hooks {
    /// What proofs are held against.
    pub keys: Keys,
    /// Where deliveries go while the database is away.
    pub spool: Option<Spool>,
    /// How many more bodies may be read before anything of them is proven.
    pub unproven: Semaphore,
    /// Wakes a worker when something came in.
    pub wake: Notify,
    /// The lane that was looked at last: the next look goes on after it.
    pub looked: Mutex<String>,
    /// Applies an event.
    pub apply: Apply,
    /// How many workers this process has.
    pub workers: usize,
}

/// `GET /webhooks/okta/events`: Okta's one-time verification, answered to whoever knows the secret.
pub async fn verify(State(app): State<App>, Extension(ctx): Extension<Ctx>, headers: HeaderMap) -> Response {
    if let Err(refusal) = signature::check_secret(&app.hooks.keys, &headers) {
        return refuse(&app, &ctx, refusal).await;
    }
    match headers.get(CHALLENGE).and_then(|value| value.to_str().ok()) {
        Some(challenge) => {
            app.marks.note(Mark::HookVerified, ctx.now);
            Json(json!({ "verification": challenge })).into_response()
        }
        None => Problem::new(StatusCode::BAD_REQUEST, format!("The header {CHALLENGE} is missing.")).into_response(),
    }
}

/// `POST /webhooks/okta/events`: a delivery. 204 means that it is kept.
pub async fn receive(State(app): State<App>, Extension(ctx): Extension<Ctx>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (proof, body) = match admit(&app, &parts.headers, body, &ctx).await {
        Ok(proven) => proven,
        Err(Turned::Away(refusal)) => return refuse(&app, &ctx, refusal).await,
        Err(Turned::Unread(why)) => return Problem::unread(why, MAX_BODY).into_response(),
        Err(Turned::Crowded) => return later("Too many deliveries without a secret are being read."),
    };
    let message = if let Proof::Message(id) = &proof { Some(id.as_str()) } else { None };
    app.marks.note(Mark::HookDelivered, ctx.now);
    let actor = Actor { kind: ActorKind::OktaHook, id: None, name: "Okta".to_owned() };
    let ctx = Ctx { actor, ..ctx };
    keep(app, ctx, Delivery::read(&body, message), body).await
}

/// Why a delivery did not get as far as the inbox.
enum Turned {
    Away(Refusal),
    Unread(Unread),
    Crowded,
}

/// Judges the proof; reads no body of a stranger where the headers alone can tell.
async fn admit(app: &App, headers: &HeaderMap, body: Body, ctx: &Ctx) -> Result<(Proof, Bytes), Turned> {
    let keys = &app.hooks.keys;
    let by_secret = signature::check_secret(keys, headers);
    if !signature::needs_body(keys, headers) {
        by_secret.as_ref().map_err(|refusal| Turned::Away(*refusal))?;
    }
    // Whoever knows the secret waits for no stranger, also where the signature is what counts.
    let _permit = match by_secret {
        Ok(_) => None,
        Err(_) => Some(app.hooks.unproven.try_acquire().map_err(|_| Turned::Crowded)?),
    };
    let body = body::read(headers, body, MAX_BODY).await.map_err(Turned::Unread)?;
    let seconds = ctx.now.micros().div_euclid(1_000_000);
    let proof = signature::check(keys, headers, &body, seconds).map_err(Turned::Away)?;
    Ok((proof, body))
}

async fn refuse(app: &App, ctx: &Ctx, refusal: Refusal) -> Response {
    let kind = Kind { action: Action::AuthRefused, reason: refusal.as_str(), ip: ctx.ip, token: None };
    refusal::tell(app, ctx, kind).await;
    app.marks.note(Mark::HookRefused, ctx.now);
    Problem::new(StatusCode::UNAUTHORIZED, advice(refusal)).into_response()
}

/// What whoever sets the hook up can do about it.
fn advice(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => {
            "The proof is missing: set the hook's authentication field to Authorization and the secret."
        }
        Refusal::Unreadable => "A header that carries the proof is there twice or cannot be read.",
        Refusal::WrongSecret => "The secret in Authorization is not the one this server was given.",
        Refusal::WrongSignature => "The signature is not that of this body under the key this server was given.",
        Refusal::OutsideWindow => "The signed timestamp lies more than five minutes from this server's clock.",
    }
}

/// Stores a delivery and answers once it is durable: in the inbox, else in the spool. Storing goes on when the answer
/// cannot wait for it, or nobody waits for the answer: what comes twice is known.
async fn keep(app: App, ctx: Ctx, delivery: Delivery, body: Bytes) -> Response {
    let (storing, received) = (Arc::clone(&app), ctx.clone());
    let stored = tokio::spawn(async move { store(&storing, &received, &delivery).await });
    match timeout(ANSWER_WITHIN, stored).await {
        Ok(Ok(Ok(()))) => return StatusCode::NO_CONTENT.into_response(),
        Ok(Ok(Err(error))) => tracing::warn!(%error, "a delivery could not be stored"),
        Ok(Err(error)) => tracing::error!(%error, "storing a delivery ended badly"),
        Err(_) => tracing::warn!("the database takes too long to store a delivery"),
    }
    match spool::keep(&app, &ctx, body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::warn!(%error, "a delivery is sent back");
            later("The event cannot be kept now.")
        }
    }
}

fn later(why: &str) -> Response {
    let detail = format!("{why} Send it again in {RETRY_AFTER} s.");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(RETRY_AFTER).into_response()
}

async fn store(app: &App, ctx: &Ctx, delivery: &Delivery) -> Result<()> {
    let new = app.db.unit(ctx, delivery, |tx, delivery| Box::pin(hooks::receive(tx, delivery))).await?;
    tracing::debug!(new, carried = delivery.pieces.len(), "a delivery is kept");
    if new > 0 {
        app.hooks.wake.notify_one();
    }
    Ok(())
}
