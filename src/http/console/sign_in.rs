//! The door as a page: Okta first, a break-glass account below.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use super::assets::{SCRIPT, STYLE};
use super::door;
use super::html::{self, link, see_other};
use super::refusal;
use super::traffic::filled;
use crate::error::Result;
use crate::http::App;
use crate::http::api::call::Call;
use crate::http::api::{me, sign_in};
use crate::http::path::{LONGEST_PATH, is_path};
use crate::http::problem::Answer;

/// Where whoever came without wanting anything goes.
const HOME: &str = "/";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    style: &'static str,
    script: &'static str,
    /// Where the way to Okta begins, if there is one.
    okta: Option<String>,
    /// Where to go after it.
    then: String,
    /// Whether somebody is signed in and is asked to prove who they are again.
    anew: bool,
    /// What was wrong with the attempt before.
    fault: Option<String>,
    account: String,
}

impl SignInPage {
    fn of(app: &App, then: String, anew: bool) -> Self {
        let okta = app.okta_sign_in.as_ref().map(|_| {
            let anew: &[(&str, &str)] = if anew { &[("anew", "1")] } else { &[] };
            link("/auth/login", &[anew, &[("return_to", then.as_str())]].concat())
        });
        let (style, script) = (STYLE.path.as_str(), SCRIPT.path.as_str());
        Self { style, script, okta, then, anew, fault: None, account: String::new() }
    }
}

/// A path of ours, or home; home also for one that is too long for the way to Okta.
fn wanted(given: Option<String>) -> String {
    given.filter(|path| path.len() <= LONGEST_PATH && is_path(path)).unwrap_or_else(|| HOME.to_owned())
}

/// `GET /sign-in`.
pub(in crate::http) async fn show(State(app): State<App>, request: Request) -> Response {
    door::open(app, request, |call| async move {
        let mut query = call.query()?;
        let then = wanted(query.given("then", LONGEST_PATH));
        let anew = query.given("anew", 1).is_some();
        Ok(html::show(&SignInPage::of(&call.app, then, anew))?)
    })
    .await
}

/// `POST /sign-in`: signs in with a break-glass account.
pub(in crate::http) async fn enter(State(app): State<App>, request: Request) -> Response {
    door::open(app, request, |call| async move { attempt(&call).await }).await
}

async fn attempt(call: &Call) -> Answer {
    let then = wanted(call.form.first("then").map(str::to_owned));
    let anew = call.form.first("anew").is_some();
    let fault = match sign_in::open(call, call.form.fields(&["then", "anew"])?).await {
        Ok(opened) => return Ok(sign_in::with_cookie(call, see_other(&then)?, &opened)?),
        Err(problem) => problem,
    };
    let detail = refusal::detail(&fault, &call.headers, &call.app.public_url).into_owned();
    let account = filled(&call.form, "account");
    let page = SignInPage { fault: Some(detail), account, ..SignInPage::of(&call.app, then, anew) };
    let mut response = html::page(fault.status, &page)?;
    if let (_, Some(seconds)) = fault.told() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// `POST /sign-out`: ends the session; whoever came from Okta is led on to sign out there as well.
pub(in crate::http) async fn leave(call: Call) -> Answer {
    let okta = me::end_presented(&call).await?;
    Ok(me::signed_out(&call, left(okta)?))
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    style: &'static str,
    script: &'static str,
    /// Where one signs out of Okta as well.
    okta: Option<String>,
}

/// The end of a session as a page: it is over here, and a link ends it at Okta. No redirect: a form of ours may lead
/// nowhere but to ourselves.
fn left(okta: Option<String>) -> Result<Response> {
    let page = SignedOutPage { style: STYLE.path.as_str(), script: SCRIPT.path.as_str(), okta };
    html::show(&page)
}
