//! A refusal as a page: what happened, what to do about it, and the request's id to ask an operator with.

use askama::Template;
use axum::http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::assets::{SCRIPT, STYLE};
use super::html::{self, link};
use crate::http::problem::{Problem, SIGN_IN_AGAIN};

/// What was asked for, for whoever comes back to it after signing in.
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path: String,
    /// The request's id.
    pub request_id: String,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'p> {
    style: &'p str,
    script: &'p str,
    title: &'p str,
    detail: &'p str,
    request_id: &'p str,
    /// Where to go on, and what to call it.
    way_on: (String, &'static str),
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

/// Where to go on from a refusal.
fn way_on(problem: &Problem, asked: &Asked) -> (String, &'static str) {
    // What was sent is not sent again by itself; the page it was sent from is not known.
    let then = if asked.method == Method::GET { asked.path.as_str() } else { "/" };
    match problem.status {
        _ if problem.is(SIGN_IN_AGAIN) => (link("/sign-in", &[("anew", "1"), ("then", then)]), "Sign in again"),
        StatusCode::UNAUTHORIZED => (link("/sign-in", &[("then", then)]), "Sign in"),
        _ => ("/".to_owned(), "To the console"),
    }
}

/// A refusal that rides on an answer becomes a page; everything else is left as it is. Whoever only wanted to read and is
/// not signed in is sent to the door.
#[must_use]
pub fn shown(response: Response, asked: &Asked) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let cookies: Vec<HeaderValue> = response.headers().get_all(SET_COOKIE).iter().cloned().collect();
    let mut shown = page(problem, asked);
    for cookie in cookies {
        shown.headers_mut().append(SET_COOKIE, cookie);
    }
    shown
}

fn page(problem: &Problem, asked: &Asked) -> Response {
    let (detail, retry_after) = problem.told();
    let way_on = way_on(problem, asked);
    if problem.status == StatusCode::UNAUTHORIZED && asked.method == Method::GET {
        return (StatusCode::SEE_OTHER, [(LOCATION, way_on.0)]).into_response();
    }
    let page = RefusalPage {
        style: &STYLE.path,
        script: &SCRIPT.path,
        title: title(problem),
        detail,
        request_id: &asked.request_id,
        way_on,
    };
    let mut response = html::page(problem.status, &page).unwrap_or_else(|error| Problem::from(error).into_response());
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}
