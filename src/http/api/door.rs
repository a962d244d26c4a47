//! The way in to the platform: who calls, whether a page of ours sent it, and whether the table lets them begin.

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, ORIGIN, SET_COOKIE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::cookie::{self, Held};
use crate::access::callers::{self, Presented, Proven, Refusal};
use crate::access::permission::NOT_ALLOWED;
use crate::access::refusals::Kind;
use crate::access::{secret, sessions};
use crate::audit::Action;
use crate::clock::Time;
use crate::ctx::{Actor, ActorKind, Ctx};
use crate::error::{Busy, Error};
use crate::http::problem::{Problem, SIGN_IN_AGAIN};
use crate::http::scim::door::DEADLINE;
use crate::http::{App, refusal};
use crate::model::policy::{self, Caller, Deed, Means, Reach};
use crate::model::words::Word;
use crate::store::{Lent, View};

/// The header that carries the session's token of writes.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// The header by which a browser says whose page sent a request.
pub const FETCH_SITE: &str = "sec-fetch-site";
/// The name of a server and its scheme are no longer than this.
const LONGEST_NAME: usize = 280;
const SAFE: [Method; 3] = [Method::GET, Method::HEAD, Method::OPTIONS];

/// Said where a proof of who it is is asked for that is not older than `sessions::RECENT`.
const SIGN_IN_ANEW: &str = "This asks for a proof of who you are from the last 15 minutes. Sign in again with a browser at \
     /auth/login?anew=1, then repeat it.";
/// The same for a break-glass account.
const BREAK_GLASS_ANEW: &str = "This asks for a proof of who you are from the last 15 minutes. Sign in again by POST to \
     /auth/emergency, then repeat it.";
/// The same in the audit.
const NOT_RECENT: &str = "recent_sign_in";

/// Who came in, and with what; it rides on the request.
#[derive(Clone)]
pub struct Visit {
    /// The context of everything the request does.
    pub ctx: Ctx,
    /// Who calls.
    pub proven: Proven,
    /// What goes with writes of this session; none without a session.
    pub csrf: Option<String>,
    /// The connection the credential was judged with.
    pub lent: Lent,
}

/// What a route asks of whoever calls it.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// What one must be allowed.
    pub deed: Deed,
    /// Whether it may leave a row of the audit in the caller's name: then a page of another site must not begin it, also
    /// where it only reads.
    pub is_told: bool,
}

/// The layer of every route of the table.
pub async fn require(app: App, gate: Gate, mut request: Request, next: Next) -> Response {
    let deed = gate.deed;
    let Some(ctx) = request.extensions().get::<Ctx>().cloned() else {
        return Problem::from(Error::internal("a route of the platform was reached past the door")).into_response();
    };
    let visit = match admit(&app, ctx, gate, (request.method(), request.headers())).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    if policy::reach(&visit.proven.caller, deed) == Reach::Nowhere {
        drop(visit.lent.take());
        let told = Problem::new(StatusCode::FORBIDDEN, NOT_ALLOWED).into_response();
        return forbid(&app, &visit, deed.as_str(), told).await;
    }
    if policy::wants_recent(deed) && !is_recent(&visit) {
        drop(visit.lent.take());
        let told = Problem::new(StatusCode::FORBIDDEN, way(&visit)).kind(SIGN_IN_AGAIN).into_response();
        return forbid(&app, &visit, NOT_RECENT, told).await;
    }
    request.extensions_mut().insert(visit.clone());
    let late = |_| Problem::from(Error::Busy { why: Busy::Unconfirmed, source: None }).into_response();
    let response = timeout(DEADLINE, next.run(request)).await.unwrap_or_else(late);
    drop(visit.lent.take());
    match response.extensions().get::<Problem>() {
        Some(problem) if problem.status == StatusCode::FORBIDDEN => forbid(&app, &visit, deed.as_str(), response).await,
        _ => response,
    }
}

fn is_recent(visit: &Visit) -> bool {
    visit.proven.session.as_ref().is_some_and(|session| sessions::is_recent(session, visit.ctx.now))
}

/// How whoever calls signs in again.
fn way(visit: &Visit) -> &'static str {
    if visit.proven.caller.means == Means::BreakGlass { BREAK_GLASS_ANEW } else { SIGN_IN_ANEW }
}

/// Tells the audit of what a known caller may not do.
async fn forbid(app: &App, visit: &Visit, reason: &'static str, response: Response) -> Response {
    let who = Some(visit.ctx.actor.label());
    let kind = Kind { action: Action::AuthForbidden, reason, ip: visit.ctx.ip, token: who };
    refusal::tell(app, &visit.ctx, kind).await;
    response
}

async fn admit(app: &App, ctx: Ctx, gate: Gate, sent: Sent<'_>) -> Result<Visit, Response> {
    match judge(app, &ctx, gate, sent).await {
        Err(error) => Err(Problem::from(error).into_response()),
        Ok(Err(refusal)) => Err(refuse(app, &ctx, refusal).await),
        Ok(Ok((proven, csrf, view))) => {
            if let Some(what) = proven.seen {
                app.seen.note(what, ctx.now);
            }
            let lent = Lent::default();
            // A client that sends slowly, or never, must not keep a connection to the database waiting.
            lent.put(Some(view).filter(|_| !brings_more(sent.1)));
            Ok(Visit { ctx: Ctx { actor: actor(&proven.caller), ..ctx }, proven, csrf, lent })
        }
    }
}

/// Whether a body follows the headers.
fn brings_more(headers: &HeaderMap) -> bool {
    let is_none = |length: &HeaderValue| length.as_bytes() == b"0";
    headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| !is_none(length))
}

/// What of a request is judged.
type Sent<'r> = (&'r Method, &'r HeaderMap);
type Judged = Result<(Proven, Option<String>, View), Refusal>;

async fn judge(app: &App, ctx: &Ctx, gate: Gate, sent: Sent<'_>) -> Result<Judged, Error> {
    let presented = match presented(sent.1, &app.public_url) {
        Ok(presented) => presented,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut view = app.db.view().await?;
    let proven = match callers::prove(&mut view, app.mobile_keys(), &presented, ctx.now).await? {
        Ok(proven) => proven,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let csrf = match &presented {
        Presented::Session(secret) => Some(sessions::csrf_token(&app.key, secret)),
        Presented::Header(_) => None,
    };
    let refusal = csrf.as_ref().and_then(|token| foreign(gate, sent, token, &app.public_url));
    Ok(refusal.map_or(Ok((proven, csrf, view)), Err))
}

/// What a request came with. A key beside a cookie is a caller who does not know who they are.
fn presented(headers: &HeaderMap, public_url: &str) -> Result<Presented, Refusal> {
    let session = cookie::read(headers, public_url);
    let mut given = headers.get_all(AUTHORIZATION).iter();
    match (given.next(), given.next(), session) {
        (None, _, Held::Nothing) => Err(Refusal::Missing),
        (None, _, Held::Secret(secret)) => Ok(Presented::Session(secret)),
        (Some(header), None, Held::Nothing) => {
            header.to_str().map(|text| Presented::Header(text.to_owned())).map_err(|_| Refusal::Unreadable)
        }
        _ => Err(Refusal::Unreadable),
    }
}

/// Why what came with a cookie was not sent by a page of ours. A write comes from our own origin, where the browser says
/// whence, and brings the session's own token, which no other page can read; what only reads, and tells the audit of it,
/// comes from our own origin or from nowhere.
fn foreign(gate: Gate, (method, headers): Sent<'_>, token: &str, public_url: &str) -> Option<Refusal> {
    let is_near = comes_from_us(headers, public_url);
    if SAFE.contains(method) {
        return (gate.is_told && !is_near).then_some(Refusal::Foreign);
    }
    let sent = headers.get(CSRF_HEADER).map_or(&[][..], |value| value.as_bytes());
    (!is_near || !secret::same_hash(sent, token.as_bytes())).then_some(Refusal::Forged)
}

/// Who a browser is signed in as, and what goes with its writes, for a page that tells of a refusal: nothing is refused
/// here, noted or told.
pub async fn visitor(link: &mut View, app: &App, headers: &HeaderMap, now: Time) -> Option<(Caller, String)> {
    let Ok(Presented::Session(secret)) = presented(headers, &app.public_url) else { return None };
    let csrf = sessions::csrf_token(&app.key, &secret);
    let proven = callers::prove(link, app.mobile_keys(), &Presented::Session(secret), now).await.ok()?.ok()?;
    Some((proven.caller, csrf))
}

/// Whether the browser says that the request comes from our own origin, or it is no browser that says anything.
#[must_use]
pub fn comes_from_us(headers: &HeaderMap, public_url: &str) -> bool {
    let site = headers.get(FETCH_SITE).is_none_or(|site| site == "same-origin" || site == "none");
    let origin = headers.get(ORIGIN).is_none_or(|given| given.as_bytes() == origin_of(public_url).as_bytes());
    site && origin
}

/// The origin by which a browser reached this server, where that is not the one of `PUBLIC_URL`; none where another site
/// sent the request, or nobody says.
#[must_use]
pub fn other_name<'h>(headers: &'h HeaderMap, public_url: &str) -> Option<&'h str> {
    let is_own = headers.get(FETCH_SITE).is_none_or(|site| site == "same-origin");
    let given = headers.get(ORIGIN)?.to_str().ok()?;
    let is_name = given.len() <= LONGEST_NAME && (given.starts_with("https://") || given.starts_with("http://"));
    (is_own && is_name && given != origin_of(public_url)).then_some(given)
}

/// The origin of a URL: without a path.
fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |at| &url[..host + at])
}

fn actor(caller: &Caller) -> Actor {
    let kind = match caller.means {
        Means::Okta | Means::Mobile => ActorKind::User,
        Means::BreakGlass => ActorKind::BreakGlass,
        Means::Key(_) => ActorKind::ApiKey,
    };
    Actor { kind, id: Some(caller.user.to_string()), name: caller.name.clone() }
}

/// A refusal: 403 where the session is good and another site may have sent the request, else 401, which takes a dead
/// cookie away.
async fn refuse(app: &App, ctx: &Ctx, why: Refusal) -> Response {
    if why != Refusal::Missing {
        let kind = Kind { action: Action::AuthRefused, reason: why.as_str(), ip: ctx.ip, token: None };
        refusal::tell(app, ctx, kind).await;
    }
    if matches!(why, Refusal::Forged | Refusal::Foreign) {
        return Problem::new(StatusCode::FORBIDDEN, why.advice()).into_response();
    }
    let mut response = Problem::new(StatusCode::UNAUTHORIZED, why.advice()).into_response();
    if why != Refusal::Missing
        && let Some(gone) = cookie::take_away(&app.public_url)
    {
        response.headers_mut().append(SET_COOKIE, gone);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_sentence_names_the_time_that_is_enforced() {
        let time = format!("last {} minutes", sessions::RECENT.as_secs() / 60);
        assert!([SIGN_IN_ANEW, BREAK_GLASS_ANEW].iter().all(|told| told.contains(&time)));
    }

    #[test]
    fn only_our_own_origin_is_ours_and_silence_is_no_browser() {
        let ours = "https://rollcall.example";
        let of = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_str(value).expect("a header"));
            }
            comes_from_us(&headers, "https://rollcall.example/sub")
        };
        assert!(of(&[]));
        assert!(of(&[("origin", ours), ("sec-fetch-site", "same-origin")]));
        for origin in [
            "null",
            "https://rollcall.example.evil.test",
            "http://rollcall.example",
            "",
            "https://rollcall.example:8443",
        ] {
            assert!(!of(&[("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", "other"] {
            assert!(!of(&[("origin", ours), ("sec-fetch-site", site)]), "{site}");
        }
    }

    #[test]
    fn a_server_has_another_name_where_its_own_page_says_so() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let pairs =
                pairs.iter().map(|(name, value)| ((*name).parse().expect("a name"), HeaderValue::from_static(value)));
            other_name(&pairs.collect(), "http://localhost:3000").map(str::to_owned)
        };
        let named = Some("https://r.example.com".to_owned());
        assert_eq!(of(&[("origin", "https://r.example.com")]), named);
        assert_eq!(of(&[("origin", "https://r.example.com"), ("sec-fetch-site", "same-origin")]), named);
        assert_eq!(of(&[("origin", "https://r.example.com"), ("sec-fetch-site", "cross-site")]), None);
        for silent in ["http://localhost:3000", "null", "javascript:alert(1)"] {
            assert_eq!(of(&[("origin", silent)]), None, "{silent}");
        }
        assert_eq!(of(&[]), None);
    }
}
