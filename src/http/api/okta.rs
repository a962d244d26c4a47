//! `GET /auth/login` and `/auth/callback`: a browser goes to Okta, and comes back as somebody or as nobody.

use axum::http::header::{ALLOW, LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};

use super::call::Call;
use super::cookie::{self, Held};
use crate::access::login::{self, Answered, Refusal, Refused, Returned, Unverified, Verified};
use crate::access::mobile::{self, Comer, OneTimeCode};
use crate::access::refusals::Kind;
use crate::access::secret::HashKey;
use crate::access::sessions::{self, Arrival, Begun, Opened};
use crate::audit::Action;
use crate::config::Jit;
use crate::directory::sign_in::recognise;
use crate::error::{Error, Result};
use crate::http::path::{LONGEST_PATH, is_path};
use crate::http::problem::{Answer, Problem};
use crate::http::{SignIn, page, refusal};
use crate::model::Id;
use crate::model::mobile::MobileAttempt;
use crate::model::session::{Born, Session};
use crate::model::sign_in::{Attempt, Goal};
use crate::okta::claims::Identity;
use crate::okta::oidc::{self, Errand};
use crate::okta_client::Trouble;
use crate::okta_client::provider::{self, is_word};
use crate::store::Tx;

/// Said where Okta was never asked for.
pub(super) const NOT_SET_UP: &str = "Sign-in with Okta is not set up.";
const AWAY: &str = "Okta does not answer at the moment. Try again in a moment; break-glass accounts work meanwhile.";
const ODD: &str = "Okta does not take part in this sign-in as it should: an admin has to look at it, and the server's log says \
     why; break-glass accounts work meanwhile.";
const RETURN_SHAPE: &str = "must be a path of this server such as /teams";
/// What comes with a sign-in is no longer than this, and neither is what Okta gives.
const LONGEST: usize = LONGEST_PATH;
const LONGEST_GIVEN: usize = 2_048;
/// The base64url of a SHA-256 (RFC 7636 §4.2).
const CHALLENGE: usize = 43;

/// `GET /auth/login`: sends a browser to Okta.
pub(in crate::http) async fn login(call: Call) -> Response {
    let answer = if call.is_head() { Ok(get_alone()) } else { begin(&call).await };
    page::shown(&call.headers, &call.ctx.request_id, answer)
}

/// `GET /auth/callback`: a browser comes back from Okta.
pub(in crate::http) async fn callback(call: Call) -> Response {
    let answer = if call.is_head() { Ok(get_alone()) } else { finish(&call).await };
    page::shown(&call.headers, &call.ctx.request_id, answer)
}

/// The answer to a HEAD where a GET uses something up: programs that look whether a link leads anywhere send one, and
/// nobody would be there to go on with what it opened.
fn get_alone() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET")]).into_response()
}

pub(super) fn set_up(call: &Call) -> Result<&SignIn> {
    call.app.okta_sign_in.as_ref().ok_or_else(|| Error::not_found(NOT_SET_UP))
}

/// Where Okta sends browsers back to; it is registered there.
fn callback_url(call: &Call) -> String {
    format!("{}/auth/callback", call.app.public_url)
}

async fn begin(call: &Call) -> Answer {
    let sign_in = set_up(call)?;
    let (goal, anew) = goal(call, &sign_in.redirects)?;
    let metadata = sign_in.provider.metadata(login::seconds(call.ctx.now)).await.map_err(|trouble| away(&trouble))?;
    let work = (&call.app.key, goal, anew);
    let started = call.unit(&work, |tx, (key, goal, anew)| Box::pin(login::begin(tx, key, goal, *anew))).await;
    if matches!(started, Err(Error::Limited { .. })) {
        let kind = Kind { action: Action::AuthRefused, reason: "limited", ip: call.ctx.ip, token: None };
        refusal::tell(&call.app, &call.ctx, kind).await;
    }
    let started = started?;
    let errand = Errand {
        client_id: &sign_in.provider.client.client_id,
        redirect_uri: &callback_url(call),
        state: &started.state,
        nonce: &started.nonce,
        challenge: &started.challenge,
        anew,
    };
    let mut response = go_to(&errand.url(&metadata))?;
    let tied = cookie::tie_sign_in(&call.app.public_url, &started.state, &started.browser, login::PATIENCE.as_secs());
    set_cookie(&mut response, tied)?;
    Ok(response)
}

/// What a sign-in is to lead to, and whether it asks for a new proof of who it is.
fn goal(call: &Call, redirects: &[String]) -> Result<(Goal, bool)> {
    let mut query = call.query()?;
    let client = query.maybe_text("client", 1..=LONGEST);
    let is_app = client.is_some();
    if client.is_some_and(|client| client != "mobile") {
        query.refuse("client", "must be mobile, or left out");
    }
    let anew = query.maybe_text("anew", 1..=LONGEST);
    if anew.as_deref().is_some_and(|anew| is_app || anew != "1") {
        query.refuse("anew", "must be 1, or left out; apps leave it out");
    }
    let return_to = query.maybe_text("return_to", 1..=LONGEST);
    let redirect = query.maybe_text("redirect_uri", 1..=LONGEST);
    if !is_app {
        let path = return_to.unwrap_or_else(|| "/".to_owned());
        if !is_path(&path) {
            query.refuse("return_to", RETURN_SHAPE);
        }
        if redirect.is_some() {
            query.refuse("redirect_uri", "is for apps: client=mobile");
        }
        return query.done(Some((Goal::Browser(path), anew.is_some())));
    }
    if return_to.is_some() {
        query.refuse("return_to", "is for browsers: leave client out");
    }
    let redirect_uri = redirect.unwrap_or_default();
    if !redirects.contains(&redirect_uri) {
        query.refuse("redirect_uri", "must be one of MOBILE_REDIRECT_URIS");
    }
    let method = query.maybe_text("code_challenge_method", 1..=LONGEST);
    if method.is_some_and(|method| method != "S256") {
        query.refuse("code_challenge_method", "must be S256");
    }
    let code_challenge = query.text("code_challenge", CHALLENGE..=CHALLENGE);
    let state = query.text("state", 1..=LONGEST);
    let app = code_challenge.zip(state);
    let attempt = app.map(|(code_challenge, state)| MobileAttempt { redirect_uri, code_challenge, state });
    query.done(attempt.map(|attempt| (Goal::App(attempt), false)))
}

/// What Okta gives a browser to bring back.
struct Brought {
    state: String,
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

fn brought(call: &Call) -> Result<Brought> {
    let mut query = call.query()?;
    let state = query.text("state", 64..=64);
    let code = query.maybe_text("code", 1..=LONGEST_GIVEN);
    let error = query.maybe_text("error", 1..=LONGEST_GIVEN);
    let issuer = query.maybe_text("iss", 1..=LONGEST_GIVEN);
    if code.is_none() && error.is_none() {
        query.refuse("code", "is required");
    }
    query.enough(state.map(|state| Brought { state, code, error, issuer }))
}

async fn finish(call: &Call) -> Answer {
    let sign_in = set_up(call)?;
    let brought = brought(call)?;
    let (app, now) = (&call.app, call.ctx.now);
    let browser = cookie::read_sign_in(&call.headers, &app.public_url, &brought.state);
    let returned = Returned { state: &brought.state, browser: browser.as_deref() };
    let found = login::find(&mut app.db.view().await?, &app.key, &returned, now).await?;
    let attempt = match found {
        Ok(attempt) => attempt,
        Err(refusal) => return tell(call, refusal).await,
    };
    let Some(code) = brought.code.as_deref().filter(|_| brought.error.is_none()) else {
        let error = brought.error.filter(|error| is_word(error));
        return refuse(call, Refused { okta_error: error, ..Refused::of(&attempt, Refusal::Declined) }).await;
    };
    let (state, issuer) = (brought.state.as_str(), brought.issuer.as_deref());
    let proof_since = attempt.proof_since;
    let answered = Answered { state, code, issuer, redirect_uri: &callback_url(call), proof_since };
    match login::verify(&sign_in.provider, &app.key, &answered, now).await {
        Ok(verified) => let_in(call, sign_in.jit, &brought.state, &attempt, &verified).await,
        // Whoever comes second with a code must not end the sign-in of whoever came first with it.
        Err(Unverified::Refused(Refusal::Code)) => tell(call, Refusal::Code).await,
        Err(Unverified::Refused(refusal)) => refuse(call, Refused::of(&attempt, refusal)).await,
        Err(Unverified::Trouble(trouble)) => Err(away(&trouble)),
    }
}

/// Everything that a proven sign-in does, in one unit.
struct Entering<'e> {
    key: &'e HashKey,
    jit: Jit,
    attempt: &'e Attempt,
    identity: &'e Identity,
    id_token: &'e SecretString,
    presented: Option<String>,
}

/// What a proven sign-in led to.
enum Entered {
    /// A browser's session.
    Session(Opened),
    /// A code for an app.
    Code(OneTimeCode),
}

async fn enter(tx: &mut Tx, entering: &Entering<'_>) -> Result<Result<Entered, Refusal>> {
    let Entering { attempt, identity, .. } = entering;
    if !login::is_open(tx, attempt.id).await? {
        return Ok(Err(Refusal::Used));
    }
    let person = match recognise(tx, identity, attempt.created_at, entering.jit).await? {
        Ok(person) => person,
        Err(refusal) => {
            login::refuse(tx, &Refused::of(attempt, refusal).about(identity)).await?;
            return Ok(Err(refusal));
        }
    };
    open(tx, entering, person).await.map(Ok)
}

async fn open(tx: &mut Tx, entering: &Entering<'_>, person: Id) -> Result<Entered> {
    let Entering { key, attempt, .. } = entering;
    let begun = Begun { at: attempt.created_at, epoch: None };
    if let Goal::App(app) = &attempt.goal {
        let gone = vec![login::settle(tx, attempt.id).await?];
        return mobile::hand_out(tx, key, Comer { person, attempt: app, begun, gone }).await.map(Entered::Code);
    }
    let mut gone = sessions::end_presented(tx, key, entering.presented.as_deref()).await?;
    gone.push(login::settle(tx, attempt.id).await?);
    let arrival = Arrival { born: Born::Okta, begun, proven_at: login::proven_at(entering.identity), gone };
    let opened = sessions::open(tx, key, person, arrival).await?;
    sessions::keep_id_token(tx, key, &opened, entering.id_token).await?;
    Ok(Entered::Session(opened))
}

async fn let_in(call: &Call, jit: Jit, state: &str, attempt: &Attempt, verified: &Verified) -> Answer {
    let app = &call.app;
    let presented = match cookie::read(&call.headers, &app.public_url) {
        Held::Secret(secret) => Some(secret),
        Held::Nothing | Held::Unreadable => None,
    };
    let (identity, id_token) = (&verified.identity, &verified.id_token);
    let entering = Entering { key: &app.key, jit, attempt, identity, id_token, presented };
    let entered = match call.unit(&entering, |tx, entering| Box::pin(enter(tx, entering))).await {
        // Whoever lost access since the sign-in began is refused where the session would open, and nothing was done.
        Err(Error::Unproven(_)) => {
            return refuse(call, Refused::of(attempt, Refusal::Inactive).about(identity)).await;
        }
        entered => entered?,
    };
    match entered {
        Ok(entered) => welcome(call, state, &attempt.goal, &entered),
        Err(Refusal::Used) => tell(call, Refusal::Used).await,
        Err(refusal) => Err(problem(refusal)),
    }
}

/// Sends a browser on: with its new session, or to the app that waits for a code.
fn welcome(call: &Call, state: &str, goal: &Goal, entered: &Entered) -> Answer {
    let (url, now) = (&call.app.public_url, call.ctx.now);
    let mut response = match (goal, entered) {
        (Goal::Browser(return_to), Entered::Session(opened)) => {
            let mut response = go_to(&format!("{url}{return_to}"))?;
            let secret = opened.secret.expose_secret();
            set_cookie(&mut response, cookie::give(url, secret, now, opened.session.expires_at))?;
            response
        }
        (Goal::App(app), Entered::Code(given)) => {
            let pairs = [("code", given.code.expose_secret()), ("state", &app.state)];
            go_to(&oidc::with_query(&app.redirect_uri, &pairs))?
        }
        _ => return Err(Error::internal("a sign-in led elsewhere than it was meant to").into()),
    };
    set_cookie(&mut response, cookie::tie_sign_in(url, state, "", 0))?;
    Ok(response)
}

fn set_cookie(response: &mut Response, cookie: Option<HeaderValue>) -> Result<()> {
    let cookie = cookie.ok_or_else(|| Error::internal("a secret is no header"))?;
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(())
}

fn go_to(url: &str) -> Result<Response> {
    let location = HeaderValue::from_str(url).map_err(Error::internal)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}

/// Tells the audit of a refusal that ends a sign-in.
async fn refuse(call: &Call, refused: Refused) -> Answer {
    let told = call.unit(&refused, |tx, refused| Box::pin(login::refuse(tx, refused))).await;
    // A refusal stays a refusal, whether or not the audit can take it now.
    told.unwrap_or_else(|error| tracing::warn!(%error, "a refused sign-in is not in the audit"));
    Err(problem(refused.refusal))
}

/// Tells the audit of a refusal that ends nothing: anybody can cause those again and again, so they are rolled up.
async fn tell(call: &Call, why: Refusal) -> Answer {
    let kind = Kind { action: Action::AuthRefused, reason: why.reason(), ip: call.ctx.ip, token: None };
    refusal::tell(&call.app, &call.ctx, kind).await;
    Err(problem(why))
}

fn problem(refusal: Refusal) -> Problem {
    let status = if refusal.is_of_request() { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
    Problem::new(status, refusal.sentence())
}

/// Where a browser signs out of Okta as well, where it signed in with it. Whatever is amiss there, signing out here works.
pub(super) async fn sign_out_url(call: &Call, session: &Session) -> Option<String> {
    let provider = &call.app.okta_sign_in.as_ref()?.provider;
    let Held::Secret(secret) = cookie::read(&call.headers, &call.app.public_url) else { return None };
    let mut view = call.view().await.ok()?;
    let id_token = sessions::id_token(&mut view, &call.app.key, session.id, &secret).await.ok()??;
    drop(view);
    let metadata = provider.metadata(login::seconds(call.ctx.now)).await.ok()?;
    let back_to = format!("{}/", call.app.public_url);
    Some(oidc::sign_out_url(metadata.end_session_endpoint.as_deref()?, id_token.expose_secret(), &back_to))
}

/// Okta cannot be asked: it passes by itself, or an admin must look at it.
pub(super) fn away(trouble: &Trouble) -> Problem {
    tracing::warn!(%trouble, "sign-in with Okta does not work");
    let passes = matches!(trouble, Trouble::Unavailable(_) | Trouble::Limited(_));
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, if passes { AWAY } else { ODD });
    problem.retry_after(u32::try_from(provider::PAUSE).unwrap_or(1))
}
