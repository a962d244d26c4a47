//! Refusals as SCIM errors (RFC 7644 §3.12): always JSON, always with a sentence an admin can act on.

use std::borrow::Cow;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::error::{Busy, Error};
use crate::scim::{ScimError, ScimType, error};

/// The media type of every SCIM answer (RFC 7644 §8.1).
pub const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json; charset=utf-8");

/// A refusal on its way out. It rides on the answer, so that the request log can tell it.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The status.
    pub status: StatusCode,
    /// The kind, where the RFC names one.
    pub scim_type: Option<ScimType>,
    /// The sentence.
    pub detail: Cow<'static, str>,
    /// In how many seconds to come again.
    pub retry_after: Option<u32>,
}

impl Fault {
    /// A refusal with this status and sentence.
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), retry_after: None }
    }

    fn typed(status: StatusCode, kind: ScimType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { scim_type: Some(kind), ..Self::new(status, detail) }
    }

    /// The error as its answer has it.
    #[must_use]
    pub fn body(&self) -> Value {
        error::body(self.status.as_u16(), self.scim_type, &self.detail)
    }

    /// Okta retries 429 and nothing else, so everything that passes by itself is one.
    fn busy(why: Busy) -> Self {
        Self { retry_after: Some(why.seconds()), ..Self::new(StatusCode::TOO_MANY_REQUESTS, why.sentence()) }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Scim(ScimError { kind, detail }) => Self::typed(StatusCode::BAD_REQUEST, kind, detail),
            Error::Invalid(_) => Self::typed(StatusCode::BAD_REQUEST, ScimType::InvalidValue, error.to_string()),
            Error::Unproven(detail) => Self::new(StatusCode::UNAUTHORIZED, detail),
            Error::Forbidden(detail) => Self::new(StatusCode::FORBIDDEN, detail),
            Error::Limited { why, seconds } => {
                Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, why) }
            }
            Error::NotFound(detail) => Self::new(StatusCode::NOT_FOUND, detail),
            Error::Conflict(detail) => Self::typed(StatusCode::CONFLICT, ScimType::Uniqueness, detail),
            Error::Clash(_) => Self::typed(StatusCode::CONFLICT, ScimType::Uniqueness, error.to_string()),
            Error::Precondition(detail) => Self::new(StatusCode::PRECONDITION_FAILED, detail),
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

impl From<ScimError> for Fault {
    fn from(error: ScimError) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = (self.status, [(CONTENT_TYPE, SCIM_JSON)], self.body().to_string()).into_response();
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

/// What every SCIM handler answers.
pub type Answer = Result<Response, Fault>;
