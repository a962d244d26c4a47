//! Refusals outside SCIM, as problem details (RFC 9457): always JSON, always with the request's id.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::body::Unread;
use super::scim::fault::Fault;
use crate::error::{Busy, Error, Flaw};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The `type` of a refusal that passes once the caller has signed in anew.
pub const SIGN_IN_AGAIN: &str = "urn:rollcall:problem:recent-sign-in-required";

/// A refusal on its way out. It rides on the answer until it is told the request's id.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    kind: Option<&'static str>,
    detail: String,
    flaws: Vec<Flaw>,
    retry_after: Option<u32>,
    request_id: Option<String>,
}

impl Problem {
    /// A refusal with this status and sentence.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into(), flaws: Vec::new(), retry_after: None, request_id: None }
    }

    /// The same, with a `type` that a program can act on.
    #[must_use]
    pub fn kind(self, kind: &'static str) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// The same, with the seconds after which to come again.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Whether it is of this `type`.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kind == Some(kind)
    }

    /// The sentence, and in how many seconds to come again.
    #[must_use]
    pub fn told(&self) -> (&str, Option<u32>) {
        (&self.detail, self.retry_after)
    }

    /// A body that was not read, against its limit.
    #[must_use]
    pub fn unread(why: Unread, limit: usize) -> Self {
        match why {
            Unread::TooLarge => {
                let detail = format!("The body is larger than the {} taken here.", size(limit));
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
            }
            Unread::Crowded => Self::busy(Busy::Room),
            Unread::Late => Self::new(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time."),
            Unread::Broken => Self::new(StatusCode::BAD_REQUEST, "The body broke off before its end."),
        }
    }

    fn busy(why: Busy) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, why.sentence()).retry_after(why.seconds())
    }

    fn body(&self) -> Value {
        let title = self.status.canonical_reason().unwrap_or_default();
        let mut body = json!({ "title": title, "status": self.status.as_u16(), "detail": self.detail });
        if let Some(kind) = self.kind {
            body["type"] = kind.into();
        }
        if !self.flaws.is_empty() {
            let flaw = |flaw: &Flaw| json!({ "field": flaw.field, "detail": flaw.problem });
            body["errors"] = self.flaws.iter().map(flaw).collect();
        }
        if let Some(id) = &self.request_id {
            body["requestId"] = id.as_str().into();
        }
        body
    }
}

/// A limit in bytes as it is read: in the largest unit that tells it exactly.
fn size(bytes: usize) -> String {
    const UNITS: [(usize, &str); 2] = [(1024 * 1024, "MiB"), (1024, "KiB")];
    let unit = UNITS.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{bytes} bytes"), |(unit, name)| format!("{} {name}", bytes / unit))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Scim(refusal) => Self::new(StatusCode::BAD_REQUEST, refusal.detail),
            Error::Invalid(flaws) => {
                let detail = Error::Invalid(flaws.clone()).to_string();
                Self { flaws, ..Self::new(StatusCode::BAD_REQUEST, detail) }
            }
            Error::Clash(flaw) => {
                let detail = format!("{}: {}", flaw.field, flaw.problem);
                Self { flaws: vec![flaw], ..Self::new(StatusCode::CONFLICT, detail) }
            }
            Error::Unproven(detail) => Self::new(StatusCode::UNAUTHORIZED, detail),
            Error::Forbidden(detail) => Self::new(StatusCode::FORBIDDEN, detail),
            Error::NotFound(detail) => Self::new(StatusCode::NOT_FOUND, detail),
            Error::Conflict(detail) => Self::new(StatusCode::CONFLICT, detail),
            Error::Precondition(detail) => Self::new(StatusCode::PRECONDITION_FAILED, detail),
            Error::Limited { why, seconds } => Self::new(StatusCode::TOO_MANY_REQUESTS, why).retry_after(seconds),
            // It does not pass by itself, so there is no time after which to come again.
            Error::Off(detail) => Self::new(StatusCode::SERVICE_UNAVAILABLE, detail),
            Error::Busy { why, source } => {
                tracing::warn!(%why, error = source.as_deref().map(tracing::field::display), "a request was put off");
                Self::busy(why)
            }
            Error::Internal(source) => {
                tracing::error!(error = %source, chain = ?source, "a request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "An internal error; nothing was changed.")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, [(CONTENT_TYPE, PROBLEM_JSON)], self.body().to_string()).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"rollcall\""));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives a refusal the request's id, and the form of this face where the router or a panic gave it SCIM's. Headers that
/// others set, such as `Allow`, stay.
#[must_use]
pub fn name_request(mut response: Response, request_id: &str) -> Response {
    let fault = response.extensions().get::<Fault>();
    let foreign = fault.map(|fault| Problem::new(fault.status, fault.detail.clone()));
    let Some(problem) = foreign.or_else(|| response.extensions().get::<Problem>().cloned()) else { return response };
    let named = Problem { request_id: Some(request_id.to_owned()), ..problem }.into_response();
    let (parts, body) = named.into_parts();
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
    *response.body_mut() = body;
    response
}

/// What every handler of this face answers.
pub type Answer = Result<Response, Problem>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_as_it_is() {
        let sizes = [1024 * 1024, 256 * 1024, 1536 * 1024, 1000, 0].map(size);
        assert_eq!(sizes, ["1 MiB", "256 KiB", "1536 KiB", "1000 bytes", "0 bytes"]);
    }
}
