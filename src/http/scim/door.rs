//! The way in: every request gets its id and its context; under /scim the token is checked before anything else is
//! looked at, the body is read within its bounds, and the request goes into the log however it ends.

use std::any::Any;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::time::timeout;
use tracing::Instrument;

use super::body::{self, Concern};
use super::call::Visit;
use super::fault::Fault;
use super::request_log::{Logged, tells_token, told_path, without_tokens};
use crate::access::refusals::Kind;
use crate::access::scim_tokens;
use crate::audit::Action;
use crate::ctx::{Actor, ActorKind, Ctx, Source};
use crate::error::{Busy, Error};
use crate::http::listener::{Peer, client_ip};
use crate::http::{App, headers, ops, problem, refusal};
use crate::model::Id;
use crate::model::token::{ScimToken, Scope};
use crate::model::words::Word;
use crate::store::{Lent, View};

const REQUEST_ID: &str = "x-request-id";
const MAX_USER_AGENT: usize = 512;

/// No request takes longer: Okta closes the socket at 60 s, and what was cut off is undone.
pub(in crate::http) const DEADLINE: Duration = Duration::from_secs(30);
/// A body that is there by then is as good as there already.
const AT_ONCE: Duration = Duration::from_millis(5);

/// The outermost layer of the router.
pub async fn enter(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let (method, route) = (parts.method.clone(), parts.extensions.get::<MatchedPath>().cloned());
    let ctx = context(&app, &parts);
    let span = tracing::info_span!("request", id = %ctx.request_id, cause = %ctx.cause, method = %parts.method, path = %told_path(parts.uri.path()));
    let id = HeaderValue::from_str(&ctx.request_id).ok();
    let is_named = has_one_host(&parts);
    let mut response = async {
        if !is_named {
            // RFC 9112 §3.2: a proxy in front could take another host than we would.
            let fault = Fault::new(StatusCode::BAD_REQUEST, "The request must name its host once.").into_response();
            if ops::is_scim(parts.uri.path()) { fault } else { outside(&app, fault, &ctx.request_id) }
        } else if ops::is_scim(parts.uri.path()) {
            serve_scim(&app, ctx, parts, body, next).await
        } else {
            let id = ctx.request_id.clone();
            let mut request = Request::from_parts(parts, body);
            request.extensions_mut().insert(ctx);
            outside(&app, next.run(request).await, &id)
        }
    }
    .instrument(span)
    .await;
    app.metrics.answered(&method, route.as_ref(), response.status(), began.elapsed());
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// What every answer outside SCIM has in common.
fn outside(app: &App, response: Response, request_id: &str) -> Response {
    let mut response = problem::name_request(response, request_id);
    headers::harden(response.headers_mut(), &app.public_url);
    response
}

/// Whether the request has the one Host header that HTTP/1.1 demands; HTTP/1.0 may do without.
fn has_one_host(parts: &Parts) -> bool {
    let hosts = parts.headers.get_all(HOST).iter().count();
    hosts == 1 || (hosts == 0 && parts.version < Version::HTTP_11)
}

fn context(app: &App, parts: &Parts) -> Ctx {
    let cause = Id::fresh();
    let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
    let user_agent = parts.headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    Ctx {
        actor: Actor { kind: ActorKind::Nobody, id: None, name: "nobody".to_owned() },
        source: face(parts.uri.path()),
        now: app.clock.now(),
        cause,
        request_id: given_id(&parts.headers).unwrap_or_else(|| cause.to_string()),
        ip: Some(client_ip(peer, &parts.headers, &app.trusted_proxies)),
        user_agent: user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect()),
    }
}

/// The face a path belongs to.
fn face(path: &str) -> Source {
    match path {
        _ if ops::is_scim(path) => Source::Scim,
        _ if path.starts_with("/webhooks/") => Source::Hook,
        _ if path.starts_with("/api/") || path.starts_with("/auth/") => Source::Api,
        _ => Source::Ui,
    }
}

/// The request id a client or proxy brought, when it is short and plain.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let is_taken = !text.is_empty() && text.len() <= 64 && text.bytes().all(plain) && !tells_token(text);
    is_taken.then(|| text.to_owned())
}

async fn serve_scim(app: &App, ctx: Ctx, parts: Parts, body: Body, next: Next) -> Response {
    let started = Instant::now();
    let mut logged = Logged::begin(&ctx, &parts);
    let is_reading = parts.method.is_safe() || parts.uri.path().ends_with("/.search");
    let response = match admit(app, ctx, &parts, body, &mut logged).await {
        Ok(visit) => {
            let mut request = Request::from_parts(parts, Body::empty());
            request.extensions_mut().insert(visit);
            let why = if is_reading { Busy::Slow } else { Busy::Unconfirmed };
            let late = |_| Fault::from(Error::Busy { why, source: None }).into_response();
            timeout(DEADLINE, next.run(request)).await.unwrap_or_else(late)
        }
        Err(fault) => fault.into_response(),
    };
    let response = name_request(response, &logged);
    let fault = response.extensions().get::<Fault>();
    let bytes = response.body().size_hint().lower();
    tell(response.status(), fault);
    let logged = logged.end(response.status(), fault, bytes, started.elapsed());
    logged.marks().for_each(|mark| app.marks.note(mark, logged.at()));
    app.log.push(logged);
    response
}

/// One line a request: refusals where operators see them, the rest where they look for it.
fn tell(status: StatusCode, fault: Option<&Fault>) {
    let status = status.as_u16();
    let Some(fault) = fault else { return tracing::debug!(status, "answered") };
    tracing::info!(status, detail = without_tokens(&fault.detail), "refused");
}

/// An internal error names the request, because the sentence is all that Okta shows.
fn name_request(response: Response, logged: &Logged) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let detail =
        format!("An internal error; nothing was changed. Look for request {} in the log.", logged.request_id());
    Fault::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
}

async fn admit(app: &App, ctx: Ctx, parts: &Parts, body: Body, logged: &mut Logged) -> Result<Visit, Fault> {
    // Boxed, so that a client whose body is slow does not hold the room that looking at its token took.
    let (ctx, token, view) = Box::pin(authenticate(app, ctx, &parts.headers)).await?;
    logged.came_with(&token);
    app.log.used(token.id, ctx.now);
    let lent = Lent::default();
    if !token.scopes.contains(&Scope::Write) && !parts.uri.path().ends_with("/.search") {
        // Nothing that a token without it may ask has a body: what is sent with the rest of it, the route refuses unread.
        lent.put(Some(view));
        return Ok(Visit { ctx, token, body: Bytes::new(), lent, room: Arc::new(app.room.place()) });
    }
    let most = Concern::of(&parts.method, parts.uri.path()).most_bytes();
    let mut reading = pin!(body::read(&parts.headers, body, most, &app.room));
    let (body, room) = if let Ok(read) = timeout(AT_ONCE, &mut reading).await {
        lent.put(Some(view));
        read?
    } else {
        // A client that sends slowly must not keep a connection to the database waiting.
        drop(view);
        reading.await?
    };
    if matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) {
        body::check_type(&parts.headers)?;
    }
    logged.brought(&body);
    Ok(Visit { ctx, token, body, lent, room: Arc::new(room) })
}

async fn authenticate(app: &App, ctx: Ctx, headers: &HeaderMap) -> Result<(Ctx, ScimToken, View), Fault> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let header = match (given.next(), given.next()) {
        (None, _) => None,
        (Some(one), None) => Some(one.to_str().unwrap_or("\u{0} unreadable")),
        // Two credentials: whichever is meant, somebody else may read the other.
        (Some(_), Some(_)) => Some("two headers"),
    };
    let mut view = app.db.view().await?;
    let checked = scim_tokens::check(&mut view, &app.key, header, ctx.now).await?;
    match checked {
        Ok(token) => {
            let actor = Actor { kind: ActorKind::ScimToken, id: Some(token.id.to_string()), name: token.name.clone() };
            Ok((Ctx { actor, ..ctx }, token, view))
        }
        Err(refusal) => {
            drop(view);
            let kind = Kind { action: Action::AuthRefused, reason: refusal.as_str(), ip: ctx.ip, token: None };
            // Boxed, here and below: what is seldom done must not make every request's future larger, which is moved.
            Box::pin(refusal::tell(app, &ctx, kind)).await;
            Err(Fault::new(StatusCode::UNAUTHORIZED, refusal.advice()))
        }
    }
}

/// The layer of every SCIM route: the token must have the route's scope.
pub async fn require(app: App, scope: Scope, request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Visit>() else {
        return Fault::new(StatusCode::UNAUTHORIZED, scim_tokens::Refusal::Missing.advice()).into_response();
    };
    if visit.token.scopes.contains(&scope) {
        return next.run(request).await;
    }
    let visit = visit.clone();
    drop(visit.lent.take());
    let reason = scope.as_str();
    let token = format!("{} ({})", visit.token.name, visit.token.key_id);
    let kind = Kind { action: Action::AuthForbidden, reason, ip: visit.ctx.ip, token: Some(token) };
    Box::pin(refusal::tell(&app, &visit.ctx, kind)).await;
    let detail = format!("This token lacks the scope {reason}. Make one that has it with: rollcall token create.");
    Fault::new(StatusCode::FORBIDDEN, detail).into_response()
}

/// What is answered when a handler panicked: the same as for any defect.
#[must_use]
pub fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "An internal error.").into_response()
}
