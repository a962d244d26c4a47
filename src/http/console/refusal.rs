//! A refusal as a page: what happened, what to do about it, and the request's id to ask an operator with. Whoever is signed
//! in keeps the navigation around it.

use std::borrow::Cow;

use askama::Template;
use axum::http::header::{COOKIE, LOCATION, REFERER, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::assets::{SCRIPT, STYLE};
use super::frame::{Frame, Reader};
use super::html::{self, link};
use crate::access::callers::Refusal;
use crate::ctx::Ctx;
use crate::http::App;
use crate::http::api::door::{other_name, visitor};
use crate::http::path::{LONGEST_PATH, is_path};
use crate::http::problem::{Problem, SIGN_IN_AGAIN};

/// What was asked for, for whoever comes back to it after signing in.
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path: String,
    /// Who sent it, and from which page.
    pub headers: HeaderMap,
    /// The request's context, where it came in by the door.
    pub ctx: Option<Ctx>,
}

/// What the page says as the refusal itself does, beside its text.
const CARRIED: [HeaderName; 2] = [RETRY_AFTER, SET_COOKIE];

/// Said on a page instead of the way of a program: the button below it is the way.
const SIGN_IN_ANEW: &str = "This asks for a proof of who you are from the last 15 minutes, and nothing was done. Sign in again: \
     you are led back, and can repeat it.";
/// The same of a form that no page of this session sent.
const FORGED: &str = "This form was not sent by a page of yours as it is now: you may have signed in anew since the page was \
     loaded. Nothing was done. Open the page again, and send it from there.";

/// What a page says of a refusal.
struct Said<'p> {
    title: &'static str,
    detail: Cow<'p, str>,
    request_id: &'p str,
    /// Where to go on, and what to call it.
    way_on: (String, &'static str),
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct BarePage<'p> {
    style: &'static str,
    script: &'static str,
    said: Said<'p>,
}

#[derive(Template)]
#[template(path = "refusal_framed.html")]
struct FramedPage<'p> {
    frame: Frame,
    said: Said<'p>,
}

/// What a refusal is called on its page.
fn title(problem: &Problem) -> &'static str {
    match problem.status {
        _ if problem.is(SIGN_IN_AGAIN) => "Sign in again to do this",
        StatusCode::UNAUTHORIZED => "You are not signed in",
        StatusCode::FORBIDDEN => "You may not do this",
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::CONFLICT => "This is not as it was",
        StatusCode::TOO_MANY_REQUESTS => "Too often",
        StatusCode::SERVICE_UNAVAILABLE => "Not at the moment",
        status if status.is_server_error() => "Something broke",
        _ => "This could not be done",
    }
}

/// What a page says where a program is told something else.
#[must_use]
pub fn detail<'p>(problem: &'p Problem, headers: &HeaderMap, public_url: &str) -> Cow<'p, str> {
    let (detail, _) = problem.told();
    match other_name(headers, public_url) {
        _ if problem.is(SIGN_IN_AGAIN) => SIGN_IN_ANEW.into(),
        _ if detail != Refusal::Forged.advice() => detail.into(),
        Some(given) => misnamed(given, public_url).into(),
        None => FORGED.into(),
    }
}

/// Said of a form on a page that was opened by another name than the one the server is told to go by.
fn misnamed(given: &str, public_url: &str) -> String {
    format!(
        "This page was opened at {given}, but this server's PUBLIC_URL is {public_url}: forms from anywhere else are \
         refused. Nothing was done. Open the console at {public_url}; if {given} is its right address, an operator \
         sets PUBLIC_URL to it and starts the server again."
    )
}

/// Where to go on from a refusal.
fn way_on(problem: &Problem, asked: &Asked, public_url: &str) -> (String, &'static str) {
    let then = page_of(asked, public_url);
    match problem.status {
        _ if problem.is(SIGN_IN_AGAIN) => (link("/sign-in", &[("anew", "1"), ("then", &then)]), "Sign in again"),
        StatusCode::UNAUTHORIZED => (link("/sign-in", &[("then", &then)]), "Sign in"),
        _ => ("/".to_owned(), "To the console"),
    }
}

/// The page that somebody comes back to: what they wanted to read. What was sent is not sent again by itself, so that is the
/// page it was sent from, where the browser says which of ours it was.
fn page_of(asked: &Asked, public_url: &str) -> String {
    if asked.method == Method::GET {
        return asked.path.clone();
    }
    let from = asked.headers.get(REFERER).and_then(|value| value.to_str().ok());
    let path = from.and_then(|from| from.strip_prefix(public_url)).filter(|path| path.len() <= LONGEST_PATH);
    path.filter(|path| is_path(path)).unwrap_or("/").to_owned()
}

/// A refusal that rides on an answer becomes a page; everything else is left as it is. Whoever only wanted to read and is
/// not signed in is sent to the door.
pub async fn shown(app: &App, response: Response, asked: &Asked) -> Response {
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let (parts, _) = response.into_parts();
    let mut shown = page(app, &problem, asked).await;
    for name in CARRIED {
        for value in parts.headers.get_all(&name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    shown
}

async fn page(app: &App, problem: &Problem, asked: &Asked) -> Response {
    let way_on = way_on(problem, asked, &app.public_url);
    if problem.status == StatusCode::UNAUTHORIZED && asked.method == Method::GET {
        return (StatusCode::SEE_OTHER, [(LOCATION, way_on.0)]).into_response();
    }
    let request_id = asked.ctx.as_ref().map_or("", |ctx| ctx.request_id.as_str());
    let said =
        Said { title: title(problem), detail: detail(problem, &asked.headers, &app.public_url), request_id, way_on };
    let page = match frame(app, problem, asked).await {
        Some(frame) => html::page(problem.status, &FramedPage { frame, said }),
        None => html::page(problem.status, &BarePage { style: &STYLE.path, script: &SCRIPT.path, said }),
    };
    page.unwrap_or_else(|error| Problem::from(error).into_response())
}

/// What stands around the page of somebody who is signed in. Nothing is asked of a database that may be what is away, nor for
/// strangers.
async fn frame(app: &App, problem: &Problem, asked: &Asked) -> Option<Frame> {
    let now = asked.ctx.as_ref()?.now;
    let is_away = !problem.status.is_client_error() || problem.status == StatusCode::UNAUTHORIZED;
    if is_away || !asked.headers.contains_key(COOKIE) {
        return None;
    }
    let mut view = app.db.view().await.ok()?;
    let (caller, csrf) = visitor(&mut view, app, &asked.headers, now).await?;
    let reader = Reader { caller: &caller, csrf: &csrf, now };
    Frame::around(reader, &mut view, "", title(problem)).await.ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::access::sessions;

    const OURS: &str = "https://rollcall.example";

    fn from(referer: Option<&'static str>) -> String {
        let headers = referer.map(|from| (REFERER, HeaderValue::from_static(from))).into_iter().collect();
        page_of(&Asked { method: Method::POST, path: "/tokens".to_owned(), headers, ctx: None }, OURS)
    }

    #[test]
    fn the_sentence_names_the_time_that_is_enforced() {
        assert!(SIGN_IN_ANEW.contains(&format!("last {} minutes", sessions::RECENT.as_secs() / 60)));
    }

    #[test]
    fn whoever_sent_a_form_comes_back_to_the_page_of_ours_that_it_stood_on() {
        assert_eq!(from(Some("https://rollcall.example/tokens/new?x=1")), "/tokens/new?x=1");
        for odd in [
            "https://rollcall.example.evil.test/tokens/new",
            "https://rollcall.example@evil.test/",
            "https://evil.test/tokens/new",
            "http://rollcall.example/tokens/new",
            "https://rollcall.example",
            "https://rollcall.example//evil.test",
            "https://rollcall.example/./auth/login",
            "/tokens/new",
        ] {
            assert_eq!(from(Some(odd)), "/", "{odd}");
        }
        assert_eq!(from(None), "/");
    }
}
