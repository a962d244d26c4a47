//! The way in to the pages: the platform's own door, with the token of writes in the form instead of a header, and with
//! refusals that people can read. A page is for a browser's session: keys and mobile tokens have the API.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, ORIGIN, REFERER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::{self, Asked};
use crate::ctx::Ctx;
use crate::directory::replays::MOST_NAMED;
use crate::http::App;
use crate::http::api::call::{CSRF_FIELD, Call, Form};
use crate::http::api::door::{self, CSRF_HEADER, FETCH_SITE, Gate};
use crate::http::body;
use crate::http::problem::{Answer, Problem};
use crate::model::policy::Deed;

/// The largest form that is taken: many ticked boxes.
const MAX_FORM: usize = 256 * 1024;
/// The most fields of one: a ticked box for each event that a replay may name, and room for the rest.
const MAX_FIELDS: usize = MOST_NAMED + 100;

/// What a refusal still has to know of a request: who sent it, and from which page.
static KEPT: [HeaderName; 5] = [AUTHORIZATION, COOKIE, REFERER, ORIGIN, HeaderName::from_static(FETCH_SITE)];

/// The layer of every page that is not open to anybody.
pub async fn require(app: App, deed: Deed, request: Request, next: Next) -> Response {
    let asked = asked(&request);
    if request.headers().contains_key(AUTHORIZATION) {
        let detail = "The console is for a browser that signed in. Keys and tokens have the API: see /docs.";
        return refusal::shown(&app, Problem::new(StatusCode::FORBIDDEN, detail).into_response(), &asked).await;
    }
    let gate = Gate { deed, is_told: false };
    let response = match lift(request).await {
        Ok(request) => door::require(Arc::clone(&app), gate, request, next).await,
        Err(problem) => problem.into_response(),
    };
    refusal::shown(&app, response, &asked).await
}

/// An answer to a request that anybody may send, as a browser reads it.
pub async fn open<F: Future<Output = Answer>>(app: App, request: Request, answer: impl Fn(Call) -> F) -> Response {
    let asked = asked(&request);
    let answered = async {
        let call = Call::from_request(lift(request).await?, &app).await?;
        answer(call).await
    };
    let response = answered.await.unwrap_or_else(IntoResponse::into_response);
    refusal::shown(&app, response, &asked).await
}

/// What a request asks for.
#[must_use]
pub fn asked(request: &Request) -> Asked {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (ctx, headers) = (request.extensions().get::<Ctx>().cloned(), request.headers());
    let kept =
        KEPT.iter().flat_map(|name| headers.get_all(name).iter().map(move |value| (name.clone(), value.clone())));
    Asked { method: request.method().clone(), path, headers: kept.collect(), ctx }
}

/// Takes the form out of a request, and its token to where the platform's door looks for it.
async fn lift(request: Request) -> Result<Request, Problem> {
    if request.method() != Method::POST {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    if !is_form(&parts.headers) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Pages of the console send plain forms."));
    }
    let form = body::read(&parts.headers, body, MAX_FORM).await.map_err(|why| Problem::unread(why, MAX_FORM))?;
    let form = Form::read(&form);
    if form.count() > MAX_FIELDS {
        let detail = format!("The form has more than the {MAX_FIELDS} fields taken here.");
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    parts.headers.remove(CONTENT_TYPE);
    if let Some(token) = form.first(CSRF_FIELD).and_then(|token| HeaderValue::from_str(token).ok()) {
        parts.headers.insert(CSRF_HEADER, token);
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::empty()))
}

fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded") && !headers.contains_key(CONTENT_ENCODING)
}
